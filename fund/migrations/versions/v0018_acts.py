"""Acts that are counted, whoever does them: staff's tries to sign in are one kind of them."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("people_attempt_counted", "people_attempt")
    op.rename_table("people_attempt", "fund_act")
    op.execute("ALTER TABLE fund_act RENAME COLUMN tried_at TO done_at")
    op.create_index("fund_act_counted", "fund_act", ["counted_for", "done_at"])
