"""API keys: each speaks for one school, is shown once, and is kept as a hash only.

``rb_PREFIX_SECRET``: the prefix finds the row, the secret has 256 random bits. So much randomness needs no slow hash;
what is stored lets nobody in.
"""

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from issuers.schools import Clock
from issuers.tables import ApiKeyRow, MemberRow
from ledger.formats.errors import FormatError, NotAllowedError, NotFoundError
from ledger.log.submission import Caller
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

_TOKEN = re.compile(r"rb_([a-z2-7]{12})_[A-Za-z0-9_-]{43}")
_KEYS, _MEMBERS = table_of(ApiKeyRow), table_of(MemberRow)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key afterwards. Times are seconds since 1970."""

    prefix: str
    label: str
    created_at: int
    revoked_at: int | None


class ApiKeys:
    """The API keys of all schools of a deployment."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, did: str, label: str) -> str:
        """A new key of the school ``did``: the whole of it, which is nowhere else. ``label`` is for people."""
        if not 0 < len(label) <= 200 or not label.isprintable():
            raise FormatError("api_key.label", "a label has 1 to 200 printable characters")
        prefix = base64.b32encode(os.urandom(8))[:12].decode().lower()
        token = f"rb_{prefix}_{base64.urlsafe_b64encode(os.urandom(32)).rstrip(b'=').decode()}"
        with writing(self._engine) as connection:
            row = {"member_id": _school(connection, did), "prefix": prefix, "digest": _digest(token), "label": label}
            connection.execute(_KEYS.insert(), row | {"created_at": self._now()})
        return token

    def authenticate(self, token: str) -> Caller:
        """The caller whose key this is; NotAllowedError ``api_key.invalid``, the same for every reason."""
        found = _TOKEN.fullmatch(token)
        row: Any = None
        if found is not None:
            joined = select(_KEYS, _MEMBERS.c.did).join(_MEMBERS, _MEMBERS.c.id == _KEYS.c.member_id)
            with reading(self._engine) as connection:
                row = connection.execute(joined.where(_KEYS.c.prefix == found[1])).one_or_none()
        stored = bytes(32) if row is None else bytes(row.digest)
        if not hmac.compare_digest(stored, _digest(token)) or row.revoked_at is not None:
            raise NotAllowedError("api_key.invalid", "this is no valid API key")
        return Caller(f"api key {row.prefix}", row.did)

    def of_school(self, did: str) -> list[ApiKey]:
        """The keys of one school, oldest first, revoked ones too."""
        with reading(self._engine) as connection:
            mine = select(_KEYS).where(_KEYS.c.member_id == _school(connection, did)).order_by(_KEYS.c.id)
            rows = connection.execute(mine).all()
        return [ApiKey(row.prefix, row.label, row.created_at, row.revoked_at) for row in rows]

    def revoke(self, did: str, prefix: str) -> None:
        """End a key of the school ``did``; again is no change. NotFoundError ``api_key.unknown``."""
        with writing(self._engine) as connection:
            mine = (_KEYS.c.member_id == _school(connection, did)) & (_KEYS.c.prefix == prefix)
            if connection.execute(select(_KEYS.c.id).where(mine)).one_or_none() is None:
                raise NotFoundError("api_key.unknown", "the school has no such API key")
            connection.execute(_KEYS.update().where(mine & _KEYS.c.revoked_at.is_(None)).values(revoked_at=self._now()))

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _school(connection: Any, did: str) -> int:
    condition = (_MEMBERS.c.did == did) & (_MEMBERS.c.role == "issuer")
    found = connection.scalar(select(_MEMBERS.c.id).where(condition))
    if found is None:
        raise NotFoundError("school.unknown", "there is no such school")
    return int(found)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
