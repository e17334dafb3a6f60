"""What stands on the accounts: of one fund or of the whole book, on any booked day, as recorded up to any entry.

Knows sums over postings, debit + and credit −: the last checkpoint and the tail behind it, so that no answer takes
longer as the book grows. Refuses nothing but an unknown entry: an account that nobody has booked on stands at 0.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, column, func, table, text
from sqlalchemy import select as select_from
from sqlalchemy.types import TypeEngine
from sqlmodel import Session, col, select

from ledger.columns import Day, Uid
from ledger.errors import UnknownEntryError
from ledger.models import EntryRow, PostingRow

CLOSING: Final = "closing"
"""The kind of entry that moves a year's income and expense to net assets: no income, no expense."""

_STANDING = table("ledger_standing", column("fund"), column("account"), column("amount_satang"))
_SPENDABLE = table("ledger_spendable", column("fund"), column("amount_satang"))
_AMOUNT: ColumnElement[int] = cast(func.coalesce(func.sum(col(PostingRow.amount_satang)), 0), BigInteger)
_ANY_PAIR: Final = "ledger_fund f CROSS JOIN ledger_account a"
_ONE_PAIR: Final = f"{_ANY_PAIR} WHERE f.code = :fund AND a.code = :account"

# What the last checkpoint that counts has, and what was written behind it. `kept` and `until`: of all days or up to
# one; `settled` and `recorded`: for sums as of an entry.
_SUMS: Final = """
WITH l AS MATERIALIZED (
    SELECT f.code AS fund, a.code AS account, coalesce((
        SELECT max(c.upto) FROM ledger_checkpoint c
        WHERE c.fund = f.code AND c.account = a.code{settled}), 0) AS upto
    FROM {pairs}
)
SELECT l.account, l.fund,
       ({kept}) AS kept,
       (SELECT CAST(sum(p.amount_satang) AS bigint) FROM ledger_posting p
        WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto{until}{recorded}) AS tail
FROM l
ORDER BY l.account, l.fund
"""
_ALL_DAYS: Final = """
    SELECT c.amount_satang FROM ledger_checkpoint c WHERE c.fund = l.fund AND c.account = l.account AND c.upto = l.upto
"""
_UP_TO_DAY: Final = """
    SELECT d.amount_satang FROM ledger_day d
    WHERE d.fund = l.fund AND d.account = l.account AND d.booked_on <= :day AND d.upto <= l.upto
    ORDER BY d.booked_on DESC, d.upto DESC LIMIT 1
"""
_UNTIL: Final = " AND p.booked_on <= :day"
_SETTLED: Final = " AND c.upto <= :stamp"
_RECORDED: Final = " AND p.stamp <= :stamp AND (p.stamp < :stamp OR p.entry_id <= :entry)"

_RESULTS: Final = "(SELECT code FROM ledger_account WHERE type IN ('income', 'expense'))"
# From month to month that has a booked day: what stood at its end less what stood at its beginning.
_MONTHS_KEPT: Final = """
WITH RECURSIVE cell (fund, account, day) AS (
    SELECT f.code, a.code, (SELECT min(d.booked_on) FROM ledger_day d
                            WHERE d.fund = f.code AND d.account = a.code AND d.booked_on >= :since)
    FROM ledger_fund f CROSS JOIN ledger_account a WHERE a.type IN ('income', 'expense')
    UNION ALL
    SELECT c.fund, c.account, (SELECT min(d.booked_on) FROM ledger_day d
                               WHERE d.fund = c.fund AND d.account = c.account AND d.booked_on > {last_of_day})
    FROM cell c WHERE c.day <= :until
)
SELECT {first_of_day}, c.account, c.fund,
       (SELECT d.amount_satang FROM ledger_day d
        WHERE d.fund = c.fund AND d.account = c.account AND d.booked_on <= {least}({last_of_day}, :until)
        ORDER BY d.booked_on DESC, d.upto DESC LIMIT 1)
       - coalesce((SELECT d.amount_satang FROM ledger_day d
                   WHERE d.fund = c.fund AND d.account = c.account
                     AND d.booked_on < {greatest}({first_of_day}, :since)
                   ORDER BY d.booked_on DESC, d.upto DESC LIMIT 1), 0)
FROM cell c WHERE c.day <= :until
"""
# Behind the checkpoints, pair by pair: a plain join would be turned round where the journal is thought to be small.
_MONTHS_TAIL: Final = {
    "sqlite": f"""
WITH l AS MATERIALIZED (SELECT * FROM ledger_last_checkpoint WHERE account IN {_RESULTS})
SELECT {{first_booked}}, l.account, l.fund, sum(p.amount_satang)
FROM l CROSS JOIN ledger_posting p ON p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto
WHERE p.booked_on BETWEEN :since AND :until
GROUP BY 1, 2, 3
""",
    "postgresql": f"""
SELECT t.month, l.account, l.fund, t.amount_satang
FROM ledger_last_checkpoint l CROSS JOIN LATERAL (
    SELECT {{first_booked}} AS month, CAST(sum(p.amount_satang) AS bigint) AS amount_satang FROM ledger_posting p
    WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.booked_on BETWEEN :since AND :until
    GROUP BY 1) t
WHERE l.account IN {_RESULTS}
""",
}
_MONTHS_CLOSED: Final = f"""
SELECT {{first_booked}}, p.account, p.fund, CAST(-sum(p.amount_satang) AS bigint)
FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
WHERE e.kind = '{CLOSING}' AND e.booked_on BETWEEN :since AND :until AND p.account IN {_RESULTS}
GROUP BY 1, 2, 3
"""
_DATES: Final[dict[str, dict[str, str]]] = {
    "sqlite": {
        "first_of_day": "date(c.day, 'start of month')",
        "last_of_day": "date(c.day, 'start of month', '+1 month', '-1 day')",
        "first_booked": "date(p.booked_on, 'start of month')",
        "least": "min",
        "greatest": "max",
    },
    "postgresql": {
        "first_of_day": "date_trunc('month', c.day::timestamp)::date",
        "last_of_day": "(date_trunc('month', c.day::timestamp) + interval '1 month - 1 day')::date",
        "first_booked": "date_trunc('month', p.booked_on::timestamp)::date",
        "least": "least",
        "greatest": "greatest",
    },
}

_TYPES: Final[dict[str, TypeEngine[Any]]] = {"day": Day(), "since": Day(), "until": Day(), "entry": Uid()}
_PLANS: Final = "SELECT " + ", ".join(
    f"set_config('enable_{way}', '{{0}}', true)" for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin")
)


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on one account of one fund, in satang, debit +."""

    account: str
    fund: str
    amount_satang: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What one month brought to (credit, −) or took from (debit, +) an income or expense account of a fund."""

    month: date
    account: str
    fund: str
    amount_satang: int


def balance(session: Session, account: str, fund: str, *, on: date | None = None, as_of: UUID | None = None) -> int:
    """What stands on an account of a fund, in satang, debit +; as booked up to the end of the day `on`.

    `as_of` names the last entry in log order that counts: the balance as it was recorded then. Raises
    UnknownEntryError.
    """
    if on is None and as_of is None:
        standing = select_from(_STANDING.c.amount_satang).where(_STANDING.c.fund == fund)
        return session.connection().scalar(standing.where(_STANDING.c.account == account)) or 0
    rows = _sums(session, _ONE_PAIR, on=on, as_of=as_of, fund=fund, account=account)
    return sum((kept or 0) + (tail or 0) for _, _, kept, tail in rows)


def subject_balance(session: Session, account: str, fund: str, subject: str) -> int:
    """What stands on an account of a fund for one subject: a grant, a refund, money that waits for its name."""
    query = select(_AMOUNT).where(col(PostingRow.account) == account, col(PostingRow.fund) == fund)
    is_subject = (col(PostingRow.subject) == subject, col(PostingRow.subject) != "")
    return int(session.exec(query.where(*is_subject)).one())


def by_subject(session: Session, account: str) -> dict[str, int]:
    """What stands on an account for each subject for which anything does."""
    stands = select(PostingRow.subject, _AMOUNT).where(PostingRow.account == account, PostingRow.subject != "")
    return dict(session.exec(stands.group_by(PostingRow.subject).having(_AMOUNT != 0)).all())


def subject_moved_on(session: Session, account: str, fund: str, subject: str) -> date | None:
    """The last day on which anything was booked on an account of a fund for a subject; None before."""
    moved = select(func.max(PostingRow.booked_on)).where(PostingRow.account == account, PostingRow.fund == fund)
    return session.exec(moved.where(PostingRow.subject == subject, PostingRow.subject != "")).one()


def emptied_at(session: Session, account: str, fund: str) -> datetime | None:
    """When an account of a fund came to stand at nothing for the last time; None: never."""
    running = func.sum(col(PostingRow.amount_satang)).over(
        order_by=(col(PostingRow.stamp), col(PostingRow.entry_id), col(PostingRow.line))
    )
    stood = (
        select_from(col(PostingRow.entry_id).label("entry_id"), running.label("standing"))
        .where(col(PostingRow.account) == account, col(PostingRow.fund) == fund)
        .subquery()
    )
    last = select(func.max(EntryRow.recorded_at)).join(stood, stood.c.entry_id == col(EntryRow.id))
    return session.exec(last.where(stood.c.standing == 0)).one()


def spendable(session: Session, fund: str) -> int:
    """What a fund may choose to spend: its spendable accounts less the principal it must keep. Below 0: alarmed."""
    query = select_from(_SPENDABLE.c.amount_satang).where(_SPENDABLE.c.fund == fund)
    return session.connection().scalar(query) or 0


def alarmed_funds(session: Session) -> list[tuple[str, int]]:
    """Funds that facts drove below zero, with what they may spend (negative satang); their choices are refused."""
    query = select_from(_SPENDABLE.c.fund, _SPENDABLE.c.amount_satang).where(_SPENDABLE.c.amount_satang < 0)
    return [(fund, amount) for fund, amount in session.connection().execute(query.order_by(_SPENDABLE.c.fund))]


def trial_balance(session: Session, *, on: date | None = None, as_of: UUID | None = None) -> list[Balance]:
    """Every account of every fund that was ever booked on, by account and fund; their sum is 0 in each fund.

    As booked up to the end of the day `on`, as recorded up to the entry `as_of`. Raises UnknownEntryError.
    """
    rows = _sums(session, _ANY_PAIR, on=on, as_of=as_of)
    booked_on = ((account, fund, kept, tail) for account, fund, kept, tail in rows if (kept, tail) != (None, None))
    return [Balance(account, fund, (kept or 0) + (tail or 0)) for account, fund, kept, tail in booked_on]


def movements(session: Session, *, since: date, until: date) -> list[Movement]:
    """Income and expense by month, account and fund, booked from `since` to `until`, both days included.

    The year's closing is neither: entries of the kind `closing` are left out.
    """
    moved: dict[tuple[date, str, str], int] = defaultdict(int)
    engine = session.get_bind().dialect.name
    for question in (_MONTHS_KEPT, _MONTHS_TAIL[engine], _MONTHS_CLOSED):
        rows = _ask(session, question.format(**_DATES[engine]), {"since": since, "until": until})
        for month, account, fund, amount in rows:
            moved[_as_day(month), account, fund] += amount
    return [Movement(*place, amount) for place, amount in sorted(moved.items())]


def _sums(session: Session, pairs: str, *, on: date | None, as_of: UUID | None, **pair: str) -> Iterable[Any]:
    """Account, fund, and the two parts of what stands there: by the last checkpoint, and behind it (None: nothing)."""
    facts: dict[str, object] = {**pair}
    parts = {"pairs": pairs, "kept": _ALL_DAYS, "until": "", "settled": "", "recorded": ""}
    if on is not None:
        facts |= {"day": on}
        parts |= {"kept": _UP_TO_DAY, "until": _UNTIL}
    if as_of is not None:
        last = session.get(EntryRow, as_of)
        if last is None:
            raise UnknownEntryError(entry=as_of)
        facts |= {"stamp": last.stamp, "entry": as_of}
        parts |= {"settled": _SETTLED, "recorded": _RECORDED}
    return _ask(session, _SUMS.format(**parts), facts)


def _ask(session: Session, question: str, facts: Mapping[str, Any]) -> Iterable[Any]:
    typed = [bindparam(name, value, type_=_TYPES.get(name)) for name, value in facts.items()]
    with by_index(session):
        return session.connection().execute(text(question).bindparams(*typed)).all()


@contextmanager
def by_index(session: Session) -> Iterator[None]:
    """Let PostgreSQL look up and never scan inside the block, whatever it believes of the journal's size."""
    connection = session.connection()
    is_planned = connection.dialect.name != "sqlite"
    if is_planned:
        connection.exec_driver_sql(_PLANS.format("off"))
    yield
    if is_planned:
        connection.exec_driver_sql(_PLANS.format("on"))


def _as_day(day: object) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))
