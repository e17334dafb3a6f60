"""The trail says which person, why, and from which network; nothing that could name anybody fits into it."""

from alembic import op

from fund.migrations.scripts import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("0016_trail")
    # Each ends in what the list is ordered by, so that a page of it costs the same however long the trail is.
    for what in ("actor", "action", "subject"):
        op.create_index(f"fund_audit_{what}", "fund_audit", [what, "recorded_at", "id"])
    op.create_index("fund_audit_recorded", "fund_audit", ["recorded_at", "id"])
