"""Cosignatures of witnesses under published checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "log_cosignatures",
        sa.Column("size", number, sa.ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False),
        sa.Column("witness", sa.LargeBinary, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("cosigned_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("length(witness) = 32", name="witness_has_32_bytes"),
        sa.CheckConstraint("length(signature) = 72", name="signature_has_72_bytes"),
    )
    op.create_index("ix_log_cosignatures_witness", "log_cosignatures", ["witness", "size"])
