"""The trace: which span of a fund's line each gift owns, and which spans entries took and gave back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Uid

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_owned()
    _create_pieces()
    op.create_table(
        "ledger_traced",
        sa.Column("upto", BigInt, primary_key=True, autoincrement=False),
        sa.Column("follows", BigInt, nullable=False, unique=True),
        sa.CheckConstraint("0 <= follows AND follows < upto", name="ledger_traced_grows"),
        sqlite_strict=True,
    )
    append_only("ledger_owned", "fund, start_satang", "fund, end_satang", "entry_id, fund")
    append_only("ledger_piece", "number", "part_of, start_satang", "part_of, end_satang")
    append_only("ledger_traced", "upto", "follows")
    run_script("0039_trace")


def _create_owned() -> None:
    op.create_table(
        "ledger_owned",
        sa.Column("fund", sa.Text(), primary_key=True),
        sa.Column("start_satang", BigInt, primary_key=True, autoincrement=False),
        sa.Column("end_satang", BigInt, nullable=False),
        *_of_entry(),
        sa.UniqueConstraint("fund", "end_satang", name="ledger_owned_end"),
        sa.UniqueConstraint("entry_id", "fund", name="ledger_owned_entry"),
        sa.CheckConstraint("0 <= start_satang AND start_satang < end_satang", name="ledger_owned_is_a_span"),
        sqlite_strict=True,
    )
    op.create_index("ledger_owned_subject", "ledger_owned", ["subject"], **_where("subject <> ''"))


def _create_pieces() -> None:
    op.create_table(
        "ledger_piece",
        sa.Column("number", BigInt, primary_key=True, autoincrement=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("part_of", BigInt, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("start_satang", BigInt, nullable=False),
        sa.Column("end_satang", BigInt, nullable=False),
        *_of_entry(),
        sa.UniqueConstraint("part_of", "start_satang", name="ledger_piece_start"),
        sa.UniqueConstraint("part_of", "end_satang", name="ledger_piece_end"),
        sa.CheckConstraint("state IN ('line', 'taken', 'own', 'kept', 'back')", name="ledger_piece_state"),
        sa.CheckConstraint("(part_of IS NULL) = (state = 'line')", name="ledger_piece_of_the_line"),
        sa.CheckConstraint(
            "state <> 'line' OR (start_satang = 0 AND end_satang = 4611686018427387904)", name="ledger_piece_whole_line"
        ),
        sa.CheckConstraint("0 <= start_satang AND start_satang < end_satang", name="ledger_piece_is_a_span"),
        sqlite_strict=True,
    )
    op.create_index("ledger_piece_line", "ledger_piece", ["fund"], unique=True, **_where("part_of IS NULL"))
    op.create_index("ledger_piece_entry", "ledger_piece", ["entry_id"])
    op.create_index("ledger_piece_free", "ledger_piece", ["fund", "number"], **_where("state IN ('kept', 'back')"))
    op.create_index("ledger_piece_subject", "ledger_piece", ["subject"], **_where("subject <> ''"))
    op.create_index("ledger_piece_front", "ledger_piece", ["part_of", "number"], **_where("state = 'taken'"))


def _of_entry() -> tuple[sa.Column[object], ...]:
    """The entry that did it, where it stands in the log, and under which subject it is found again."""
    return (
        sa.Column("entry_id", Uid(), nullable=False),
        sa.Column("position", BigInt, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
