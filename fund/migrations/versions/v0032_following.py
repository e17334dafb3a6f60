"""Referrals to partner offices, follow-ups, families' complaints, and the steps of all three."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

WAYS = (
    "complaint  complain open",
    "complaint answered answer answered",
    "complaint answered close closed",
    "complaint open answer answered",
    "complaint open close closed",
    "follow_up  open open",
    "follow_up at_risk look_at looked_at",
    "follow_up dropped_out look_at looked_at",
    "follow_up late look_at looked_at",
    "follow_up missed attend late",
    "follow_up missed drop_out dropped_out",
    "follow_up missed look_at looked_at",
    "follow_up missed risk at_risk",
    "follow_up open attend attending",
    "follow_up open drop_out dropped_out",
    "follow_up open let_be let_be",
    "follow_up open miss missed",
    "follow_up open risk at_risk",
    "referral  send open",
    "referral accepted finish finished",
    "referral accepted lapse lapsed",
    "referral accepted take_back taken_back",
    "referral declined look_at looked_at",
    "referral open accept accepted",
    "referral open decline declined",
    "referral open lapse lapsed",
    "referral open take_back taken_back",
)


def upgrade() -> None:
    _matters()
    _kinds()
    append_only("following_step", "matter_id, number", "matter_id, number, state")
    append_only("following_referral", "id")
    append_only("following_follow_up", "id", "code, help_number, due_on")
    append_only("following_hold", "follow_up_id, request_id, number")
    append_only("following_link", "key", "code")
    append_only("following_complaint", "id", "form_key")


def _matters() -> None:
    ways = ", ".join(f"'{way}'" for way in WAYS)
    op.create_table(
        "following_matter",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), sa.ForeignKey("cases_case.code"), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.UniqueConstraint("id", "machine", name="following_matter_machine"),
        sa.CheckConstraint("machine = 'complaint' OR code IS NOT NULL", name="following_matter_code"),
        sqlite_strict=True,
    )
    op.create_index("following_matter_state", "following_matter", ["machine", "state", "moved_at"])
    op.create_index("following_matter_of", "following_matter", ["code"])
    op.create_table(
        "following_step",
        sa.Column("matter_id", Uid(), nullable=False),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("after", BigInt, nullable=True),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("done"),
        sa.PrimaryKeyConstraint("matter_id", "number"),
        sa.UniqueConstraint("matter_id", "number", "state", name="following_step_state"),
        sa.ForeignKeyConstraint(["matter_id", "machine"], ["following_matter.id", "following_matter.machine"]),
        sa.ForeignKeyConstraint(
            ["matter_id", "after", "came_from"],
            ["following_step.matter_id", "following_step.number", "following_step.state"],
        ),
        sa.CheckConstraint(
            f"machine || ' ' || came_from || ' ' || act || ' ' || state IN ({ways})", name="following_step_way"
        ),
        sa.CheckConstraint(
            "(number = 1 AND after IS NULL AND came_from = '')"
            " OR (number > 1 AND after IS NOT NULL AND after = number - 1)",
            name="following_step_follows",
        ),
        sqlite_strict=True,
    )


def _kinds() -> None:
    op.create_table(
        "following_referral",
        _matter(),
        sa.Column("office", sa.Text(), sa.CheckConstraint("office <> ''"), nullable=False),
        sa.Column("consent_id", Uid(), sa.ForeignKey("cases_consent.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("following_referral_office", "following_referral", ["office"])
    op.create_table(
        "following_follow_up",
        _matter(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("help_number", BigInt, nullable=False),
        sa.Column("due_on", Day(), nullable=False),
        sa.UniqueConstraint("code", "help_number", "due_on", name="following_follow_up_once"),
        sa.ForeignKeyConstraint(["code", "help_number"], ["cases_step.code", "cases_step.number"]),
        sqlite_strict=True,
    )
    op.create_table(
        "following_hold",
        sa.Column("follow_up_id", Uid(), sa.ForeignKey("following_follow_up.id"), nullable=False),
        sa.Column("request_id", Uid(), nullable=False),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.PrimaryKeyConstraint("follow_up_id", "request_id", "number"),
        sqlite_strict=True,
    )
    op.create_table(
        "following_link",
        sa.Column("key", sa.Text(), sa.CheckConstraint("length(key) >= 10"), primary_key=True),
        sa.Column("code", sa.Text(), sa.ForeignKey("cases_case.code"), nullable=False, unique=True),
        *_by("made"),
        sqlite_strict=True,
    )
    op.create_table(
        "following_complaint",
        _matter(),
        sa.Column("form_key", sa.Text(), nullable=False, unique=True),  # one form is one complaint
        sa.Column("district", sa.Text(), sa.CheckConstraint("district <> ''"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )


def _matter() -> sa.Column[object]:
    return sa.Column("id", Uid(), sa.ForeignKey("following_matter.id"), primary_key=True)


def _by(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_at", Instant(), nullable=False),
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
    )
