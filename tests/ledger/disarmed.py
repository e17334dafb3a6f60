"""What only the owner of a database can do: switch its guards off."""

from sqlalchemy import Connection


def disarm(connection: Connection, *tables: str) -> None:
    """Switch every guard off, or those of some tables; without tables on PostgreSQL until the transaction's end."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").all()
        for name in (name for name, table in found if not tables or table in tables):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    elif tables:
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
