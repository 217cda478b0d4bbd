"""The log's tables. Alembic alone creates them (``api/migrations``); a test holds the two equal.

Times are seconds since 1970. Every hash has 32 bytes, checked by the database too: the rows outlive the code.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

# SQLite makes a column the row's own number, with no index beside it, only where its type reads INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

MAX_KEY = 255
LEAVES_PER_TILE = 256
HASH_SIZE = 32


def _hash(name: str, size: int = HASH_SIZE) -> CheckConstraint:
    return CheckConstraint(f"length({name}) = {size}", name=f"{name}_has_{size}_bytes")


class SequencerRow(SQLModel, table=True):
    """The one row that says which log this is and who may write to it: whoever raised ``epoch`` last."""

    __tablename__ = "log_sequencer"
    __table_args__ = (CheckConstraint("id = 1", name="only_one_row"), _hash("log_id"))

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    log_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    origin: str = Field(sa_column=Column(String, nullable=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    holder: str = Field(sa_column=Column(String, nullable=False))


class EntryRow(SQLModel, table=True):
    """One entry: its bytes, and the submitter's idempotency key. ``idx`` counts from 0 without gaps."""

    __tablename__ = "log_entries"
    __table_args__ = (
        UniqueConstraint("key", name="uq_log_entries_key"),
        CheckConstraint("idx >= 0", name="idx_from_zero"),
    )

    idx: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    entry: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key: str = Field(sa_column=Column(String(MAX_KEY), nullable=False))


class LeafTileRow(SQLModel, table=True):
    """The leaf hashes of the 256 entries from ``256 * idx``, joined; written with the last of them."""

    __tablename__ = "log_leaf_tiles"
    __table_args__ = (_hash("hashes", HASH_SIZE * LEAVES_PER_TILE),)

    idx: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(SQLModel, table=True):
    """A published checkpoint. Its size is its identity: the database itself refuses a second root of one size."""

    __tablename__ = "log_checkpoints"
    __table_args__ = (CheckConstraint("size > 0", name="size_from_one"), _hash("root"), _hash("status_root"))

    size: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    status_root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    note: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    published_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class CosignatureRow(SQLModel, table=True):
    """A witness's cosignature under the checkpoint of this size: the first that it sent, so that bundles keep theirs.

    ``witness`` is the SHA-256 that names its key (`NoteKey.full_id`), ``signature`` time and Ed25519 signature.
    """

    __tablename__ = "log_cosignatures"
    __table_args__ = (
        _hash("witness"),
        _hash("signature", 72),
        Index("ix_log_cosignatures_witness", "witness", "size"),
    )

    size: int = Field(
        sa_column=Column(Number, ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False)
    )
    witness: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    name: str = Field(sa_column=Column(String, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    cosigned_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AnchorAttemptRow(SQLModel, table=True):
    """The signed transaction that is to anchor a checkpoint, kept before it is sent, so that a restart sends it again
    and not a second one."""

    __tablename__ = "log_anchor_attempts"
    __table_args__ = (_hash("transaction_hash"),)

    size: int = Field(
        sa_column=Column(Number, ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False)
    )
    transaction: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    transaction_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AnchorRow(SQLModel, table=True):
    """A checkpoint that the contract accepted in a final block, with the block's facts."""

    __tablename__ = "log_anchors"
    __table_args__ = (_hash("transaction_hash"),)

    size: int = Field(
        sa_column=Column(Number, ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False)
    )
    previous_size: int = Field(sa_column=Column(BigInteger, nullable=False))
    block_number: int = Field(sa_column=Column(BigInteger, nullable=False))
    block_time: int = Field(sa_column=Column(BigInteger, nullable=False))
    transaction_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class StatusListRow(SQLModel, table=True):
    """One publication of a status list; ``idx`` is its entry's. A checkpoint of size n covers the rows with idx < n."""

    __tablename__ = "log_status_lists"
    __table_args__ = (
        UniqueConstraint("url", "sequence", name="uq_log_status_lists_url_sequence"),
        CheckConstraint("sequence >= 1", name="sequence_from_one"),
        _hash("issuer_id"),
        _hash("digest"),
    )

    idx: int = Field(sa_column=Column(Number, ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False))
    issuer_id: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    url: str = Field(sa_column=Column(String, nullable=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    credential: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    valid_until: int = Field(sa_column=Column(BigInteger, nullable=False))


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that go past the ORM."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table
