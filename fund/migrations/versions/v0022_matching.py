"""What matching knows: rules that staff teach, candidates, undone matches."""

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
