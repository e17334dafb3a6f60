"""What funds allow, limits, payees, requests, grants, tranches, and each step that was taken on them.

Who does which part, from which state, and with which entry is said by foreign keys into `grants_transition` and
`duties_participant`; what a foreign key cannot say (how many approve, what is allowed today) by the scripts' triggers.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_PURPOSES = "'education_cost', 'travel', 'uniform', 'food', 'health', 'housing', 'safety'"
_SIDES = [f"duties_participant.{name}" for name in ("chain", "person", "side")]
_TRANSITION = ("part", "state", "act", "next", "duty", "is_booked")
_TRANSITIONS = (
    ("request", "", "request", "asked", "request", False),
    ("request", "asked", "edit", "asked", "request", False),
    ("request", "questioned", "edit", "asked", "request", False),
    ("request", "waiting", "edit", "asked", "request", False),
    ("request", "asked", "approve", "asked", "approve", False),
    ("request", "waiting", "approve", "waiting", "approve", False),
    ("request", "asked", "queue", "waiting", "approve", False),
    ("request", "asked", "award", "awarded", "approve", False),
    ("request", "waiting", "award", "awarded", "approve", False),
    ("request", "asked", "ask_back", "questioned", "approve", False),
    ("request", "waiting", "ask_back", "questioned", "approve", False),
    ("request", "asked", "decline", "declined", "approve", False),
    ("request", "questioned", "decline", "declined", "approve", False),
    ("request", "waiting", "decline", "declined", "approve", False),
    ("request", "asked", "hold", "questioned", "", False),
    ("request", "waiting", "hold", "questioned", "", False),
    ("tranche", "", "award", "awarded", "approve", True),
    ("tranche", "awarded", "hold", "held", "", False),
    ("tranche", "prepared", "hold", "held", "", False),
    ("tranche", "allowed", "hold", "held", "", False),
    ("tranche", "came_back", "hold", "held_back", "", False),
    ("tranche", "reprepared", "hold", "held_back", "", False),
    ("tranche", "held", "release", "awarded", "approve", False),
    ("tranche", "held_back", "release", "came_back", "approve", False),
    ("tranche", "awarded", "cancel", "cancelled", "approve", True),
    ("tranche", "held", "cancel", "cancelled", "approve", True),
    ("tranche", "prepared", "cancel", "cancelled", "approve", True),
    ("tranche", "awarded", "prepare", "prepared", "prepare", False),
    ("tranche", "came_back", "prepare", "reprepared", "prepare", False),
    ("tranche", "prepared", "turn_down", "awarded", "authorise", False),
    ("tranche", "reprepared", "turn_down", "came_back", "authorise", False),
    ("tranche", "prepared", "authorise", "authorised", "authorise", True),
    ("tranche", "reprepared", "authorise", "authorised", "authorise", False),
    ("tranche", "authorised", "leave", "left", "reconcile", True),
    ("tranche", "authorised", "stay", "came_back", "reconcile", False),
    ("tranche", "allowed", "stay", "awarded", "reconcile", False),
    ("tranche", "left", "come_back", "came_back", "reconcile", True),
    ("tranche", "came_back", "give_up", "given_up", "authorise", True),
    ("tranche", "held_back", "give_up", "given_up", "authorise", True),
    ("tranche", "prepared", "allow", "allowed", "authorise", False),
    ("tranche", "allowed", "issue", "issued", "reconcile", True),
    ("tranche", "issued", "account_for", "issued", "prepare", True),
    ("tranche", "issued", "return_rest", "issued", "reconcile", True),
    ("tranche", "issued", "clear", "cleared", "", False),
    ("tranche", "left", "return_unspent", "left", "reconcile", True),
    ("tranche", "cleared", "return_unspent", "cleared", "reconcile", True),
)
_KINDS = {
    "award": "choice",
    "award-cancelled": "choice",
    "payment-authorised": "choice",
    "payment-left": "fact",
    "payment-came-back": "fact",
    "payment-given-up": "choice",
    "advance": "choice",
    "advance-accounted": "choice",
    "advance-returned": "fact",
    "unspent-returned": "fact",
}


def upgrade() -> None:
    op.create_index("duties_chain_case", "duties_chain", ["chain", "case_code"], unique=True)
    _rules()
    _requests()
    _grants()
    _steps()
    append_only("grants_proposal", "chain")
    append_only("grants_limit", "since")
    append_only("grants_allows", "fund, purpose, scope, since")
    append_only("grants_request_version", "chain, version")
    append_only("grants_plan", "chain, version, number")
    append_only("grants_grant", "chain")
    append_only("grants_tranche", "chain, number")
    append_only("grants_transition", "part, state, act")
    append_only("grants_step", "chain, number, step", "entry_id")
    _lay_first_rules()
    run_script("0029_grants")


def _lay_first_rules() -> None:
    """A book that was founded before has the kinds, purposes and limit that one founded now begins with."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    founded = "date(i.made_at, '+7 hours')" if is_sqlite else "(i.made_at AT TIME ZONE 'Asia/Bangkok')::date"
    for kind, nature in _KINDS.items():
        op.execute(
            f"INSERT INTO ledger_kind (code, nature) SELECT '{kind}', '{nature}' FROM fund_installation WHERE id = 1"
        )
    for purpose in _PURPOSES.split(", "):
        funds = (
            f"SELECT code, {purpose}, CASE code WHEN 'GEN' THEN '*' ELSE substr(code, 2) END AS scope{{since}}"
            " FROM ledger_fund JOIN fund_installation i ON i.id = 1"
            " WHERE code = 'GEN' OR (code LIKE 'D____' AND restriction = 'purpose')"
        )
        op.execute(f"INSERT INTO ledger_fund_purpose (fund, purpose, scope) {funds.format(since='')}")
        allowed = funds.format(since=f", {founded}, {1 if is_sqlite else 'true'}")
        op.execute(f"INSERT INTO grants_allows (fund, purpose, scope, since, is_allowed) {allowed}")
    op.execute(
        "INSERT INTO grants_limit (since, amount_satang)"
        f" SELECT {founded}, 500000 FROM fund_installation i WHERE i.id = 1"
    )


def _rules() -> None:
    op.create_table(
        "grants_proposal",
        _chain(primary_key=True),
        sa.Column("since", Day(), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=True),
        sa.Column("fund", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("is_allowed", Flag(), nullable=True),
        *_taken_by("request"),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(amount_satang IS NULL AND fund IS NOT NULL AND purpose IS NOT NULL AND scope IS NOT NULL"
            " AND is_allowed IS NOT NULL)"
            " OR (amount_satang IS NOT NULL AND fund IS NULL AND purpose IS NULL AND scope IS NULL"
            " AND is_allowed IS NULL)",
            name="grants_proposal_is_one_rule",
        ),
        sa.UniqueConstraint("chain", "since", "amount_satang", name="grants_proposal_limit"),
        sa.UniqueConstraint(
            "chain", "since", "fund", "purpose", "scope", "is_allowed", name="grants_proposal_allowance"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_limit",
        sa.Column("since", Day(), primary_key=True),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        *_agreed("limit"),
        _refers("grants_proposal", "chain", "since", "amount_satang"),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_allows",
        sa.Column("fund", sa.Text(), primary_key=True),
        sa.Column("purpose", sa.Text(), sa.CheckConstraint(f"purpose IN ({_PURPOSES})"), primary_key=True),
        sa.Column("scope", sa.Text(), primary_key=True),
        sa.Column("since", Day(), primary_key=True),
        sa.Column("is_allowed", Flag(), nullable=False),
        *_agreed("allows"),
        _refers("ledger_fund_purpose", "fund", "purpose", "scope"),
        _refers("grants_proposal", "chain", "since", "fund", "purpose", "scope", "is_allowed"),
        sqlite_strict=True,
    )


def _requests() -> None:
    op.create_table(
        "grants_payee",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column(
            "kind", sa.Text(), sa.CheckConstraint("kind IN ('guardian', 'school', 'shop', 'cash')"), nullable=False
        ),
        sa.Column("same_as", sa.LargeBinary(), sa.CheckConstraint("length(same_as) = 32"), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("grants_payee_same_as", "grants_payee", ["same_as"])
    op.create_table(
        "grants_request_version",
        _chain(),
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), nullable=False),
        *_taken_by("request"),
        sa.Column("case_code", sa.Text(), sa.CheckConstraint("case_code <> ''"), nullable=False),
        sa.Column("district", sa.Text(), sa.CheckConstraint("district NOT IN ('', '*')"), nullable=False),
        sa.Column("purpose", sa.Text(), sa.CheckConstraint(f"purpose IN ({_PURPOSES})"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("parts", BigInt, sa.CheckConstraint("parts BETWEEN 1 AND 60"), nullable=False),
        sa.Column("payee_id", Uid(), sa.ForeignKey("grants_payee.id"), nullable=False),
        sa.Column("term", sa.Text(), sa.CheckConstraint("length(term) BETWEEN 1 AND 20"), nullable=False),
        sa.Column("urgency", BigInt, sa.CheckConstraint("urgency BETWEEN 1 AND 3"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "version"),
        # A chain keeps the case it began with, so that nobody edits away from a tie.
        _refers("duties_chain", "chain", "case_code"),
        sa.UniqueConstraint("chain", "version", "parts", name="grants_request_parts"),
        sa.UniqueConstraint("chain", "version", "purpose", "district", "payee_id", name="grants_request_whole"),
        sqlite_strict=True,
    )
    op.create_index("grants_request_case", "grants_request_version", ["case_code"])
    op.create_index("grants_request_payee", "grants_request_version", ["payee_id"])
    op.create_table(
        "grants_plan",
        _chain(),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("parts", BigInt, nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.Column("due_on", Day(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND parts", name="grants_plan_slot"),
        sa.PrimaryKeyConstraint("chain", "version", "number"),
        _refers("grants_request_version", "chain", "version", "parts"),
        sa.UniqueConstraint("chain", "version", "number", "amount_satang", "due_on", name="grants_plan_whole"),
        sqlite_strict=True,
    )


def _grants() -> None:
    op.create_table(
        "grants_grant",
        _chain(primary_key=True),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("awarded_on", Day(), nullable=False),
        _refers("grants_request_version", "chain", "version"),
        sa.UniqueConstraint("chain", "version", name="grants_grant_version"),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_tranche",
        _chain(),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("due_on", Day(), nullable=False),
        sa.Column("payee_id", Uid(), nullable=False),
        sa.CheckConstraint("scope IN ('*', district)", name="grants_tranche_scope"),
        sa.PrimaryKeyConstraint("chain", "number"),
        _refers("grants_grant", "chain", "version"),
        _refers("grants_plan", "chain", "version", "number", "amount_satang", "due_on"),
        _refers("grants_request_version", "chain", "version", "purpose", "district", "payee_id"),
        _refers("ledger_fund_purpose", "fund", "purpose", "scope"),
        sqlite_strict=True,
    )


def _steps() -> None:
    table = op.create_table(
        "grants_transition",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TRANSITION[:-1]),
        sa.Column("is_booked", Flag(), nullable=False),
        sa.PrimaryKeyConstraint("part", "state", "act"),
        sa.UniqueConstraint(*_TRANSITION, name="grants_transition_whole"),
        sqlite_strict=True,
    )
    op.bulk_insert(table, [dict(zip(_TRANSITION, row, strict=True)) for row in _TRANSITIONS])
    op.create_table(
        "grants_step",
        _chain(),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 0"), nullable=False),
        sa.Column("step", BigInt, nullable=False),
        sa.Column("before", BigInt, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TRANSITION[:-1]),
        sa.Column("is_booked", Flag(), nullable=False),
        sa.Column("tranche", BigInt, nullable=True),
        sa.Column("person", Uid(), nullable=True),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("taken_by", sa.Text(), sa.CheckConstraint("taken_by <> ''"), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", "step"),
        sa.UniqueConstraint("entry_id", name="grants_step_entry"),
        sa.UniqueConstraint("chain", "number", "step", "next", name="grants_step_state"),
        sa.CheckConstraint(
            "(step = 1 AND before IS NULL AND state = '')"
            " OR (before IS NOT NULL AND before = step - 1 AND before >= 1)",
            name="grants_step_follows",
        ),
        sa.ForeignKeyConstraint(
            ["chain", "number", "before", "state"],
            [f"grants_step.{name}" for name in ("chain", "number", "step", "next")],
        ),
        _refers("grants_transition", *_TRANSITION),
        sa.CheckConstraint(
            "(number = 0 AND part = 'request' AND tranche IS NULL)"
            " OR (number > 0 AND part = 'tranche' AND tranche IS NOT NULL AND tranche = number)",
            name="grants_step_part",
        ),
        sa.ForeignKeyConstraint(["chain", "tranche"], ["grants_tranche.chain", "grants_tranche.number"]),
        sa.CheckConstraint(
            "duty = coalesce(side, '') AND (side IS NULL OR person IS NOT NULL)", name="grants_step_duty"
        ),
        sa.ForeignKeyConstraint(["chain", "person", "side"], _SIDES),
        sa.CheckConstraint("(entry_id IS NOT NULL) = is_booked", name="grants_step_booked"),
        sqlite_strict=True,
    )
    op.create_table(
        "grants_standing",
        _chain(),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("step", BigInt, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number"),
        sa.ForeignKeyConstraint(
            ["chain", "number", "step", "state"],
            [f"grants_step.{name}" for name in ("chain", "number", "step", "next")],
        ),
        sqlite_strict=True,
    )
    op.create_index("grants_standing_state", "grants_standing", ["state", "district"])


def _chain(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("chain", sa.Text(), primary_key=primary_key, nullable=False)


def _refers(table: str, *columns: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(columns, [f"{table}.{column}" for column in columns])


def _taken_by(side: str) -> list[sa.schema.SchemaItem]:
    """Who wrote the row, on the side they stand on in this chain."""
    return [
        sa.Column("person", Uid(), nullable=False),
        sa.Column("side", sa.Text(), sa.CheckConstraint(f"side = '{side}'"), nullable=False),
        sa.ForeignKeyConstraint(["chain", "person", "side"], _SIDES),
    ]


def _agreed(name: str) -> list[sa.schema.SchemaItem]:
    """Who agreed to a proposal, before the day it counts from; the founding's rows are nobody's."""
    return [
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("person", Uid(), nullable=True),
        sa.Column("side", sa.Text(), sa.CheckConstraint("side = 'approve'"), nullable=True),
        sa.Column("agreed_on", Day(), nullable=True),
        sa.ForeignKeyConstraint(["chain", "person", "side"], _SIDES),
        sa.CheckConstraint(
            "(chain IS NULL AND person IS NULL AND side IS NULL AND agreed_on IS NULL)"
            " OR (chain IS NOT NULL AND person IS NOT NULL AND side IS NOT NULL AND agreed_on IS NOT NULL"
            " AND agreed_on < since)",
            name=f"grants_{name}_by_two",
        ),
    ]
