"""Offers of goods with their steps and photos; what is needed, in counts that tell of no child; labels of lots."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

TRANSITIONS = (
    ("", "offer", "offered"),
    ("offered", "accept", "accepted"),
    ("offered", "part", "part_accepted"),
    ("offered", "decline", "declined"),
    ("offered", "withdraw", "withdrawn"),
    ("accepted", "expect", "expected"),
    ("accepted", "receive", "received"),
    ("accepted", "withdraw", "withdrawn"),
    ("part_accepted", "expect", "expected"),
    ("part_accepted", "receive", "received"),
    ("part_accepted", "withdraw", "withdrawn"),
    ("expected", "receive", "received"),
    ("expected", "withdraw", "withdrawn"),
    ("received", "receive", "received"),
)
_MOVE = ("state", "act", "next")


def upgrade() -> None:
    _offers()
    _steps()
    _photos()
    _needs()
    op.create_table(
        "goods_label",
        sa.Column("code", sa.Text(), sa.CheckConstraint("length(code) = 8"), primary_key=True),
        sa.Column("lot_id", Uid(), sa.ForeignKey("goods_lot.id"), nullable=False, unique=True),
        *_by("made"),
        sqlite_strict=True,
    )
    append_only("goods_label", "code", "lot_id")


def _offers() -> None:
    op.create_table(
        "goods_offer",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("number", sa.Text(), sa.CheckConstraint("length(number) = 10"), nullable=False, unique=True),
        sa.Column("form_key_sha256", sa.Text(), nullable=False, unique=True),  # one form is one offer
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("contact_id", Uid(), sa.ForeignKey("donors_contact.id"), nullable=False),
        _one_of("channel", "open", "staff"),
        _one_of("giver", "company", "person"),
        _one_of("language", "th", "en"),
        sa.Column("thing_id", Uid(), nullable=True),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("quantity", BigInt, sa.CheckConstraint("quantity BETWEEN 1 AND 1000000"), nullable=False),
        _one_of("condition", "new", "good", "worn"),
        sa.Column("for_district", sa.Text(), nullable=False),
        sa.Column("wanted_by", Day(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_by("made"),
        sa.ForeignKeyConstraint(["thing_id", "size"], ["goods_size.thing_id", "goods_size.size"]),
        sa.CheckConstraint("thing_id IS NOT NULL OR size = ''", name="goods_offer_size"),
        sqlite_strict=True,
    )
    op.create_index("goods_offer_contact_id", "goods_offer", ["contact_id"])
    append_only("goods_offer", "id", "number", "form_key_sha256")


def _steps() -> None:
    moves = op.create_table(
        "goods_offer_transition",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _MOVE),
        sa.PrimaryKeyConstraint("state", "act"),
        sa.UniqueConstraint(*_MOVE, name="goods_offer_transition_whole"),
        sqlite_strict=True,
    )
    op.bulk_insert(moves, [dict(zip(_MOVE, row, strict=True)) for row in TRANSITIONS])
    append_only("goods_offer_transition", "state, act")
    op.create_table(
        "goods_offer_step",
        sa.Column("number", sa.Text(), sa.ForeignKey("goods_offer.number"), nullable=False),
        sa.Column("step", BigInt, nullable=False),
        sa.Column("before", BigInt, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _MOVE),
        sa.Column("accepted", BigInt, sa.CheckConstraint("accepted BETWEEN 1 AND 1000000"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("taken"),
        sa.Column("taken_person", Uid(), sa.ForeignKey("people_person.id"), nullable=True),
        sa.PrimaryKeyConstraint("number", "step"),
        sa.UniqueConstraint("number", "step", "next", name="goods_offer_step_next"),
        sa.ForeignKeyConstraint(_MOVE, [f"goods_offer_transition.{name}" for name in _MOVE]),
        sa.ForeignKeyConstraint(
            ["number", "before", "state"], [f"goods_offer_step.{name}" for name in ("number", "step", "next")]
        ),
        sa.CheckConstraint(
            "(step = 1 AND before IS NULL AND state = '')"
            " OR (step > 1 AND before IS NOT NULL AND before = step - 1 AND state <> '')",
            name="goods_offer_step_order",
        ),
        sa.CheckConstraint("(act IN ('accept', 'part')) = (accepted IS NOT NULL)", name="goods_offer_step_accepted"),
        sa.CheckConstraint(
            "(act IN ('accept', 'part', 'decline', 'withdraw')) = (reason <> '')", name="goods_offer_step_reason"
        ),
        sa.CheckConstraint(
            "act IN ('offer', 'withdraw') OR taken_person IS NOT NULL", name="goods_offer_step_taken_person"
        ),
        sqlite_strict=True,
    )
    append_only("goods_offer_step", "number, step")


def _photos() -> None:
    op.create_table(
        "goods_offer_photo",
        sa.Column("number", sa.Text(), sa.ForeignKey("goods_offer.number"), nullable=False),
        sa.Column("position", BigInt, sa.CheckConstraint("position BETWEEN 1 AND 6"), nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=False),
        *_by("kept"),
        sa.PrimaryKeyConstraint("number", "position"),
        sa.UniqueConstraint("number", "sha256", name="goods_offer_photo_once"),
        sqlite_strict=True,
    )
    append_only("goods_offer_photo", "number, position", "number, sha256")


def _needs() -> None:
    """Written anew each week: no count below ten can stand here."""
    op.create_table(
        "goods_need",
        sa.Column("thing", sa.Text(), nullable=False),
        _one_of("by", "all", "size", "district"),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("children", BigInt, sa.CheckConstraint("children >= 10 AND children % 5 = 0"), nullable=False),
        sa.Column("counted_on", Day(), nullable=False),
        sa.PrimaryKeyConstraint("thing", "by", "names"),
        sqlite_strict=True,
    )


def _one_of(name: str, *values: str) -> sa.Column[object]:
    named = ", ".join(f"'{value}'" for value in values)
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f'"{name}" IN ({named})'), nullable=False)


def _by(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_at", Instant(), nullable=False),
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
    )
