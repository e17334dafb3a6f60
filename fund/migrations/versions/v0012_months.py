"""Months close in order; what a match, a donation and a campaign name is there; what each night's check found."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import Instant, Uid

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("0012_months")
    op.create_table(
        "fund_check",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("fund_check_ended", "fund_check", ["ended_at"])
    append_only("fund_check", "id")
