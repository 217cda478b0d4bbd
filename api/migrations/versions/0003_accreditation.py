"""Members remember what the registry on the chain last said of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("issuers_members", sa.Column("accreditation", sa.LargeBinary, nullable=True))
