"""Months of bank accounts, reconciled by one and closed by another; files handed in that wait to be read."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_month_reconciled",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("closing_satang", BigInt, nullable=False),
        *_who("reconciled"),
        sa.UniqueConstraint("id", "account", "month", "reconciled_person", name="bank_month_reconciled_whole"),
        sqlite_strict=True,
    )
    op.create_index("bank_month_reconciled_month", "bank_month_reconciled", ["account", "month", "id"])
    append_only("bank_month_reconciled", "id")
    op.create_table(
        "bank_month_closed",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("month", Day(), nullable=False),
        sa.Column("reconciliation_id", Uid(), nullable=False),
        sa.Column("reconciled_person", Uid(), nullable=False),
        *_who("closed"),
        sa.PrimaryKeyConstraint("account", "month"),
        sa.ForeignKeyConstraint(
            ["reconciliation_id", "account", "month", "reconciled_person"],
            [f"bank_month_reconciled.{name}" for name in ("id", "account", "month", "reconciled_person")],
        ),
        sa.CheckConstraint("closed_person <> reconciled_person", name="bank_month_two_people"),
        sqlite_strict=True,
    )
    append_only("bank_month_closed", "account, month")
    op.create_table(
        "bank_handed_in",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("sha256", sa.Text(), nullable=False),  # of the file, kept under the row's own key until it is read
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), sa.CheckConstraint("state IN ('waiting', 'taken', 'refused')"), nullable=False),
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), nullable=True),
        sa.Column("is_repeat", Flag(), nullable=False),
        sa.Column("refusal", sa.LargeBinary(), nullable=True),  # sealed: it repeats what stands in the file
        *_who("handed_in"),
        sa.CheckConstraint("(state = 'taken') = (statement_id IS NOT NULL)", name="bank_handed_in_taken"),
        sqlite_strict=True,
    )
    op.create_index("bank_handed_in_at", "bank_handed_in", ["handed_in_at"])


def _who(act: str) -> tuple[sa.Column[object], sa.Column[object], sa.Column[object]]:
    return (
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), nullable=act == "handed_in"),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    )
