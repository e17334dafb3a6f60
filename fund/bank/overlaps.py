"""Which lines of a file are new: files overlap, and a line that was told before is the same line.

Walks a file day by day and holds no more than the days that are not over. Refuses a day that another format has told,
a line that contradicts what an earlier file said, and days of a closed month of which it does not tell just what is
known (`docs/decisions/0016-closed-account-months.md`).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col

from fund import sealed
from fund.bank import acts, identity, shut
from fund.bank.errors import ClosedDayDiffersError, ContradictionError, MonthShutError, OtherFormatError
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile
from fund.bank.models import LineRow, RetoldRow, StatementRow
from fund.profile import BankAccount

Told = tuple[str, StatementLine]
"""A line and its identity."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a file: its lines, and those of them that no earlier file has told."""

    told: list[Told]
    new: list[Told]

    @property
    def known(self) -> set[str]:
        """The identities of the others."""
        return {one for one, _ in self.told} - {one for one, _ in self.new}


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first day from which on a file counts, and the balance before it where the bank tells any; satang."""

    on: date
    satang: int | None


@dataclass(frozen=True, slots=True)
class _Stored:
    """What earlier files said of a day: identities, those that stand, and how many lines stand in one place."""

    identities: set[str]
    standing: set[str]
    places: Counter[tuple[str, str, int, int | None]]


def new_lines(session: Session, statement: StatementFile, account: BankAccount) -> Iterator[Day]:
    """The file day by day, in the order in which its days end."""
    for lines in _days(statement):
        stored = _stored(session, account, _day(lines))
        told = list(zip(_identities(session, statement, account, lines, stored), lines, strict=True))
        _refuse_contradictions(told, stored)
        yield Day(told, [(one, line) for one, line in told if one not in stored.identities])


def beginning(session: Session, statement: StatementFile, account: BankAccount) -> Beginning:
    """From when on a file counts: the first day that is not closed, where it tells of those before just what is known.

    Raises ClosedDayDiffersError, and MonthShutError for a file that ends before.
    """
    last, first = shut.until(session, account.account), min(statement.from_on, *statement.ends_of_days)
    if last is None or first > last:
        return Beginning(statement.from_on, statement.opening_satang)
    untold = _untold(session, statement, account, last)
    if untold:
        raise ClosedDayDiffersError(day=untold.isoformat(), month=f"{untold:%Y-%m}")
    moved = sum(_known(session, statement, account, lines) for lines in _days(statement) if _day(lines) <= last)
    if statement.to_on <= last:
        raise MonthShutError(day=first.isoformat(), month=f"{last:%Y-%m}")
    opening = None if statement.opening_satang is None else statement.opening_satang + moved
    return Beginning(max(statement.from_on, last + timedelta(days=1)), opening)


def told_of_closed_days(session: Session, statement_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many lines from before its own beginning each of these files has told again; those that did so alone."""
    of = col(RetoldRow.statement_id)
    rows = session.execute(
        sqlalchemy.select(of, sqlalchemy.func.count())
        .join(StatementRow, col(StatementRow.id) == of)
        .join(LineRow, col(LineRow.id) == col(RetoldRow.line_id))
        .where(of.in_(statement_ids), col(LineRow.occurred_on) < col(StatementRow.from_on))
        .group_by(of)
    )
    return {row[0]: row[1] for row in rows}


def refuse_other_formats(session: Session, statement: StatementFile, account: BankAccount) -> None:
    """Refuse a file that tells of a day which a file of another format has told."""
    days = statement.ends_of_days
    stored = (
        sqlalchemy.select(col(LineRow.occurred_on))
        .distinct()
        .join(StatementRow, col(StatementRow.id) == col(LineRow.statement_id))
        .where(
            col(LineRow.account) == account.account,
            col(LineRow.occurred_on).between(min(days), max(days)),
            col(StatementRow.importer) != statement.importer,
            col(LineRow.id).not_in(acts.withdrawn()),
        )
    )
    both = days.keys() & set(session.execute(stored).scalars())
    if both:
        raise OtherFormatError(day=min(both).isoformat())


def _known(session: Session, statement: StatementFile, account: BankAccount, lines: Sequence[StatementLine]) -> int:
    """What the lines of a closed day make: they are those that we hold, none more and none less."""
    day = _day(lines)
    stored = _stored(session, account, day)
    if set(_identities(session, statement, account, lines, stored)) != stored.standing:
        raise ClosedDayDiffersError(day=day.isoformat(), month=f"{day:%Y-%m}")
    return sum(line.amount_satang for line in lines)


def _untold(session: Session, statement: StatementFile, account: BankAccount, last: date) -> date | None:
    """A closed day of the file's time of which we hold lines and it tells none."""
    held = sqlalchemy.select(col(LineRow.occurred_on)).distinct().where(
        col(LineRow.account) == account.account,
        col(LineRow.occurred_on).between(statement.from_on, min(statement.to_on, last)),
        col(LineRow.id).not_in(acts.withdrawn()),
    )  # fmt: skip
    return min(set(session.execute(held).scalars()) - statement.ends_of_days.keys(), default=None)


def _day(lines: Sequence[StatementLine]) -> date:
    return lines[0].occurred_on


def _days(statement: StatementFile) -> Iterator[list[StatementLine]]:
    """The lines of each day, given out when its last one has come: some banks tell days out of order."""
    begun: defaultdict[date, list[StatementLine]] = defaultdict(list)
    for line in statement.lines:
        begun[line.occurred_on].append(line)
        if statement.ends_of_days[line.occurred_on] == line.position:
            yield begun.pop(line.occurred_on)


def _stored(session: Session, account: BankAccount, day: date) -> _Stored:
    columns = sqlalchemy.select(
        col(LineRow.identity), col(LineRow.occurred_at), col(LineRow.amount_satang), col(LineRow.balance_satang),
        col(LineRow.id).in_(acts.withdrawn()).label("is_withdrawn"),
    )  # fmt: skip
    rows = session.execute(
        columns.where(col(LineRow.account) == account.account, col(LineRow.occurred_on) == day)
    ).all()
    places = Counter(
        (day.isoformat(), row.occurred_at, row.amount_satang, row.balance_satang)
        for row in rows
        if not row.is_withdrawn
    )
    standing = {row.identity for row in rows if not row.is_withdrawn}
    return _Stored({row.identity for row in rows}, standing, places)


def _identities(
    session: Session, statement: StatementFile, account: BankAccount, lines: Sequence[StatementLine], stored: _Stored
) -> list[str]:
    """The lines' identities, keyed: a bare digest over what a bank writes could be tried with names.

    Those that were stored before there were keys stay as they are. A booking that was told whole is known by that
    identity when its parts are told, and the other way round.
    """
    owner = f"{account.bank}:{account.number}"
    found = identity.identities(lines, owner, ids_are_unique=statement.ids_are_unique)
    blind = sealed.of(session).keyring.blind
    keyed = [one if one in stored.identities else blind("bank_line.identity", one).hex() for one in found]
    if not statement.ids_are_unique:
        return keyed
    others = (identity.otherwise(line, owner) for line in lines)
    keyed_others = (blind("bank_line.identity", other).hex() if other else "" for other in others)
    return [other if other in stored.identities else one for one, other in zip(keyed, keyed_others, strict=True)]


def _refuse_contradictions(told: Sequence[Told], stored: _Stored) -> None:
    """A line at a moment and balance we hold, but with another text, is not a new line: one of the files is wrong."""
    confirmed = Counter(identity.place(line) for one, line in told if one in stored.identities)
    for one, line in told:
        where = identity.place(line)
        if one not in stored.identities and line.balance_satang is not None and stored.places[where] > confirmed[where]:
            raise ContradictionError(line=line.line_number)
