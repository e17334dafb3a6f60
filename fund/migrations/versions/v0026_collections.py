"""One transfer for many people: rosters, and what came of them."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _collections()
    _people()
    _arrivals()


def _collections() -> None:
    op.create_table(
        "collections_collection",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("reference", sa.Text(), sa.CheckConstraint("length(reference) <= 20"), nullable=False, unique=True),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=False),
        *_who("made"),
        sqlite_strict=True,
    )
    op.create_index("collections_collection_campaign", "collections_collection", ["campaign_id"])
    append_only("collections_collection", "id", "reference")
    op.create_table(
        "collections_draft",
        sa.Column("collection_id", Uid(), sa.ForeignKey("collections_collection.id"), primary_key=True),
        sa.Column("id", Uid(), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("heading_row", BigInt, nullable=False),
        sa.Column("for_all", Flag(), nullable=False),
        *_who("kept"),
        sqlite_strict=True,
    )
    op.create_table(
        "collections_withdrawn",
        sa.Column("collection_id", Uid(), sa.ForeignKey("collections_collection.id"), primary_key=True),
        *_who("withdrawn"),
        sqlite_strict=True,
    )
    append_only("collections_withdrawn", "collection_id")


def _people() -> None:
    op.create_table(
        "collections_roster",
        sa.Column("collection_id", Uid(), sa.ForeignKey("collections_collection.id"), nullable=False),
        sa.Column("version", BigInt, sa.CheckConstraint("version > 0"), nullable=False),
        sa.Column("people", BigInt, sa.CheckConstraint("people > 0"), nullable=False),
        sa.Column("sum_satang", BigInt, sa.CheckConstraint("sum_satang > 0"), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        *_who("confirmed"),
        sa.PrimaryKeyConstraint("collection_id", "version"),
        sqlite_strict=True,
    )
    append_only("collections_roster", "collection_id, version")
    op.create_table(
        "collections_person",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("collection_id", Uid(), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("place", BigInt, nullable=False),
        sa.Column("contact_id", Uid(), sa.ForeignKey("donors_contact.id"), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("wants_receipt", Flag(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id", "version"], ["collections_roster.collection_id", "collections_roster.version"]
        ),
        sa.UniqueConstraint("collection_id", "version", "place", name="collections_person_place"),
        sqlite_strict=True,
    )
    append_only("collections_person", "id", "contact_id", "collection_id, version, place")


def _arrivals() -> None:
    op.create_table(
        "collections_arrival",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("collection_id", Uid(), nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("people", BigInt, sa.CheckConstraint("people > 0"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("occurred_on", Day(), nullable=False),
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), nullable=False, unique=True),
        sa.ForeignKeyConstraint(
            ["collection_id", "version"], ["collections_roster.collection_id", "collections_roster.version"]
        ),
        sqlite_strict=True,
    )
    op.create_index("collections_arrival_collection", "collections_arrival", ["collection_id"])
    append_only("collections_arrival", "id", "donation_id")
    op.create_table(
        "collections_unmet",
        sa.Column("line_id", Uid(), primary_key=True),
        sa.Column("collection_id", Uid(), sa.ForeignKey("collections_collection.id"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("occurred_on", Day(), nullable=False),
        sa.Column("noted_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "collections_bundle",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("arrival_id", Uid(), sa.ForeignKey("collections_arrival.id"), nullable=False),
        sa.Column("page", BigInt, sa.CheckConstraint("page > 0"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.UniqueConstraint("arrival_id", "page", name="collections_bundle_page"),
        sqlite_strict=True,
    )


def _who(act: str) -> tuple[sa.Column[object], sa.Column[object]]:
    return sa.Column(f"{act}_by", sa.Text(), nullable=False), sa.Column(f"{act}_at", Instant(), nullable=False)
