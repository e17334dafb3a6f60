"""Triggers that make a table append-only, on SQLite and on PostgreSQL alike.

Knows the ways around such triggers that were seen: REPLACE and upserts on SQLite, TRUNCATE on PostgreSQL.
"""

from alembic import op

_SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END;
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_row})
BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END;
"""

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

_POSTGRES = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()
"""


def append_only(table: str, *unique: str) -> None:
    """Refuse every change of `table`'s rows; each of `unique` is a column (or `a, b`) that identifies a row.

    The primary key and every other unique key must be named: REPLACE would delete the row that has it.
    """
    if op.get_bind().dialect.name == "sqlite":
        same_row = " OR ".join(f"({key}) = ({_new(key)})" for key in unique)
        _run_each(_SQLITE.format(table=table, same_row=same_row), "END;")
    else:
        op.execute(_POSTGRES_FUNCTION)
        _run_each(_POSTGRES.format(table=table), ";")


def _new(key: str) -> str:
    return ", ".join(f"NEW.{column.strip()}" for column in key.split(","))


def _run_each(script: str, end: str) -> None:
    for statement in script.split(end):
        if statement.strip():
            op.execute(statement + (end if end != ";" else ""))
