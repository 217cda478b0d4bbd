"""Schools and the authorities over them: who they are, and the keys under which a school signs.

Here is the deployment's own side only. Who is accredited for what, and since when a key counts, is on the chain;
``api`` carries the one to the other. A school's profile is fixed when it is made, since its hash is registered.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, CursorResult, Engine, Row, select
from sqlalchemy.exc import IntegrityError

from issuers import national, signing_keys
from issuers.keystore import Keystore
from issuers.signing_keys import CURVES, Curve, SigningKey
from issuers.tables import MemberRow, SigningKeyRow
from ledger.formats import canonical, did, keys, p256, registry
from ledger.formats.errors import ConflictError, FormatError, NotFoundError
from ledger.formats.profile import build as build_profile
from ledger.formats.registry import Accreditation
from ledger.formats.sm2 import SM2KeyPair
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

Clock = Callable[[], datetime]
Role = Literal["authority", "issuer"]
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_MEMBERS, _KEYS = table_of(MemberRow), table_of(SigningKeyRow)


@dataclass(frozen=True, slots=True)
class Member:
    """An authority or a school. ``profile`` is the registered JSON object, ``parent`` the DID of who accredits it."""

    id: int
    did: str
    code: str
    role: Role
    profile: dict[str, Any]
    parent: str | None
    created_at: int

    @property
    def member_id(self) -> bytes:
        """Its 32-byte id in the IssuerRegistry and in entries."""
        return registry.member_id(self.did)


class Schools:
    """Members and keys of one deployment; ``host`` is the host[:port] that is fixed in its DIDs."""

    def __init__(self, engine: Engine, keystore: Keystore, host: str, clock: Clock) -> None:
        self._engine = engine
        self._keystore = keystore
        self._host = host
        self._clock = clock
        self._accredited: dict[str, tuple[str, Accreditation]] = {}
        self._lines: dict[str, tuple[str, ...]] = {}
        self.look: Callable[[], None] = lambda: None
        """Called when a key is about to sign, so that those that may sign no more are retired before."""

    def create_authority(self, code: str, name_en: str, name_zh: str, parent: str | None = None) -> Member:
        """Make an authority under ``parent`` (a DID); the root has none, and its DID is the host itself.

        The same again gives what is there; raises ConflictError ``school.conflict`` for another of this code.
        """
        path = () if parent is None else ("authorities", check_code(code))
        return self._create(did.build_did_web(self._host, *path), code, "authority", name_en, name_zh, parent)

    def create_school(self, code: str, name_en: str, name_zh: str, parent: str) -> Member:
        """Make a school accredited by ``parent``, with a first key of each curve; again as ``create_authority``.

        ``code`` begins with the region for which its authority is accredited (35… for Fujian).
        """
        return self._create(
            did.build_did_web(self._host, "schools", check_code(code)), code, "issuer", name_en, name_zh, parent
        )

    def create_open_issuer(self, code: str) -> Member:
        """Make an issuer that is its own key, a did:key made now, and that nobody accredits: for conformance tests."""
        seed = os.urandom(32)
        own = did.build_did_key(keys.generate(seed).public)
        return self._create(own, code, "issuer", "Conformance tests", "符合性测试", None, seed)

    def get(self, did: str) -> Member:
        """The member of this DID; NotFoundError ``school.unknown``."""
        return self._one(_MEMBERS.c.did == did)

    def by_code(self, code: str) -> Member:
        """The member of this code; NotFoundError ``school.unknown``."""
        return self._one(_MEMBERS.c.code == code)

    def all(self, role: Role | None = None, after: int = 0, limit: int = 100) -> list[Member]:
        """Members with an ``id`` greater than ``after``, in the order in which they were made."""
        statement = _select().where(_MEMBERS.c.id > after).order_by(_MEMBERS.c.id).limit(limit)
        if role is not None:
            statement = statement.where(_MEMBERS.c.role == role)
        with reading(self._engine) as connection:
            return [_member(row) for row in connection.execute(statement)]

    def every(self, role: Role | None = None) -> Iterator[Member]:
        """All members, a page at a time, in the order in which they were made."""
        after = 0
        while page := self.all(role, after):
            yield from page
            after = page[-1].id

    def note_accreditation(self, did: str, record: Accreditation) -> None:
        """Keep what the chain says of a member now."""
        member = self.get(did)
        if self.accreditation(did)[1] == record:
            return
        with writing(self._engine) as connection:
            connection.execute(_MEMBERS.update().where(_MEMBERS.c.did == did).values(accreditation=record.pack()))
        self._accredited[did] = member.code, record

    def accreditation(self, did: str) -> tuple[str, Accreditation | None]:
        """A member's code, and its newest accreditation as the chain last gave it; NotFoundError ``school.unknown``.

        Remembered: the process that holds the ledger is the only one that writes it.
        """
        known = self._accredited.get(did)
        if known is not None:
            return known
        with reading(self._engine) as connection:
            wanted = select(_MEMBERS.c.code, _MEMBERS.c.accreditation).where(_MEMBERS.c.did == did)
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFoundError("school.unknown", "there is no such school or authority")
        record = None if row.accreditation is None else Accreditation.unpack(bytes(row.accreditation))
        if record is not None:
            self._accredited[did] = row.code, record
        return row.code, record

    def keeper(self, did: str) -> str:
        """The DID of who publishes a member's status lists now (docs/formats.md §7): itself; once its accreditation has
        ended its parent, as soon as that has a key that signs here.
        """
        parent, record = self.get(did).parent, self.accreditation(did)[1]
        if parent is None or record is None or not record.withdrawn or self.method(parent) is None:
            return did
        return parent

    def method(self, did: str) -> str | None:
        """The verification method of the Ed25519 key that signs here for a member; None where it has none."""
        try:
            return self._newest(did, "ed25519").verification_method
        except NotFoundError:
            return None

    @staticmethod
    def methods(connection: Connection) -> dict[str, str]:
        """As ``method``, of every member that has one, by its DID: one question, however many there are."""
        ed25519 = _KEYS.c.multikey.startswith("z6Mk")  # how every Multikey of that curve begins, and no other's
        signs = ed25519 & _KEYS.c.activated_at.is_not(None) & _KEYS.c.retired_at.is_(None)
        joined = select(_MEMBERS.c.did, _KEYS.c.multikey).join(_MEMBERS, _MEMBERS.c.id == _KEYS.c.member_id)
        rows = connection.execute(joined.where(signs).order_by(_KEYS.c.activated_at, _KEYS.c.id))
        return {did: f"{did}#{multikey}" for did, multikey in rows}  # the one activated last

    def line(self, did: str) -> tuple[str, ...]:
        """The DIDs from a member up to the root. A member stays with its first parent, so this is remembered."""
        known = self._lines.get(did)
        if known is None:
            parent = self.get(did).parent
            known = self._lines[did] = (did, *(self.line(parent) if parent is not None else ()))
        return known

    def signing_keys(self, did: str) -> list[SigningKey]:
        """All keys that a school ever had, oldest first."""
        member = self.get(did)
        statement = select(_KEYS).where(_KEYS.c.member_id == member.id).order_by(_KEYS.c.id)
        with reading(self._engine) as connection:
            return [_key(did, row) for row in connection.execute(statement)]

    def add_key(self, did: str, curve: Curve = "ed25519") -> SigningKey:
        """Make a further key. It signs nothing until ``activate_key``, which is called once the chain has it."""
        member = self.get(did)
        self._keystore.unlock()
        with writing(self._engine) as connection:
            multikey = self._new_key(connection, member.id, did, curve, activated=False)
        return self._find_key(did, multikey)

    def activate_key(self, did: str, multikey: str) -> SigningKey:
        """From now on this key signs for the school."""
        return self._stamp(did, multikey, "activated_at")

    def retire_key(self, did: str, multikey: str) -> SigningKey:
        """This key signs no more. The seed is kept: a list may have to be checked against it."""
        return self._stamp(did, multikey, "retired_at")

    def signing_key(self, did: str) -> tuple[SigningKey, keys.KeyPair]:
        """The Ed25519 key activated last of those not retired, with its secret; NotFoundError ``school.no_key``."""
        newest = self._newest(did, "ed25519")
        return newest, self.key_pair(newest)

    def jose_key(self, did: str) -> tuple[SigningKey, p256.KeyPair]:
        """As ``signing_key``, of the P-256 keys."""
        newest = self._newest(did, "p256")
        return newest, p256.generate(self._seed(newest))

    def sm2_key(self, did: str) -> tuple[SigningKey, SM2KeyPair]:
        """As ``signing_key``, of the SM2 keys; FormatError ``document.unsupported`` where SM2 is not installed."""
        newest = self._newest(did, "sm2")
        return newest, national.restore(self._seed(newest))

    def key_pair(self, key: SigningKey) -> keys.KeyPair:
        """An Ed25519 key with its secret, activated or not."""
        return keys.generate(self._seed(key))

    def prove(self, key: SigningKey, message: bytes) -> bytes:
        """A key's signature, activated or not: a new one proves its possession before it is registered."""
        return signing_keys.sign(key.curve, self._seed(key), message)

    def controller_secret(self, did: str) -> bytes:
        """The 32-byte secret under which a member acts on the chain; made when first asked for."""
        return self._keystore.get_or_make(f"controller {self.get(did).did}")

    def _create(
        self,
        did: str,
        code: str,
        role: Role,
        name_en: str,
        name_zh: str,
        parent: str | None,
        seed: bytes | None = None,
    ) -> Member:
        """``seed`` is that of the one key of an issuer whose DID is that key."""
        if not (name_en.isprintable() and name_zh.isprintable()):
            raise FormatError("school.name", "a name is one line of printable characters")
        profile = canonical.dumps(build_profile(did, check_code(code), {"en": name_en, "zh": name_zh}, role))
        parent_id = None if parent is None else self._authority(parent)
        self._keystore.unlock()  # may write a first row of its own, so not within the transaction
        try:
            with writing(self._engine) as connection:
                values = {"did": did, "code": code, "role": role, "profile": profile, "parent_id": parent_id}
                made = connection.execute(_MEMBERS.insert(), values | {"created_at": self._now()})
                curves = CURVES if seed is None else CURVES[:1]
                for curve in curves if role == "issuer" else ():
                    self._new_key(connection, inserted_id(made), did, curve, activated=True, seed=seed)
        except IntegrityError:
            return self._existing(code, did, profile, parent)
        return self.get(did)

    def _existing(self, code: str, did: str, profile: bytes, parent: str | None) -> Member:
        with reading(self._engine) as connection:
            row = connection.execute(_select().where(_MEMBERS.c.did == did)).one_or_none()
        if row is None or bytes(row.profile) != profile or row.parent != parent:
            raise ConflictError("school.conflict", f"another member has the code {code} or its DID")
        return _member(row)

    def _authority(self, parent: str) -> int:
        found = self.get(parent)
        if found.role != "authority":
            raise FormatError("school.parent", "only an authority accredits others")
        return found.id

    def _one(self, condition: Any) -> Member:
        with reading(self._engine) as connection:
            row = connection.execute(_select().where(condition)).one_or_none()
        if row is None:
            raise NotFoundError("school.unknown", "there is no such school or authority")
        return _member(row)

    def _newest(self, did: str, curve: Curve) -> SigningKey:
        self.look()
        every = self.signing_keys(did)
        usable = [
            key for key in every if key.curve == curve and key.activated_at is not None and key.retired_at is None
        ]
        if not usable:
            raise NotFoundError("school.no_key", f"the school has no {curve} key that may sign now")
        return max(enumerate(usable), key=lambda item: (item[1].activated_at, item[0]))[1]

    def _seed(self, key: SigningKey) -> bytes:
        return self._keystore.get(_seed_name(key.did, key.multikey))

    def _new_key(
        self,
        connection: Connection,
        member_id: int,
        did: str,
        curve: Curve,
        activated: bool,
        seed: bytes | None = None,
    ) -> str:
        seed = seed or signing_keys.make(curve)
        multikey = signing_keys.multikey(curve, seed)
        self._keystore.put(_seed_name(did, multikey), seed, connection)
        now = self._now()
        key_id = registry.key_id(signing_keys.public_key(multikey))
        values = {"member_id": member_id, "multikey": multikey, "key_id": key_id}
        connection.execute(_KEYS.insert(), values | {"created_at": now, "activated_at": now if activated else None})
        return multikey

    def _find_key(self, did: str, multikey: str) -> SigningKey:
        for key in self.signing_keys(did):
            if key.multikey == multikey:
                return key
        raise NotFoundError("school.unknown_key", "the school has no such key")

    def _stamp(self, did: str, multikey: str, column: str) -> SigningKey:
        self._find_key(did, multikey)
        unset = (_KEYS.c.multikey == multikey) & _KEYS.c[column].is_(None)
        with writing(self._engine) as connection:
            connection.execute(_KEYS.update().where(unset).values({column: self._now()}))
        return self._find_key(did, multikey)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def check_code(code: str) -> str:
    """The code of a school or authority, as it is; FormatError ``school.code``."""
    if not _CODE.fullmatch(code):
        said = "a code has 1 to 32 letters a-z or A-Z, digits 0-9 (not full-width), dots, hyphens or underscores"
        raise FormatError("school.code", f"{said}, and no space before or after it")
    return code


def inserted_id(made: CursorResult[Any]) -> int:
    """The number that the database gave to the row of a single insert."""
    key = made.inserted_primary_key
    assert key is not None  # SQLAlchemy knows it after every insert of one row
    return int(key[0])


def _seed_name(did: str, multikey: str) -> str:
    return f"seed {did}#{multikey}"


def _select() -> Any:
    parents = _MEMBERS.alias("parents")
    return select(_MEMBERS, parents.c.did.label("parent")).select_from(
        _MEMBERS.outerjoin(parents, _MEMBERS.c.parent_id == parents.c.id)
    )


def _member(row: Row[Any]) -> Member:
    profile: Any = canonical.loads(bytes(row.profile))
    return Member(row.id, row.did, row.code, row.role, profile, row.parent, row.created_at)


def _key(did: str, row: Row[Any]) -> SigningKey:
    return SigningKey(did, row.multikey, row.created_at, row.activated_at, row.retired_at)
