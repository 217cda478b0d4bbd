"""The log: entries, leaf tiles, checkpoints, anchors and the publications of status lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "log_sequencer",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("log_id", sa.LargeBinary, nullable=False),
        sa.Column("origin", sa.String, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String, nullable=False),
        sa.CheckConstraint("id = 1", name="only_one_row"),
        sa.CheckConstraint("length(log_id) = 32", name="log_id_has_32_bytes"),
    )
    op.create_table(
        "log_entries",
        sa.Column("idx", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.UniqueConstraint("key", name="uq_log_entries_key"),
        sa.CheckConstraint("idx >= 0", name="idx_from_zero"),
    )
    op.create_table(
        "log_leaf_tiles",
        sa.Column("idx", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(hashes) = 8192", name="hashes_has_8192_bytes"),
    )
    _checkpoints_and_anchors()
    op.create_table(
        "log_status_lists",
        sa.Column("idx", NUMBER, sa.ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False),
        sa.Column("issuer_id", sa.LargeBinary, nullable=False),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("valid_until", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("url", "sequence", name="uq_log_status_lists_url_sequence"),
        sa.CheckConstraint("sequence >= 1", name="sequence_from_one"),
        sa.CheckConstraint("length(issuer_id) = 32", name="issuer_id_has_32_bytes"),
        sa.CheckConstraint("length(digest) = 32", name="digest_has_32_bytes"),
    )


def _checkpoints_and_anchors() -> None:
    op.create_table(
        "log_checkpoints",
        sa.Column("size", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("status_root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("size > 0", name="size_from_one"),
        sa.CheckConstraint("length(root) = 32", name="root_has_32_bytes"),
        sa.CheckConstraint("length(status_root) = 32", name="status_root_has_32_bytes"),
    )
    op.create_table(
        "log_anchor_attempts",
        sa.Column("size", NUMBER, sa.ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False),
        sa.Column("transaction", sa.LargeBinary, nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(transaction_hash) = 32", name="transaction_hash_has_32_bytes"),
    )
    op.create_table(
        "log_anchors",
        sa.Column("size", NUMBER, sa.ForeignKey("log_checkpoints.size"), primary_key=True, autoincrement=False),
        sa.Column("previous_size", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("block_time", sa.BigInteger, nullable=False),
        sa.Column("transaction_hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(transaction_hash) = 32", name="transaction_hash_has_32_bytes"),
    )


def downgrade() -> None:
    for table in (
        "log_status_lists",
        "log_anchors",
        "log_anchor_attempts",
        "log_checkpoints",
        "log_leaf_tiles",
        "log_entries",
        "log_sequencer",
    ):
        op.drop_table(table)
