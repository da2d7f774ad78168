"""Alembic's way in: migrations run over the connection that the app hands over."""

from alembic import context

from analyser.web.tables import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
