"""What reading more kinds of statements needs: banks that tell no balances, files whose end nothing proves."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEPT = (
    "id, sha256, file_name, importer, account, from_on, to_on, opening_satang, closing_satang, line_count,"
    " imported_at, imported_by"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _statements_anew()
    else:
        op.alter_column("bank_statement", "opening_satang", nullable=True)
        op.alter_column("bank_statement", "closing_satang", nullable=True)
        op.drop_column("bank_statement", "new_count")  # what its lines count
    _ends()
    _mappings()


def _statements_anew() -> None:
    """SQLite drops no NOT NULL: the table is made again. What refers to it does so by name."""
    op.create_table(
        "bank_statement_anew",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False, unique=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("importer", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("from_on", Day(), nullable=False),
        sa.Column("to_on", Day(), nullable=False),
        sa.Column("opening_satang", BigInt, nullable=True),
        sa.Column("closing_satang", BigInt, nullable=True),
        sa.Column("line_count", BigInt, sa.CheckConstraint("line_count > 0"), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name="statement_days"),
        sqlite_strict=True,
    )
    op.execute(f"INSERT INTO bank_statement_anew ({_KEPT}) SELECT {_KEPT} FROM bank_statement")
    op.drop_table("bank_statement")
    op.rename_table("bank_statement_anew", "bank_statement")
    op.create_index("bank_statement_account", "bank_statement", ["account", "to_on"])
    op.create_index("bank_statement_imported", "bank_statement", ["imported_at"])
    append_only("bank_statement", "id", "sha256")


def _ends() -> None:
    op.create_table(
        "bank_open_end",
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), primary_key=True),
        sa.Column("last_line_id", Uid(), sa.ForeignKey("bank_line.id"), nullable=False),
        sqlite_strict=True,
    )
    append_only("bank_open_end", "statement_id")
    op.create_table(
        "bank_met_end",
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_open_end.statement_id"), primary_key=True),
        sa.Column("met_by", Uid(), sa.ForeignKey("bank_statement.id"), nullable=False),
        sa.CheckConstraint("met_by <> statement_id", name="met_by_another"),
        sqlite_strict=True,
    )
    append_only("bank_met_end", "statement_id")


def _mappings() -> None:
    op.create_table(
        "bank_mapping",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("bank_mapping_account", "bank_mapping", ["account", "id"])
    append_only("bank_mapping", "id")
