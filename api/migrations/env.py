"""Run by Alembic inside the transaction that ``api.database.migrate`` opened; it neither begins nor commits."""

from alembic import context

from api.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    transactional_ddl=True,
)
context.run_migrations()
