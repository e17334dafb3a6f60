"""Children's cases: sealed facts in versions, needs, consent, stages that follow each other, papers."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

QUEUE = ["rank", "moved_at", "code"]
STAGES = ("found", "assessed", "planned", "helped", "referred", "followed", "closed", "reopened")
WAYS = (
    " open found",
    "assessed close closed",
    "assessed plan planned",
    "closed reopen reopened",
    "followed close closed",
    "followed follow followed",
    "followed help helped",
    "followed plan planned",
    "followed refer referred",
    "followed reopen reopened",
    "found assess assessed",
    "found close closed",
    "helped close closed",
    "helped follow followed",
    "helped help helped",
    "helped plan planned",
    "helped refer referred",
    "helped reopen reopened",
    "planned assess assessed",
    "planned close closed",
    "planned help helped",
    "planned refer referred",
    "referred close closed",
    "referred follow followed",
    "referred help helped",
    "referred plan planned",
    "referred reopen reopened",
    "reopened assess assessed",
    "reopened close closed",
)


def upgrade() -> None:
    _cases()
    _steps()
    _records()
    _consents()
    append_only("cases_case", "code", "child_id")
    append_only("cases_child", "child_id, version")
    append_only("cases_place", "code, version")
    append_only("cases_step", "code, number", "code, number, stage")
    append_only("cases_assignment", "code, version")
    append_only("cases_need", "id")
    append_only("cases_note", "id")
    append_only("cases_paper", "id", "code, sha256")
    append_only("cases_consent", "id")
    append_only("cases_consent_withdrawn", "consent_id")


def _cases() -> None:
    op.create_table(
        "cases_case",
        sa.Column("code", sa.Text(), sa.CheckConstraint("length(code) = 10"), primary_key=True),
        sa.Column("child_id", Uid(), nullable=False, unique=True),  # whose key everything of the case is sealed under
        *_by("opened"),
        sqlite_strict=True,
    )
    op.create_table(
        "cases_child",
        sa.Column("child_id", Uid(), sa.ForeignKey("cases_case.child_id"), nullable=False),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_by("changed"),
        sa.PrimaryKeyConstraint("child_id", "version"),
        sqlite_strict=True,
    )
    # The blind index of the national ID: it goes with the child's key, whoever destroys that.
    op.create_table(
        "cases_identity",
        sa.Column("child_id", Uid(), sa.ForeignKey("sealed_key.subject", ondelete="CASCADE"), primary_key=True),
        sa.Column("national_id_index", sa.LargeBinary(), nullable=False, unique=True),
        sqlite_strict=True,
    )
    op.create_table(
        "cases_place",
        _code(),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        *_place(),
        *_by("changed"),
        sa.PrimaryKeyConstraint("code", "version"),
        sqlite_strict=True,
    )
    # Where each case stands now, for lists: follows from the rows that are only ever added.
    op.create_table(
        "cases_standing",
        sa.Column("code", sa.Text(), sa.ForeignKey("cases_case.code"), primary_key=True),
        *_place(),
        _stage("stage"),
        sa.Column("rank", BigInt, sa.CheckConstraint("rank BETWEEN 0 AND 3"), nullable=False),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=True),
        sa.Column("moved_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    is_open = sa.text("stage <> 'closed'")
    for name, columns in (("queue", QUEUE), ("district", ["district", *QUEUE])):
        op.create_index(
            f"cases_standing_{name}", "cases_standing", columns, postgresql_where=is_open, sqlite_where=is_open
        )
    op.create_index("cases_standing_place", "cases_standing", ["district", "stage", *QUEUE])
    op.create_index("cases_standing_school", "cases_standing", ["school"])


def _steps() -> None:
    ways = ", ".join(f"'{way}'" for way in WAYS)
    op.create_table(
        "cases_step",
        _code(),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.Column("after", BigInt, nullable=True),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        _stage("stage"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("done"),
        sa.PrimaryKeyConstraint("code", "number"),
        sa.UniqueConstraint("code", "number", "stage", name="cases_step_stage"),
        sa.ForeignKeyConstraint(
            ["code", "after", "came_from"], ["cases_step.code", "cases_step.number", "cases_step.stage"]
        ),
        sa.CheckConstraint(f"came_from || ' ' || act || ' ' || stage IN ({ways})", name="cases_step_way"),
        sa.CheckConstraint(
            "(number = 1 AND after IS NULL AND act = 'open')"
            " OR (number > 1 AND after IS NOT NULL AND after = number - 1)",
            name="cases_step_follows",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "cases_assignment",
        _code(),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        *_by("assigned"),
        sa.PrimaryKeyConstraint("code", "version"),
        sqlite_strict=True,
    )


def _records() -> None:
    op.create_table(
        "cases_need",
        sa.Column("id", Uid(), primary_key=True),
        _code(),
        sa.Column("urgency", BigInt, sa.CheckConstraint("urgency BETWEEN 0 AND 3"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),  # which need it is, and words
        *_by("noted"),
        sqlite_strict=True,
    )
    op.create_table(
        "cases_note",
        sa.Column("id", Uid(), primary_key=True),
        _code(),
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind IN ('note', 'help')"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_by("noted"),
        sqlite_strict=True,
    )
    op.create_table(
        "cases_paper",
        sa.Column("id", Uid(), primary_key=True),
        _code(),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),  # what it is, and words
        *_by("kept"),
        sa.UniqueConstraint("code", "sha256", name="cases_paper_once"),
        sqlite_strict=True,
    )
    for table in ("need", "note", "paper"):
        op.create_index(f"cases_{table}_of", f"cases_{table}", ["code"])
    op.create_index("cases_paper_same", "cases_paper", ["sha256"])


def _consents() -> None:
    op.create_table(
        "cases_consent",
        sa.Column("id", Uid(), primary_key=True),
        _code(),
        sa.Column("scopes", sa.Text(), sa.CheckConstraint("scopes <> ''"), nullable=False),
        sa.Column("way", sa.Text(), sa.CheckConstraint("way IN ('paper', 'screen')"), nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        sa.Column("given_on", Day(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),  # who, and as what
        *_by("noted"),
        sqlite_strict=True,
    )
    op.create_index("cases_consent_of", "cases_consent", ["code"])
    op.create_table(
        "cases_consent_withdrawn",
        sa.Column("consent_id", Uid(), sa.ForeignKey("cases_consent.id"), primary_key=True),
        sa.Column("withdrawn_on", Day(), nullable=False),
        *_by("noted"),
        sqlite_strict=True,
    )


def _code() -> sa.Column[object]:
    return sa.Column("code", sa.Text(), sa.ForeignKey("cases_case.code"), nullable=False)


def _place() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("district", sa.Text(), sa.CheckConstraint("district <> ''"), nullable=False),
        sa.Column("school", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
    )


def _stage(name: str) -> sa.Column[object]:
    stages = ", ".join(f"'{stage}'" for stage in STAGES)
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f"{name} IN ({stages})"), nullable=False)


def _by(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_at", Instant(), nullable=False),
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
    )
