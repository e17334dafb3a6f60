"""Who did which part of a chain, stand-ins and conflicts of interest."""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
