"""Alembic's environment: always run through `kazasu.db.migration`, which hands over a connection in a transaction."""

from alembic import context

from kazasu.db.migration import CONFIGURATION

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    **CONFIGURATION,
)
with context.begin_transaction():
    context.run_migrations()
