"""What banks tell before their statements do, and slips: hints, stored first and settled afterwards."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Instant, Uid

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_STANDINGS = "'new', 'unknown', 'hint', 'denied', 'contradicted', 'confirmed', 'cleared', 'on-statement', 'taken-back'"


def upgrade() -> None:
    _callbacks()
    _heard()
    _slips()
    # A book that was opened before knows no clearing; one that is opened later gets it with its chart.
    op.execute("INSERT INTO ledger_kind (code, nature) SELECT 'clearing', 'fact' FROM fund_installation WHERE id = 1")


def _callbacks() -> None:
    op.create_table(
        "bank_callback",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), sa.CheckConstraint("length(identity) = 64"), nullable=False),
        sa.Column("digest", sa.Text(), sa.CheckConstraint("length(digest) = 64"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.Column("subject", Uid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("identity", name="bank_callback_identity"),
        sqlite_strict=True,
    )
    append_only("bank_callback", "id", "identity")
    op.create_table(
        "bank_callback_standing",
        sa.Column("callback_id", Uid(), sa.ForeignKey("bank_callback.id"), primary_key=True),
        sa.Column("state", sa.Text(), sa.CheckConstraint(f"state IN ({_STANDINGS})"), nullable=False),
        sa.Column("batch", Uid(), nullable=True),
        sa.Column("pledge_id", Uid(), nullable=True),
        sa.Column("campaign_id", Uid(), nullable=True),
        sa.Column("donation_id", Uid(), nullable=True),
        sa.Column("line_id", Uid(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("state <> 'hint' OR campaign_id IS NOT NULL", name="callback_hint"),
        sa.CheckConstraint(
            "(donation_id IS NOT NULL) = (state IN ('confirmed', 'cleared', 'taken-back'))", name="callback_gift"
        ),
        sa.CheckConstraint("(line_id IS NOT NULL) = (state IN ('cleared', 'on-statement'))", name="callback_line"),
        sqlite_strict=True,
    )
    op.create_index("bank_callback_state", "bank_callback_standing", ["state", "callback_id"])
    op.create_index("bank_callback_batch", "bank_callback_standing", ["batch"])
    op.create_index("bank_callback_pledge", "bank_callback_standing", ["pledge_id"])
    op.create_index("bank_callback_line", "bank_callback_standing", ["line_id"])


def _heard() -> None:
    op.create_table(
        "donations_heard",
        sa.Column("pledge_id", Uid(), sa.ForeignKey("donations_pledge.id"), primary_key=True),
        sa.Column("heard_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("donations_heard", "pledge_id")


def _slips() -> None:
    op.create_table(
        "donations_slip",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("pledge_id", Uid(), sa.ForeignKey("donations_pledge.id"), nullable=False),
        sa.Column("sending_bank", sa.Text(), sa.CheckConstraint("length(sending_bank) = 3"), nullable=False),
        sa.Column("reference", sa.Text(), sa.CheckConstraint("reference <> ''"), nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("sending_bank", "reference", name="donations_slip_reference"),
        sqlite_strict=True,
    )
    op.create_index("donations_slip_pledge", "donations_slip", ["pledge_id"])
    op.create_index("donations_slip_named", "donations_slip", ["reference"])
    append_only("donations_slip", "id", "sending_bank, reference")
    op.create_table(
        "donations_slip_doubt",
        sa.Column("slip_id", Uid(), sa.ForeignKey("donations_slip.id"), primary_key=True),
        sa.Column("pledge_id", Uid(), sa.ForeignKey("donations_pledge.id"), primary_key=True),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only("donations_slip_doubt", "slip_id, pledge_id")
