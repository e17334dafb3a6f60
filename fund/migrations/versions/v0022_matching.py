"""What matching knows: what staff teach and remark, payers met before, and what was taken back."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Flag, Instant, Uid

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TAUGHT = "('campaign', 'fee', 'interest', 'tax-withheld', 'running-cost')"


def upgrade() -> None:
    run_script("0022_matching")
    if op.get_bind().dialect.name == "sqlite":  # made anew there, without its guards
        append_only("bank_match", "id", "line_id, entry_id")
    _undone()
    _rules()
    _seen()
    _remarks()
    _refunds()


def _undone() -> None:
    op.create_table(
        "bank_undone",
        sa.Column("match_id", Uid(), sa.ForeignKey("bank_match.id"), primary_key=True),
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), nullable=False),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False),
        _why("reason"),
        *_who("undone"),
        sqlite_strict=True,
    )
    op.create_index("bank_undone_line", "bank_undone", ["line_id"])
    append_only("bank_undone", "match_id")
    op.create_table(
        "bank_statement_act",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), nullable=False),
        sa.Column("act", sa.Text(), sa.CheckConstraint("act IN ('undone', 'restored')"), nullable=False),
        _why("reason"),
        *_who("acted"),
        sqlite_strict=True,
    )
    op.create_index("bank_statement_act_statement", "bank_statement_act", ["statement_id", "id"])
    append_only("bank_statement_act", "id")
    op.create_table(
        "bank_retold",
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), nullable=False),
        sa.Column("statement_id", Uid(), sa.ForeignKey("bank_statement.id"), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "statement_id"),
        sqlite_strict=True,
    )
    append_only("bank_retold", "line_id, statement_id")


def _rules() -> None:
    op.create_table(
        "bank_rule",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("came_in", Flag(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_whole", Flag(), nullable=False),
        sa.Column("least_satang", BigInt, sa.CheckConstraint("least_satang > 0"), nullable=False),
        sa.Column("most_satang", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), sa.CheckConstraint(f"kind IN {_TAUGHT}"), nullable=False),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=True),
        *_who("taught"),
        sa.CheckConstraint("least_satang <= most_satang", name="bank_rule_amounts"),
        sa.CheckConstraint("(kind = 'campaign') = (campaign_id IS NOT NULL)", name="bank_rule_campaign"),
        sqlite_strict=True,
    )
    append_only("bank_rule", "id")
    op.create_table(
        "bank_rule_off",
        sa.Column("rule_id", Uid(), sa.ForeignKey("bank_rule.id"), primary_key=True),
        _why("reason"),
        *_who("switched_off"),
        sqlite_strict=True,
    )
    append_only("bank_rule_off", "rule_id")


def _seen() -> None:
    # A keyed digest of who paid, to meet them again; it goes when what the bank wrote is erased.
    op.create_table(
        "bank_payer",
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), primary_key=True),
        sa.Column("payer_index", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("bank_payer_index", "bank_payer", ["payer_index"])
    op.create_index("donations_pledge_stem", "donations_pledge", [sa.text("substr(reference, 1, 8)")])


def _remarks() -> None:
    op.create_table(
        "bank_remark",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), nullable=False),
        sa.Column("act", sa.Text(), sa.CheckConstraint("act IN ('comment', 'hold', 'release')"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_who("said"),
        sqlite_strict=True,
    )
    op.create_index("bank_remark_line", "bank_remark", ["line_id", "id"])
    append_only("bank_remark", "id")


def _refunds() -> None:
    op.create_table(
        "donations_refund",
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), primary_key=True),
        _why("reason"),
        *_who("asked"),
        sqlite_strict=True,
    )
    append_only("donations_refund", "donation_id")
    op.create_table(
        "donations_refund_decided",
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_refund.donation_id"), primary_key=True),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False, unique=True),
        *_who("decided"),
        sqlite_strict=True,
    )
    append_only("donations_refund_decided", "donation_id", "entry_id")


def _why(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f"length({name}) BETWEEN 1 AND 500"), nullable=False)


def _who(act: str) -> tuple[sa.Column[object], sa.Column[object]]:
    return sa.Column(f"{act}_by", sa.Text(), nullable=False), sa.Column(f"{act}_at", Instant(), nullable=False)
