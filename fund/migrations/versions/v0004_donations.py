"""Donors' contacts, campaigns, pledges, donations and their reversals."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _contacts()
    _campaigns()
    _pledges()
    _donations()


def _contacts() -> None:
    op.create_table(
        "donors_contact",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("public_name", sa.Text(), sa.CheckConstraint("length(public_name) <= 200"), nullable=False),
        sa.Column("name", sa.Text(), sa.CheckConstraint("length(name) <= 200"), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )


def _campaigns() -> None:
    op.create_table(
        "donations_campaign",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("code", sa.Text(), sa.CheckConstraint("length(code) <= 20"), nullable=False, unique=True),
        sa.Column("slug", sa.Text(), nullable=False, unique=True),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("purpose_th", sa.Text(), nullable=False),
        sa.Column("purpose_en", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("income", sa.Text(), nullable=False),
        sa.Column("parent_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=True),
        sa.Column("opens_on", Day(), nullable=False),
        sa.Column("closes_on", Day(), nullable=True),
        sa.CheckConstraint("closes_on IS NULL OR closes_on >= opens_on", name="campaign_days"),
        sqlite_strict=True,
    )


def _pledges() -> None:
    op.create_table(
        "donations_pledge",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("reference", sa.Text(), sa.CheckConstraint("length(reference) <= 20"), nullable=False, unique=True),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("form_key_sha256", sa.Text(), nullable=False, unique=True),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("contact_id", Uid(), sa.ForeignKey("donors_contact.id"), nullable=True),
        sa.Column("wants_receipt", Flag(), nullable=False),
        sa.Column("language", sa.Text(), sa.CheckConstraint("language IN ('th', 'en')"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("donations_pledge_amount", "donations_pledge", ["amount_satang", "made_at"])
    append_only("donations_pledge", "id", "reference", "form_key_sha256")


def _donations() -> None:
    op.create_table(
        "donations_donation",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=False),
        sa.Column("pledge_id", Uid(), sa.ForeignKey("donations_pledge.id"), nullable=True),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False, unique=True),
        sa.Column("money_identity", sa.Text(), nullable=False, unique=True),
        sa.Column("occurred_on", Day(), nullable=False),
        sa.Column("booked_on", Day(), nullable=False),
        sa.Column("is_second_payment", Flag(), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=True, unique=True),
        sa.Column("received_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("donations_donation_pledge", "donations_donation", ["pledge_id"])
    op.create_index("donations_donation_campaign", "donations_donation", ["campaign_id", "booked_on"])
    append_only("donations_donation", "id", "entry_id", "money_identity", "receipt_number")
    op.create_table(
        "donations_reversal",
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), primary_key=True),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False, unique=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reversed_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("donations_reversal", "donation_id", "entry_id")
