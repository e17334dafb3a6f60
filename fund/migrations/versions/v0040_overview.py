"""What figures and queues are found by: a grant's place in its queue beside its state; counts that the worker keeps;
and the reports that left the house, which stay as they were.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_REQUESTS, _TRANCHES = "number = 0", "number > 0"
_NEWEST = (
    "(SELECT v.{0} FROM grants_request_version v WHERE v.chain = grants_standing.chain ORDER BY v.version DESC LIMIT 1)"
)
_OWN = (
    "(SELECT t.{0} FROM grants_tranche t WHERE t.chain = grants_standing.chain AND t.number = grants_standing.number)"
)


def upgrade() -> None:
    _queues()
    op.create_index("cases_case_opened", "cases_case", ["opened_at"])
    op.create_index("cases_step_done", "cases_step", ["done_at", "act", "code"])
    op.create_index("following_step_done", "following_step", ["machine", "done_at"])
    op.create_index("grants_grant_awarded", "grants_grant", ["awarded_on", "chain"])
    op.create_table(
        "overview_count",
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "overview_report",
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only("overview_report", "period")
    _requests_about_children()


def _requests_about_children() -> None:
    """A request may be about a child too. SQLite changes no constraint: the table is laid anew."""
    known = "kind IN ('donor', 'payer', 'staff', 'child')"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("rights_request_subject_kind_check", "rights_request_subject")
        op.create_check_constraint("rights_request_subject_kind_check", "rights_request_subject", known)
        return
    op.create_table(
        "rights_request_subject_new",
        sa.Column("request_id", Uid(), sa.ForeignKey("rights_request.id"), nullable=False),
        sa.Column("kind", sa.Text(), sa.CheckConstraint(known), nullable=False),
        sa.Column("subject", Uid(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "kind", "subject"),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO rights_request_subject_new SELECT * FROM rights_request_subject")
    op.drop_table("rights_request_subject")
    op.rename_table("rights_request_subject_new", "rights_request_subject")
    append_only("rights_request_subject", "request_id, kind, subject")


def _queues() -> None:
    """Each standing knows its place in a queue, so that a page of it is one walk along an index."""
    for name in ("version", "amount_satang"):
        op.add_column("grants_standing", sa.Column(name, BigInt, nullable=False, server_default="0"))
    op.add_column("grants_standing", sa.Column("urgency", BigInt, nullable=True))
    op.add_column("grants_standing", sa.Column("made_at", Instant(), nullable=True))
    op.add_column("grants_standing", sa.Column("due_on", Day(), nullable=True))
    for chosen, source, columns in (
        (_REQUESTS, _NEWEST, ("version", "amount_satang", "urgency", "made_at")),
        (_TRANCHES, _OWN, ("version", "amount_satang", "due_on")),
    ):
        values = ", ".join(f"{name} = {source.format(name)}" for name in columns)
        op.execute(f"UPDATE grants_standing SET {values} WHERE {chosen}")
    op.drop_index("grants_standing_state", "grants_standing")
    for name, chosen, place in (
        ("requests", _REQUESTS, ["urgency", "made_at", "chain"]),
        ("tranches", _TRANCHES, ["due_on", "chain", "number"]),
    ):
        only: dict[str, Any] = {"postgresql_where": sa.text(chosen), "sqlite_where": sa.text(chosen)}
        op.create_index(f"grants_standing_{name}", "grants_standing", ["state", *place], **only)
        op.create_index(f"grants_standing_{name}_of", "grants_standing", ["district", "state", *place], **only)
