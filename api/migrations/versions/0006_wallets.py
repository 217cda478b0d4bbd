"""Wallets: offers and what they led to, used nonces, presentation requests."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "issuers_offers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("configurations", sa.Text, nullable=False),
        sa.Column("after", sa.String(8), nullable=False),
        sa.Column("reference", sa.LargeBinary, nullable=False),
        sa.Column("code", sa.LargeBinary, nullable=False),
        sa.Column("tx_code", sa.LargeBinary, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("code_expires_at", sa.BigInteger, nullable=False),
        sa.Column("redeemed_at", sa.BigInteger, nullable=True),
        sa.Column("token", sa.LargeBinary, nullable=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("reference", name="uq_issuers_offers_reference"),
        sa.UniqueConstraint("code", name="uq_issuers_offers_code"),
        sa.UniqueConstraint("token", name="uq_issuers_offers_token"),
        sa.CheckConstraint("length(reference) = 32", name="reference_has_32_bytes"),
        sa.CheckConstraint("length(code) = 32", name="code_has_32_bytes"),
        sa.CheckConstraint("length(tx_code) = 32", name="tx_code_has_32_bytes"),
        sa.CheckConstraint("after IN ('log', 'anchor')", name="after_is_known"),
        sa.CheckConstraint("attempts >= 0", name="attempts_from_zero"),
    )
    op.create_index("ix_issuers_offers_expires_at", "issuers_offers", ["expires_at"])
    op.create_table(
        "issuers_wallet_forms",
        sa.Column("offer_id", sa.String(36), sa.ForeignKey("issuers_offers.id"), primary_key=True),
        sa.Column("configuration", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("idx", NUMBER, sa.ForeignKey("log_entries.idx"), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("transaction_id", sa.LargeBinary, nullable=True),
        sa.Column("delivered_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("digest", name="uq_issuers_wallet_forms_digest"),
        sa.UniqueConstraint("transaction_id", name="uq_issuers_wallet_forms_transaction_id"),
        sa.CheckConstraint("length(digest) = 32", name="digest_has_32_bytes"),
    )
    op.create_table(
        "issuers_used_nonces",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("length(digest) = 32", name="digest_has_32_bytes"),
    )
    op.create_index("ix_issuers_used_nonces_expires_at", "issuers_used_nonces", ["expires_at"])
    op.create_table(
        "presentation_requests",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(500), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("answer", sa.Text, nullable=True),
        sa.UniqueConstraint("state", name="uq_presentation_requests_state"),
        sa.UniqueConstraint("nonce", name="uq_presentation_requests_nonce"),
        sa.CheckConstraint("length(state) = 32", name="state_has_32_bytes"),
        sa.CheckConstraint("attempts >= 0", name="attempts_from_zero"),
        sa.CheckConstraint("(outcome IS NULL) = (answer IS NULL)", name="answered_with_an_outcome"),
    )
    op.create_index("ix_presentation_requests_member", "presentation_requests", ["member_id", "created_at"])
