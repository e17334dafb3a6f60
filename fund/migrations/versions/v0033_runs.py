"""Payment runs: what was chosen, what of it was authorised, the file that the bank gets; papers of advances.

A line is a step that prepared a tranche, an order the step that authorised just that one. What foreign keys cannot say
(sums, counts, and that nothing changes once a run is authorised) is said by the scripts' triggers.
"""

import re

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_STEP = [f"grants_step.{name}" for name in ("chain", "number", "step", "next")]
_TRANSITIONS = (
    ("tranche", "left", "undo_leave", "authorised", "reconcile", True),
    ("tranche", "came_back", "undo_come_back", "left", "reconcile", True),
    ("tranche", "issued", "undo_issue", "allowed", "reconcile", True),
    ("tranche", "issued", "undo_return_rest", "issued", "reconcile", True),
    ("tranche", "cleared", "undo_return_rest", "issued", "reconcile", True),
)
_KNOWN = "'cash-banked'"
_MATCHES = "'payment-left', 'payment-came-back', 'advance-issued', 'advance-returned'"


def upgrade() -> None:
    _undoing()
    _new_matches()
    op.create_index(
        "grants_tranche_paid", "grants_tranche", ["chain", "number", "amount_satang", "payee_id"], unique=True
    )
    _runs()
    _orders()
    _papers()
    append_only("grants_run", "id", "reference")
    append_only("grants_run_line", "run_id, position", "chain, number, step")
    append_only("grants_order", "run_id, position", "chain, number, step")
    append_only("grants_run_authorised", "run_id")
    append_only("grants_paper", "chain, number, step, sha256")
    run_script("0033_runs")


def _undoing() -> None:
    names = ("part", "state", "act", "next", "duty", "is_booked")
    columns = [sa.column(name, Flag() if name == "is_booked" else sa.Text()) for name in names]
    table = sa.table("grants_transition", *columns)
    op.bulk_insert(table, [dict(zip(names, row, strict=True)) for row in _TRANSITIONS])


def _runs() -> None:
    op.create_table(
        "grants_run",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("reference", sa.Text(), sa.CheckConstraint("length(reference) = 11"), nullable=False, unique=True),
        sa.Column("account", sa.Text(), sa.CheckConstraint("account LIKE '1110.%'"), nullable=False),
        sa.Column("layout", sa.Text(), sa.CheckConstraint("layout <> ''"), nullable=False),
        sa.Column("pay_on", Day(), nullable=False),
        sa.Column("count", BigInt, sa.CheckConstraint("count >= 1"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("person", Uid(), nullable=False),
        sa.Column("prepared_at", Instant(), nullable=False),
        sa.Column("prepared_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("id", "person", name="grants_run_preparer"),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_run_line",
        sa.Column("run_id", Uid(), sa.ForeignKey("grants_run.id"), nullable=False),
        sa.Column("position", BigInt, sa.CheckConstraint("position >= 1"), nullable=False),
        *_step(),
        sa.Column("state", sa.Text(), sa.CheckConstraint("state IN ('prepared', 'reprepared')"), nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("payee_id", Uid(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "position"),
        sa.UniqueConstraint("chain", "number", "step", name="grants_run_line_step"),
        sa.UniqueConstraint("run_id", "position", "chain", "number", "step", name="grants_run_line_whole"),
        sa.ForeignKeyConstraint(["chain", "number", "step", "state"], _STEP),
        sa.ForeignKeyConstraint(
            ["chain", "number", "amount_satang", "payee_id"],
            [f"grants_tranche.{name}" for name in ("chain", "number", "amount_satang", "payee_id")],
        ),
        sqlite_strict=True,
    )


def _orders() -> None:
    op.create_table(
        "grants_order",
        sa.Column("run_id", Uid(), nullable=False),
        sa.Column("position", BigInt, nullable=False),
        *_step(),
        sa.Column("before", BigInt, nullable=False),
        sa.Column("state", sa.Text(), sa.CheckConstraint("state = 'authorised'"), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "position"),
        sa.UniqueConstraint("chain", "number", "step", name="grants_order_step"),
        sa.CheckConstraint("step = before + 1", name="grants_order_follows"),
        sa.ForeignKeyConstraint(["chain", "number", "step", "state"], _STEP),
        sa.ForeignKeyConstraint(
            ["run_id", "position", "chain", "number", "before"],
            [f"grants_run_line.{name}" for name in ("run_id", "position", "chain", "number", "step")],
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_run_authorised",
        sa.Column("run_id", Uid(), primary_key=True),
        sa.Column("preparer", Uid(), nullable=False),
        sa.Column("person", Uid(), nullable=False),
        sa.Column("count", BigInt, nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("lines_sha256", sa.Text(), sa.CheckConstraint("length(lines_sha256) = 64"), nullable=False),
        sa.Column("file_sha256", sa.Text(), sa.CheckConstraint("length(file_sha256) = 64"), nullable=False),
        sa.Column("authorised_at", Instant(), nullable=False),
        sa.Column("authorised_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id", "preparer"], ["grants_run.id", "grants_run.person"]),
        sa.CheckConstraint("person <> preparer", name="grants_run_by_two"),
        sqlite_strict=True,
    )


def _papers() -> None:
    op.create_table(
        "grants_paper",
        *_step(),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", "step", "sha256"),
        sa.ForeignKeyConstraint(["chain", "number", "step"], _STEP[:-1]),
        sqlite_strict=True,
    )


def _step() -> list[sa.Column[object]]:
    return [
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("step", BigInt, nullable=False),
    ]


def _new_matches() -> None:
    """More kinds of matches; on SQLite the table is made anew, with all that hangs on it."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        told = connection.exec_driver_sql(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'bank_match_kind_check'"
        ).scalar_one()
        more = told.replace(
            "'cash-banked'::text", ", ".join(f"{kind}::text" for kind in (_KNOWN, *_MATCHES.split(", ")))
        )
        op.execute("ALTER TABLE public.bank_match DROP CONSTRAINT bank_match_kind_check")
        op.execute(f"ALTER TABLE public.bank_match ADD CONSTRAINT bank_match_kind_check {more}")
        return
    made = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        " AND (tbl_name = 'bank_match' OR (type = 'trigger' AND sql LIKE '%bank_match%'))"
    ).all()
    for one in (one for one in made if one.tbl_name != "bank_match"):  # a trigger elsewhere would miss the table
        connection.exec_driver_sql(f"DROP TRIGGER {one.name}")
    table = next(one.sql for one in made if one.type == "table").replace(_KNOWN, f"{_KNOWN}, {_MATCHES}")
    connection.exec_driver_sql(re.sub(r'"?bank_match"?', "bank_match_anew", table, count=1))
    connection.exec_driver_sql("INSERT INTO bank_match_anew SELECT * FROM bank_match")
    connection.exec_driver_sql("DROP TABLE bank_match")
    connection.exec_driver_sql("ALTER TABLE bank_match_anew RENAME TO bank_match")
    for one in (one for one in made if one.type != "table"):
        connection.exec_driver_sql(one.sql)
