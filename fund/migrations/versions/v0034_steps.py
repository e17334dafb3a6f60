"""The table of a grant's steps is complete: nobody adds a way past it, on SQLite either."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER grants_transition_complete BEFORE INSERT ON grants_transition"
            " BEGIN SELECT RAISE(ABORT, 'append-only: grants_transition'); END"
        )
