"""Offers of records to wallets, and what they are exchanged for (OpenID4VCI 1.0 §4, §6): code, then access token.

Every secret has 256 random bits and is kept as its SHA-256; but the pre-authorised code is made of the offer's
reference by an HMAC under a key in the keystore, so that an offer by reference can be given out without being kept.
"""

import hashlib
import hmac
import os
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Row, select

from issuers.keystore import Keystore
from issuers.schools import Clock, Member
from issuers.wallets.configurations import PRE_AUTHORIZED
from issuers.wallets.refusals import INVALID_GRANT, INVALID_TOKEN, refused
from issuers.wallets.tables import OfferRow, WalletFormRow
from ledger.formats import canonical
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.multibase import base64url_encode
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

ATTEMPTS = 5
DIGITS = 6
CODE_SECONDS, MAX_CODE_SECONDS = 900, 86_400
TOKEN_SECONDS, WAITING_SECONDS = 600, 86_400
AFTER_LOG, AFTER_ANCHOR = "log", "anchor"
_OFFERS, _FORMS = table_of(OfferRow), table_of(WalletFormRow)


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as it is kept; ``configurations`` are ids. Times are seconds since 1970."""

    id: str
    member_id: int
    record_id: str
    configurations: tuple[str, ...]
    after: str
    attempts: int
    code_expires_at: int
    redeemed_at: int | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class MadeOffer:
    """A new offer with its secrets, which are nowhere else."""

    offer: Offer
    reference: str = field(repr=False)
    code: str = field(repr=False)
    tx_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """A new access token, and the seconds for which it is good."""

    token: str = field(repr=False)
    seconds: int


class Offers:
    """The offers of all schools of a deployment. A caller names the school; another's offers are not there."""

    def __init__(self, engine: Engine, keystore: Keystore, clock: Clock) -> None:
        self._engine = engine
        self._keystore = keystore
        self._clock = clock
        self._key: bytes | None = None

    def make(
        self,
        member: Member,
        record_id: str,
        configurations: Sequence[str],
        *,
        after: str = AFTER_LOG,
        seconds: int = CODE_SECONDS,
    ) -> MadeOffer:
        """Offer a record in some configurations, for ``seconds``; FormatError ``offer.invalid``. Deletes old offers."""
        if not configurations or after not in (AFTER_LOG, AFTER_ANCHOR) or not 60 <= seconds <= MAX_CODE_SECONDS:
            raise FormatError("offer.invalid", "an offer names configurations, and lasts a minute to a day")
        self.forget()
        offer_id, now = str(uuid.uuid4()), self._now()
        reference, tx_code = _random(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        code = self._code(reference)
        row = {
            "id": offer_id,
            "member_id": member.id,
            "record_id": record_id,
            "configurations": canonical.dumps(list(dict.fromkeys(configurations))).decode(),
            "after": after,
            "reference": digest(reference),
            "code": digest(code),
            "tx_code": self._tx_code(offer_id, tx_code),
            "attempts": 0,
            "created_at": now,
            "code_expires_at": now + seconds,
            "redeemed_at": None,
            "token": None,
            "expires_at": now + seconds,
        }
        with writing(self._engine) as connection:
            connection.execute(_OFFERS.insert(), row)
        return MadeOffer(self.get(member, offer_id), reference, code, tx_code)

    def get(self, member: Member, offer_id: str) -> Offer:
        """One offer of the school; NotFoundError ``offer.unknown``."""
        return self._one((_OFFERS.c.id == offer_id) & (_OFFERS.c.member_id == member.id))

    def by_reference(self, member: Member, reference: str) -> tuple[Offer, str]:
        """An offer that may still be redeemed, with its code; NotFoundError ``offer.unknown``."""
        mine = (_OFFERS.c.reference == digest(reference)) & (_OFFERS.c.member_id == member.id)
        offer = self._one(mine)
        if offer.redeemed_at is not None or offer.attempts >= ATTEMPTS or offer.code_expires_at < self._now():
            raise NotFoundError("offer.unknown", "there is no such offer")
        return offer, self._code(reference)

    def redeem(self, member: Member, code: str, tx_code: str) -> Access:
        """An access token for a code and its transaction code, once; refusal ``invalid_grant``, whatever was wrong."""
        offer = self._attempt(member, code)
        if offer is None:
            raise refused(INVALID_GRANT, "the pre-authorized code is unknown, used, expired or blocked")
        known = self._known_tx_code(offer.id)
        if not hmac.compare_digest(known, self._tx_code(offer.id, tx_code)):
            raise refused(INVALID_GRANT, "the transaction code is wrong")
        now = self._now()
        seconds = WAITING_SECONDS if offer.after == AFTER_ANCHOR else TOKEN_SECONDS
        access = Access(_random(), seconds)
        values = {"redeemed_at": now, "token": digest(access.token), "expires_at": now + seconds}
        unused = (_OFFERS.c.id == offer.id) & _OFFERS.c.redeemed_at.is_(None)
        with writing(self._engine) as connection:
            if connection.execute(_OFFERS.update().where(unused).values(values)).rowcount == 1:
                return access
            # One of the two who know both codes is a thief: the token ends (RFC 6749 §4.1.2).
            connection.execute(_OFFERS.update().where(_OFFERS.c.id == offer.id).values(token=None))
        raise refused(INVALID_GRANT, "the pre-authorized code was used before: its token has ended")

    def authenticate(self, member: Member, token: str) -> Offer:
        """The offer that an access token is good for; refusal ``invalid_token``."""
        try:
            offer = self._one((_OFFERS.c.token == digest(token)) & (_OFFERS.c.member_id == member.id))
        except NotFoundError:
            offer = None
        if offer is None or offer.expires_at < self._now():
            raise refused(INVALID_TOKEN, "the access token is unknown or has expired")
        return offer

    def forget(self) -> None:
        """Delete the offers that have expired, with what hangs on them; what was issued stays in the log."""
        old = _OFFERS.c.expires_at < self._now()
        gone = select(_OFFERS.c.id).where(old)
        with reading(self._engine) as connection:  # most often there is nothing, and no writer need wait for that
            if connection.execute(gone.limit(1)).first() is None:
                return
        with writing(self._engine) as connection:
            connection.execute(_FORMS.delete().where(_FORMS.c.offer_id.in_(gone)))
            connection.execute(_OFFERS.delete().where(old))

    def _attempt(self, member: Member, code: str) -> Offer | None:
        """The offer of a code that may be tried once more, the attempt counted and on disk; None for any other."""
        mine = (_OFFERS.c.code == digest(code)) & (_OFFERS.c.member_id == member.id)
        live = mine & (_OFFERS.c.attempts < ATTEMPTS) & (_OFFERS.c.code_expires_at >= self._now())
        with reading(self._engine) as connection:  # a guess must not keep the writers waiting
            if connection.execute(select(_OFFERS.c.id).where(live)).one_or_none() is None:
                return None
        with writing(self._engine) as connection:
            counted = connection.execute(_OFFERS.update().where(live).values(attempts=_OFFERS.c.attempts + 1))
            if counted.rowcount != 1:
                return None
            return _offer(connection.execute(select(_OFFERS).where(mine)).one())

    def _known_tx_code(self, offer_id: str) -> bytes:
        with reading(self._engine) as connection:
            return bytes(connection.execute(select(_OFFERS.c.tx_code).where(_OFFERS.c.id == offer_id)).scalar_one())

    def _one(self, condition: Any) -> Offer:
        with reading(self._engine) as connection:
            row = connection.execute(select(_OFFERS).where(condition)).one_or_none()
        if row is None:
            raise NotFoundError("offer.unknown", "there is no such offer")
        return _offer(row)

    def _code(self, reference: str) -> str:
        return base64url_encode(self._mac("code", reference))

    def _tx_code(self, offer_id: str, tx_code: str) -> bytes:
        """Keyed: six digits behind a plain hash would be found in a second."""
        return self._mac("tx_code", offer_id, tx_code)

    def _mac(self, *parts: str) -> bytes:
        if self._key is None:
            self._key = self._keystore.get_or_make("wallet offers")
        return hmac.digest(self._key, canonical.dumps(list(parts)), "sha256")

    def _now(self) -> int:
        return int(self._clock().timestamp())


def document(issuer: str, offer: Offer, code: str) -> dict[str, Any]:
    """The Credential Offer (§4.1.1) of the credential issuer ``issuer``."""
    grant = {"pre-authorized_code": code, "tx_code": {"input_mode": "numeric", "length": DIGITS}}
    return {
        "credential_issuer": issuer,
        "credential_configuration_ids": list(offer.configurations),
        "grants": {PRE_AUTHORIZED: grant},
    }


def _offer(row: Row[Any]) -> Offer:
    listed: Any = canonical.loads(row.configurations.encode())
    return Offer(
        row.id,
        row.member_id,
        row.record_id,
        tuple(listed),
        row.after,
        row.attempts,
        row.code_expires_at,
        row.redeemed_at,
        row.expires_at,
    )


def _random() -> str:
    return base64url_encode(os.urandom(32))


def digest(secret: str) -> bytes:
    """What is kept of a secret of 256 bits."""
    return hashlib.sha256(secret.encode()).digest()
