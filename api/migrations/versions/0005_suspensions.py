"""Suspensions of records, each until it is lifted."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuers_suspensions",
        sa.Column("list_id", sa.String(32), sa.ForeignKey("issuers_status_lists.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("suspended_at", sa.BigInteger, nullable=False),
        sa.Column("lifted_at", sa.BigInteger, nullable=True),
        sa.Column("lift_reason", sa.Text, nullable=True),
        sa.CheckConstraint("(lifted_at IS NULL) = (lift_reason IS NULL)", name="lifted_with_a_reason"),
        sa.CheckConstraint("number >= 0", name="number_from_zero"),
    )


def downgrade() -> None:
    op.drop_table("issuers_suspensions")
