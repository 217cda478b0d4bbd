"""The issuers' tables. Alembic alone creates them (``api/migrations``); a test holds the two equal.

Times are seconds since 1970. Records and status marks are only ever inserted: what replaces or
revokes a record is a row beside it.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from ledger.log.tables import Number


def _bytes(name: str, size: int) -> CheckConstraint:
    return CheckConstraint(f"length({name}) = {size}", name=f"{name}_has_{size}_bytes")


def _unique(table: str, *columns: str) -> UniqueConstraint:
    return UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


class KeystoreRow(SQLModel, table=True):
    """The one data key, wrapped under a key that scrypt (RFC 7914) makes of the deployment's secret."""

    __tablename__ = "issuers_keystore"
    __table_args__ = (CheckConstraint("id = 1", name="only_one_row"), _bytes("salt", 32))

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    n: int = Field(sa_column=Column(Integer, nullable=False))
    r: int = Field(sa_column=Column(Integer, nullable=False))
    p: int = Field(sa_column=Column(Integer, nullable=False))
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SecretRow(SQLModel, table=True):
    """One secret under the data key: 24 bytes of nonce, then the ciphertext, bound to its name."""

    __tablename__ = "issuers_secrets"

    name: str = Field(sa_column=Column(String(512), primary_key=True))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MemberRow(SQLModel, table=True):
    """An authority or a school: its registered profile (docs/formats.md §9) as JCS bytes, and who accredits it.

    ``accreditation`` is its newest record in the registry (docs/formats.md §9: 32 bytes), as the chain last gave it.
    """

    __tablename__ = "issuers_members"
    __table_args__ = (
        _unique("issuers_members", "did"),
        _unique("issuers_members", "code"),
        CheckConstraint("role IN ('authority', 'issuer')", name="role_is_known"),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    did: str = Field(sa_column=Column(String(512), nullable=False))
    code: str = Field(sa_column=Column(String(64), nullable=False))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    profile: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    parent_id: int | None = Field(
        sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=True, index=True)
    )
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    accreditation: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))


class ProfileRow(SQLModel, table=True):
    """A profile of a member that once was, is or may become the registered one, by its hash."""

    __tablename__ = "issuers_profiles"
    __table_args__ = (_bytes("hash", 32),)

    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), primary_key=True))
    hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    profile: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    proposed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class SigningKeyRow(SQLModel, table=True):
    """A school's signing key; its seed is in the keystore. ``activated_at`` and ``retired_at`` are set once."""

    __tablename__ = "issuers_signing_keys"
    __table_args__ = (
        _unique("issuers_signing_keys", "multikey"),
        _bytes("key_id", 32),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False, index=True))
    multikey: str = Field(sa_column=Column(String(64), nullable=False))
    key_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    activated_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    retired_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))


class ApiKeyRow(SQLModel, table=True):
    """What is kept of a school's API key: the part that finds it, and SHA-256 of the whole."""

    __tablename__ = "issuers_api_keys"
    __table_args__ = (
        _unique("issuers_api_keys", "prefix"),
        _bytes("digest", 32),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False, index=True))
    prefix: str = Field(sa_column=Column(String(16), nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    label: str = Field(sa_column=Column(String(200), nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    revoked_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))


class KindRow(SQLModel, table=True):
    """An installed version of a kind: its definition as JCS bytes, and its import part, JCS too."""

    __tablename__ = "issuers_kinds"
    __table_args__ = (_unique("issuers_kinds", "name", "version"),)

    number: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(String(32), nullable=False))
    definition: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    import_part: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    installed_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class StatusGroupRow(SQLModel, table=True):
    """A school's status lists that share their indexes: one list for each purpose.

    ``used`` of the ``size`` indexes are given out; the k-th is the k-th of the order that ``order_seed`` makes.
    """

    __tablename__ = "issuers_status_groups"
    __table_args__ = (CheckConstraint("used BETWEEN 0 AND size", name="used_within_size"), _bytes("order_seed", 32))

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False, index=True))
    order_seed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int = Field(sa_column=Column(Integer, nullable=False))
    used: int = Field(sa_column=Column(Integer, nullable=False))
    opened_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class StatusListRow(SQLModel, table=True):
    """A status list; its address is ``BASE/status-lists/id``, and ``id`` is random."""

    __tablename__ = "issuers_status_lists"
    __table_args__ = (_unique("issuers_status_lists", "group_id", "purpose"),)

    id: str = Field(sa_column=Column(String(32), primary_key=True))
    group_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_status_groups.id"), nullable=False))
    purpose: str = Field(sa_column=Column(String(16), nullable=False))


class StatusMarkRow(SQLModel, table=True):
    """One set bit, and why. Never taken back."""

    __tablename__ = "issuers_status_marks"

    list_id: str = Field(sa_column=Column(String(32), ForeignKey("issuers_status_lists.id"), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    marked_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class SuspensionRow(SQLModel, table=True):
    """One suspension of a record, the ``number``-th from 0; it holds until it is lifted, which is written once."""

    __tablename__ = "issuers_suspensions"
    __table_args__ = (
        CheckConstraint("(lifted_at IS NULL) = (lift_reason IS NULL)", name="lifted_with_a_reason"),
        CheckConstraint("number >= 0", name="number_from_zero"),
    )

    list_id: str = Field(sa_column=Column(String(32), ForeignKey("issuers_status_lists.id"), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    reason: str = Field(sa_column=Column(Text, nullable=False))
    suspended_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    lifted_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    lift_reason: str | None = Field(sa_column=Column(Text, nullable=True))


class RecordRow(SQLModel, table=True):
    """A signed record; ``idx`` is its entry's. ``identity`` is a keyed hash of (issuer, kind, learner, slot).

    ``document`` is S (docs/formats.md §4), ``content`` SHA-256 of its subject's JCS bytes. The record of an identity
    with the greatest ``revision`` counts; each later one names the one that it ``supersedes``.
    """

    __tablename__ = "issuers_records"
    __table_args__ = (
        _unique("issuers_records", "record_id"),
        _unique("issuers_records", "supersedes"),
        _unique("issuers_records", "digest"),
        _unique("issuers_records", "identity", "revision"),
        _unique("issuers_records", "group_id", "position"),
        Index("ix_issuers_records_member_learner", "member_id", "learner"),
        Index("ix_issuers_records_member_idx", "member_id", "idx"),
        _bytes("identity", 32),
        _bytes("content", 32),
        _bytes("salt", 32),
        _bytes("digest", 32),
    )

    idx: int = Field(sa_column=Column(Number, ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False))
    record_id: str = Field(sa_column=Column(String(36), nullable=False))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False))
    learner: str = Field(sa_column=Column(String(64), nullable=False))
    slot: str = Field(sa_column=Column(Text, nullable=False))
    identity: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    revision: int = Field(sa_column=Column(Integer, nullable=False))
    supersedes: int | None = Field(sa_column=Column(Number, ForeignKey("issuers_records.idx"), nullable=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    group_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_status_groups.id"), nullable=False))
    position: int = Field(sa_column=Column(Integer, nullable=False))
    issued_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class RepresentationRow(SQLModel, table=True):
    """One more signed form of a record, with the record's id and status index, and an entry that commits to it.

    ``idx`` is that entry's: the form's own, or the record's where both were signed at once. ``form`` names what it is
    (``badge``, ``clr``, ``sm2``…), ``representation`` is the type in the entry (docs/formats.md §5). ``private`` is
    what belongs to it and is not signed, such as disclosures; it goes where the document goes, and nowhere else.
    """

    __tablename__ = "issuers_representations"
    __table_args__ = (
        _unique("issuers_representations", "digest"),
        Index("ix_issuers_representations_record", "record_idx", "form"),
        _bytes("salt", 32),
        _bytes("digest", 32),
    )

    idx: int = Field(sa_column=Column(Number, ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False))
    representation: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    record_idx: int = Field(sa_column=Column(Number, ForeignKey("issuers_records.idx"), nullable=False))
    form: str = Field(sa_column=Column(String(16), nullable=False))
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    private: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    made_at: int = Field(sa_column=Column(BigInteger, nullable=False))
