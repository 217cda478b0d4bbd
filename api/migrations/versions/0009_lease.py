"""Who leads among several processes, and what a restored log has to hold before it signs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "log_lease",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("heartbeat", sa.BigInteger, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="only_one_row"),
    )
    op.create_table(
        "log_floor",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", number, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="only_one_row"),
        sa.CheckConstraint("length(root) = 32", name="root_has_32_bytes"),
        sa.CheckConstraint("size >= 0", name="size_from_zero"),
    )
