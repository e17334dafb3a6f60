"""An entry is proved by one paper of each kind, not by one paper in all."""

from fund.migrations.scripts import run_script

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("0038_audit_receipts")
