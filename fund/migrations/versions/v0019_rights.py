"""Requests of the people we hold something on, proposals to erase and who decided, the list of erasures, breaches."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = "('access', 'correction', 'withdrawal', 'erasure')"
WAYS = "('receipt_link', 'identity_card', 'called_back', 'known')"
OUTCOMES = "('done', 'partly', 'refused')"
RISKS = "('none', 'some', 'high')"
STEPS = "('assessed', 'contained', 'office_told', 'people_told', 'closed')"


def upgrade() -> None:
    op.add_column("donors_contact", sa.Column("email_index", sa.LargeBinary(), nullable=True))
    op.create_index("donors_contact_email", "donors_contact", ["email_index"])
    _requests()
    _proposals()
    op.create_table(
        "rights_erasure",
        sa.Column("subject", Uid(), nullable=False),
        sa.Column(
            "what", sa.Text(), sa.CheckConstraint("what IN ('key', 'contact', 'withdrawn', 'staff')"), nullable=False
        ),
        sa.Column("erased_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "what", "erased_at"),
        sqlite_strict=True,
    )
    _breaches()
    append_only("rights_request", "id")
    append_only("rights_request_subject", "request_id, kind, subject")
    append_only("rights_answer", "request_id")
    append_only("rights_proposal", "id", "chain", "id, chain")
    append_only("rights_proposal_subject", "proposal_id, subject")
    append_only("rights_decision", "proposal_id")
    append_only("rights_erasure", "subject, what, erased_at")
    append_only("rights_breach", "id")
    append_only("rights_breach_step", "breach_id, number")
    run_script("0019_rights")


def _requests() -> None:
    op.create_table(
        "rights_request",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), sa.CheckConstraint(f"kind IN {KINDS}"), nullable=False),
        sa.Column("received_on", Day(), nullable=False),
        sa.Column("identified_by", sa.Text(), sa.CheckConstraint(f"identified_by IN {WAYS}"), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),  # sealed under the request's own key
        _person("taken_by"),
        sa.Column("taken_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "rights_request_subject",
        sa.Column("request_id", Uid(), sa.ForeignKey("rights_request.id"), nullable=False),
        sa.Column("kind", sa.Text(), sa.CheckConstraint("kind IN ('donor', 'payer', 'staff')"), nullable=False),
        sa.Column("subject", Uid(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject"),
        sqlite_strict=True,
    )
    op.create_table(
        "rights_answer",
        sa.Column("request_id", Uid(), sa.ForeignKey("rights_request.id"), primary_key=True),
        sa.Column("outcome", sa.Text(), sa.CheckConstraint(f"outcome IN {OUTCOMES}"), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),  # sealed under the request's key
        _person("answered_by"),
        sa.Column("answered_at", Instant(), nullable=False),
        sqlite_strict=True,
    )


def _proposals() -> None:
    op.create_table(
        "rights_proposal",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), sa.ForeignKey("duties_chain.chain"), nullable=False, unique=True),
        # Nobody where the clock proposed. Who did stands on the side that asks, so never on the one that approves.
        sa.Column("proposed_by", Uid(), nullable=True),
        sa.Column("side", sa.Text(), sa.CheckConstraint("side = 'request'"), nullable=False),
        sa.Column("request_id", Uid(), sa.ForeignKey("rights_request.id"), nullable=True),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.CheckConstraint("(proposed_by IS NULL) = (request_id IS NULL)", name="rights_proposal_by_somebody"),
        sa.UniqueConstraint("id", "chain", name="rights_proposal_chain"),
        sa.ForeignKeyConstraint(
            ["chain", "proposed_by", "side"], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "rights_proposal_subject",
        sa.Column("proposal_id", Uid(), sa.ForeignKey("rights_proposal.id"), nullable=False),
        sa.Column("subject", Uid(), nullable=False),
        sa.PrimaryKeyConstraint("proposal_id", "subject"),
        sqlite_strict=True,
    )
    op.create_index("rights_proposal_subject_of", "rights_proposal_subject", ["subject"])
    op.create_table(
        "rights_decision",
        sa.Column("proposal_id", Uid(), primary_key=True),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("is_erased", Flag(), nullable=False),
        # Erased: both approvals, which are two people's. Declined: until which day nobody proposes it again.
        sa.Column("version", BigInt, nullable=True),
        sa.Column("first", BigInt, nullable=True),
        sa.Column("second", BigInt, nullable=True),
        sa.Column("count", BigInt, nullable=True),
        sa.Column("not_before", Day(), nullable=True),
        _person("decided_by"),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(not_before IS NULL AND version IS NOT NULL AND version = 1 AND first IS NOT NULL AND first = 1"
            " AND second IS NOT NULL AND second = 2 AND count IS NOT NULL)"
            " OR (not_before IS NOT NULL AND version IS NULL AND first IS NULL AND second IS NULL AND count IS NULL)",
            name="rights_decision_whole",
        ),
        sa.ForeignKeyConstraint(["proposal_id", "chain"], ["rights_proposal.id", "rights_proposal.chain"]),
        _approval("first"),
        _approval("second"),
        sqlite_strict=True,
    )


def _breaches() -> None:
    op.create_table(
        "rights_breach",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),  # what happened and who noticed it, sealed
        sa.Column("risk", sa.Text(), sa.CheckConstraint(f"risk IN {RISKS}"), nullable=False),
        sa.Column("people", BigInt, sa.CheckConstraint("people >= 0"), nullable=False),
        _person("reported_by"),
        sa.Column("reported_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "rights_breach_step",
        sa.Column("breach_id", Uid(), sa.ForeignKey("rights_breach.id"), nullable=False),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        sa.Column("step", sa.Text(), sa.CheckConstraint(f"step IN {STEPS}"), nullable=False),
        sa.Column("risk", sa.Text(), sa.CheckConstraint(f"risk IN {RISKS}"), nullable=False),
        sa.Column("people", BigInt, sa.CheckConstraint("people >= 0"), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),  # sealed
        sa.Column("done_at", Instant(), nullable=False),
        _person("recorded_by"),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("breach_id", "number"),
        sqlite_strict=True,
    )


def _person(name: str) -> sa.Column[object]:
    return sa.Column(name, Uid(), sa.ForeignKey("people_person.id"), nullable=False)


def _approval(slot: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["chain", "version", slot], [f"duties_approval.{name}" for name in ("chain", "version", "slot")]
    )
