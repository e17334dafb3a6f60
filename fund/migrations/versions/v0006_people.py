"""The staff's door: sessions and tries to sign in."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import Instant, Uid

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_session",
        sa.Column("token_sha256", sa.Text(), primary_key=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("account_sha256", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "people_attempt",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("counted_for", sa.Text(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("people_attempt_counted", "people_attempt", ["counted_for", "tried_at"])
