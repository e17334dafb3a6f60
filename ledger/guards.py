"""The guards as they stand in the database: triggers, the functions and views behind them, constraints, unique keys.

Knows how to read them from either database's own catalogue, each as a digest of what it does. Refuses nothing: what
should stand is written down beside the migrations, and the reading of everything compares.
"""

import hashlib
from typing import Final

from sqlalchemy import Connection, text

_GUARDED: Final = (
    "(c.relname ^@ 'ledger_' OR c.relname ^@ 'receipts_' OR c.relname ^@ 'grants_' OR c.relname ^@ 'duties_'"
    " OR c.relname = 'fund_audit')"
)
"""Whose guards are compared: the books', the papers', who may do what to a grant, and the trail's."""

_RESTORED: Final = r"(pg_current_xact_id\(\)\:\:text\:\:bigint \+) \d+"
"""The one number in a guard that may change: a restored dump raises it."""

_SQLITE: Final = """
SELECT type || ' ' || name, sql FROM sqlite_master
WHERE sql IS NOT NULL AND NOT (type = 'index' AND sql NOT LIKE 'CREATE UNIQUE %')
  AND (tbl_name GLOB 'ledger_*' OR tbl_name GLOB 'receipts_*' OR tbl_name GLOB 'grants_*' OR tbl_name GLOB 'duties_*'
       OR tbl_name = 'fund_audit')
"""
_POSTGRESQL: Final = rf"""
SELECT 'function ' || p.oid\:\:regprocedure,
       concat_ws('|', regexp_replace(p.prosrc, '{_RESTORED}', '\1 0'), p.proconfig, p.prosecdef, p.provolatile,
                 l.lanname, pg_get_function_result(p.oid))
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'public'\:\:regnamespace
UNION ALL
SELECT 'trigger ' || t.tgname, concat_ws('|', c.relname, p.proname, t.tgtype, t.tgattr\:\:text, encode(t.tgargs, 'hex'),
       t.tgoldtable, t.tgnewtable, t.tgdeferrable, pg_get_expr(t.tgqual, t.tgrelid))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = 'public'\:\:regnamespace AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND {_GUARDED}
UNION ALL
SELECT 'constraint ' || c.relname || '.' || o.conname,
       concat_ws('|', o.convalidated, o.condeferred, pg_get_constraintdef(o.oid))
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
WHERE c.relnamespace = 'public'\:\:regnamespace AND o.contype <> 'n' AND {_GUARDED}
UNION ALL
SELECT 'index ' || i.relname, concat_ws('|', x.indisunique, x.indisvalid, pg_get_indexdef(x.indexrelid))
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = 'public'\:\:regnamespace AND x.indisunique AND {_GUARDED}
UNION ALL
SELECT 'view ' || c.relname, concat_ws('|', pg_get_viewdef(c.oid), c.reloptions)
FROM pg_class c WHERE c.relnamespace = 'public'\:\:regnamespace AND c.relkind = 'v' AND {_GUARDED}
UNION ALL
SELECT 'rule ' || r.rulename, pg_get_ruledef(r.oid)
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = 'public'\:\:regnamespace AND c.relkind <> 'v' AND {_GUARDED}
"""


def standing(connection: Connection) -> dict[str, str]:
    """The guards that stand and are switched on, each by its kind and name, with the SHA-256 of what it does."""
    rows = connection.execute(text(_SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL)).all()
    return {name: _digest(body) for name, body in rows}


def _digest(body: str) -> str:
    return hashlib.sha256(" ".join(body.split()).encode()).hexdigest()
