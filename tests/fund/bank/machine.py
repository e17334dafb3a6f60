"""Files, matches, people and second thoughts in any order, on a copy of one small fund; what must hold after each act.

The bank's account is a list of lines that never changes; files tell parts of it. The model knows which files stand, and
so which lines the bank has told; the books must agree with them to the satang.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import date, time
from pathlib import Path
from typing import ClassVar, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session, col, select

from fund import profile
from fund.bank import dividing, explaining, queries, saying, teaching, undoing
from fund.bank.dividing import Part
from fund.bank.errors import StatementError
from fund.bank.models import InboxRow, LineRow, MatchRow, UndoneRow
from fund.bank.sample_files import SampleLine, kbank_corporate_csv
from fund.bank.teaching import Lesson
from fund.db import Database
from fund.invariants import books, gifts
from fund.settings import Settings
from ledger import balances
from tests.fund.bank.builders import KBANK, OFFICER, OPENING, Fund, a_gift, a_payment

BANK: Final = "1110.01"
HELD_UP: Final = (
    books.entries_are_whole,
    books.books_balance_in_every_fund,
    gifts.every_line_is_in_one_state,
    gifts.settled_lines_are_booked_whole,
    gifts.undone_matches_are_reversed,
    gifts.unidentified_money_is_explained,
    gifts.every_gift_entry_has_its_donation,
    gifts.every_donation_has_its_bank_line,
    gifts.every_gift_is_matched_or_undone,
    gifts.no_entry_has_two_receipts,
)

Sums = dict[tuple[str, str], int]
"""Satang by account and fund."""


def the_account(fund: Fund) -> list[SampleLine]:
    """Everything that moves on the account: gifts of each kind, twins, strays, fees and interest, over four days."""
    code, other = fund.campaign().code, fund.campaign("mueang-khon-kaen").code
    paid, twice, cut = (fund.pledge(amount, key=f"form-{n}").reference for n, amount in enumerate((1000, 2000, 5000)))
    with fund.database.write() as session:
        teaching.teach(session, Lesson("ดอกเบี้ย", "interest"), by=OFFICER)
    twin = a_payment(code, day=2, at=time(9, 0))
    return [
        a_payment(paid, code, day=1),
        a_payment(twice, amount_satang=2000, day=1, at=time(10, 0)),
        a_gift(1500, "โอนเงิน", day=1, at=time(11, 0)),
        twin,
        twin,
        a_payment(f"{paid} {twice}", amount_satang=3000, day=2, at=time(10, 0)),
        SampleLine(date(2026, 11, 2), -300, "ค่าธรรมเนียม", time(23, 0)),
        a_payment(other, amount_satang=700, day=3),
        a_gift(5000, f"จาก {cut[:9]}", day=3, at=time(10, 0)),
        a_payment(twice, amount_satang=2000, day=3, at=time(12, 0)),
        a_gift(1500, "โอนเงิน", day=4),
        a_gift(77, "ดอกเบี้ยเงินฝาก", day=4, at=time(23, 0)),
    ]


class Opened(Fund):
    """A copy of the fund that was founded for all."""

    def __post_init__(self) -> None:
        self.settings = Settings(files_dir=str(self.folder))
        with self.database.read() as session:
            self.profile = profile.current(session)

    def sums(self) -> Sums:
        """What stands on every account of every fund."""
        with self.database.read() as session:
            found = {(one.account, one.fund): one.amount_satang for one in balances.trial_balance(session)}
        return {place: satang for place, satang in found.items() if satang}


def a_file(lines: Sequence[SampleLine], start: int, end: int) -> bytes:
    """The bank's file of a part of the account."""
    opening = OPENING + sum(line.amount_satang for line in lines[:start])
    days = [line.occurred_on for line in lines[start:end]]
    return kbank_corporate_csv(KBANK, lines[start:end], opening_satang=opening, from_on=days[0], to_on=days[-1])


def from_nothing(fund: Opened, files: Sequence[bytes]) -> Sums:
    """The books after these files alone, each settled when it has come."""
    for number, content in enumerate(files):
        fund.take(content, f"{number}.csv")
        fund.settle()
    return fund.sums()


class Machine(RuleBasedStateMachine):
    """Drives one copy of the fund; a twin of it hears the files that stand, at the end."""

    makers: ClassVar[tuple[Callable[[], str], Callable[[], str]]]
    folder: ClassVar[Path]
    lines: ClassVar[list[SampleLine]]

    @initialize()
    def begin(self) -> None:
        self.fund = Opened(Database(self.makers[0]()), self.folder)
        self.files: dict[UUID, tuple[int, int]] = {}
        self.undone: set[UUID] = set()

    def teardown(self) -> None:
        if hasattr(self, "fund"):
            try:
                if sys.exc_info()[0] is None:
                    self.replayed_it_is_the_same()
            finally:
                self.fund.database.close()

    @rule(start=st.integers(0, 11), length=st.integers(1, 12))
    def take(self, start: int, length: int) -> None:
        end = min(start + length, len(self.lines))
        try:
            taken = self.fund.take(a_file(self.lines, start, end), "x.csv")
        except StatementError as error:
            raise AssertionError("a true file was refused") from error
        if not taken.is_repeat:
            self.files[taken.statement_id] = (start, end)

    @rule()
    def settle(self) -> None:
        self.fund.settle()

    @rule(pick=st.integers(0, 99))
    def undo_a_match(self, pick: int) -> None:
        self.act(pick, self._settled, lambda session, one: undoing.undo_match(session, one, reason="x", by=OFFICER))

    @rule(pick=st.integers(0, 99), is_other=st.booleans())
    def name(self, pick: int, is_other: bool) -> None:
        code = self.fund.campaign("mueang-khon-kaen" if is_other else "general").code

        def act(session: Session, line_id: UUID) -> None:
            explaining.name_line(session, line_id, code, reason="x", by=OFFICER)

        self.act(pick, self._came, act)

    @rule(pick=st.integers(0, 99), first=st.integers(1, 1499))
    def split(self, pick: int, first: int) -> None:
        code = self.fund.campaign().code

        def act(session: Session, line_id: UUID) -> None:
            whole = next(one.amount_satang for one in queries.take_these(session, [line_id]))
            parts = [Part(code, min(first, whole - 1)), Part(code, whole - min(first, whole - 1))]
            dividing.split(session, line_id, parts, reason="x", by=OFFICER)

        self.act(pick, self._came, act)

    @rule()
    def merge(self) -> None:
        with self.fund.database.read() as session:
            some = self._came(session)[:2]
        if len(some) == 2:
            with self.fund.database.write() as session:
                dividing.merge(session, some, self.fund.campaign().code, reason="x", by=OFFICER)

    @rule(pick=st.integers(0, 99))
    def hold_or_release(self, pick: int) -> None:
        def act(session: Session, line_id: UUID) -> None:
            is_held = session.exec(select(InboxRow.state).where(InboxRow.line_id == line_id)).one() == "held"
            (saying.release if is_held else saying.hold)(session, line_id, reason="x", by=OFFICER)

        self.act(pick, lambda session: self._in_state(session, "waiting", "refused", "held"), act)

    @rule(pick=st.integers(0, 99))
    def try_again(self, pick: int) -> None:
        self.act(pick, self._waiting, lambda session, one: saying.try_again(session, one, by=OFFICER))

    @rule(pick=st.integers(0, 99))
    def undo_an_import(self, pick: int) -> None:
        standing = sorted(self.files.keys() - self.undone)
        if standing:
            chosen = standing[pick % len(standing)]
            with self.fund.database.write() as session:
                undoing.undo_import(session, chosen, reason="x", by=OFFICER)
            self.undone.add(chosen)

    @rule(pick=st.integers(0, 99))
    def restore_an_import(self, pick: int) -> None:
        if self.undone:
            chosen = sorted(self.undone)[pick % len(self.undone)]
            with self.fund.database.write() as session:
                undoing.restore_import(session, chosen, reason="x", by=OFFICER)
            self.undone.remove(chosen)

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "fund"):
            return
        with self.fund.database.read() as session:
            assert {look.__name__: list(look(session)) for look in HELD_UP} == {look.__name__: [] for look in HELD_UP}
            waiting = session.exec(
                select(LineRow.amount_satang)
                .join(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
                .where(col(InboxRow.is_booked).is_(False), InboxRow.state != "withdrawn")
            ).all()
        booked = sum(satang for (account, _), satang in self.fund.sums().items() if account == BANK)
        told = set().union(*(range(*self.files[one]) for one in self.files.keys() - self.undone))
        assert booked - OPENING + sum(waiting) == sum(self.lines[place].amount_satang for place in told)

    def replayed_it_is_the_same(self) -> None:
        """Without what people said, the files that stand make the books that they make from nothing."""
        with self.fund.database.write() as session:
            for line_id in self._named(session):
                undoing.undo_match(session, line_id, reason="x", by=OFFICER)
            for line_id in self._in_state(session, "held"):
                saying.release(session, line_id, reason="x", by=OFFICER)
        with self.fund.database.write() as session:
            for line_id in self._waiting(session):
                saying.try_again(session, line_id, by=OFFICER)
        self.fund.settle()
        sums = self.fund.sums()
        self.fund.database.close()  # on PostgreSQL its twin takes its place
        twin = Opened(Database(self.makers[1]()), self.folder / "twin")
        try:
            files = [a_file(self.lines, *part) for one, part in self.files.items() if one not in self.undone]
            assert from_nothing(twin, files) == sums
        finally:
            twin.database.close()

    def act(self, pick: int, among: Callable[[Session], list[UUID]], verb: Callable[[Session, UUID], object]) -> None:
        """Do something to one of the lines that it can be done to."""
        with self.fund.database.read() as session:
            found = among(session)
        if found:
            with self.fund.database.write() as session:
                verb(session, found[pick % len(found)])

    def _in_state(self, session: Session, *states: str) -> list[UUID]:
        asked = select(InboxRow.line_id).where(col(InboxRow.state).in_(states))
        return list(session.exec(asked.order_by(col(InboxRow.line_id))))

    def _waiting(self, session: Session) -> list[UUID]:
        return self._in_state(session, "waiting", "refused")

    def _came(self, session: Session) -> list[UUID]:
        return [line.id for line in queries.waiting_lines(session, limit=99) if line.amount_satang > 0]

    def _settled(self, session: Session, kind: str = "") -> list[UUID]:
        asked = (
            select(MatchRow.line_id)
            .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
            .where(col(UndoneRow.match_id).is_(None), MatchRow.kind != "unidentified")
        )
        chosen = asked.where(MatchRow.kind == kind) if kind else asked
        return sorted(set(session.exec(chosen)))

    def _named(self, session: Session) -> list[UUID]:
        return self._settled(session, "named")
