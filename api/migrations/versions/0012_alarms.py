"""How often there was cause for alarm, by code, in whichever process."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_alarms",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("sounded_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("count > 0", name="count_from_one"),
    )
