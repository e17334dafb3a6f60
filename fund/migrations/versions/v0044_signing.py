"""Papers are signed, and printed again: certificates that were used, and each print of a paper by staff."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Instant, Uid

revision = "0044"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fund_certificate",
        sa.Column("fingerprint", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=False),
        sa.Column("first_used_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("fund_certificate", "fingerprint")
    op.create_table(
        "fund_print",
        sa.Column("number", sa.Text(), sa.ForeignKey("receipts_receipt.number"), nullable=False),
        sa.Column("ordinal", BigInt, sa.CheckConstraint("ordinal >= 1"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("printed_by", sa.Text(), nullable=False),
        sa.Column("printed_person", Uid(), nullable=False),
        sa.Column("printed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("number", "ordinal"),
        sqlite_strict=True,
    )
    append_only("fund_print", "number, ordinal")
