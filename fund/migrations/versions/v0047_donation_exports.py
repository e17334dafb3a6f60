"""Which donee units gifts count for in the tax office's eyes, what donors agreed to have told there, and what was.

A rule has one who proposes and another who agrees before its day: foreign keys into `duties_participant` say so.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None

_SIDES = [f"duties_participant.{name}" for name in ("chain", "person", "side")]
_PLACE = ["chain", "fund", "since"]
_WORDS = ("donee_th", "donee_en", "ground_th", "ground_en")
_NAMED = " AND ".join(f"length({name}) BETWEEN 1 AND 200" for name in _WORDS)


def upgrade() -> None:
    _rules()
    _consents()
    _exports()
    append_only("tax_rule", "chain", "chain, fund, since")
    append_only("tax_rule_agreed", "chain", "fund, since")
    append_only("tax_consent", "contact_id")
    append_only("tax_withdrawal", "contact_id")
    append_only("edonation_export", "id")
    append_only("edonation_exported", "donation_id", "export_id, position")
    append_only("edonation_taken_back", "donation_id")


def _rules() -> None:
    op.create_table(
        "tax_rule",
        sa.Column("chain", sa.Text(), sa.CheckConstraint("chain LIKE 'tax:%'"), primary_key=True),
        sa.Column("fund", sa.Text(), sa.CheckConstraint("fund <> ''"), nullable=False),
        sa.Column("since", Day(), nullable=False),
        sa.Column("until", Day(), sa.CheckConstraint("until >= since"), nullable=True),
        sa.Column("donee_th", sa.Text(), nullable=False),
        sa.Column("donee_en", sa.Text(), nullable=False),
        sa.Column("donee_tax_id", sa.Text(), sa.CheckConstraint("length(donee_tax_id) = 13"), nullable=False),
        sa.Column("numerator", BigInt, sa.CheckConstraint("numerator BETWEEN 0 AND 99"), nullable=False),
        sa.Column("denominator", BigInt, sa.CheckConstraint("denominator BETWEEN 1 AND 99"), nullable=False),
        sa.Column("ground_th", sa.Text(), nullable=False),
        sa.Column("ground_en", sa.Text(), nullable=False),
        sa.Column("bank_reports", Flag(), nullable=False),
        *_taken_by("request"),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.CheckConstraint(_NAMED, name="tax_rule_is_named"),
        sa.UniqueConstraint("chain", "fund", "since", name="tax_rule_place"),
        sqlite_strict=True,
    )
    op.create_table(
        "tax_rule_agreed",
        sa.Column("chain", sa.Text(), primary_key=True),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("since", Day(), nullable=False),
        *_taken_by("approve"),
        sa.Column("agreed_on", Day(), nullable=False),
        sa.CheckConstraint("agreed_on < since", name="tax_rule_agreed_before"),
        sa.ForeignKeyConstraint(_PLACE, [f"tax_rule.{name}" for name in _PLACE]),
        sa.UniqueConstraint("fund", "since", name="tax_rule_agreed_once"),
        sqlite_strict=True,
    )


def _consents() -> None:
    op.create_table(
        "tax_consent",
        sa.Column("contact_id", Uid(), sa.ForeignKey("donors_contact.id"), primary_key=True),
        sa.Column("given_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "tax_withdrawal",
        sa.Column("contact_id", Uid(), sa.ForeignKey("tax_consent.contact_id"), primary_key=True),
        sa.Column("withdrawn_at", Instant(), nullable=False),
        sqlite_strict=True,
    )


def _exports() -> None:
    op.create_table(
        "edonation_export",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("month", Day(), nullable=False),
        sa.Column("gifts", BigInt, sa.CheckConstraint("gifts > 0"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        *_done_by("made"),
        sqlite_strict=True,
    )
    op.create_table(
        "edonation_exported",
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), primary_key=True),
        sa.Column("export_id", Uid(), sa.ForeignKey("edonation_export.id"), nullable=False),
        sa.Column("position", BigInt, sa.CheckConstraint("position > 0"), nullable=False),
        sa.Column("contact_id", Uid(), sa.ForeignKey("tax_consent.contact_id"), nullable=False),
        sa.Column("chain", sa.Text(), sa.ForeignKey("tax_rule_agreed.chain"), nullable=False),
        sa.UniqueConstraint("export_id", "position", name="edonation_exported_position"),
        sqlite_strict=True,
    )
    op.create_table(
        "edonation_taken_back",
        sa.Column("donation_id", Uid(), sa.ForeignKey("edonation_exported.donation_id"), primary_key=True),
        *_done_by("taken_back"),
        sqlite_strict=True,
    )


def _taken_by(side: str) -> list[sa.schema.SchemaItem]:
    """Who wrote the row, on the side they stand on in this chain."""
    return [
        sa.Column("person", Uid(), nullable=False),
        sa.Column("side", sa.Text(), sa.CheckConstraint(f"side = '{side}'"), nullable=False),
        sa.ForeignKeyConstraint(["chain", "person", "side"], _SIDES),
    ]


def _done_by(act: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), nullable=False),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    ]
