"""Further signed forms of records: badges, transcripts, JWT, SD-JWT, SM2."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "issuers_representations",
        sa.Column("idx", NUMBER, sa.ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False),
        sa.Column("representation", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("record_idx", NUMBER, sa.ForeignKey("issuers_records.idx"), nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("digest", name="uq_issuers_representations_digest"),
        sa.CheckConstraint("length(salt) = 32", name="salt_has_32_bytes"),
        sa.CheckConstraint("length(digest) = 32", name="digest_has_32_bytes"),
    )
    op.create_index("ix_issuers_representations_record", "issuers_representations", ["record_idx", "form"])
