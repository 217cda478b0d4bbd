"""Who leads where several processes serve one log, and what the log must hold before it signs again.

Alembic alone creates these tables (``api/migrations``); a test holds the two equal.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel

from ledger.log.tables import Number


class LeaseRow(SQLModel, table=True):
    """The one row that says who leads, and until when (`ledger.log.lease`). Times are milliseconds since 1970.

    ``session`` is what the holder's database sessions are called, ``address`` where other processes reach it;
    ``heartbeat`` is 0 once the lease was released; ``asked`` is when a command last asked for it.
    """

    __tablename__ = "log_lease"
    __table_args__ = (CheckConstraint("id = 1", name="only_one_row"),)

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    holder: str = Field(sa_column=Column(String, nullable=False))
    session: str = Field(sa_column=Column(String, nullable=False))
    address: str = Field(sa_column=Column(String, nullable=False))
    heartbeat: int = Field(sa_column=Column(BigInteger, nullable=False))
    asked: int = Field(sa_column=Column(BigInteger, nullable=False))


class FloorRow(SQLModel, table=True):
    """What a restored log has to hold before it appends or signs: a checkpoint known from elsewhere, or size 0.

    While the row is there the log appends nothing before the chain's head was seen in it (`Publisher.confirm`).
    """

    __tablename__ = "log_floor"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one_row"),
        CheckConstraint("length(root) = 32", name="root_has_32_bytes"),
        CheckConstraint("size >= 0", name="size_from_zero"),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    size: int = Field(sa_column=Column(Number, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    set_at: int = Field(sa_column=Column(BigInteger, nullable=False))
