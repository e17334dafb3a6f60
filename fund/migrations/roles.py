"""PostgreSQL's roles: who migrates owns everything, `<database>_app` writes, `<database>_read` looks.

Knows what each may do with each table: nothing that is append-only is changed, deleted or emptied by the application,
and stamps are the database's own. Refuses nothing: a role that may not make roles migrates without them.
SQLite has no roles: whoever owns the file can do anything to it.
"""

import logging
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

_log = logging.getLogger(__name__)

_SELECT, _INSERT, _ALL = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
_APPLICATION: Final = {
    "alembic_version": _SELECT,
    "ledger_account": f"{_INSERT}, UPDATE (name_th, name_en, is_open)",
    "ledger_fund": f"{_INSERT}, UPDATE (name_th, name_en, valid_to)",
    "ledger_fund_purpose": _INSERT,
    "ledger_kind": _INSERT,
    "ledger_private": f"{_INSERT}, DELETE",
    "ledger_day": _SELECT,
    "ledger_day_open": "",
    "grants_payee": f"{_INSERT}, UPDATE (same_as)",
    "grants_transition": _SELECT,
    "goods_act": _SELECT,
    "goods_transition": _SELECT,
}
"""Where it differs from what follows from the table: append-only is inserted, anything else changed too."""

_STAMPED: Final = ("ledger_entry", "ledger_posting", "receipts_receipt", "receipts_void", "fund_audit")
_CONFIDENTIAL: Final = (
    "alembic_version",
    "bank_line_text",
    "books_key",
    "cases_",
    "collections_",
    "donors_",
    "duties_conflict",
    "finding_",
    "fund_act",
    "fund_outbox",
    "grants_payee",
    "handing_",
    "people_",
    "rights_",
    "sealed_",
    "_private",
)
"""Parts of the names of tables that a reader of the books has no business with."""

_TABLES: Final = """
SELECT c.relname, c.relkind = 'v',
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_no_change'),
       (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'stamp')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname
"""


def names(connection: Connection) -> tuple[str, str]:
    """The application's and the reader's role of this database."""
    database = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    return f"{database}_app", f"{database}_read"


def missing(connection: Connection) -> list[str]:
    """The roles that this database should have and has not; none on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    there = set(connection.exec_driver_sql("SELECT rolname FROM pg_roles").scalars())
    return [name for name in names(connection) if name not in there]


def grant(connection: Connection) -> None:
    """Make the roles if they are not there and may be made, and give each what it needs and no more."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('sipbaht roles'))")
    if not _make(connection):
        return
    for role in names(connection):
        connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {_quoted(role)}")
    for statement in _grants(connection, *map(_quoted, names(connection))):
        connection.exec_driver_sql(statement)


def _make(connection: Connection) -> bool:
    wanted = missing(connection)
    may_create = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    is_too_long = any(len(name.encode()) > 63 for name in wanted)
    if wanted and (is_too_long or not connection.exec_driver_sql(may_create).scalar_one()):
        _log.warning("the roles %s were not made: the service runs as the owner of its tables", ", ".join(wanted))
        return False
    for role in wanted:
        connection.exec_driver_sql(f"CREATE ROLE {_quoted(role)} NOLOGIN")
    return True


def _grants(connection: Connection, application: str, reader: str) -> Iterator[str]:
    yield f"REVOKE CREATE ON SCHEMA public FROM {application}, {reader}"
    yield f"GRANT USAGE ON SCHEMA public TO {application}, {reader}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {application}"
    for table, is_view, is_append_only, unstamped in connection.exec_driver_sql(_TABLES).all():
        ordinary = _SELECT if is_view else _INSERT if is_append_only else _ALL
        if table in _STAMPED:
            ordinary = f"SELECT, INSERT ({unstamped})"
        rights = _APPLICATION.get(table, ordinary)
        if rights:
            yield f"GRANT {rights} ON public.{_quoted(table)} TO {application}"
        if table != "ledger_day_open" and not any(part in table for part in _CONFIDENTIAL):
            yield f"GRANT SELECT ON public.{_quoted(table)} TO {reader}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'
