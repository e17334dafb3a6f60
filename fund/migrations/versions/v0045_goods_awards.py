"""Awards of goods: what stops with the family's consent, and who signed for what was handed out.

A request of `goods_stop` gets no further step, and nothing is promised or handed out for it any more. An issue has one
signature (`in_kind_signature`), sealed under the child's key.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Instant, Uid

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "goods_stop",
        sa.Column("chain", sa.Text(), sa.ForeignKey("goods_request.chain"), primary_key=True),
        sa.Column("stopped_at", Instant(), nullable=False),
        sa.Column("stopped_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only("goods_stop", "chain")
    op.create_table(
        "in_kind_signature",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("way", sa.Text(), sa.CheckConstraint("way IN ('screen', 'paper')"), nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number"),
        sa.ForeignKeyConstraint(["chain", "number"], ["goods_step.request", "goods_step.issue_number"]),
        sqlite_strict=True,
    )
    append_only("in_kind_signature", "chain, number")
    run_script("0045_goods_awards")
