"""The table of batches. Alembic alone creates it (``api/migrations``); a test holds the two equal."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String
from sqlmodel import Field, SQLModel


class BatchRow(SQLModel, table=True):
    """One archive. ``upload`` is there until it is done, then ``result`` (JSON without personal data) until it expires.

    ``reference`` is SHA-256 of the job's name, which whoever handed the archive in alone knows.
    """

    __tablename__ = "api_batches"
    __table_args__ = (
        Index("ix_api_batches_expires_at", "expires_at"),
        CheckConstraint("length(reference) = 32", name="reference_has_32_bytes"),
        CheckConstraint("(upload IS NULL) <> (result IS NULL)", name="upload_or_result"),
    )

    id: int = Field(sa_column=Column(Integer, primary_key=True))
    reference: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    policy: str = Field(sa_column=Column(String(16), nullable=False))
    size: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    upload: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    result: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
