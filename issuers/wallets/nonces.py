"""``c_nonce`` values (OpenID4VCI 1.0 §7): anybody may ask for one, it is good for one school, five minutes, one use.

A nonce is an HMAC over school, expiry and random bytes, so giving one out writes nothing, and whoever asks for millions
fills no disk. Using one needs an access token; used ones are kept until they would have expired.
"""

import hashlib
import hmac
import os

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from issuers.keystore import Keystore
from issuers.schools import Clock
from issuers.wallets.refusals import INVALID_NONCE, refused
from issuers.wallets.tables import UsedNonceRow
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_decode, base64url_encode
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

SECONDS = 300
_RANDOM = 16
_USED = table_of(UsedNonceRow)


class Nonces:
    """The nonces of one deployment's schools; safe to share between threads."""

    def __init__(self, engine: Engine, keystore: Keystore, clock: Clock) -> None:
        self._engine = engine
        self._keystore = keystore
        self._clock = clock
        self._key: bytes | None = None

    def give(self, issuer: str) -> str:
        """A fresh nonce for key proofs to the credential issuer ``issuer``."""
        body = (self._now() + SECONDS).to_bytes(6, "big") + os.urandom(_RANDOM)
        return base64url_encode(body + self._mark(issuer, body))

    def use(self, issuer: str, nonce: str) -> None:
        """Use a nonce up, on disk; refusal ``invalid_nonce`` for another's, an old or used one."""
        try:
            data = base64url_decode(nonce, max_bytes=6 + _RANDOM + 32)
        except FormatError:
            data = b""
        body, mark = data[: 6 + _RANDOM], data[6 + _RANDOM :]
        expires = int.from_bytes(body[:6], "big")
        if not hmac.compare_digest(mark, self._mark(issuer, body)) or expires < self._now():
            raise refused(INVALID_NONCE, "the c_nonce is not one of this issuer, or has expired")
        try:
            with writing(self._engine) as connection:
                connection.execute(_USED.insert(), {"digest": hashlib.sha256(data).digest(), "expires_at": expires})
        except IntegrityError:
            raise refused(INVALID_NONCE, "the c_nonce was used before") from None

    def forget(self) -> None:
        """Delete the used ones that would be refused by now as too old."""
        old = _USED.c.expires_at < self._now()
        with reading(self._engine) as connection:
            if connection.execute(select(_USED.c.digest).where(old).limit(1)).first() is None:
                return
        with writing(self._engine) as connection:
            connection.execute(_USED.delete().where(old))

    def _mark(self, issuer: str, body: bytes) -> bytes:
        if self._key is None:
            self._key = self._keystore.get_or_make("wallet nonces")
        return hmac.digest(self._key, body + issuer.encode(), "sha256")

    def _now(self) -> int:
        return int(self._clock().timestamp())
