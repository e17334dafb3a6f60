"""What is held on a person: corrections, withdrawals, erasures, breaches."""

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
