"""Archives that wait to be verified, and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_batches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("upload", sa.LargeBinary, nullable=True),
        sa.Column("result", sa.LargeBinary, nullable=True),
        sa.CheckConstraint("length(reference) = 32", name="reference_has_32_bytes"),
        sa.CheckConstraint("(upload IS NULL) <> (result IS NULL)", name="upload_or_result"),
    )
    op.create_index("ix_api_batches_expires_at", "api_batches", ["expires_at"])
