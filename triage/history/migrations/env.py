"""Alembic's environment: it is given the connection, inside of a transaction, by :mod:`triage.history.opening`."""

from alembic import context

from triage.history.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=False,  # the transaction is the caller's
)
context.run_migrations()
