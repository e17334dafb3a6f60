"""Goods: what is counted by one and valued by another, where it lies, whom it is promised and handed to.

A row of `goods_step` refers to the one before it of the same lot and place, with what was there: so no lot can fall
below nothing, whoever writes, and of two at once one wins (`docs/decisions/0019-goods.md`).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

ACTS = (
    ("receive", 1, 0, True),
    ("leave", -1, 0, False),
    ("arrive", 1, 0, False),
    ("reserve", 0, 1, False),
    ("release", 0, -1, False),
    ("issue", -1, -1, True),
    ("return", 1, 0, True),
    ("write_off", -1, 0, True),
    ("give_back", -1, 0, True),
    ("lose", -1, 0, True),
    ("find", 1, 0, True),
)
REQUESTS = (
    ("", "request", "asked", "request"),
    ("asked", "approve", "asked", "approve"),
    ("asked", "award", "awarded", "approve"),
    ("asked", "decline", "declined", "approve"),
    ("asked", "withdraw", "withdrawn", "request"),
    ("awarded", "cancel", "cancelled", "approve"),
)
KINDS = ("accepted", "issued", "returned", "lost", "found", "given-back")
_PILE = ("lot_id", "place_id", "number")


def upgrade() -> None:
    _things_and_places()
    _arrivals()
    _requests()
    _papers_of_two()
    _steps()
    run_script("0041_goods")
    # A book that was opened before has the kinds of its time; one that is opened later gets these with its chart.
    for kind in KINDS:
        op.execute(f"INSERT INTO ledger_kind (code, nature) SELECT 'goods-{kind}', 'choice' FROM fund_installation")


def _things_and_places() -> None:
    op.create_table(
        "goods_thing",
        sa.Column("id", Uid(), primary_key=True),
        _text("name_th", 100, unique=True),
        _text("name_en", 100),
        _text("unit_th", 30),
        _text("unit_en", 30),
        *_who("added"),
        sqlite_strict=True,
    )
    append_only("goods_thing", "id", "name_th")
    op.create_table(
        "goods_size",
        sa.Column("thing_id", Uid(), sa.ForeignKey("goods_thing.id"), nullable=False),
        sa.Column("size", sa.Text(), sa.CheckConstraint("length(size) <= 20"), nullable=False),
        sa.PrimaryKeyConstraint("thing_id", "size"),
        sqlite_strict=True,
    )
    append_only("goods_size", "thing_id, size")
    op.create_table(
        "goods_place",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind IN ('store', 'district', 'school')"), nullable=False),
        _text("name", 100, unique=True),
        *_who("added"),
        sqlite_strict=True,
    )
    append_only("goods_place", "id", "name")


def _arrivals() -> None:
    op.create_table(
        "goods_arrival",
        sa.Column("id", Uid(), primary_key=True),
        _chain("goods"),
        *_sized(),
        sa.Column("accepted", BigInt, sa.CheckConstraint("accepted BETWEEN 0 AND 1000000"), nullable=False),
        sa.Column("rejected", BigInt, sa.CheckConstraint("rejected BETWEEN 0 AND 1000000"), nullable=False),
        sa.Column("rejected_because", sa.Text(), sa.CheckConstraint("length(rejected_because) <= 500"), nullable=False),
        sa.Column("expires_on", Day(), nullable=True),
        sa.Column("condition", sa.Text(), sa.CheckConstraint("condition IN ('new', 'good', 'worn')"), nullable=False),
        sa.Column("place_id", Uid(), sa.ForeignKey("goods_place.id"), nullable=False),
        sa.Column("contact_id", Uid(), sa.ForeignKey("donors_contact.id"), nullable=True),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=True),
        sa.Column("for_district", sa.Text(), nullable=False),
        sa.Column("for_school", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), sa.CheckConstraint("length(offer) <= 80"), nullable=True),
        sa.Column("photo_sha256", sa.Text(), sa.CheckConstraint("length(photo_sha256) = 64"), nullable=True),
        sa.Column("received_on", Day(), nullable=False),
        *_who("received"),
        _always("side", "receive"),
        _in_chain("received_person"),
        sa.CheckConstraint("accepted + rejected > 0", name="goods_arrival_something"),
        sa.CheckConstraint("(rejected > 0) = (rejected_because <> '')", name="goods_arrival_reason"),
        sa.UniqueConstraint("id", "chain", "accepted", name="goods_arrival_whole"),
        sqlite_strict=True,
    )
    append_only("goods_arrival", "id", "chain")
    op.create_table(
        "goods_lot",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("chain", sa.Text(), nullable=False),
        _quantity(),
        sa.Column("fund", sa.Text(), sa.ForeignKey("ledger_fund.code"), nullable=False),
        sa.Column("value_satang", BigInt, sa.CheckConstraint("value_satang > 0"), nullable=False),
        sa.Column(
            "basis",
            sa.Text(),
            sa.CheckConstraint("basis IN ('invoice', 'price_list', 'quote', 'market')"),
            nullable=False,
        ),
        sa.Column("paper_sha256", sa.Text(), sa.CheckConstraint("length(paper_sha256) = 64"), nullable=False),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=False, unique=True),
        *_who("valued"),
        _always("side", "value"),
        _in_chain("valued_person"),
        sa.ForeignKeyConstraint(
            ["id", "chain", "quantity"], [f"goods_arrival.{name}" for name in ("id", "chain", "accepted")]
        ),
        sa.CheckConstraint("value_satang <= 1000000000000000 / quantity", name="goods_lot_worth"),
        sqlite_strict=True,
    )
    append_only("goods_lot", "id", "entry_id")


def _requests() -> None:
    transitions = op.create_table(
        "goods_transition",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "act", "next", "duty")),
        sa.PrimaryKeyConstraint("state", "act"),
        sa.UniqueConstraint("state", "act", "next", "duty", name="goods_transition_whole"),
        sqlite_strict=True,
    )
    op.bulk_insert(transitions, [dict(zip(("state", "act", "next", "duty"), row, strict=True)) for row in REQUESTS])
    append_only("goods_transition", "state, act")
    op.create_table(
        "goods_request",
        sa.Column("id", Uid(), primary_key=True),
        _chain("goods-grant"),
        sa.Column("case_code", sa.Text(), sa.CheckConstraint("length(case_code) BETWEEN 1 AND 40"), nullable=False),
        _text("district", 10),
        sa.Column("school", sa.Text(), nullable=False),
        *_sized(),
        _quantity(),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    append_only("goods_request", "id", "chain")
    op.create_table(
        "goods_request_step",
        sa.Column("chain", sa.Text(), sa.ForeignKey("goods_request.chain"), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("before", BigInt, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("state", "act", "next", "duty")),
        sa.Column("reason", sa.Text(), nullable=False),
        *_who("taken"),
        sa.PrimaryKeyConstraint("chain", "number"),
        sa.UniqueConstraint("chain", "number", "next", name="goods_request_step_next"),
        sa.ForeignKeyConstraint(
            ["state", "act", "next", "duty"], [f"goods_transition.{one}" for one in ("state", "act", "next", "duty")]
        ),
        sa.ForeignKeyConstraint(
            ["chain", "before", "state"], [f"goods_request_step.{one}" for one in ("chain", "number", "next")]
        ),
        _in_chain("taken_person", "duty"),
        sa.CheckConstraint(
            "(number = 1 AND before IS NULL AND state = '')"
            " OR (number > 1 AND before IS NOT NULL AND before = number - 1 AND state <> '')",
            name="goods_request_step_order",
        ),
        sa.CheckConstraint(
            "reason IN ('', 'elsewhere', 'not_needed', 'not_fitting', 'left')"
            " AND (act IN ('decline', 'withdraw', 'cancel')) = (reason <> '')",
            name="goods_request_step_reason",
        ),
        sqlite_strict=True,
    )
    append_only("goods_request_step", "chain, number")


def _papers_of_two() -> None:
    """What one person asks or finds, and another confirms or explains."""
    op.create_table(
        "goods_removal",
        sa.Column("id", Uid(), primary_key=True),
        _chain("goods-removal"),
        *_lot_and_place(),
        sa.Column("act", sa.Text(), sa.CheckConstraint("act IN ('write_off', 'give_back')"), nullable=False),
        _quantity(),
        _text("reason", 500),
        sa.Column("paper_sha256", sa.Text(), sa.CheckConstraint("length(paper_sha256) = 64"), nullable=False),
        *_who("asked"),
        _always("side", "request"),
        _in_chain("asked_person"),
        sa.UniqueConstraint("id", "chain", "lot_id", "place_id", "act", "quantity", name="goods_removal_whole"),
        sqlite_strict=True,
    )
    append_only("goods_removal", "id", "chain")
    op.create_table(
        "goods_removal_answer",
        sa.Column("removal_id", Uid(), primary_key=True),
        sa.Column("chain", sa.Text(), nullable=False),
        *(sa.Column(name, Uid(), nullable=False) for name in ("lot_id", "place_id")),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        *_who("answered"),
        _always("side", "approve"),
        _in_chain("answered_person"),
        sa.ForeignKeyConstraint(
            ["removal_id", "chain", "lot_id", "place_id", "asked", "quantity"],
            [f"goods_removal.{one}" for one in ("id", "chain", "lot_id", "place_id", "act", "quantity")],
        ),
        sa.CheckConstraint("act = asked OR act = 'stay'", name="goods_removal_answer_act"),
        sa.UniqueConstraint("removal_id", "lot_id", "place_id", "act", "quantity", name="goods_removal_answer_whole"),
        sqlite_strict=True,
    )
    append_only("goods_removal_answer", "removal_id")
    op.create_table(
        "goods_count",
        sa.Column("id", Uid(), primary_key=True),
        _chain("goods-count"),
        *_lot_and_place(),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("on_hand", BigInt, nullable=False),
        sa.Column("found", BigInt, sa.CheckConstraint("found BETWEEN 0 AND 1000000"), nullable=False),
        *_who("counted"),
        _always("side", "receive"),
        _in_chain("counted_person"),
        sa.UniqueConstraint("id", "chain", "lot_id", "place_id", "on_hand", "found", name="goods_count_whole"),
        sqlite_strict=True,
    )
    append_only("goods_count", "id", "chain")
    op.create_table(
        "goods_explained",
        sa.Column("count_id", Uid(), primary_key=True),
        sa.Column("chain", sa.Text(), nullable=False),
        *(sa.Column(name, Uid(), nullable=False) for name in ("lot_id", "place_id")),
        sa.Column("on_hand", BigInt, nullable=False),
        sa.Column("found", BigInt, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("quantity", BigInt, nullable=False),
        _text("reason", 500),
        *_who("explained"),
        _always("side", "approve"),
        _in_chain("explained_person"),
        sa.ForeignKeyConstraint(
            ["count_id", "chain", "lot_id", "place_id", "on_hand", "found"],
            [f"goods_count.{one}" for one in ("id", "chain", "lot_id", "place_id", "on_hand", "found")],
        ),
        sa.CheckConstraint(
            "quantity > 0 AND quantity = abs(found - on_hand)"
            " AND (act = 'miscounted' OR act = CASE WHEN found > on_hand THEN 'find' ELSE 'lose' END)",
            name="goods_explained_difference",
        ),
        sa.UniqueConstraint("count_id", "lot_id", "place_id", "act", "quantity", name="goods_explained_whole"),
        sqlite_strict=True,
    )
    append_only("goods_explained", "count_id")


def _steps() -> None:
    acts = op.create_table(
        "goods_act",
        sa.Column("act", sa.Text(), primary_key=True),
        sa.Column("hand", BigInt, nullable=False),
        sa.Column("held", BigInt, nullable=False),
        sa.Column("is_booked", Flag(), nullable=False),
        sa.UniqueConstraint("act", "hand", "held", "is_booked", name="goods_act_whole"),
        sqlite_strict=True,
    )
    op.bulk_insert(acts, [dict(zip(("act", "hand", "held", "is_booked"), row, strict=True)) for row in ACTS])
    append_only("goods_act", "act")
    op.create_table(
        "goods_step",
        *_lot_and_place(),
        sa.Column("number", BigInt, nullable=False),
        # What was there before, as the row before it says.
        sa.Column("before", BigInt, nullable=True),
        sa.Column("was_on_hand", BigInt, nullable=False),
        sa.Column("was_reserved", BigInt, nullable=False),
        # What is done.
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("hand", BigInt, nullable=False),
        sa.Column("held", BigInt, nullable=False),
        sa.Column("is_booked", Flag(), nullable=False),
        _quantity(),
        # What is there now.
        sa.Column("on_hand", BigInt, nullable=False),
        sa.Column("reserved", BigInt, nullable=False),
        # What it is done by: an entry, its other half elsewhere, the promise it resolves, the paper of two people.
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True, unique=True),
        sa.Column("booked_on", Day(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("other_place", Uid(), nullable=True),
        sa.Column("other_number", BigInt, nullable=True),
        sa.Column("resolves", BigInt, nullable=True),
        sa.Column("request", sa.Text(), sa.ForeignKey("goods_request.chain"), nullable=True),
        sa.Column("issue_number", BigInt, nullable=True),
        sa.Column("of_place", Uid(), nullable=True),
        sa.Column("of_number", BigInt, nullable=True),
        sa.Column("removal_id", Uid(), nullable=True, unique=True),
        sa.Column("count_id", Uid(), nullable=True, unique=True),
        *_who("taken"),
        sa.Column("side", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(*_PILE),
        *(
            sa.UniqueConstraint(*_PILE, *more, name=f"goods_step_{name}")
            for name, more in {
                "stood": ("on_hand", "reserved"),
                "half": ("quantity", "act"),
                "promise": ("quantity", "act", "request"),
            }.items()
        ),
        sa.UniqueConstraint("lot_id", "other_place", "other_number", name="goods_step_one_partner"),
        sa.UniqueConstraint("lot_id", "place_id", "resolves", name="goods_step_resolved_once"),
        sa.UniqueConstraint("request", "issue_number", name="goods_step_issue"),
        _refers(("act", "hand", "held", "is_booked"), "goods_act", ("act", "hand", "held", "is_booked")),
        _refers(
            ("lot_id", "place_id", "before", "was_on_hand", "was_reserved"),
            "goods_step",
            (*_PILE, "on_hand", "reserved"),
        ),
        _refers(
            ("lot_id", "other_place", "other_number", "quantity", "partner"),
            "goods_step",
            (*_PILE, "quantity", "act"),
            is_late=True,
        ),
        _refers(
            ("lot_id", "place_id", "resolves", "quantity", "partner", "request"),
            "goods_step",
            (*_PILE, "quantity", "act", "request"),
        ),
        _refers(("lot_id", "of_place", "of_number"), "goods_step", _PILE),
        _refers(
            ("removal_id", "lot_id", "place_id", "act", "quantity"),
            "goods_removal_answer",
            ("removal_id", "lot_id", "place_id", "act", "quantity"),
        ),
        _refers(
            ("count_id", "lot_id", "place_id", "act", "quantity"),
            "goods_explained",
            ("count_id", "lot_id", "place_id", "act", "quantity"),
        ),
        _refers(("request", "taken_person", "side"), "duties_participant", ("chain", "person", "side")),
        sa.CheckConstraint(
            "(number = 1 AND before IS NULL AND was_on_hand = 0 AND was_reserved = 0)"
            " OR (number > 1 AND before IS NOT NULL AND before = number - 1)",
            name="goods_step_order",
        ),
        sa.CheckConstraint("on_hand = was_on_hand + hand * quantity", name="goods_step_on_hand"),
        sa.CheckConstraint("reserved = was_reserved + held * quantity", name="goods_step_reserved"),
        sa.CheckConstraint("0 <= reserved AND reserved <= on_hand", name="goods_step_never_below_zero"),
        sa.CheckConstraint("is_booked = (entry_id IS NOT NULL)", name="goods_step_booked"),
        sa.CheckConstraint("act <> 'receive' OR number = 1", name="goods_step_received_first"),
        sa.CheckConstraint(
            "(partner IS NULL) = (act NOT IN ('leave', 'arrive', 'issue', 'release')) AND (partner IS NULL OR partner ="
            " CASE act WHEN 'leave' THEN 'arrive' WHEN 'arrive' THEN 'leave' ELSE 'reserve' END)",
            name="goods_step_partner",
        ),
        _only_of("other_place", "leave", "arrive"),
        _only_of("other_number", "leave", "arrive"),
        _only_of("resolves", "issue", "release"),
        _only_of("request", "reserve", "issue", "release"),
        _only_of("issue_number", "issue"),
        _only_of("side", "issue"),
        _only_of("of_place", "return"),
        _only_of("of_number", "return"),
        _only_of("removal_id", "write_off", "give_back"),
        _only_of("count_id", "lose", "find"),
        sa.CheckConstraint("side = 'prepare'", name="goods_step_side"),
        sa.CheckConstraint("other_place <> place_id", name="goods_step_moved"),
        sqlite_strict=True,
    )
    op.create_index("goods_step_by_request", "goods_step", ["request"])
    append_only(
        "goods_step",
        "lot_id, place_id, number",
        "entry_id",
        "removal_id",
        "count_id",
        "lot_id, other_place, other_number",
        "lot_id, place_id, resolves",
        "request, issue_number",
    )


def _only_of(column: str, *acts: str) -> sa.CheckConstraint:
    """This column says something of these acts, and of no other."""
    named = ", ".join(f"'{act}'" for act in acts)
    return sa.CheckConstraint(f"({column} IS NOT NULL) = (act IN ({named}))", name=f"goods_step_has_{column}")


def _refers(
    columns: tuple[str, ...], table: str, others: tuple[str, ...], *, is_late: bool = False
) -> sa.ForeignKeyConstraint:
    late = "DEFERRED" if is_late else None
    return sa.ForeignKeyConstraint(columns, [f"{table}.{one}" for one in others], deferrable=is_late, initially=late)


def _sized() -> tuple[SchemaItem, ...]:
    return (
        sa.Column("thing_id", Uid(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["thing_id", "size"], ["goods_size.thing_id", "goods_size.size"]),
    )


def _lot_and_place() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("lot_id", Uid(), sa.ForeignKey("goods_lot.id"), nullable=False),
        sa.Column("place_id", Uid(), sa.ForeignKey("goods_place.id"), nullable=False),
    )


def _quantity() -> sa.Column[object]:
    return sa.Column("quantity", BigInt, sa.CheckConstraint("quantity BETWEEN 1 AND 1000000"), nullable=False)


def _chain(begins: str) -> sa.Column[object]:
    """The chain of duties that is this row's own."""
    of_id = sa.CheckConstraint(f"chain = '{begins}:' || CAST(id AS text)")
    return sa.Column("chain", sa.Text(), of_id, nullable=False, unique=True)


def _in_chain(person: str, side: str = "side") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["chain", person, side], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
    )


def _always(name: str, value: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f"{name} = '{value}'"), nullable=False)


def _text(name: str, longest: int, *, unique: bool = False) -> sa.Column[object]:
    length = sa.CheckConstraint(f"length({name}) BETWEEN 1 AND {longest}")
    return sa.Column(name, sa.Text(), length, nullable=False, unique=unique)


def _who(act: str) -> tuple[sa.Column[object], sa.Column[object], sa.Column[object]]:
    return (
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    )
