"""The table of presentation requests. Alembic alone creates it (``api/migrations``); a test holds the two equal."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlmodel import Field, SQLModel


class PresentationRequestRow(SQLModel, table=True):
    """One request. ``state`` is SHA-256 of the one in the link; ``answer`` is set once, with ``outcome``.

    ``attempts`` counts the responses looked at; ``response_mode`` says whether they are encrypted.
    Times are seconds since 1970; an answer is deleted after a day.
    """

    __tablename__ = "presentation_requests"
    __table_args__ = (
        Unique("state", name="uq_presentation_requests_state"),
        Unique("nonce", name="uq_presentation_requests_nonce"),
        Index("ix_presentation_requests_member", "member_id", "created_at"),
        CheckConstraint("length(state) = 32", name="state_has_32_bytes"),
        CheckConstraint("attempts >= 0", name="attempts_from_zero"),
        CheckConstraint("(outcome IS NULL) = (answer IS NULL)", name="answered_with_an_outcome"),
    )

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False))
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    nonce: str = Field(sa_column=Column(String(64), nullable=False))
    query: str = Field(sa_column=Column(Text, nullable=False))
    policy: str = Field(sa_column=Column(String(16), nullable=False))
    purpose: str = Field(sa_column=Column(String(500), nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    outcome: str | None = Field(sa_column=Column(String(16), nullable=True))
    answer: str | None = Field(sa_column=Column(Text, nullable=True))
    response_mode: str = Field(sa_column=Column(String(16), nullable=False, server_default="direct_post"))
