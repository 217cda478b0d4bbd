"""The issuers: keystore, members and their keys, kinds, records, status lists."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _has(name: str, size: int) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"length({name}) = {size}", name=f"{name}_has_{size}_bytes")


def upgrade() -> None:
    _keystore()
    _members()
    op.create_table(
        "issuers_kinds",
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("definition", sa.LargeBinary, nullable=False),
        sa.Column("import_part", sa.LargeBinary, nullable=False),
        sa.Column("installed_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("name", "version", name="uq_issuers_kinds_name_version"),
    )
    _status()
    _records()


def _keystore() -> None:
    op.create_table(
        "issuers_keystore",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("r", sa.Integer, nullable=False),
        sa.Column("p", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="only_one_row"),
        _has("salt", 32),
    )
    op.create_table(
        "issuers_secrets",
        sa.Column("name", sa.String(512), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def _members() -> None:
    op.create_table(
        "issuers_members",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("did", sa.String(512), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("profile", sa.LargeBinary, nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("did", name="uq_issuers_members_did"),
        sa.UniqueConstraint("code", name="uq_issuers_members_code"),
        sa.CheckConstraint("role IN ('authority', 'issuer')", name="role_is_known"),
    )
    op.create_index("ix_issuers_members_parent_id", "issuers_members", ["parent_id"])
    op.create_table(
        "issuers_signing_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("multikey", sa.String(64), nullable=False),
        sa.Column("key_id", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("activated_at", sa.BigInteger, nullable=True),
        sa.Column("retired_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("multikey", name="uq_issuers_signing_keys_multikey"),
        _has("key_id", 32),
    )
    op.create_index("ix_issuers_signing_keys_member_id", "issuers_signing_keys", ["member_id"])
    op.create_table(
        "issuers_api_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("prefix", name="uq_issuers_api_keys_prefix"),
        _has("digest", 32),
    )
    op.create_index("ix_issuers_api_keys_member_id", "issuers_api_keys", ["member_id"])


def _status() -> None:
    op.create_table(
        "issuers_status_groups",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("order_seed", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND size", name="used_within_size"),
        _has("order_seed", 32),
    )
    op.create_index("ix_issuers_status_groups_member_id", "issuers_status_groups", ["member_id"])
    op.create_table(
        "issuers_status_lists",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("issuers_status_groups.id"), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.UniqueConstraint("group_id", "purpose", name="uq_issuers_status_lists_group_id_purpose"),
    )
    op.create_table(
        "issuers_status_marks",
        sa.Column("list_id", sa.String(32), sa.ForeignKey("issuers_status_lists.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("marked_at", sa.BigInteger, nullable=False),
    )


def _records() -> None:
    op.create_table(
        "issuers_records",
        sa.Column("idx", NUMBER, sa.ForeignKey("log_entries.idx"), primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.String(36), nullable=False),
        sa.Column("member_id", sa.Integer, sa.ForeignKey("issuers_members.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("learner", sa.String(64), nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("supersedes", NUMBER, sa.ForeignKey("issuers_records.idx"), nullable=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("group_id", sa.Integer, sa.ForeignKey("issuers_status_groups.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("record_id", name="uq_issuers_records_record_id"),
        sa.UniqueConstraint("supersedes", name="uq_issuers_records_supersedes"),
        sa.UniqueConstraint("digest", name="uq_issuers_records_digest"),
        sa.UniqueConstraint("identity", "revision", name="uq_issuers_records_identity_revision"),
        sa.UniqueConstraint("group_id", "position", name="uq_issuers_records_group_id_position"),
        _has("identity", 32),
        _has("content", 32),
        _has("salt", 32),
        _has("digest", 32),
    )
    op.create_index("ix_issuers_records_member_learner", "issuers_records", ["member_id", "learner"])
    op.create_index("ix_issuers_records_member_idx", "issuers_records", ["member_id", "idx"])


def downgrade() -> None:
    for table in (
        "issuers_records",
        "issuers_status_marks",
        "issuers_status_lists",
        "issuers_status_groups",
        "issuers_kinds",
        "issuers_api_keys",
        "issuers_signing_keys",
        "issuers_members",
        "issuers_secrets",
        "issuers_keystore",
    ):
        op.drop_table(table)
