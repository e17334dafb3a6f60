"""Help that is handed over: what the family said, the evidence of it, who looked at that; the same picture twice.

Who may not decide (whoever asked for the money, whoever handed the paper in, one of the two who state that it was
lost) is said by checks and references where they can say it, and by the scripts' triggers.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

WAYS = (
    "not_received again waiting",
    "not_received lapse over",
    "problem again waiting",
    "problem lapse over",
    "problem settle settled",
    "received lapse over",
    "settled lapse over",
    "waiting complain problem",
    "waiting deny not_received",
    "waiting lapse over",
    "waiting receive received",
)
_STATES = "'waiting', 'received', 'not_received', 'problem', 'settled', 'over'"
_ANSWERS = "'receive', 'deny', 'complain'"
_KINDS = "'voucher', 'shop_receipt', 'photo', 'statement'"
_HANDOVER = ["chain", "number", "went"]


def upgrade() -> None:
    _handovers()
    _answers()
    _evidence()
    append_only("handing_link", "id", "digest", "id, chain, number, went")
    append_only("handing_step", "chain, number, went, step", "chain, number, went, step, state", "link_id")
    append_only("handing_hold", "chain, number, went, step, held_chain, held_number")
    append_only("handing_voucher", "voucher", "chain, number, went")
    append_only("handing_evidence", "id", "id, person", "id, kind")
    append_only("handing_joined", "evidence_id", "evidence_id, person")
    append_only("handing_verdict", "evidence_id")
    run_script("0037_handing")


def _handovers() -> None:
    """One for each time that a tranche left or was issued; what is to be done about it alone changes."""
    op.create_table(
        "handing_handover",
        *_columns(),
        sa.Column("went_to", sa.Text(), sa.CheckConstraint("went_to IN ('left', 'issued')"), nullable=False),
        sa.Column("case_code", sa.Text(), sa.ForeignKey("cases_case.code"), nullable=False),
        sa.Column("requester", Uid(), nullable=False),
        sa.Column("side", sa.Text(), sa.CheckConstraint("side = 'request'"), nullable=False),
        sa.Column("payee_kind", sa.Text(), nullable=False),
        sa.Column("went_on", Day(), nullable=False),
        sa.Column("due_on", Day(), nullable=False),
        sa.Column("state", sa.Text(), sa.CheckConstraint(f"state IN ({_STATES})"), nullable=False),
        sa.Column("lacks", BigInt, sa.CheckConstraint("lacks >= 0"), nullable=False),
        sa.Column("pending", BigInt, sa.CheckConstraint("pending >= 0"), nullable=False),
        sa.Column("is_complete", Flag(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint(*_HANDOVER),
        sa.ForeignKeyConstraint(
            ["chain", "number", "went", "went_to"],
            [f"grants_step.{name}" for name in ("chain", "number", "step", "next")],
        ),
        sa.ForeignKeyConstraint(["chain", "case_code"], ["duties_chain.chain", "duties_chain.case_code"]),
        sa.ForeignKeyConstraint(
            ["chain", "requester", "side"], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
        ),
        sa.CheckConstraint("went_on <= due_on", name="handing_handover_days"),
        sqlite_strict=True,
    )
    is_open = sa.text(f"is_complete = {_flag(False)} AND state <> 'over'")
    for name, columns in (("open", ["due_on"]), ("requester", ["requester", "due_on"])):
        op.create_index(
            f"handing_handover_{name}", "handing_handover", columns, postgresql_where=is_open, sqlite_where=is_open
        )
    is_asked = sa.text("pending > 0")
    op.create_index(
        "handing_handover_pending", "handing_handover", ["due_on"], postgresql_where=is_asked, sqlite_where=is_asked
    )
    op.create_index("handing_handover_case", "handing_handover", ["case_code"])


def _answers() -> None:
    op.create_table(
        "handing_link",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), sa.CheckConstraint("length(digest) = 32"), nullable=False, unique=True),
        *_columns(),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        *_by("made"),
        _of_handover(),
        sa.UniqueConstraint("id", *_HANDOVER, name="handing_link_of"),
        sqlite_strict=True,
    )
    op.create_index("handing_link_handover", "handing_link", _HANDOVER)
    ways = ", ".join(f"'{way}'" for way in WAYS)
    op.create_table(
        "handing_step",
        *_columns(),
        sa.Column("step", BigInt, sa.CheckConstraint("step >= 1"), nullable=False),
        sa.Column("after", BigInt, nullable=True),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("link_id", Uid(), nullable=True, unique=True),  # a link is used once
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("done"),
        sa.PrimaryKeyConstraint(*_HANDOVER, "step"),
        _of_handover(),
        sa.UniqueConstraint(*_HANDOVER, "step", "state", name="handing_step_state"),
        sa.ForeignKeyConstraint(
            [*_HANDOVER, "after", "came_from"],
            [f"handing_step.{name}" for name in (*_HANDOVER, "step", "state")],
        ),
        sa.ForeignKeyConstraint(["link_id", *_HANDOVER], [f"handing_link.{name}" for name in ("id", *_HANDOVER)]),
        sa.CheckConstraint(f"came_from || ' ' || act || ' ' || state IN ({ways})", name="handing_step_way"),
        sa.CheckConstraint(
            "(step = 1 AND after IS NULL AND came_from = 'waiting')"
            " OR (step > 1 AND after IS NOT NULL AND after = step - 1)",
            name="handing_step_follows",
        ),
        sa.CheckConstraint(
            f"(act IN ({_ANSWERS}) AND way IN ('screen', 'paper', 'statement'))"
            f" OR (act NOT IN ({_ANSWERS}) AND way = '')",
            name="handing_step_answer",
        ),
        sa.CheckConstraint(
            "(way = 'screen' AND link_id IS NOT NULL) OR (way <> 'screen' AND link_id IS NULL)",
            name="handing_step_link",
        ),
        sa.CheckConstraint("act NOT IN ('again', 'settle') OR person IS NOT NULL", name="handing_step_person"),
        sqlite_strict=True,
    )
    op.create_table(
        "handing_hold",
        *_columns(),
        sa.Column("step", BigInt, nullable=False),
        sa.Column("held_chain", sa.Text(), nullable=False),
        sa.Column("held_number", BigInt, sa.CheckConstraint("held_number >= 1"), nullable=False),
        sa.PrimaryKeyConstraint(*_HANDOVER, "step", "held_chain", "held_number"),
        sa.ForeignKeyConstraint([*_HANDOVER, "step"], [f"handing_step.{name}" for name in (*_HANDOVER, "step")]),
        sqlite_strict=True,
    )
    op.create_table(
        "handing_voucher",
        sa.Column("voucher", sa.Text(), sa.CheckConstraint("voucher <> ''"), primary_key=True),
        *_columns(),
        *_by("made"),
        _of_handover(),
        sa.UniqueConstraint(*_HANDOVER, name="handing_voucher_once"),
        sqlite_strict=True,
    )


def _evidence() -> None:
    op.create_table(
        "handing_evidence",
        sa.Column("id", Uid(), primary_key=True),
        *_columns(),
        sa.Column("kind", sa.Text(), sa.CheckConstraint(f"kind IN ({_KINDS})"), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), sa.CheckConstraint("length(sha256) = 64"), nullable=True),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_by("filed"),
        _of_handover(),
        sa.CheckConstraint(
            "(kind = 'statement' AND sha256 IS NULL AND replaces IN ('voucher', 'shop_receipt'))"
            " OR (kind <> 'statement' AND sha256 IS NOT NULL AND replaces = '')",
            name="handing_evidence_kind",
        ),
        sa.UniqueConstraint("id", "person", name="handing_evidence_filer"),
        sa.UniqueConstraint("id", "kind", name="handing_evidence_of"),
        sqlite_strict=True,
    )
    op.create_index("handing_evidence_handover", "handing_evidence", _HANDOVER)
    # How a picture is known again, in any case; it goes with the key of the request, whoever destroys that.
    op.create_table(
        "handing_picture",
        sa.Column("digest", sa.LargeBinary(), sa.CheckConstraint("length(digest) = 32"), primary_key=True),
        sa.Column("evidence_id", Uid(), sa.ForeignKey("handing_evidence.id"), nullable=False),
        sa.Column("owner", Uid(), sa.ForeignKey("sealed_key.subject", ondelete="CASCADE"), nullable=False),
        *(sa.Column(f"band_{place}", BigInt, nullable=True) for place in range(4)),
        sqlite_strict=True,
    )
    op.create_index("handing_picture_owner", "handing_picture", ["owner"])
    op.create_index("handing_picture_evidence", "handing_picture", ["evidence_id"])
    for place in range(4):
        op.create_index(f"handing_picture_band_{place}", "handing_picture", [f"band_{place}"])
    op.create_table(
        "handing_joined",
        sa.Column("evidence_id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind = 'statement'"), nullable=False),
        sa.Column("first", Uid(), nullable=False),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        *_by("joined"),
        sa.ForeignKeyConstraint(["evidence_id", "kind"], ["handing_evidence.id", "handing_evidence.kind"]),
        sa.ForeignKeyConstraint(["evidence_id", "first"], ["handing_evidence.id", "handing_evidence.person"]),
        sa.UniqueConstraint("evidence_id", "person", name="handing_joined_second"),
        sa.CheckConstraint("person <> first", name="handing_joined_by_two"),
        sqlite_strict=True,
    )
    op.create_table(
        "handing_verdict",
        sa.Column("evidence_id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filer", Uid(), nullable=False),
        sa.Column("second", Uid(), nullable=True),
        sa.Column("is_accepted", Flag(), nullable=False),
        sa.Column("person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        *_by("decided"),
        sa.ForeignKeyConstraint(["evidence_id", "kind"], ["handing_evidence.id", "handing_evidence.kind"]),
        sa.ForeignKeyConstraint(["evidence_id", "filer"], ["handing_evidence.id", "handing_evidence.person"]),
        sa.ForeignKeyConstraint(["evidence_id", "second"], ["handing_joined.evidence_id", "handing_joined.person"]),
        sa.CheckConstraint("kind <> 'statement' OR second IS NOT NULL", name="handing_verdict_stated_by_two"),
        sa.CheckConstraint("person <> filer AND (second IS NULL OR person <> second)", name="handing_verdict_other"),
        sa.CheckConstraint(f"sealed IS NOT NULL OR is_accepted = {_flag(True)}", name="handing_verdict_why"),
        sqlite_strict=True,
    )


def _columns() -> list[sa.Column[object]]:
    """Which tranche, and by which of its steps the money went."""
    return [
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.Column("went", BigInt, nullable=False),
    ]


def _of_handover() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(_HANDOVER, [f"handing_handover.{name}" for name in _HANDOVER])


def _by(act: str) -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(f"{act}_at", Instant(), nullable=False),
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
    )


def _flag(is_so: bool) -> str:
    return str(int(is_so)) if op.get_bind().dialect.name == "sqlite" else str(is_so).lower()
