"""Runs a migration's SQL script, the one written for the database at hand."""

import sqlite3
from pathlib import Path

from alembic import op

_SQL = Path(__file__).parent / "sql"


def run_script(name: str) -> None:
    """Run `sql/<name>.sqlite.sql` or `sql/<name>.postgresql.sql`, statement by statement."""
    bind = op.get_bind()
    script = (_SQL / f"{name}.{bind.dialect.name}.sql").read_text(encoding="utf-8")
    if bind.dialect.name != "sqlite":
        bind.exec_driver_sql(script, execution_options={"no_parameters": True})
        return
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            bind.exec_driver_sql(statement)
            statement = ""
