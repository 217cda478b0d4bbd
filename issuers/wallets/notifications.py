"""What a wallet says became of a credential (OpenID4VCI 1.0 §11): stored, not stored, or thrown away by its owner.

A ``notification_id`` is an HMAC of the credential's digest, so giving one out writes nothing, and it says which
credential it is to us alone. It counts with the access token that the credential came by, and only once it was given.
It is the wallet's word and no proof of anything: nothing is revoked or signed again because of it.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, select

from issuers.keystore import Keystore
from issuers.schools import Clock, Member
from issuers.wallets.offers import Offers
from issuers.wallets.refusals import INVALID_NOTIFICATION, INVALID_NOTIFICATION_ID, refused
from issuers.wallets.tables import WalletFormRow
from ledger.formats import datetimes
from ledger.formats.multibase import base64url_encode
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

EVENTS = ("credential_accepted", "credential_failure", "credential_deleted")
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{0,500}")
_FORMS = table_of(WalletFormRow)


class Notifications:
    """The notifications to one deployment's schools; safe to share between threads."""

    def __init__(self, engine: Engine, keystore: Keystore, offers: Offers, clock: Clock) -> None:
        self._engine = engine
        self._keystore = keystore
        self._offers = offers
        self._clock = clock
        self._key: bytes | None = None

    def id_of(self, digest: bytes) -> str:
        """The ``notification_id`` of a credential, by its document's digest."""
        if self._key is None:
            self._key = self._keystore.get_or_make("wallet notifications")
        return base64url_encode(hmac.digest(self._key, digest, "sha256"))

    def receive(self, member: Member, token: str, request: Mapping[str, Any]) -> None:
        """Keep what a wallet says, the last word over the one before.

        Refusals of §11.3, ``invalid_token``.
        """
        offer = self._offers.authenticate(member, token)
        named, event, described = (request.get(name) for name in ("notification_id", "event", "event_description"))
        if not isinstance(named, str) or event not in EVENTS:
            raise refused(INVALID_NOTIFICATION, f"notification_id is text, event is {', '.join(EVENTS)}")
        if described is not None and not (isinstance(described, str) and _DESCRIPTION.fullmatch(described)):
            raise refused(INVALID_NOTIFICATION, "event_description is at most 500 printable ASCII characters")
        given = (_FORMS.c.offer_id == offer.id) & _FORMS.c.delivered_at.is_not(None)
        with reading(self._engine) as connection:
            digests = [bytes(digest) for digest in connection.scalars(select(_FORMS.c.digest).where(given))]
        found = [one for one in digests if hmac.compare_digest(self.id_of(one).encode(), named.encode())]
        if not found:
            raise refused(INVALID_NOTIFICATION_ID, "no credential of this access token has this id")
        said = {"event": event, "event_description": described, "event_at": int(self._clock().timestamp())}
        with writing(self._engine) as connection:
            connection.execute(_FORMS.update().where(given & (_FORMS.c.digest == found[0])).values(said))

    def of(self, offer_id: str) -> list[dict[str, Any]]:
        """What wallets said of an offer's credentials, by configuration."""
        said = (_FORMS.c.offer_id == offer_id) & _FORMS.c.event.is_not(None)
        with reading(self._engine) as connection:
            rows = connection.execute(select(_FORMS).where(said).order_by(_FORMS.c.configuration)).all()
        return [
            {
                "configuration": row.configuration,
                "event": row.event,
                "description": row.event_description,
                "at": datetimes.render(datetimes.from_unix(row.event_at)),
            }
            for row in rows
        ]
