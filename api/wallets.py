"""Offers to wallets as a school makes them, on whichever surface: the links, and the code for the learner alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from issuers.kinds import Kinds
from issuers.paper import qr
from issuers.schools import Member, Schools
from issuers.store import RecordStore
from issuers.wallets import configurations, offers
from issuers.wallets.issuing import WalletIssuing
from issuers.wallets.offers import AFTER_LOG, CODE_SECONDS, MadeOffer, Offer, Offers
from ledger.formats import canonical, datetimes
from ledger.formats.errors import ConflictError, NotFoundError

SCHEME = "openid-credential-offer://"
ENDPOINTS = "openid4vci"


@dataclass(frozen=True, slots=True)
class Offered:
    """A new offer as its school is shown it, once: ``uri`` refers to the offer, ``uri_by_value`` holds all of it."""

    id: str
    uri: str = field(repr=False)
    uri_by_value: str = field(repr=False)
    tx_code: str = field(repr=False)
    configurations: tuple[str, ...]
    expires: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "id": self.id,
            "uri": self.uri,
            "uriByValue": self.uri_by_value,
            "qr": qr.draw(self.uri).svg,
            "txCode": self.tx_code,
            "configurations": list(self.configurations),
            "expires": self.expires,
        }


class Offering:
    """Offers of records: each school is a credential issuer at ``BASE/schools/CODE``. It needs no log and no chain."""

    def __init__(self, base: str, schools: Schools, kinds: Kinds, store: RecordStore, offers: Offers) -> None:
        self._base = base
        self._schools = schools
        self._kinds = kinds
        self._store = store
        self.offers = offers

    def school(self, code: str) -> Member:
        """The school of this code; NotFoundError ``school.unknown``, also for an authority."""
        member = self._schools.by_code(code)
        if member.role != "issuer":
            raise NotFoundError("school.unknown", "there is no such school")
        return member

    def issuer(self, member: Member) -> str:
        """The school's credential issuer identifier, and that of its authorization server."""
        return f"{self._base}/schools/{member.code}"

    def endpoints(self, member: Member) -> str:
        """What the endpoints' names are put after."""
        return f"{self.issuer(member)}/{ENDPOINTS}"

    def issuer_metadata(self, member: Member) -> dict[str, Any]:
        """OpenID4VCI 1.0 §12.2.4."""
        return configurations.issuer_metadata(self._kinds, member, self.issuer(member), self.endpoints(member))

    def server_metadata(self, member: Member) -> dict[str, Any]:
        """RFC 8414 §2."""
        return configurations.server_metadata(self.issuer(member), self.endpoints(member))

    def offer(
        self,
        member: Member,
        record_id: str,
        wanted: Sequence[str] | None = None,
        *,
        after: str = AFTER_LOG,
        seconds: int = CODE_SECONDS,
    ) -> Offered:
        """Offer a record of the school in these formats, or in all that its kind has.

        Raises NotFoundError ``record.unknown``, ``offer.configuration`` for a format that the kind does not have;
        ConflictError ``record.revoked``, ``record.not_newest``; FormatError ``offer.invalid``.
        """
        record = self._store.get(member, record_id)
        if record.revoked is not None or record.superseded is not None:
            raise ConflictError(
                "record.revoked" if record.revoked else "record.not_newest", "the record counts no more: nobody gets it"
            )
        every = configurations.of_kind(self._kinds.get(record.kind, record.version))
        by_format = {one.format: one.id for one in every}
        if wanted is not None and not by_format.keys() >= set(wanted):
            raise NotFoundError("offer.configuration", f"its formats are {', '.join(by_format)}")
        ids = [by_format[name] for name in (by_format if wanted is None else wanted)]
        made = self.offers.make(member, record.record_id, ids, after=after, seconds=seconds)
        return self._offered(member, made)

    def by_reference(self, member: Member, reference: str) -> dict[str, Any]:
        """The Credential Offer behind a reference, while it can be redeemed; NotFoundError ``offer.unknown``."""
        offer, code = self.offers.by_reference(member, reference)
        return offers.document(self.issuer(member), offer, code)

    def state(self, offer: Offer) -> dict[str, Any]:
        """What a school may know of its offer afterwards."""
        redeemed = offer.redeemed_at
        return {
            "id": offer.id,
            "record": offer.record_id,
            "configurations": list(offer.configurations),
            "after": offer.after,
            "attemptsLeft": max(0, offers.ATTEMPTS - offer.attempts) if redeemed is None else 0,
            "redeemedAt": None if redeemed is None else datetimes.render(datetimes.from_unix(redeemed)),
            "expires": datetimes.render(datetimes.from_unix(offer.code_expires_at)),
        }

    def _offered(self, member: Member, made: MadeOffer) -> Offered:
        reference = f"{self.endpoints(member)}/offers/{made.reference}"
        document = canonical.dumps(offers.document(self.issuer(member), made.offer, made.code)).decode()
        return Offered(
            made.offer.id,
            f"{SCHEME}?credential_offer_uri={quote(reference, safe='')}",
            f"{SCHEME}?credential_offer={quote(document, safe='')}",
            made.tx_code,
            made.offer.configurations,
            datetimes.render(datetimes.from_unix(made.offer.code_expires_at)),
        )


class Wallets(Offering):
    """What the wallets of learners talk to."""

    def __init__(self, base: str, schools: Schools, kinds: Kinds, store: RecordStore, issuing: WalletIssuing) -> None:
        super().__init__(base, schools, kinds, store, issuing.offers)
        self.nonces = issuing.nonces
        self.notifications = issuing.notifications
        self.issuing = issuing

    def state(self, offer: Offer) -> dict[str, Any]:
        """What a school may know of its offer afterwards; ``notifications`` is what wallets said of it."""
        return {**super().state(offer), "notifications": self.notifications.of(offer.id)}
