"""What banks tell before their statements do, and slips: hints, stored first and settled afterwards."""

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
