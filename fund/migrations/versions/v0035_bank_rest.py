"""Cash that is short, what a payee sends back, and wishes to open a month that are withdrawn."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Flag, Instant, Uid

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_SHORT = "'5600', 'เงินสดขาด', 'Cash short', 'expense', 'debit', 'no', {no}, {yes}"
_UNDOING = tuple(("tranche", state, "undo_return_unspent", state, "reconcile", True) for state in ("left", "cleared"))
_KNOWN, _NEW = "'advance-returned'", "'unspent-returned'"
_ONCE = "bank_month_asked_once"


def upgrade() -> None:
    _account()
    _shortages()
    _unspent()
    _wishes()
    run_script("0035_short")


def _account() -> None:
    """A book that was opened before has the accounts and kinds of its time."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    values = _SHORT.format(no="0" if is_sqlite else "false", yes="1" if is_sqlite else "true")
    columns = "code, name_th, name_en, type, side, guarded, is_spendable, is_open"
    op.execute(f"INSERT INTO ledger_account ({columns}) SELECT {values} FROM fund_installation")
    op.execute("INSERT INTO ledger_kind (code, nature) SELECT 'cash-short', 'choice' FROM fund_installation")


def _shortages() -> None:
    op.create_table(
        "cash_short_ask",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("box_id", Uid(), sa.ForeignKey("cash_box.id"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("since", Instant(), nullable=False),  # who counted or carried from then on has no say
        sa.Column("reason", sa.Text(), sa.CheckConstraint("length(reason) BETWEEN 1 AND 500"), nullable=False),
        *_who("asked"),
        *_side("asked_person", "request", "id"),
        sqlite_strict=True,
    )
    append_only("cash_short_ask", "id")
    op.create_table(
        "cash_short_answer",
        sa.Column("ask_id", Uid(), sa.ForeignKey("cash_short_ask.id"), primary_key=True),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True, unique=True),
        sa.Column("declined_because", sa.Text(), nullable=False),
        *_who("decided"),
        *_side("decided_person", "approve", "ask_id"),
        sa.CheckConstraint(
            "(entry_id IS NULL) = (declined_because <> '') AND length(declined_because) <= 500",
            name="cash_short_one_of_two",
        ),
        sqlite_strict=True,
    )
    append_only("cash_short_answer", "ask_id", "entry_id")


def _side(person: str, side: str, key: str) -> tuple[sa.schema.SchemaItem, ...]:
    """This human stands on this side of the matter, so that nobody stands on both."""
    return (
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), sa.CheckConstraint(f"side = '{side}'"), nullable=False),
        sa.CheckConstraint(f"chain = 'cash-short:' || CAST({key} AS text)"),
        sa.ForeignKeyConstraint(
            ["chain", person, "side"], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
        ),
    )


def _who(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    )


def _unspent() -> None:
    """A line may be what a payee sent back, and that may be undone."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        told = "SELECT sql FROM sqlite_master WHERE name = 'grants_transition_complete'"
        guard = connection.exec_driver_sql(told).scalar_one()
        connection.exec_driver_sql("DROP TRIGGER grants_transition_complete")
        _add_steps()
        connection.exec_driver_sql(guard)
        _make_anew("bank_match", lambda table: table.replace(_KNOWN, f"{_KNOWN}, {_NEW}"))
        return
    _add_steps()
    told = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'bank_match_kind_check'"
    known = connection.exec_driver_sql(told).scalar_one()
    more = known.replace(f"{_KNOWN}::text", f"{_KNOWN}::text, {_NEW}::text")
    op.execute("ALTER TABLE public.bank_match DROP CONSTRAINT bank_match_kind_check")
    op.execute(f"ALTER TABLE public.bank_match ADD CONSTRAINT bank_match_kind_check {more}")


def _add_steps() -> None:
    names = ("part", "state", "act", "next", "duty", "is_booked")
    columns = [sa.column(name, Flag() if name == "is_booked" else sa.Text()) for name in names]
    table = sa.table("grants_transition", *columns)
    op.bulk_insert(table, [dict(zip(names, row, strict=True)) for row in _UNDOING])


def _wishes() -> None:
    """A wish may be withdrawn, and then one may be asked for anew; a month is opened once still."""
    if op.get_bind().dialect.name == "sqlite":
        _make_anew("bank_month_asked", lambda table: re.sub(rf"\s*CONSTRAINT {_ONCE} UNIQUE \([^)]*\),", "", table))
        for trigger in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER bank_month_asked_no_{trigger}")
        append_only("bank_month_asked", "id")
    else:
        op.execute(f"ALTER TABLE public.bank_month_asked DROP CONSTRAINT {_ONCE}")
    op.create_table(
        "bank_month_withdrawn",
        sa.Column("asked_id", Uid(), sa.ForeignKey("bank_month_asked.id"), primary_key=True),
        *_who("withdrawn"),
        sqlite_strict=True,
    )
    append_only("bank_month_withdrawn", "asked_id")


def _make_anew(name: str, changed: Callable[[str], str]) -> None:
    """SQLite changes no constraint: the table is made anew, with all that hangs on it."""
    connection = op.get_bind()
    made = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        f" AND (tbl_name = '{name}' OR (type IN ('trigger', 'view') AND sql LIKE '%{name}%'))"
        " ORDER BY type = 'trigger'"  # a view before the triggers on it
    ).all()
    around = [one for one in made if one.tbl_name != name]  # what reads it would miss it
    for one in reversed(around):
        connection.exec_driver_sql(f"DROP {one.type} {one.name}")
    table = changed(next(one.sql for one in made if one.type == "table"))
    connection.exec_driver_sql(re.sub(rf'"?{name}"?', f"{name}_anew", table, count=1))
    connection.exec_driver_sql(f"INSERT INTO {name}_anew SELECT * FROM {name}")
    connection.exec_driver_sql(f"DROP TABLE {name}")
    connection.exec_driver_sql(f"ALTER TABLE {name}_anew RENAME TO {name}")
    for one in (one for one in made if one.type != "table"):
        connection.exec_driver_sql(one.sql)
