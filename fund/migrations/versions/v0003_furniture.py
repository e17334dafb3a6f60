"""Installation, profile, audit, papers and outbox: what every feature of the fund stands on."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fund_installation",
        sa.Column("id", BigInt, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        sa.Column("is_demo", Flag(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("fund_installation", "id")
    op.create_table(
        "fund_profile",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("valid_from", Day(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("fund_profile", "id")
    op.create_table(
        "fund_audit",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only("fund_audit", "id")
    op.create_table(
        "fund_paper",
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("fund_paper", "number")
    op.create_table(
        "fund_outbox",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("run_after", Instant(), nullable=False),
        sa.Column("attempts", BigInt, nullable=False),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index(
        "fund_outbox_waiting",
        "fund_outbox",
        ["run_after"],
        sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
    )
