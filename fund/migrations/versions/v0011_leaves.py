"""Receipts, voids and the audit trail in the log's reach; one receipt for an entry; private parts come in once."""

from fund.migrations.scripts import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("0011_leaves")
