"""Who did which part of a chain, the two who approve, stand-ins for a period, and conflicts of interest."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SIDES = "('request', 'approve', 'prepare', 'authorise', 'reconcile', 'receive', 'value')"


def upgrade() -> None:
    _stand_ins()
    _parts()
    op.create_table(
        "duties_conflict",
        _person("person"),
        sa.Column("case_code", sa.Text(), sa.CheckConstraint("length(case_code) BETWEEN 1 AND 40"), nullable=False),
        sa.Column(
            "relation", sa.Text(), sa.CheckConstraint("relation IN ('relative', 'teacher', 'other')"), nullable=False
        ),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person", "case_code"),
        sqlite_strict=True,
    )
    append_only("duties_stand_in", "id", "id, person, for_person, since, until")
    append_only("duties_stand_in_ended", "stand_in_id")
    append_only("duties_chain", "chain")
    append_only("duties_participant", "chain, person")
    append_only("duties_approval", "chain, version, slot", "chain, version, person")
    append_only("duties_conflict", "person, case_code")
    run_script("0017_duties")


def _stand_ins() -> None:
    op.create_table(
        "duties_stand_in",
        sa.Column("id", Uid(), primary_key=True),
        _person("person"),
        _person("for_person"),
        sa.Column("since", Day(), nullable=False),
        sa.Column("until", Day(), nullable=False),
        sa.Column("paper_sha256", sa.Text(), sa.CheckConstraint("length(paper_sha256) = 64"), nullable=False),
        _person("appointed_by"),
        sa.Column("appointed_at", Instant(), nullable=False),
        sa.CheckConstraint("since <= until", name="duties_stand_in_period"),
        sa.CheckConstraint(
            "person <> for_person AND appointed_by <> person AND appointed_by <> for_person",
            name="duties_stand_in_three_people",
        ),
        sa.UniqueConstraint("id", "person", "for_person", "since", "until", name="duties_stand_in_whole"),
        sqlite_strict=True,
    )
    op.create_table(
        "duties_stand_in_ended",
        sa.Column("stand_in_id", Uid(), sa.ForeignKey("duties_stand_in.id"), primary_key=True),
        _person("ended_by"),
        sa.Column("ended_at", Instant(), nullable=False),
        sqlite_strict=True,
    )


def _parts() -> None:
    op.create_table(
        "duties_chain",
        sa.Column("chain", sa.Text(), sa.CheckConstraint("length(chain) BETWEEN 1 AND 80"), primary_key=True),
        sa.Column("case_code", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "duties_participant",
        sa.Column("chain", sa.Text(), sa.ForeignKey("duties_chain.chain"), nullable=False),
        _person("person"),
        sa.Column("side", sa.Text(), sa.CheckConstraint(f"side IN {SIDES}"), nullable=False),
        sa.Column("taken_on", Day(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        # Where somebody stood in for this person: who, and by which paper, in force on that day.
        sa.Column("through", Uid(), nullable=True),
        sa.Column("stand_in_id", Uid(), nullable=True),
        sa.Column("since", Day(), nullable=True),
        sa.Column("until", Day(), nullable=True),
        sa.PrimaryKeyConstraint("chain", "person"),
        sa.UniqueConstraint("chain", "person", "side", name="duties_participant_side"),
        sa.ForeignKeyConstraint(
            ["chain", "through", "side"],
            ["duties_participant.chain", "duties_participant.person", "duties_participant.side"],
        ),
        sa.ForeignKeyConstraint(
            ["stand_in_id", "through", "person", "since", "until"],
            [f"duties_stand_in.{name}" for name in ("id", "person", "for_person", "since", "until")],
        ),
        sa.CheckConstraint(
            "(through IS NULL AND stand_in_id IS NULL AND since IS NULL AND until IS NULL)"
            " OR (through IS NOT NULL AND stand_in_id IS NOT NULL AND since IS NOT NULL AND until IS NOT NULL"
            " AND taken_on BETWEEN since AND until)",
            name="duties_participant_in_time",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "duties_approval",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        sa.Column("slot", BigInt, sa.CheckConstraint("slot IN (1, 2)"), nullable=False),
        _person("person"),
        sa.Column("side", sa.Text(), sa.CheckConstraint("side = 'approve'"), nullable=False),
        sa.Column("approved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "version", "slot"),
        sa.UniqueConstraint("chain", "version", "person", name="duties_approval_once"),
        sa.ForeignKeyConstraint(
            ["chain", "person", "side"], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
        ),
        sqlite_strict=True,
    )


def _person(name: str) -> sa.Column[object]:
    return sa.Column(name, Uid(), sa.ForeignKey("people_person.id"), nullable=False)
