"""Receipts: gapless numbers, frozen facts, the donors' erasable parts, voids."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Instant, Uid

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SERIES = ("book", "kind", "fiscal_year")

# A donor's part may be erased, one by one, which is why its table is not append-only; it is never rewritten.
_PRIVATE_ON_SQLITE = (
    "CREATE TRIGGER receipts_private_no_update BEFORE UPDATE ON receipts_private"
    " BEGIN SELECT RAISE(ABORT, 'never rewritten: receipts_private'); END",
    "CREATE TRIGGER receipts_private_no_replace BEFORE INSERT ON receipts_private"
    " WHEN EXISTS (SELECT 1 FROM receipts_private WHERE number = NEW.number)"
    " BEGIN SELECT RAISE(ABORT, 'never rewritten: receipts_private'); END",
)
_PRIVATE_ON_POSTGRES = (
    "CREATE TRIGGER receipts_private_no_update BEFORE UPDATE ON receipts_private"
    " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()",
    "CREATE TRIGGER receipts_private_no_truncate BEFORE TRUNCATE ON receipts_private"
    " FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()",
)


def upgrade() -> None:
    _counter()
    _receipt()
    _private()
    _void()


def _counter() -> None:
    op.create_table(
        "receipts_counter",
        sa.Column("book", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("fiscal_year", BigInt, primary_key=True, autoincrement=False),
        sa.Column("last", BigInt, nullable=False),
        sqlite_strict=True,
    )


def _receipt() -> None:
    op.create_table(
        "receipts_receipt",
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fiscal_year", BigInt, sa.CheckConstraint("fiscal_year BETWEEN 2000 AND 2999"), nullable=False),
        sa.Column("running", BigInt, sa.CheckConstraint("running >= 1"), nullable=False),
        sa.Column("follows", BigInt, nullable=True),
        sa.Column("proves", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("private_digest", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), sa.CheckConstraint("length(token) = 28"), nullable=False, unique=True),
        sa.Column("check_code", sa.Text(), sa.CheckConstraint("length(check_code) = 28"), nullable=False, unique=True),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.UniqueConstraint(*_SERIES, "running"),
        sa.ForeignKeyConstraint(
            [*_SERIES, "follows"], [f"receipts_receipt.{column}" for column in (*_SERIES, "running")]
        ),
        sa.CheckConstraint(
            "CASE WHEN running = 1 THEN follows IS NULL ELSE follows IS NOT NULL AND follows = running - 1 END"
        ),
        sqlite_strict=True,
    )
    op.create_index("receipts_receipt_proves", "receipts_receipt", ["proves"])
    append_only("receipts_receipt", "number", "book, kind, fiscal_year, running", "token", "check_code")


def _private() -> None:
    op.create_table(
        "receipts_private",
        sa.Column("number", sa.Text(), sa.ForeignKey("receipts_receipt.number"), primary_key=True),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _PRIVATE_ON_SQLITE if is_sqlite else _PRIVATE_ON_POSTGRES:
        op.execute(statement)


def _void() -> None:
    op.create_table(
        "receipts_void",
        sa.Column("number", sa.Text(), sa.ForeignKey("receipts_receipt.number"), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("voided_by", sa.Text(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("receipts_void", "number")
