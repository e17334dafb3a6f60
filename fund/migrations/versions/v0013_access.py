"""Keys by which other programs read the books: given, and revoked, each by a row that stays."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "books_key",
        sa.Column("name", sa.Text(), sa.CheckConstraint("length(name) BETWEEN 1 AND 40"), primary_key=True),
        sa.Column(
            "token_sha256", sa.Text(), sa.CheckConstraint("length(token_sha256) = 64"), nullable=False, unique=True
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "books_key_revoked",
        sa.Column("name", sa.Text(), sa.ForeignKey("books_key.name"), primary_key=True),
        sa.Column("revoked_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("books_key", "name", "token_sha256")
    append_only("books_key_revoked", "name")
