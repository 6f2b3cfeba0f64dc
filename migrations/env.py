"""What Alembic runs to migrate the hub's own tables: store/database/migrate.py opens the connection, and commits."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from models.tables import metadata

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise RuntimeError("Migrations run through the hub's own command, which takes a lock. Run: ./simpul migrate")

# All revisions run in the transaction of that connection, so a failure leaves the database as it was.
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
