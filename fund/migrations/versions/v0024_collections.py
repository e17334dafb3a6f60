"""Collections: one transfer for many people, with its roster; cash boxes."""

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
