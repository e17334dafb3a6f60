"""A closed month of an account stays as it was closed: every act that would change it is refused, by SQL too.

Each refusal has its control: the same act on the same month while it is open (or one day later) goes through.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import nullcontext
from contextvars import copy_context
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import clock
from fund.audit import Actor
from fund.bank import book_months, explaining, months, queries, reopening, service, shut, stated, undoing
from fund.bank.errors import (
    AccountMonthsOpenError,
    BalanceDayError,
    BooksClosedError,
    ClosedDayDiffersError,
    EarlierMonthOpenError,
    LaterMonthClosedError,
    MonthHeldError,
    MonthNotClosedError,
    MonthNotReconciledError,
    MonthShutError,
    MonthUnprovenError,
    NotYourWishError,
    StatedByThemError,
    WishWithdrawnError,
    YearClosedError,
)
from fund.bank.models import LineRow, MatchRow, MonthReconciledRow, StatementRow
from fund.bank.sample_files import SampleLine, kbank_corporate_csv
from fund.db import Database
from fund.people import stand_in_papers
from fund.people.errors import OtherSideError
from fund.people.powers import Grant
from fund.profile import BankAccount
from ledger import accounts as ledger_accounts
from ledger import book
from ledger.accounts import Kind
from ledger.identifiers import new_id
from ledger.journal import Entry, Posting
from tests.fund.bank.builders import KBANK, OFFICER, OPENING, Fund, a_csv, a_fee, a_gift, a_payment
from tests.fund.browsing import a_person, form_token, signed_in

NOVEMBER, LAST = date(2026, 11, 1), date(2026, 11, 30)
DECEMBER = datetime(2026, 12, 2, 5, tzinfo=clock.BANGKOK)


@pytest.fixture
def fund(database: Database, tmp_path: Path) -> Iterator[Fund]:
    """Founded in November, which is over now: only then is it reconciled."""
    founded = Fund(database, tmp_path / "files")
    with clock.at(DECEMBER):
        yield founded


@pytest.fixture
def people(fund: Fund) -> list[Actor]:
    with fund.database.write() as session:
        made = [a_person(session, name, Grant("finance")) for name in ("one", "other", "third")]
    return [Actor(one.name, one.id) for one in made]


def write(fund: Fund, act: Callable[..., Any], *told: Any, by: Actor = OFFICER, **named: Any) -> Any:
    with fund.database.write() as session:
        return act(session, *told, **named, by=by)


def ready(fund: Fund, *, last: int = 30) -> None:
    """A gift by its campaign, a fee that is explained, and money that nobody knows: everything is booked."""
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code), a_fee(), a_gift(2000, "โอน", day=4)], last=last))
    with fund.database.read() as session:
        fee = next(one for one in queries.waiting_lines(session, limit=9) if one.amount_satang < 0)
    write(fund, explaining.explain_line, fee.id, "fee", reason="the bank's advice")


def close(fund: Fund, people: list[Actor], month: date = NOVEMBER) -> None:
    account = fund.profile.accounts[0]
    write(fund, months.reconcile, account, month, by=people[0])
    write(fund, months.close, account, month, by=people[1])


def open_again(fund: Fund, people: list[Actor], account: str = "1110.01", month: date = NOVEMBER) -> None:
    wish = write(fund, reopening.ask, account, month, reason="ธนาคารแก้รายการ", by=people[0])
    write(fund, reopening.confirm, wish, by=people[1])


@pytest.fixture
def closed(fund: Fund, people: list[Actor]) -> Fund:
    ready(fund)
    close(fund, people)
    return fund


def line_of(fund: Fund, amount_satang: int) -> LineRow:
    with fund.database.read() as session:
        return session.exec(select(LineRow).where(LineRow.amount_satang == amount_satang)).one()


def late_file(fund: Fund) -> bytes:
    """The same month once more, with a line that the bank told late."""
    lines = [a_payment(fund.campaign().code), a_fee(), a_gift(2000, "โอน", day=4), a_gift(700, "ช้า", day=29)]
    return a_csv(lines, last=30)


def import_id(fund: Fund) -> Any:
    with fund.database.read() as session:
        return session.exec(select(StatementRow.id)).one()


ACTS: dict[str, Callable[[Fund], object]] = {
    "undo a match": lambda fund: write(fund, undoing.undo_match, line_of(fund, 1000).id, reason="x"),
    "undo an explanation": lambda fund: write(fund, undoing.undo_match, line_of(fund, -1500).id, reason="x"),
    "undo the import": lambda fund: write(fund, undoing.undo_import, import_id(fund), reason="x"),
    "a late line": lambda fund: fund.take(late_file(fund)),
}  # fmt: skip


def test_what_would_change_a_closed_month_is_refused_by_its_name_and_once_it_is_open_it_is_not(
    closed: Fund, people: list[Actor]
) -> None:
    """The second half is the control: it was the month that refused, nothing else."""
    before = closed.balance("1110.01", "GEN")
    for act in ACTS.values():
        with pytest.raises((MonthShutError, MonthHeldError), match=r"2026-11 .*closed"):
            act(closed)
    assert closed.balance("1110.01", "GEN") == before
    open_again(closed, people)
    for act in ACTS.values():
        act(closed)


def entry(day: date) -> Entry:
    postings = (Posting("1110.01", "OPS", -100), Posting("5300", "OPS", 100))
    return Entry("fee", NOVEMBER, day, postings, f"test:{day}")


LOST = "00000000-0000-7000-8000-000000000000"
FIRST = "(SELECT id FROM bank_line WHERE amount_satang = 1000)"
RAW: dict[str, Callable[[str], str]] = {
    "a line": lambda day: "INSERT INTO bank_line (id, statement_id, position, line_number, account, identity,"
        " occurred_on, occurred_at, value_on, amount_satang, balance_satang, bank_id)"
        f" SELECT '{LOST}', statement_id, 9, 9, account, '{'f' * 64}', '{day}', occurred_at, value_on, 7,"
        " balance_satang, bank_id FROM bank_line WHERE amount_satang = 1000",
    "a file": lambda day: "INSERT INTO bank_statement (id, sha256, file_name, importer, account, from_on, to_on,"
        f" opening_satang, closing_satang, line_count, imported_at, imported_by) SELECT '{LOST}', '{'e' * 64}', 'x',"
        f" importer, account, '{day}', '2027-01-01', 1, 2, 1, imported_at, 'x' FROM bank_statement",
    "a balance by paper": lambda day: "INSERT INTO bank_stated_balance (id, account, day, balance_satang, sha256,"
        f" stated_by, stated_person, stated_at) SELECT '{LOST}', account, '{day}', 5, '{'e' * 64}', 'x', '{LOST}',"
        " imported_at FROM bank_statement",
}  # fmt: skip
HELD = {
    "an import taken back": "INSERT INTO bank_statement_act (id, statement_id, act, reason, acted_by, acted_at) SELECT"
        f" '{LOST}', id, 'undone', 'x', 'x', imported_at FROM bank_statement",
    "a line put back unbooked": "INSERT INTO bank_inbox (line_id, state, is_booked, statement_id, account,"
        " amount_satang, reasons, attempt) SELECT id, 'waiting', {no}, statement_id, account,"
        " amount_satang, '[]', 0 FROM bank_line WHERE amount_satang = 1000",
    "a line unbooked": "UPDATE bank_inbox SET is_booked = {no}",
    "a line withdrawn": "UPDATE bank_inbox SET state = 'withdrawn'",
    "a match undone": "INSERT INTO bank_undone (match_id, line_id, entry_id, reason, undone_by, undone_at) SELECT id,"
        f" line_id, entry_id, 'x', 'x', matched_at FROM bank_match WHERE line_id = {FIRST}",
}  # fmt: skip


def run(database: Database, statement: str) -> None:
    with database.write() as session:
        session.connection().execute(text(statement.replace("{no}", "0" if database.is_sqlite else "false")))
        session.rollback()


def test_sql_cannot_change_a_closed_month_and_can_the_next_or_an_open_one(closed: Fund, people: list[Actor]) -> None:
    statements = {what: made("2026-11-30") for what, made in RAW.items()} | HELD
    for what, statement in statements.items():
        with pytest.raises(DBAPIError, match="bank:month-closed"):
            run(closed.database, statement)
            pytest.fail(what)
    for made in RAW.values():
        run(closed.database, made("2026-12-01"))
    open_again(closed, people)
    for statement in statements.values():
        run(closed.database, statement)


def test_nothing_is_booked_on_the_account_in_its_closed_month(closed: Fund, people: list[Actor]) -> None:
    with closed.database.write() as session:
        book.post(session, entry(date(2026, 12, 1)), by="x")
    for _ in range(2):
        with pytest.raises(DBAPIError, match="bank:month-closed"), closed.database.write() as session:
            book.post(session, entry(LAST), by="x")
    open_again(closed, people)
    with closed.database.write() as session:
        book.post(session, entry(LAST), by="x")


def test_money_nobody_knew_is_named_after_the_month_is_closed_and_unnamed_again(closed: Fund) -> None:
    """It is in the books of November either way: what is found out later counts later."""
    line = line_of(closed, 2000)
    write(closed, explaining.name_line, line.id, closed.campaign().code, reason="เจ้าของโทรมา")
    write(closed, undoing.undo_match, line.id, reason="ไม่ใช่ของเขา")
    with closed.database.read() as session:
        assert months.moved(session, closed.profile.accounts) == []
        last = session.exec(select(MatchRow.entry_id).where(MatchRow.kind == "named")).one()
        assert book.entry(session, last).booked_on > LAST


def test_a_month_opened_again_is_reconciled_and_closed_anew_and_all_of_it_stays(
    closed: Fund, people: list[Actor]
) -> None:
    one, other, third = people
    wish = write(closed, reopening.ask, "1110.01", NOVEMBER, reason="ธนาคารแก้รายการ", by=one)
    with pytest.raises(OtherSideError):
        write(closed, reopening.confirm, wish, by=one)
    with pytest.raises(MonthNotClosedError):
        write(closed, reopening.ask, "1110.01", NOVEMBER, reason="again", by=third)
    with clock.at(DECEMBER + timedelta(hours=1)):
        write(closed, reopening.confirm, wish, by=third)
        with pytest.raises(MonthNotReconciledError):
            write(closed, months.close, closed.profile.accounts[0], NOVEMBER, by=other)
        closed.take_and_settle(late_file(closed))
        close(closed, people)
    with closed.database.read() as session:
        assert shut.revision(session, "1110.01", NOVEMBER) == 2
        (told,) = reopening.asked(session)
        assert (told.reason, told.asked_by, told.confirmed_by) == ("ธนาคารแก้รายการ", "one", "third")


def test_a_wish_is_withdrawn_by_who_asked_and_the_month_stays_closed(closed: Fund, people: list[Actor]) -> None:
    one, other, third = people
    wish = write(closed, reopening.ask, "1110.01", NOVEMBER, reason="ผิดเดือน", by=one)
    with pytest.raises(NotYourWishError):
        write(closed, reopening.withdraw, wish, by=other)
    write(closed, reopening.withdraw, wish, by=one)
    for act, by in ((reopening.confirm, other), (reopening.withdraw, one)):
        with pytest.raises(WishWithdrawnError):
            write(closed, act, wish, by=by)
    with pytest.raises(DBAPIError):
        run(closed.database, _OPENED.format(asked=wish, person=third.person_id))
    again = write(closed, reopening.ask, "1110.01", NOVEMBER, reason="ธนาคารแก้รายการ", by=one)
    write(closed, reopening.confirm, again, by=other)
    with pytest.raises(MonthNotClosedError):
        write(closed, reopening.withdraw, again, by=one)


_OPENED = (
    "INSERT INTO bank_month_opened (asked_id, account, month, revision, asked_person, confirmed_by, confirmed_person,"
    " confirmed_at) SELECT id, account, month, revision, asked_person, 'x', '{person}', asked_at FROM bank_month_asked"
    " WHERE id = '{asked}'"
)
LIES = {
    "one person": _OPENED.replace("'{person}'", "asked_person"),
    "another month": _OPENED.replace("month, revision, asked_person, 'x'", "'2026-10-01', revision, asked_person, 'x'"),
    "another closing": _OPENED.replace("revision, asked_person, 'x'", "revision + 1, asked_person, 'x'"),
}


def test_the_database_itself_opens_only_by_two_people_and_what_is_closed(closed: Fund, people: list[Actor]) -> None:
    wish = write(closed, reopening.ask, "1110.01", NOVEMBER, reason="x", by=people[0])
    for lie in LIES.values():
        with pytest.raises(DBAPIError):
            run(closed.database, lie.format(asked=wish, person=people[1].person_id))
    run(closed.database, _OPENED.format(asked=wish, person=people[1].person_id))


def test_months_of_an_account_close_in_order(fund: Fund, people: list[Actor]) -> None:
    ready(fund)
    opening = OPENING + 1000 - 1500 + 2000
    january = datetime(2027, 1, 3, 5, tzinfo=clock.BANGKOK)
    with clock.at(january):
        fund.take_and_settle(december_file(opening))
        write(fund, months.reconcile, fund.profile.accounts[0], date(2026, 12, 1), by=people[0])
        with pytest.raises(EarlierMonthOpenError):
            write(fund, months.close, fund.profile.accounts[0], date(2026, 12, 1), by=people[1])
        close(fund, people)
        write(fund, months.close, fund.profile.accounts[0], date(2026, 12, 1), by=people[1])
        with pytest.raises(LaterMonthClosedError):
            write(fund, reopening.ask, "1110.01", NOVEMBER, reason="x", by=people[0])
        open_again(fund, people, month=date(2026, 12, 1))
        open_again(fund, people)


def december_file(opening_satang: int) -> bytes:
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    lines = [SampleLine(date(2026, 12, 5), 300, "โอน")]
    return kbank_corporate_csv(KBANK, lines, opening_satang=opening_satang, from_on=first, to_on=last)


def test_the_books_month_waits_for_every_account_s_and_is_opened_before_them(fund: Fund, people: list[Actor]) -> None:
    ready(fund)
    accounts = fund.profile.accounts
    one, other, _ = people
    with pytest.raises(AccountMonthsOpenError, match="KBANK …6789"):
        write(fund, book_months.close, accounts, NOVEMBER, by=other)
    close(fund, people)
    with fund.database.write() as session:
        lacking = book_months.state(session, accounts).lacking
    for account in lacking:  # our books have money there, of which no bank has told: a paper does
        prove_by_paper(fund, account, people)
    write(fund, book_months.close, accounts, NOVEMBER, by=other)
    with pytest.raises(BooksClosedError):
        write(fund, reopening.ask, "1110.01", NOVEMBER, reason="x", by=one)
    open_again(fund, people, reopening.BOOKS)
    open_again(fund, people)


def prove_by_paper(fund: Fund, account: BankAccount, people: list[Actor]) -> None:
    paper = stand_in_papers.read(b"%PDF-1.7 a page of the passbook")
    for day in (date(2026, 10, 31), LAST):
        write(fund, stated.state, fund.folder, account.account, day, account.opening_satang, paper, by=people[2])
    with pytest.raises(StatedByThemError):
        write(fund, months.reconcile, account, NOVEMBER, by=people[2])
    write(fund, months.reconcile, account, NOVEMBER, by=people[0])
    write(fund, months.close, account, NOVEMBER, by=people[1])


def test_the_database_wants_another_than_who_stated_the_balance(fund: Fund, people: list[Actor]) -> None:
    """The control of who may reconcile: a row that went past the service is refused all the same."""
    paper = stand_in_papers.read(b"%PDF-1.7 a page of the passbook")
    write(fund, stated.state, fund.folder, "1110.02", LAST, 5, paper, by=people[0])
    row = {"account": "1110.02", "month": NOVEMBER, "closing_satang": 5, "reconciled_by": "x",
           "reconciled_at": clock.now()}  # fmt: skip
    for place, wrong in ((0, True), (1, False)):
        told = row | {"id": new_id(), "reconciled_person": people[place].person_id}
        refused = pytest.raises(DBAPIError, match="bank:two-people") if wrong else nullcontext()
        with refused, fund.database.write() as session:
            session.connection().execute(insert(MonthReconciledRow), [told])


def test_no_month_is_opened_again_after_the_year_s_close(closed: Fund, people: list[Actor]) -> None:
    wish = write(closed, reopening.ask, "1110.01", NOVEMBER, reason="x", by=people[0])
    with closed.database.write() as session:
        ledger_accounts.define_kind(session, Kind("closing", "fact"))
        postings = (Posting("4100", "GEN", 100), Posting("3100", "GEN", -100))
        year = book.post(session, Entry("closing", LAST, LAST, postings, "year:2569"), by="treasurer")
    for act in (
        lambda: write(closed, reopening.confirm, wish, by=people[1]),
        lambda: run(closed.database, _OPENED.format(asked=wish, person=people[1].person_id)),
    ):
        with pytest.raises((YearClosedError, DBAPIError)):
            act()
    with closed.database.write() as session:
        book.reverse(session, year.entry_id, reason="closed too early", booked_on=date(2026, 12, 2), by="treasurer")
    write(closed, reopening.confirm, wish, by=people[1])


def close_while_an_import_runs(fund: Fund, people: list[Actor]) -> BaseException | None:
    """What closing says that is asked for while a late line is stored and not committed."""
    ready(fund)
    account = fund.profile.accounts[0]
    write(fund, months.reconcile, account, NOVEMBER, by=people[0])
    with ThreadPoolExecutor(1) as pool:
        with fund.database.write() as session:
            told = service.import_statement(session, fund.settings, fund.profile, late_file(fund), "x.csv", by=OFFICER)
            asked = partial(write, fund, months.close, account, NOVEMBER, by=people[1])
            closing = pool.submit(copy_context().run, asked)
            time.sleep(0.5)  # it waits, or has come too early
        assert told.new == 1
        return closing.exception()


def test_closing_waits_for_an_import_in_flight_and_sees_its_line(fund: Fund, people: list[Actor]) -> None:
    assert isinstance(close_while_an_import_runs(fund, people), MonthUnprovenError)


def test_a_closing_that_does_not_wait_closes_over_a_line_and_is_found(fund: Fund, people: list[Actor]) -> None:
    """The control, on PostgreSQL; on SQLite there is no second writer."""
    if fund.database.is_sqlite:
        return
    with fund.database.write() as session:
        session.connection().execute(text(
            "CREATE OR REPLACE FUNCTION public.bank_wait_for_writers() RETURNS void LANGUAGE sql AS 'SELECT'"
        ))  # fmt: skip
    assert close_while_an_import_runs(fund, people) is None
    with fund.database.read() as session:
        assert [one.month for one in months.moved(session, fund.profile.accounts)] == [NOVEMBER]


def overlapping(*lines: SampleLine, opening_satang: int, first: int = 3, last: date = date(2026, 12, 1)) -> bytes:
    """The bank's last days, whichever months they are of."""
    return kbank_corporate_csv(
        KBANK, lines, opening_satang=opening_satang, from_on=date(2026, 11, first), to_on=last
    )  # fmt: skip


GIFT, NEW = a_gift(2000, "โอน", day=4), SampleLine(date(2026, 12, 1), 300, "โอน", datetime.min.time().replace(hour=9))
AFTER_FIRST, AFTER_FEE = OPENING + 1000, OPENING + 1000 - 1500


def test_a_file_that_tells_nothing_new_of_the_closed_month_counts_from_the_first_open_day(closed: Fund) -> None:
    taken = closed.take(overlapping(a_fee(), GIFT, NEW, opening_satang=AFTER_FIRST))
    closed.settle()
    assert (taken.known, taken.new) == (2, 1)
    with closed.database.read() as session:
        row = session.get_one(StatementRow, taken.statement_id)
        assert (row.from_on, row.opening_satang) == (date(2026, 12, 1), AFTER_FEE + 2000)
        assert row.closing_satang == AFTER_FEE + 2000 + 300
        assert queries.statements(session)[0].closed_count == 2
        december = months.months(session, closed.profile.accounts[:1])[0].proof
        assert (december.opening_satang, december.told_satang) == (row.opening_satang, row.closing_satang)
        assert months.moved(session, closed.profile.accounts) == []


def test_the_page_says_that_the_file_counts_from_the_first_open_day(closed: Fund, database_url: str) -> None:
    content = overlapping(a_fee(), GIFT, NEW, opening_satang=AFTER_FIRST)
    with signed_in(database_url, files_dir=str(closed.folder)) as officer:
        officer.cookies.set("language", "en")
        form, file = {"csrf_token": form_token(officer)}, {"file": ("dec.csv", content)}
        page = officer.post("/staff/statements", data=form, files=file, follow_redirects=True)
    assert "2 known, 1 new" in page.text
    assert "2 of its lines are of a month that is closed, and all were known." in page.text


@pytest.mark.parametrize(
    "content",
    [
        overlapping(a_fee(), GIFT, a_gift(700, "ช้า", day=29), NEW, opening_satang=AFTER_FIRST),
        overlapping(a_fee(), GIFT, a_gift(700, "ช้า", day=4), NEW, opening_satang=AFTER_FIRST),
        overlapping(GIFT, NEW, opening_satang=AFTER_FEE),
        overlapping(a_fee(), NEW, opening_satang=AFTER_FIRST),
        overlapping(a_fee(), a_gift(2000, "อื่น", day=4), NEW, opening_satang=AFTER_FIRST),
    ],
    ids=["a new line", "a new line of a known day", "its first line missing", "a line missing", "another text"],
)
def test_a_file_that_tells_the_closed_month_otherwise_is_refused_whole(closed: Fund, content: bytes) -> None:
    with pytest.raises(ClosedDayDiffersError, match="2026-11 of this account is closed"):
        closed.take(content)


def test_a_file_of_closed_days_alone_is_refused(closed: Fund) -> None:
    with pytest.raises(MonthShutError, match="begins on 2026-11-03"):
        closed.take(overlapping(a_fee(), GIFT, opening_satang=AFTER_FIRST, last=LAST))


def test_a_line_that_was_withdrawn_before_the_month_was_closed_is_new_to_it(fund: Fund, people: list[Actor]) -> None:
    """It is known, and does not stand: the file would bring it back into the closed month."""
    ready(fund)
    lost = fund.take(overlapping(a_fee(), GIFT, a_gift(700, "ช้า", day=29), opening_satang=AFTER_FIRST, last=LAST))
    fund.settle()
    write(fund, undoing.undo_import, lost.statement_id, reason="x")
    close(fund, people)
    with pytest.raises(ClosedDayDiffersError):
        fund.take(overlapping(a_fee(), GIFT, a_gift(700, "ช้า", day=29), NEW, opening_satang=AFTER_FIRST))


def test_a_paper_older_than_the_books_is_refused_for_no_month_of_then_could_ever_be_closed(
    fund: Fund, people: list[Actor]
) -> None:
    """A year mistyped would make the account begin then, and its months close in order."""
    paper = stand_in_papers.read(b"%PDF-1.7 a page of the passbook")
    for wrong in (date(2006, 10, 31), date(2026, 10, 30)):
        with pytest.raises(BalanceDayError):
            write(fund, stated.state, fund.folder, "1110.02", wrong, 5, paper, by=people[0])
    write(fund, stated.state, fund.folder, "1110.02", date(2026, 10, 31), 5, paper, by=people[0])


def close_the_next_while_one_is_opened(fund: Fund, people: list[Actor]) -> BaseException | None:
    """What closing December says that is asked for while November is opened again, and that is not committed."""
    account, december = fund.profile.accounts[0], date(2026, 12, 1)
    with clock.at(datetime(2027, 1, 3, 5, tzinfo=clock.BANGKOK)), ThreadPoolExecutor(1) as pool:
        fund.take_and_settle(december_file(OPENING + 1000 - 1500 + 2000))
        write(fund, months.reconcile, account, december, by=people[0])
        wish = write(fund, reopening.ask, account.account, NOVEMBER, reason="x", by=people[0])
        with fund.database.write() as session:
            reopening.confirm(session, wish, by=people[1])
            asked = partial(write, fund, months.close, account, december, by=people[1])
            closing = pool.submit(copy_context().run, asked)
            wait([closing], timeout=2)
        return closing.exception()


def test_no_later_month_closes_while_an_earlier_one_is_being_opened(closed: Fund, people: list[Actor]) -> None:
    assert isinstance(close_the_next_while_one_is_opened(closed, people), EarlierMonthOpenError)
