"""Checkpoints of balances: what stood on an account of a fund up to a stamp, so that no sum grows with history."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_checkpoint",
        sa.Column("fund", sa.Text(), primary_key=True),
        sa.Column("account", sa.Text(), primary_key=True),
        sa.Column("upto", BigInt, primary_key=True, autoincrement=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    append_only("ledger_checkpoint", "fund, account, upto")
    op.create_index("ledger_checkpoint_upto", "ledger_checkpoint", ["upto"])
    run_script("0007_checkpoints")
