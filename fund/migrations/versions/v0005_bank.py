"""Bank statements, their lines, what settles them, and the inbox of lines that still wait."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _statements()
    _lines()
    _matches()
    _inbox()


def _statements() -> None:
    op.create_table(
        "bank_statement",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False, unique=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("importer", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("from_on", Day(), nullable=False),
        sa.Column("to_on", Day(), nullable=False),
        sa.Column("opening_satang", BigInt, nullable=False),
        sa.Column("closing_satang", BigInt, nullable=False),
        sa.Column("line_count", BigInt, sa.CheckConstraint("line_count > 0"), nullable=False),
        sa.Column("new_count", BigInt, nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name="statement_days"),
        sa.CheckConstraint("new_count BETWEEN 0 AND line_count", name="statement_counts"),
        sqlite_strict=True,
    )
    op.create_index("bank_statement_account", "bank_statement", ["account", "to_on"])
    op.create_index("bank_statement_imported", "bank_statement", ["imported_at"])
    append_only("bank_statement", "id", "sha256")


def _lines() -> None:
    op.create_table(
        "bank_line",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), nullable=False),
        sa.Column("position", BigInt, sa.CheckConstraint("position > 0"), nullable=False),
        sa.Column("line_number", BigInt, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), sa.CheckConstraint("length(identity) = 64"), nullable=False),
        sa.Column("occurred_on", Day(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("value_on", Day(), nullable=True),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang <> 0"), nullable=False),
        sa.Column("balance_satang", BigInt, nullable=True),
        sa.Column("bank_id", sa.Text(), nullable=False),
        sa.UniqueConstraint("account", "identity", name="bank_line_identity"),
        sa.UniqueConstraint("statement_id", "position", name="bank_line_position"),
        sqlite_strict=True,
    )
    op.create_index("bank_line_day", "bank_line", ["account", "occurred_on"])
    append_only("bank_line", "id", "account, identity", "statement_id, position")
    # What banks write names people: it lies apart, so that it can be sealed and erased. Until then the line's
    # identity, a digest over it, shows a change.
    op.create_table(
        "bank_line_text",
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reference_texts", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sqlite_strict=True,
    )


def _matches() -> None:
    kinds = (
        "'pledge', 'campaign', 'unidentified', 'named', 'sent-back', 'returned', "
        "'fee', 'interest', 'tax-withheld', 'running-cost'"
    )
    op.create_table(
        "bank_match",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), nullable=False),
        sa.Column("kind", sa.Text(), sa.CheckConstraint(f"kind IN ({kinds})"), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("entry_id", Uid(), nullable=False),
        sa.Column("donation_id", Uid(), nullable=True),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.Column("matched_at", Instant(), nullable=False),
        sa.UniqueConstraint("line_id", "entry_id", name="bank_match_entry"),
        sqlite_strict=True,
    )
    op.create_index("bank_match_donation", "bank_match", ["donation_id"])
    append_only("bank_match", "id", "line_id, entry_id")


def _inbox() -> None:
    op.create_table(
        "bank_inbox",
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), primary_key=True),
        sa.Column("state", sa.Text(), sa.CheckConstraint("state IN ('new', 'waiting', 'refused')"), nullable=False),
        sa.Column("is_booked", Flag(), nullable=False),
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("bank_inbox_state", "bank_inbox", ["state", "line_id"])
    op.create_index("bank_inbox_statement", "bank_inbox", ["statement_id"])
    op.create_index("bank_inbox_amount", "bank_inbox", ["account", "amount_satang"])
