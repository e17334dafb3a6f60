"""Balances by booked day: what stood at the end of each day, written by the checkpoint that counts it.

Checkpoints taken before this are taken anew by the worker: each now carries its days. Indexes find the few entries
that say something about another month than their own: year-end closings, late entries, reversals.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_day",
        sa.Column("fund", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("booked_on", Day(), primary_key=True),
        sa.Column("upto", BigInt, primary_key=True, autoincrement=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_day_open",
        sa.Column("fund", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("upto", BigInt, primary_key=True, autoincrement=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_day_upto", "ledger_day", ["fund", "account", "upto"])
    append_only("ledger_day", "fund, account, booked_on, upto")
    _index("ledger_entry_closing", "booked_on", "kind = 'closing'")
    _index("ledger_entry_late", "occurred_on", "occurred_on < booked_on")
    _index("ledger_entry_reversals", "booked_on", "reverses IS NOT NULL")
    run_script("0009_days")


def _index(name: str, column: str, where: str) -> None:
    few = sa.text(where)
    op.create_index(name, "ledger_entry", [column], sqlite_where=few, postgresql_where=few)
