"""What makes posting quick without weakening a guarantee: checks that look at a whole batch at once.

`docs/decisions/0009-quick-posting.md` says what is checked where.
"""

from fund.migrations.scripts import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("0010_posting")
