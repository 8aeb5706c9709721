"""How Alembic runs here: on the connection it is handed, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from scheduler.store import console_tables as tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.User.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
