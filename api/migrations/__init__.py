"""The one Alembic environment: revisions of every area's tables, in one line."""
