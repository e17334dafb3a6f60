"""A closed month of a bank account stays as it was closed, is opened again by two people, and is closed anew after.

Also balances that somebody stated by the bank's paper, how far the reading of a file is, whom a remark asks, and an
index of amounts.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ASKED = ("id", "account", "month", "revision", "asked_person")


def upgrade() -> None:
    _closed()
    _opened()
    _stated()
    op.create_index("bank_line_amount", "bank_line", ["amount_satang", "id"])
    op.add_column("bank_handed_in", sa.Column("read_count", BigInt, nullable=False, server_default="0"))
    op.add_column("bank_remark", sa.Column("asks_person", Uid(), nullable=True))
    run_script("0028_closed_months")


def _closed() -> None:
    """A month may be closed more than once: each closing has a number, and the last day that it closes."""
    op.rename_table("bank_month_closed", "bank_month_closed_once")
    op.create_table(
        "bank_month_closing",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("revision", BigInt, nullable=False),
        sa.Column("ends_on", Day(), nullable=False),
        sa.Column("reconciliation_id", Uid(), nullable=False),
        sa.Column("reconciled_person", Uid(), nullable=False),
        *_who("closed"),
        sa.PrimaryKeyConstraint("account", "month", "revision"),
        sa.ForeignKeyConstraint(
            ["reconciliation_id", "account", "month", "reconciled_person"],
            [f"bank_month_reconciled.{name}" for name in ("id", "account", "month", "reconciled_person")],
        ),
        sa.UniqueConstraint("reconciliation_id", name="bank_month_closing_of"),
        sa.CheckConstraint("closed_person <> reconciled_person", name="bank_month_closing_two_people"),
        sqlite_strict=True,
    )
    ends_on = {"sqlite": "date(month, '+1 month', '-1 day')", "postgresql": "(month + interval '1 month')::date - 1"}
    op.execute(
        "INSERT INTO bank_month_closing SELECT account, month, 1, "
        f"{ends_on[op.get_bind().dialect.name]}, reconciliation_id, reconciled_person, closed_by, closed_person,"
        " closed_at"
        " FROM bank_month_closed_once"
    )
    op.drop_table("bank_month_closed_once")
    op.create_index("bank_month_closing_end", "bank_month_closing", ["account", "ends_on"])
    append_only("bank_month_closing", "account, month, revision", "reconciliation_id")


def _opened() -> None:
    """One asks, with a reason, to have a month opened again (of an account, or where it is empty of the books)."""
    op.create_table(
        "bank_month_asked",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("revision", BigInt, nullable=False),
        sa.Column("reason", sa.Text(), sa.CheckConstraint("reason <> ''"), nullable=False),
        *_who("asked"),
        sa.UniqueConstraint("account", "month", "revision", name="bank_month_asked_once"),
        sa.UniqueConstraint(*_ASKED, name="bank_month_asked_whole"),
        sqlite_strict=True,
    )
    append_only("bank_month_asked", "id", "account, month, revision")
    op.create_table(
        "bank_month_opened",
        sa.Column("asked_id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("revision", BigInt, nullable=False),
        sa.Column("asked_person", Uid(), nullable=False),
        *_who("confirmed"),
        sa.ForeignKeyConstraint(
            ["asked_id", *_ASKED[1:]], [f"bank_month_asked.{name}" for name in _ASKED], name="bank_month_opened_of"
        ),
        sa.UniqueConstraint("account", "month", "revision", name="bank_month_opened_once"),
        sa.CheckConstraint("confirmed_person <> asked_person", name="bank_month_opened_two_people"),
        sqlite_strict=True,
    )
    append_only("bank_month_opened", "asked_id", "account, month, revision")


def _stated() -> None:
    op.create_table(
        "bank_stated_balance",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", Day(), nullable=False),  # what stood on the account at its end
        sa.Column("balance_satang", BigInt, nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        *_who("stated"),
        sqlite_strict=True,
    )
    op.create_index("bank_stated_balance_day", "bank_stated_balance", ["account", "day", "id"])
    append_only("bank_stated_balance", "id")


def _who(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), nullable=False),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    )
