"""Schools and offices, the places of staff besides districts; and the e-mail addresses that people had before."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Flag, Instant, Uid

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_place",
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind IN ('school', 'office')"), nullable=False),
        sa.Column("code", sa.Text(), sa.CheckConstraint("length(code) BETWEEN 1 AND 40"), nullable=False),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("name_th", sa.Text(), sa.CheckConstraint("length(name_th) BETWEEN 1 AND 150"), nullable=False),
        sa.Column("name_en", sa.Text(), sa.CheckConstraint("length(name_en) BETWEEN 1 AND 150"), nullable=False),
        sa.Column("is_open", Flag(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", "version"),
        sa.CheckConstraint("(kind = 'school') = (district <> '')", name="people_place_school_in_district"),
        sqlite_strict=True,
    )
    append_only("people_place", "kind, code, version")
    op.create_table(
        "people_former_email",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("person_id", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("left_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    run_script("0020_places")
