"""Cash boxes: counted by two, banked, matched. Refunds: asked and decided by two humans, or declined."""

import re

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Day, Instant, Uid

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LAST_KIND, _NEW_KIND = "'transfer-arrived'", "'cash-banked'"
_FIRST, _SECOND = "receive", "approve"


def upgrade() -> None:
    _boxes()
    _counts()
    _deposits()
    _refunds()
    _let_lines_be_cash()
    # A book that was opened before has the kinds of its time; one that is opened later gets these with its chart.
    for kind, nature in (("cash-counted", "choice"), ("cash-banked", "fact")):
        op.execute(f"INSERT INTO ledger_kind (code, nature) SELECT '{kind}', '{nature}' FROM fund_installation")


def _boxes() -> None:
    op.create_table(
        "cash_box",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), sa.ForeignKey("ledger_account.code"), nullable=False, unique=True),
        _text("name", 100),
        _text("place", 200),
        sa.Column("campaign_id", Uid(), sa.ForeignKey("donations_campaign.id"), nullable=False),
        *_who("added"),
        sa.CheckConstraint("account LIKE '1120.%'", name="cash_box_account"),
        sqlite_strict=True,
    )
    append_only("cash_box", "id", "account")
    op.create_table(
        "cash_box_closed",
        sa.Column("box_id", Uid(), sa.ForeignKey("cash_box.id"), primary_key=True),
        *_who("closed"),
        sqlite_strict=True,
    )
    append_only("cash_box_closed", "box_id")


def _counts() -> None:
    op.create_table(
        "cash_count",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("box_id", Uid(), sa.ForeignKey("cash_box.id"), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        *_who("begun"),
        sa.UniqueConstraint("box_id", "number", name="cash_count_number"),
        sqlite_strict=True,
    )
    append_only("cash_count", "id", "box_id, number")
    op.create_table(
        "cash_tally",
        sa.Column("count_id", Uid(), sa.ForeignKey("cash_count.id"), nullable=False),
        sa.Column("round", BigInt, sa.CheckConstraint("round >= 1"), nullable=False),
        # Two people count: each stands on a side of the round's own chain, where nobody stands on both.
        sa.Column("side", sa.Text(), sa.CheckConstraint(f"side IN ('{_FIRST}', '{_SECOND}')"), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("pieces", sa.Text(), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang >= 0"), nullable=False),
        *_who("counted"),
        sa.PrimaryKeyConstraint("count_id", "round", "side"),
        sa.UniqueConstraint("count_id", "round", "counted_person", name="cash_tally_two_people"),
        sa.UniqueConstraint("count_id", "round", "side", "pieces", "amount_satang", name="cash_tally_whole"),
        sa.CheckConstraint(
            "chain = 'cash-count:' || CAST(count_id AS text) || ':' || CAST(round AS text)", name="cash_tally_chain"
        ),
        _in_chain("counted_person", "side"),
        sqlite_strict=True,
    )
    append_only("cash_tally", "count_id, round, side", "count_id, round, counted_person")
    op.create_table(
        "cash_counted",
        sa.Column("count_id", Uid(), primary_key=True),
        sa.Column("round", BigInt, nullable=False),
        _always("first", _FIRST),
        _always("second", _SECOND),
        sa.Column("pieces", sa.Text(), nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True, unique=True),
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), nullable=True, unique=True),
        sa.Column("agreed_at", Instant(), nullable=False),
        _tally("first"),
        _tally("second"),
        sa.CheckConstraint(
            "(amount_satang = 0) = (entry_id IS NULL) AND (entry_id IS NULL) = (donation_id IS NULL)",
            name="cash_counted_booked",
        ),
        sqlite_strict=True,
    )
    append_only("cash_counted", "count_id", "entry_id", "donation_id")
    op.create_table(
        "cash_dropped",
        sa.Column("count_id", Uid(), sa.ForeignKey("cash_count.id"), primary_key=True),
        _text("reason", 500),
        *_who("dropped"),
        sqlite_strict=True,
    )
    append_only("cash_dropped", "count_id")


def _deposits() -> None:
    op.create_table(
        "cash_deposit",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("account", sa.Text(), sa.ForeignKey("ledger_account.code"), nullable=False),
        sa.Column("reference", sa.Text(), sa.CheckConstraint("length(reference) <= 40"), nullable=False),
        sa.Column("slip_sha256", sa.Text(), sa.CheckConstraint("length(slip_sha256) = 64"), nullable=True),
        sa.Column("carried_on", Day(), nullable=False),
        *_who("carried"),
        sqlite_strict=True,
    )
    append_only("cash_deposit", "id")
    op.create_table(
        "cash_deposit_part",
        sa.Column("deposit_id", Uid(), sa.ForeignKey("cash_deposit.id"), nullable=False),
        sa.Column("box_id", Uid(), sa.ForeignKey("cash_box.id"), nullable=False),
        sa.Column("amount_satang", BigInt, sa.CheckConstraint("amount_satang > 0"), nullable=False),
        sa.PrimaryKeyConstraint("deposit_id", "box_id"),
        sqlite_strict=True,
    )
    append_only("cash_deposit_part", "deposit_id, box_id")
    op.create_table(
        "cash_deposit_withdrawn",
        sa.Column("deposit_id", Uid(), sa.ForeignKey("cash_deposit.id"), primary_key=True),
        _text("reason", 500),
        *_who("withdrawn"),
        sqlite_strict=True,
    )
    append_only("cash_deposit_withdrawn", "deposit_id")


def _refunds() -> None:
    op.create_table(
        "donations_refund_ask",
        sa.Column("donation_id", Uid(), sa.ForeignKey("donations_donation.id"), nullable=False),
        sa.Column("number", BigInt, sa.CheckConstraint("number >= 1"), nullable=False),
        _text("reason", 500),
        *_who("asked"),
        sa.Column("chain", sa.Text(), nullable=False),
        _always("side", "request"),
        sa.PrimaryKeyConstraint("donation_id", "number"),
        sa.CheckConstraint("chain = 'refund:' || CAST(donation_id AS text)", name="refund_ask_chain"),
        _in_chain("asked_person", "side"),
        sqlite_strict=True,
    )
    append_only("donations_refund_ask", "donation_id, number")
    op.create_table(
        "donations_refund_answer",
        sa.Column("donation_id", Uid(), nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True, unique=True),
        sa.Column("declined_because", sa.Text(), nullable=False),
        *_who("decided"),
        sa.Column("chain", sa.Text(), nullable=False),
        _always("side", "approve"),
        sa.PrimaryKeyConstraint("donation_id", "number"),
        sa.ForeignKeyConstraint(
            ["donation_id", "number"], ["donations_refund_ask.donation_id", "donations_refund_ask.number"]
        ),
        sa.CheckConstraint("chain = 'refund:' || CAST(donation_id AS text)", name="refund_answer_chain"),
        sa.CheckConstraint(
            "(entry_id IS NULL) = (declined_because <> '') AND length(declined_because) <= 500",
            name="refund_answer_one_of_two",
        ),
        _in_chain("decided_person", "side"),
        sqlite_strict=True,
    )
    decided = sa.text("entry_id IS NOT NULL")
    op.create_index(
        "donations_refund_once", "donations_refund_answer", ["donation_id"], unique=True,
        sqlite_where=decided, postgresql_where=decided,
    )  # fmt: skip
    _bring_refunds_over()
    append_only("donations_refund_answer", "donation_id, number", "entry_id")


def _bring_refunds_over() -> None:
    part = "FROM {table} r JOIN duties_participant p ON p.chain = 'refund:' || CAST(r.donation_id AS text)"
    op.execute(
        "INSERT INTO donations_refund_ask SELECT r.donation_id, 1, r.reason, r.asked_by, p.person, r.asked_at, p.chain,"
        f" p.side {part.format(table='donations_refund')} AND p.side = 'request' AND p.through IS NULL"
    )
    op.execute(
        "INSERT INTO donations_refund_answer SELECT r.donation_id, 1, r.entry_id, '', r.decided_by, p.person,"
        f" r.decided_at, p.chain, p.side {part.format(table='donations_refund_decided')} AND p.side = 'approve'"
        " AND p.through IS NULL"
    )
    op.drop_table("donations_refund_decided")
    op.drop_table("donations_refund")


def _let_lines_be_cash() -> None:
    """One more kind of match; on SQLite the table is made anew, with all that hangs on it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        known = connection.exec_driver_sql(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'bank_match_kind_check'"
        ).scalar_one()
        more = known.replace(f"{_LAST_KIND}::text", f"{_LAST_KIND}::text, {_NEW_KIND}::text")
        op.execute("ALTER TABLE public.bank_match DROP CONSTRAINT bank_match_kind_check")
        op.execute(f"ALTER TABLE public.bank_match ADD CONSTRAINT bank_match_kind_check {more}")
        return
    made = connection.exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'bank_match' AND sql IS NOT NULL"
    ).all()
    table = next(sql for kind, sql in made if kind == "table").replace(_LAST_KIND, f"{_LAST_KIND}, {_NEW_KIND}")
    connection.exec_driver_sql(re.sub(r'"?bank_match"?', "bank_match_anew", table, count=1))
    connection.exec_driver_sql("INSERT INTO bank_match_anew SELECT * FROM bank_match")
    connection.exec_driver_sql("DROP TABLE bank_match")
    connection.exec_driver_sql("ALTER TABLE bank_match_anew RENAME TO bank_match")
    for sql in (sql for kind, sql in made if kind != "table"):
        connection.exec_driver_sql(sql)


def _tally(which: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["count_id", "round", which, "pieces", "amount_satang"],
        [f"cash_tally.{name}" for name in ("count_id", "round", "side", "pieces", "amount_satang")],
    )


def _in_chain(person: str, side: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["chain", person, side], [f"duties_participant.{name}" for name in ("chain", "person", "side")]
    )


def _always(name: str, value: str) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f"{name} = '{value}'"), nullable=False)


def _text(name: str, longest: int) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), sa.CheckConstraint(f"length({name}) BETWEEN 1 AND {longest}"), nullable=False)


def _who(act: str) -> tuple[sa.Column[object], sa.Column[object], sa.Column[object]]:
    return (
        sa.Column(f"{act}_by", sa.Text(), nullable=False),
        sa.Column(f"{act}_person", Uid(), sa.ForeignKey("people_person.id"), nullable=False),
        sa.Column(f"{act}_at", Instant(), nullable=False),
    )
