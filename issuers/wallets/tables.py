"""Tables of offers to wallets. Alembic alone creates them (``api/migrations``); a test holds the two equal.

Times are seconds since 1970. No secret is kept: of a token its SHA-256, of a transaction code an HMAC under a key in
the keystore. Rows are deleted once they have expired; what was issued is in the log and in the forms of its record.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlmodel import Field, SQLModel

from issuers.tables import _bytes, _unique
from ledger.log.tables import Number


class OfferRow(SQLModel, table=True):
    """An offer of one record. ``attempts`` counts the transaction codes tried; ``redeemed_at`` is set once.

    ``after`` says when a credential is given: once it is in the ``log``, or once its entry has an ``anchor``.
    """

    __tablename__ = "issuers_offers"
    __table_args__ = (
        _unique("issuers_offers", "reference"),
        _unique("issuers_offers", "code"),
        _unique("issuers_offers", "token"),
        Index("ix_issuers_offers_expires_at", "expires_at"),
        _bytes("reference", 32),
        _bytes("code", 32),
        _bytes("tx_code", 32),
        CheckConstraint("after IN ('log', 'anchor')", name="after_is_known"),
        CheckConstraint("attempts >= 0", name="attempts_from_zero"),
    )

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    member_id: int = Field(sa_column=Column(Integer, ForeignKey("issuers_members.id"), nullable=False))
    record_id: str = Field(sa_column=Column(String(36), nullable=False))
    configurations: str = Field(sa_column=Column(Text, nullable=False))
    after: str = Field(sa_column=Column(String(8), nullable=False))
    reference: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    tx_code: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    attempts: int = Field(sa_column=Column(Integer, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    code_expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    redeemed_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    token: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class WalletFormRow(SQLModel, table=True):
    """A form of a record that an offer has led to, by its configuration, for the one key ``holder`` (a Multikey).

    ``digest`` is that of the form's document; written in the transaction of its entry. ``transaction_id`` is SHA-256 of
    the one given to the wallet, where it waits; ``delivered_at`` is when it was first answered. ``event`` is what the
    wallet last said of it, at ``event_at``.
    """

    __tablename__ = "issuers_wallet_forms"
    __table_args__ = (
        _unique("issuers_wallet_forms", "digest"),
        _unique("issuers_wallet_forms", "transaction_id"),
        _bytes("digest", 32),
    )

    offer_id: str = Field(sa_column=Column(String(36), ForeignKey("issuers_offers.id"), primary_key=True))
    configuration: str = Field(sa_column=Column(String(64), primary_key=True))
    holder: str = Field(sa_column=Column(String(64), nullable=False))
    idx: int = Field(sa_column=Column(Number, ForeignKey("log_entries.idx"), nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    transaction_id: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    delivered_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))
    event: str | None = Field(sa_column=Column(String(32), nullable=True))
    event_description: str | None = Field(sa_column=Column(String(500), nullable=True))
    event_at: int | None = Field(sa_column=Column(BigInteger, nullable=True))


class UsedNonceRow(SQLModel, table=True):
    """A ``c_nonce`` that was used, by its SHA-256, until it would have expired anyway."""

    __tablename__ = "issuers_used_nonces"
    __table_args__ = (_bytes("digest", 32), Index("ix_issuers_used_nonces_expires_at", "expires_at"))

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))
