"""Every act of the ledger in any order, on one database or on two side by side, compared with the model after each.

A refused act must leave every table as it was; an accepted one must leave what the model has.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar, Final
from uuid import UUID

import pymerkle  # type: ignore[import-untyped]
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, select

from fund.db import Database
from ledger import balances, book, checkpoints, log, notes, periods, verification
from ledger.errors import (
    AlreadyClosedError,
    AlreadyOpenError,
    BooksBeginLaterError,
    EarlierMonthOpenError,
    LaterMonthClosedError,
    LedgerError,
    TwoPeopleError,
    UnbalancedError,
)
from ledger.journal import Entry, Posting, move
from ledger.models import LeafRow
from tests.ledger.builders import BANK, COMMITMENTS, FEES, GIFTS, GRANTS, NET, PAYABLE, RESERVE, TILL, UNIDENTIFIED
from tests.ledger.disarmed import disarm
from tests.ledger.model import FUNDS_BY_CODE, Model, Refusal, Written
from tests.ledger.raw import raw

KEY: Final = notes.new_key("log.example/machine")
SOURCES: Final = (log.PERIODS, *log.CHART)
FIRST_MONTH: Final = date(2026, 9, 1)
TABLES: Final = ("account", "fund", "kind", "fund_purpose", "period", "entry", "posting", "private", "checkpoint",
                 "day", "leaf", "subtree", "head", "log_key")  # fmt: skip
MALFORMED: Final[dict[str, Callable[[int], tuple[Posting, ...]]]] = {
    "unknown account": lambda amount: move(amount, "GEN", debit=BANK, credit="9999"),
    "unknown fund": lambda amount: move(amount, "NONE", debit=BANK, credit=GIFTS),
    "a fund that has ended": lambda amount: move(amount, "OLD", debit=BANK, credit=GIFTS),
    "no subject": lambda amount: move(amount, "GEN", debit=BANK, credit=UNIDENTIFIED),
    "across classes": lambda amount: move(amount, "GEN", debit=BANK, credit=RESERVE),
    "a purpose not allowed": lambda amount: (Posting(BANK, "GEN", amount, "", "rice"), Posting(GIFTS, "GEN", -amount)),
    "not per fund": lambda amount: (Posting(BANK, "GEN", amount), Posting(GIFTS, "D4001", -amount)),
    "one satang off": lambda amount: (Posting(BANK, "GEN", amount), Posting(GIFTS, "GEN", -amount - 1)),
    "nothing": lambda amount: move(0 * amount, "GEN", debit=BANK, credit=GIFTS),
    "unknown kind": lambda amount: move(amount, "GEN", debit=BANK, credit=GIFTS),
    "one posting": lambda amount: (Posting(BANK, "GEN", amount),),
}
WHICH: Final[dict[str, Callable[[Written], bool]]] = {
    "any": lambda one: True,
    "one undone": lambda one: one.undone_by is not None,
    "a reversal": lambda one: one.undoes is not None,
}
Act = Callable[[Session, list[UUID]], list[UUID]]
a_fund = st.sampled_from(["GEN", "GEN", "D4001", "KEEP"])
an_amount = st.integers(1, 9) | st.integers(1, 60_000)
a_small_amount = st.integers(1, 99)
a_grant = st.sampled_from(["grant:1", "grant:1", "grant:2"])
a_while_ago = st.sampled_from([0, 0, 1, 7, 40])
any_number = st.integers(0, 10_000)


class Place:
    """One database that the machine drives, with the ids its entries got there."""

    def __init__(self, url: str) -> None:
        self.url, self.ids, self.heads = url, list[UUID](), list[bytes]()
        self.database = Database(url)
        self.rows = self.count()

    def attempt(self, act: Act) -> Refusal:
        try:
            with self.database.write() as session:
                self.ids += act(session, self.ids)
        except LedgerError as refusal:
            return type(refusal)
        return None

    def count(self) -> dict[str, int]:
        counted = ", ".join(f"(SELECT count(*) FROM ledger_{table})" for table in TABLES)
        with self.database.read() as session:
            return dict(zip(TABLES, session.connection().exec_driver_sql(f"SELECT {counted}").one(), strict=True))

    def crash(self, act: Act) -> None:
        """Lose the connection in the middle of an act, and open the database anew."""
        with Session(self.database.engine) as session:
            act(session, self.ids)
            session.connection().invalidate()
        self.database.close()
        self.database = Database(self.url)

    def compare(self, model: Model) -> None:
        with self.database.read() as session:
            standing = [(b.account, b.fund, b.amount_satang) for b in balances.trial_balance(session)]
            assert standing == model.trial_balance()
            spendable = [(fund, model.spendable(fund)) for fund in sorted(FUNDS_BY_CODE)]
            assert balances.alarmed_funds(session) == [(fund, amount) for fund, amount in spendable if amount < 0]

    def seal(self, limit: int) -> bool:
        with self.database.write() as session:
            head = log.seal(session, KEY, sources=SOURCES, limit=limit)
        self.heads += [head.root] if head else []
        return head is not None

    def audit(self, model: Model) -> None:
        """The whole book again, entry by entry, and the tree by another's hashing."""
        while self.seal(50):
            pass
        with self.database.read() as session:
            wrong = list(verification.verify(session, sources=SOURCES, trusted=KEY.public))
            assert wrong == [], wrong
            self._entries_are_the_models(session, model)
            for fund in FUNDS_BY_CODE:
                assert balances.spendable(session, fund) == model.spendable(fund)
            for place, amount in model.of_subject.items():
                assert not place[2] or balances.subject_balance(session, *place) == amount
            self._roots_are_another_s(session)

    def _entries_are_the_models(self, session: Session, model: Model) -> None:
        found = book.entries(session, limit=100_000)
        assert [entry.id for entry in found] == self.ids
        assert len(found) == len(model.written)
        for mine, its in zip(model.written, found, strict=True):
            assert (its.kind, its.occurred_on, its.booked_on) == (
                mine.entry.kind, mine.entry.occurred_on, mine.entry.booked_on
            )  # fmt: skip
            assert its.postings == mine.entry.postings
            assert its.reverses == (None if mine.undoes is None else self.ids[mine.undoes])
            assert its.reversed_by == (None if mine.undone_by is None else self.ids[mine.undone_by])
            assert its.details == (mine.entry.details if mine.has_details else None)

    def _roots_are_another_s(self, session: Session) -> None:
        leaves = session.exec(select(LeafRow).order_by(LeafRow.position)).all()  # type: ignore[arg-type]
        assert [leaf.subject for leaf in leaves if leaf.kind == "entry"] == [str(entry_id) for entry_id in self.ids]
        tree = pymerkle.InmemoryTree.init_from_entries([leaf.content for leaf in leaves], algorithm="sha256")
        heads = log.heads(session)
        assert [head.root for head in heads] == self.heads == [tree.get_root(head.size) for head in heads]


class Machine(RuleBasedStateMachine):
    """Drives every place with the same acts; `tally` counts what each rule met."""

    model: Model
    model_class: ClassVar[type[Model]] = Model
    makers: ClassVar[list[Callable[[], str]]]
    tally: ClassVar[Counter[str]]

    @initialize(closed=st.integers(0, 2), has_grant=st.booleans())
    def begin(self, closed: int, has_grant: bool) -> None:
        self.model, self.today, self.keys = self.model_class(), date(2026, 11, 5), 0
        self.places = [Place(make()) for make in self.makers]
        for place in self.places:
            with place.database.write() as session:
                log.add_key(session, KEY)
            place.rows = place.count()
        for _ in range(closed):
            self.close(self.oldest_open)
        if has_grant:
            self.book("begin", self.an_entry("donation", move(9_000, "GEN", debit=BANK, credit=GIFTS)))
            for step, amount in (("award", 500), ("authorise", 200)):
                self.book("begin", self.an_entry(*of_a_grant(step, "GEN", "grant:1", amount)))

    def teardown(self) -> None:
        places = getattr(self, "places", [])
        try:
            for place in places if sys.exc_info()[0] is None else ():
                place.audit(self.model)
        finally:
            for place in places:
                place.database.close()

    def attempt(self, name: str, act: Act, expected: Refusal) -> bool:
        """Do it everywhere: all accept or all refuse, with the model's refusal and without a trace."""
        for place in self.places:
            met = place.attempt(act)
            assert met is expected, f"{name}: {met}, not {expected}"
            rows, before = place.count(), place.rows
            assert expected is None or rows == before, name
            place.rows = rows
        self.tally[f"{name}: {expected.__name__ if expected else 'done'}"] += 1
        return expected is None

    @invariant()
    def it_stands_as_the_model_does(self) -> None:
        for place in getattr(self, "places", []):
            place.compare(self.model)
            written = self.model.written
            assert place.rows["entry"] == len(written) == len(place.ids)
            assert place.rows["posting"] == sum(len(one.entry.postings) for one in written)
            assert place.rows["private"] == sum(one.has_details for one in written)

    def book(self, name: str, *entries: Entry) -> None:
        """Post entries in one unit of work; the first that the model refuses refuses all."""
        known = [self.model.number_of(entry.key) for entry in entries]
        sums, of_subject, size = self.model.sums.copy(), self.model.of_subject.copy(), len(self.model.written)
        expected: Refusal = None
        for entry, number in zip(entries, known, strict=True):
            expected = expected or self.model.refusal(entry)
            if expected is None and number is None:
                self.model.write(entry)
        if expected is not None:
            self.model.sums, self.model.of_subject = sums, of_subject
            del self.model.written[size:]

        def act(session: Session, ids: list[UUID]) -> list[UUID]:
            posted = book.post_many(session, entries, by="machine")
            assert [p.is_replay for p in posted] == [number is not None for number in known]
            assert all(p.entry_id == ids[n] for p, n in zip(posted, known, strict=True) if n is not None)
            return [p.entry_id for p in posted if not p.is_replay]

        self.attempt(name, act, expected)

    def an_entry(self, kind: str, postings: tuple[Posting, ...], ago: int = 0, **more: object) -> Entry:
        self.keys += 1
        day = max(self.today - timedelta(days=ago), FIRST_MONTH)
        return replace(Entry(kind, day, day, postings, f"machine:{self.keys}"), **more)  # type: ignore[arg-type]

    @property
    def oldest_open(self) -> date:
        month = FIRST_MONTH
        while month in self.model.closed:
            month = next_month(month)
        return month

    @rule(fund=a_fund, amount=an_amount, ago=a_while_ago, name=st.none() | st.text(max_size=5))
    def gift(self, fund: str, amount: int, ago: int, name: str | None) -> None:
        postings = move(amount, fund, debit=BANK, credit=GIFTS)
        self.book("gift", self.an_entry("donation", postings, ago, details={"name": name} if name else {}))

    @rule(fund=a_fund, amount=a_small_amount | an_amount, ago=a_while_ago)
    def fee(self, fund: str, amount: int, ago: int) -> None:
        self.book("fee", self.an_entry("fee", move(amount, fund, debit=FEES, credit=BANK), ago))

    @rule(fund=a_fund, amount=an_amount, ago=a_while_ago)
    def spend(self, fund: str, amount: int, ago: int) -> None:
        self.book("spend", self.an_entry("payment", move(amount, fund, debit=GRANTS, credit=BANK), ago))

    @rule(fund=a_fund)
    def spend_the_last_satang(self, fund: str) -> None:
        rest = self.model.spendable(fund)
        if rest > 0:
            self.book("spend all", self.an_entry("payment", move(rest, fund, debit=GRANTS, credit=BANK)))
        self.book("spend more", self.an_entry("payment", move(1, fund, debit=GRANTS, credit=BANK)))

    @rule(fund=a_fund, amount=an_amount)
    def opening(self, fund: str, amount: int) -> None:
        self.book("opening", self.an_entry("opening", move(amount, fund, debit=BANK, credit=NET)))

    @rule(fund=a_fund, amount=an_amount, is_paid_in=st.booleans())
    def till(self, fund: str, amount: int, is_paid_in: bool) -> None:
        debit, credit = (TILL, NET) if is_paid_in else (BANK, TILL)
        self.book("till", self.an_entry("opening", move(amount, fund, debit=debit, credit=credit)))

    @rule(
        step=st.sampled_from(["award", "authorise", "pay out"]),
        fund=a_fund, grant=a_grant, amount=a_small_amount, is_all=st.booleans(),
    )  # fmt: skip
    def grant(self, step: str, fund: str, grant: str, amount: int, is_all: bool) -> None:
        """A promise, the debt that it becomes, and the payment: of any amount, or of all that stands there."""
        account = {"authorise": COMMITMENTS, "pay out": PAYABLE}.get(step, "")
        standing = [place for place, rest in self.model.of_subject.items() if place[0] == account and rest]
        if standing and is_all:
            _, fund, grant = standing[amount % len(standing)]
            amount = abs(self.model.of_subject[account, fund, grant])
        self.book(step, self.an_entry(*of_a_grant(step, fund, grant, amount)))

    @rule(amount=an_amount, line=st.sampled_from(["line:1", "line:2"]), is_named=st.booleans())
    def unidentified(self, amount: int, line: str, is_named: bool) -> None:
        waits = move(amount, "GEN", debit=BANK, credit=UNIDENTIFIED, subject=line)
        named = (
            *move(amount, "GEN", debit=UNIDENTIFIED, credit=BANK, subject=line),
            *move(amount, "D4001", debit=BANK, credit=GIFTS),
        )
        self.book("name", self.an_entry("naming", named)) if is_named else self.book(
            "unidentified", self.an_entry("donation", waits)
        )

    @rule(amount=an_amount, spent=an_amount, is_malformed=st.booleans())
    def batch(self, amount: int, spent: int, is_malformed: bool) -> None:
        gift = self.an_entry("donation", move(amount, "GEN", debit=BANK, credit=GIFTS))
        bad = self.an_entry("donation", MALFORMED["unknown account"](amount))
        spend = self.an_entry("payment", move(spent, "GEN", debit=GRANTS, credit=BANK))
        self.book("batch", gift, bad if is_malformed else spend)

    @rule(how=st.sampled_from(sorted(MALFORMED)), amount=an_amount, ago=a_while_ago)
    def malformed(self, how: str, amount: int, ago: int) -> None:
        try:
            entry = self.an_entry("gift" if how == "unknown kind" else "fee", MALFORMED[how](amount), ago)
        except UnbalancedError:
            self.tally["malformed: no entry at all"] += 1
        else:
            self.book("malformed", entry)

    @precondition(lambda self: self.model.written)
    @rule(pick=any_number, amount=an_amount, is_the_same=st.booleans())
    def same_key(self, pick: int, amount: int, is_the_same: bool) -> None:
        asked = [one.entry for one in self.model.written if one.undoes is None]
        again = replace(asked[pick % len(asked)], details={})
        else_ = replace(again, postings=move(amount, "D4001", debit=BANK, credit=NET))
        self.book("same key", again) if is_the_same else self.book("same key, else", else_)

    @precondition(lambda self: self.model.written)
    @rule(
        pick=any_number,
        which=st.sampled_from(sorted(WHICH)),
        later=st.sampled_from([0, 0, 0, 3, -30]),
        own_key=st.booleans(),
    )
    def reverse(self, pick: int, which: str, later: int, own_key: bool) -> None:
        """Any entry, or one that was undone before, or a reversal; any where there is no such one."""
        these = [number for number, one in enumerate(self.model.written) if WHICH[which](one)]
        number = these[pick % len(these)] if these else pick % len(self.model.written)
        self.keys += 1
        key = f"machine:{self.keys}" if own_key else f"reversal:{number}"
        day = max(self.today + timedelta(days=later), FIRST_MONTH)
        self.undo(f"reverse {which}" if these else "reverse", number, day, key)

    @precondition(lambda self: any(one.undoes is not None for one in self.model.written))
    @rule(pick=any_number)
    def reverse_by_the_same_request(self, pick: int) -> None:
        undoing = [one for one in self.model.written if one.undoes is not None]
        again = undoing[pick % len(undoing)]
        assert again.undoes is not None
        self.undo("reverse by the same", again.undoes, again.entry.booked_on, again.entry.key)

    def undo(self, name: str, number: int, day: date, key: str) -> None:
        mirror = self.model.mirror(number, day, key, "it was wrong")
        is_replay = self.model.number_of(key) is not None
        expected = self.model.refusal_to_undo(number, mirror)

        def act(session: Session, ids: list[UUID]) -> list[UUID]:
            posted = book.reverse(session, ids[number], reason="it was wrong", booked_on=day, by="machine",
                                  key=None if key == f"reversal:{number}" else key)  # fmt: skip
            assert posted.is_replay == is_replay
            return [] if posted.is_replay else [posted.entry_id]

        if self.attempt(name, act, expected) and not is_replay:
            self.model.write(mirror, undoes=number)

    @rule(which=st.sampled_from(["due", "due", "last closed", "too early", "too late"]))
    def close_a_month(self, which: str) -> None:
        """The oldest open month once it is over; or one whose turn it is not."""
        closed, due = self.model.closed, self.oldest_open
        expected: dict[str, tuple[date, Refusal]] = {"last closed": (max(closed, default=due), AlreadyClosedError)}
        if self.model.has_begun:
            expected |= {"too early": (next_month(due), EarlierMonthOpenError)}
            expected |= {"too late": (FIRST_MONTH - timedelta(days=1), BooksBeginLaterError)}
        if due < self.today.replace(day=1) and (which == "due" or which not in expected or not closed):
            self.close(due)
        elif closed and which in expected:
            month, refusal = expected[which]
            self.turn("close", lambda session: periods.close_month(session, month, by="x"), refusal)

    @rule(
        approver=st.sampled_from(["chair", "chair", "treasurer", ""]),
        which=st.sampled_from(["last", "first", "first", "open"]),
    )
    def open_a_month(self, approver: str, which: str) -> None:
        closed = self.model.closed
        choices = {"last": max(closed, default=self.oldest_open), "first": min(closed, default=self.oldest_open)}
        month, is_by_two = choices.get(which, self.oldest_open), approver == "chair"
        late: Refusal = LaterMonthClosedError if closed and month < max(closed) else None

        def act(session: Session) -> object:
            return periods.open_month(session, month, reason="late", approved_by=approver, by="treasurer")

        self.turn("open", act, TwoPeopleError if not is_by_two else late if month in closed else AlreadyOpenError)
        self.model.closed = closed - ({month} if is_by_two and late is None else set())

    def close(self, month: date) -> None:
        self.turn("close", lambda session: periods.close_month(session, month, by="treasurer"), None)
        self.model.closed.add(month)
        self.model.has_begun = True

    def turn(self, name: str, act: Callable[[Session], object], expected: Refusal) -> None:
        def booking_nothing(session: Session, _ids: list[UUID]) -> list[UUID]:
            act(session)
            return []

        self.attempt(name, booking_nothing, expected)

    @rule(tail=st.integers(1, 4))
    def checkpoint(self, tail: int) -> None:
        self.turn("checkpoint", lambda session: checkpoints.take(session, tail=tail), None)

    @rule(limit=st.integers(1, 9))
    def seal(self, limit: int) -> None:
        for place in self.places:
            place.seal(limit)
            place.rows = place.count()
        self.tally["seal: done"] += 1

    @precondition(lambda self: any(one.has_details for one in self.model.written))
    @rule(pick=any_number)
    def erase_details(self, pick: int) -> None:
        private = [number for number, one in enumerate(self.model.written) if one.has_details]
        number = private[pick % len(private)]

        def act(session: Session, ids: list[UUID]) -> list[UUID]:
            book.erase_details(session, ids[number])
            return []

        self.attempt("erase", act, None)
        self.model.written[number].has_details = False

    @rule(amount=an_amount)
    def crash_and_reopen(self, amount: int) -> None:
        lost = self.an_entry("donation", move(amount, "GEN", debit=BANK, credit=GIFTS), details={"name": "lost"})
        for place in self.places:
            place.crash(lambda session, _ids: [book.post(session, lost, by="machine").entry_id])
            assert place.count() == place.rows
        self.tally["crash: done"] += 1

    @rule(days=st.integers(1, 31))
    def advance_the_day(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.tally["advance: done"] += 1


def of_a_grant(step: str, fund: str, grant: str, amount: int) -> tuple[str, tuple[Posting, ...]]:
    """The kind and the postings of a promise, of the debt that it becomes, and of its payment."""
    owed = (Posting(GRANTS, fund, amount), Posting(PAYABLE, fund, -amount, grant))
    return {
        "award": ("award", move(amount, fund, debit=COMMITMENTS, credit=RESERVE, subject=grant)),
        "authorise": ("payment", (*owed, *move(amount, fund, debit=RESERVE, credit=COMMITMENTS, subject=grant))),
        "pay out": ("payment", move(amount, fund, debit=PAYABLE, credit=BANK, subject=grant)),
    }[step]


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


class LosesALeg(Machine):
    """The planted defect: guards switched off, somebody takes the first leg out of every reversal."""

    def undo(self, name: str, number: int, day: date, key: str) -> None:
        super().undo(name, number, day, key)
        for place in self.places:
            with raw(place.database) as connection:
                disarm(connection)
                of_reversals = "SELECT id FROM ledger_entry WHERE reverses IS NOT NULL"
                connection.exec_driver_sql(
                    f"DELETE FROM ledger_posting WHERE line = 1 AND entry_id IN ({of_reversals})"
                )
