"""Keys under which personal data is sealed."""

import sqlalchemy as sa
from alembic import op

from ledger.columns import BigInt, Instant, Uid

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _keys()


def _keys() -> None:
    op.create_table(
        "sealed_master",
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.Text(), sa.CheckConstraint("length(fingerprint) = 16"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "sealed_key",
        sa.Column("subject", Uid(), primary_key=True),
        sa.Column("version", BigInt, sa.ForeignKey("sealed_master.version"), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), sa.CheckConstraint("length(wrapped) = 60"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("sealed_key_version", "sealed_key", ["version"])
