"""What wallets say of what they were given, and how they are to answer."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issuers_wallet_forms", sa.Column("event", sa.String(32), nullable=True))
    op.add_column("issuers_wallet_forms", sa.Column("event_description", sa.String(500), nullable=True))
    op.add_column("issuers_wallet_forms", sa.Column("event_at", sa.BigInteger, nullable=True))
    mode = sa.Column("response_mode", sa.String(16), nullable=False, server_default="direct_post")
    op.add_column("presentation_requests", mode)
