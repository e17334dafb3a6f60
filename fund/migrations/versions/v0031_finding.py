"""Reports of children at risk and what became of them, schools' links to report by, class lists."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Flag, Instant, Uid

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _links()
    _reports()
    _ends()
    append_only("finding_link", "key")
    append_only("finding_link_end", "key")
    append_only("finding_class_list", "id", "content_index")
    append_only("finding_report", "id", "form_key")
    append_only("finding_report_end", "report_id")


def _links() -> None:
    op.create_table(
        "finding_link",
        sa.Column("key", sa.Text(), sa.CheckConstraint("length(key) >= 10"), primary_key=True),
        *_place(),
        *_by("made"),
        sqlite_strict=True,
    )
    op.create_index("finding_link_school", "finding_link", ["school"])
    op.create_table(
        "finding_link_end",
        sa.Column("key", sa.Text(), sa.ForeignKey("finding_link.key"), primary_key=True),
        *_by("ended"),
        sqlite_strict=True,
    )
    op.create_table(
        "finding_class_list",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("school", sa.Text(), sa.CheckConstraint("school <> ''"), nullable=False),
        sa.Column("row_count", BigInt, nullable=False),
        sa.Column("report_count", BigInt, nullable=False),
        sa.Column("content_index", sa.LargeBinary(), nullable=False, unique=True),
        *_by("taken"),
        sa.CheckConstraint("report_count BETWEEN 1 AND row_count", name="finding_class_list_counts"),
        sqlite_strict=True,
    )


def _reports() -> None:
    channels = sa.CheckConstraint("channel IN ('link', 'open', 'staff', 'class_list')")
    op.create_table(
        "finding_report",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("form_key", sa.Text(), nullable=False, unique=True),  # one form is one report
        sa.Column("channel", sa.Text(), channels, nullable=False),
        *_place(),
        sa.Column("link_key", sa.Text(), sa.ForeignKey("finding_link.key"), nullable=True),
        sa.Column("class_list_id", Uid(), sa.ForeignKey("finding_class_list.id"), nullable=True),
        sa.Column("is_urgent", Flag(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reporter_id", Uid(), nullable=True),
        sa.Column("reporter", sa.LargeBinary(), nullable=True),
        *_by("reported"),
        sa.CheckConstraint("(channel = 'link') = (link_key IS NOT NULL)", name="finding_report_link"),
        sa.CheckConstraint("(channel = 'class_list') = (class_list_id IS NOT NULL)", name="finding_report_list"),
        sa.CheckConstraint("(reporter_id IS NULL) = (reporter IS NULL)", name="finding_report_reporter"),
        sqlite_strict=True,
    )
    op.create_index("finding_report_place", "finding_report", ["district", "reported_at"])
    op.create_index("finding_report_reporter_id", "finding_report", ["reporter_id"])
    # The blind index of a national ID goes with the report's key, whoever destroys that.
    op.create_table(
        "finding_identity",
        sa.Column("report_id", Uid(), sa.ForeignKey("sealed_key.subject", ondelete="CASCADE"), primary_key=True),
        sa.Column("national_id_index", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("finding_identity_index", "finding_identity", ["national_id_index"])


def _ends() -> None:
    outcomes = sa.CheckConstraint("outcome IN ('taken', 'merged', 'closed')")
    op.create_table(
        "finding_report_end",
        sa.Column("report_id", Uid(), sa.ForeignKey("finding_report.id"), primary_key=True),
        sa.Column("outcome", sa.Text(), outcomes, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_code", sa.Text(), sa.ForeignKey("cases_case.code"), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("ended"),
        sa.CheckConstraint("(outcome = 'closed') = (case_code IS NULL)", name="finding_report_end_case"),
        sa.CheckConstraint("outcome = 'taken' OR reason <> ''", name="finding_report_end_reason"),
        sa.CheckConstraint("(outcome = 'merged') <= (sealed IS NOT NULL)", name="finding_report_end_sealed"),
        sqlite_strict=True,
    )
    op.create_index("finding_report_end_case_code", "finding_report_end", ["case_code"])


def _place() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("district", sa.Text(), sa.CheckConstraint("district <> ''"), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
    )


def _by(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_at", Instant(), nullable=False),
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
    )
