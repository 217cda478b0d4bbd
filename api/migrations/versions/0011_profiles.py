"""Profiles of members that are to be registered, and those that were."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuers_profiles",
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), primary_key=True),
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("profile", sa.LargeBinary, nullable=False),
        sa.Column("proposed_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("length(hash) = 32", name="hash_has_32_bytes"),
    )
