"""Files whose own end nothing proves: the next file proves it, or contradicts it.

Knows the last line of such a file. It is proven by a file that tells this line and goes on, or begins where it ended.
Refuses a file that begins or ends elsewhere: lines between the two are missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from fund.bank import acts
from fund.bank.errors import BeginsElsewhereError, EndsElsewhereError, EndUntoldError
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile
from fund.bank.models import LineRow, MetEndRow, OpenEndRow, StatementRow
from ledger.money import format_baht


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """A file whose end nothing has proven yet, and its last line."""

    statement_id: UUID
    identity: str
    last_on: date
    closing_satang: int | None


def open_ends(session: Session, account: str) -> list[OpenEnd]:
    """The ends on an account that nothing has proven yet."""
    columns = sqlalchemy.select(
        col(OpenEndRow.statement_id), col(LineRow.identity), col(LineRow.occurred_on), col(StatementRow.closing_satang)
    )
    rows = session.execute(
        columns.join(LineRow, col(LineRow.id) == col(OpenEndRow.last_line_id))
        .join(StatementRow, col(StatementRow.id) == col(OpenEndRow.statement_id))
        .outerjoin(MetEndRow, col(MetEndRow.statement_id) == col(OpenEndRow.statement_id))
        .where(
            col(StatementRow.account) == account,
            col(MetEndRow.statement_id).is_(None),
            col(StatementRow.id).not_in(acts.undone()),
        )
    )
    return [OpenEnd(*row) for row in rows]


def unproven(session: Session, statement_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these files whose end nothing has proven yet."""
    met = select(MetEndRow.statement_id)
    found = select(OpenEndRow.statement_id).where(
        col(OpenEndRow.statement_id).in_(statement_ids), col(OpenEndRow.statement_id).not_in(met)
    )
    return set(session.exec(found))


class Watch:
    """Looks at a file's lines as they pass, and then holds its end and the open ends before it against each other."""

    def __init__(self, session: Session, statement: StatementFile, account: str) -> None:
        self._statement = statement
        self._before = open_ends(session, account)
        self._told: set[str] = set()  # of the last lines that we wait for
        self._last = ""

    def see(self, told: Sequence[tuple[str, StatementLine]]) -> None:
        """Lines of the file with their identities."""
        self._told |= {end.identity for end in self._before} & {identity for identity, _ in told}
        for identity, line in told:
            if line.position == self._statement.line_count:
                self._last = identity

    def conclude(self, session: Session, row: StatementRow) -> None:
        """Note which ends the file proves, and its own if it is open.

        Raises BeginsElsewhereError, EndsElsewhereError, EndUntoldError.
        """
        for end in self._before:
            if self._proves(end):
                session.add(MetEndRow(statement_id=end.statement_id, met_by=row.id))
        if self._statement.is_end_proven:
            return
        last = session.exec(select(LineRow).where(LineRow.account == row.account, LineRow.identity == self._last)).one()
        session.add(OpenEndRow(statement_id=row.id, last_line_id=last.id))
        session.flush()
        met_by = self._met_by(session, row, last)
        if met_by:
            session.add(MetEndRow(statement_id=row.id, met_by=met_by))

    def _proves(self, end: OpenEnd) -> bool:
        """Whether this file tells the other's last line and goes on, or begins where the other ended."""
        statement = self._statement
        if end.identity in self._told:
            return statement.is_end_proven or end.identity != self._last
        if statement.from_on < end.last_on <= statement.to_on:
            raise EndUntoldError(day=end.last_on.isoformat())
        if statement.from_on < end.last_on or None in (statement.opening_satang, end.closing_satang):
            return False
        _require_equal(
            BeginsElsewhereError, statement.first_line, end.last_on, end.closing_satang, statement.opening_satang
        )
        return True

    def _met_by(self, session: Session, row: StatementRow, last: LineRow) -> UUID | None:
        """An earlier file that goes on behind this one's last line, or begins where this one ends."""
        if last.statement_id != row.id:
            return None if self._last in {end.identity for end in self._before} else last.statement_id
        following = select(StatementRow).where(
            StatementRow.account == row.account,
            StatementRow.id != row.id,
            col(StatementRow.from_on) >= last.occurred_on,
            col(StatementRow.opening_satang).is_not(None),
        )
        following_one = session.exec(following.order_by(col(StatementRow.from_on)).limit(1)).first()
        if following_one is None or row.closing_satang is None:
            return None
        _require_equal(
            EndsElsewhereError,
            last.line_number,
            following_one.from_on,
            following_one.opening_satang,
            row.closing_satang,
        )
        return following_one.id


def _require_equal(
    refusal: type[BeginsElsewhereError | EndsElsewhereError],
    line: int,
    day: date,
    expected: int | None,
    found: int | None,
) -> None:
    assert expected is not None and found is not None
    if expected != found:
        raise refusal(line=line, day=day.isoformat(), expected=format_baht(expected), found=format_baht(found))
