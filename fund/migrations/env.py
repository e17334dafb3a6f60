"""Alembic's entry: runs the migrations on the connection that `Database.migrate` hands over, then grants."""

from alembic import context
from sqlmodel import SQLModel

from fund.migrations import roles

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
    roles.grant(connection)
