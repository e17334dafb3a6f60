"""The log: leaves with their positions, hashes of full subtrees, signed tree heads, the keys that signed them."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Instant, Uid

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _create_keys()
    _create_leaves(is_sqlite)
    _create_heads()
    append_only("ledger_log_key", "number", "id")
    append_only("ledger_leaf", "position", "kind, subject")
    append_only("ledger_subtree", "level, number")
    append_only("ledger_head", "size")
    run_script("0008_log")


def _create_keys() -> None:
    op.create_table(
        "ledger_log_key",
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text(), sa.CheckConstraint("length(id) = 8"), nullable=False, unique=True),
        sa.Column("origin", sa.Text(), sa.CheckConstraint("origin <> ''"), nullable=False),
        _bytes("public_key", 32),
        _bytes("endorsement", 64, nullable=True),
        sqlite_strict=True,
    )


def _create_leaves(is_sqlite: bool) -> None:
    op.create_table(
        "ledger_leaf",
        sa.Column("position", BigInt, sa.CheckConstraint("position >= 0"), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind <> ''"), nullable=False),
        sa.Column("subject", sa.Text(), sa.CheckConstraint("subject <> ''"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _bytes("hash", 32),
        sa.UniqueConstraint("kind", "subject", name="ledger_leaf_subject"),
        *([] if is_sqlite else [sa.CheckConstraint("hash = sha256(decode('00', 'hex') || content)")]),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_subtree",
        sa.Column("level", BigInt, sa.CheckConstraint("level >= 4 AND level % 4 = 0"), primary_key=True),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 0"), primary_key=True),
        _bytes("hash", 32),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_heads() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("size", BigInt, primary_key=True, autoincrement=False),
        sa.Column("follows", BigInt, nullable=False),
        _bytes("root", 32),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("key_id", sa.Text(), sa.ForeignKey("ledger_log_key.id"), nullable=False),
        _bytes("signature", 64),
        sa.Column("entry_stamp", BigInt, nullable=False),
        sa.Column("entry_id", Uid(), nullable=False),
        sa.CheckConstraint("0 <= follows AND follows < size", name="ledger_head_grows"),
        sqlite_strict=True,
    )


def _bytes(name: str, length: int, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), sa.CheckConstraint(f"length({name}) = {length}"), nullable=nullable)
