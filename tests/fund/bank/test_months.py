"""Months of bank accounts: the pure proof, one who reconciles, another who closes, and what is refused."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from fund import clock
from fund.audit import Actor
from fund.bank import completeness, explaining, months, queries
from fund.bank.completeness import Days, File, MonthProof, Told
from fund.bank.errors import MonthClosedError, MonthNotReconciledError, MonthUnprovenError
from fund.bank.models import MonthClosingRow
from fund.bank.months import MonthView
from fund.db import Database
from fund.people.errors import OtherSideError
from fund.people.powers import Grant
from ledger.identifiers import new_id
from tests.fund.bank.builders import OFFICER, OPENING, Fund, a_csv, a_fee, a_payment
from tests.fund.browsing import Browser, a_person, come_in, form_token, signed_in

LAST = date(2026, 11, 30)
NOVEMBER, DECEMBER = date(2026, 11, 1), datetime(2026, 12, 2, 5, tzinfo=UTC)
HALVES = [File(date(2026, 11, 1), date(2026, 11, 15), 100, 150), File(date(2026, 11, 16), date(2026, 11, 30), 150, 130)]
SATANG = {date(2026, 11, 3): 50, date(2026, 11, 20): -20}


@pytest.fixture
def fund(database: Database, tmp_path: Path) -> Iterator[Fund]:
    """Founded in November, which is over now: only then is it reconciled."""
    founded = Fund(database, tmp_path / "files")
    with clock.at(DECEMBER):
        yield founded


def proved(files: list[File], book: int = 130, *, unbooked: int = 0, begins_on: date = NOVEMBER) -> MonthProof:
    days = dict.fromkeys(SATANG, 1)
    told = Told("1110.01", begins_on, files, SATANG, days, {date(2026, 11, 20): unbooked})
    return completeness.prove(told, NOVEMBER, book)


def test_opening_and_lines_closing_and_books_are_one_figure() -> None:
    proof = proved(HALVES)
    assert (proof.told_satang, proof.closing_satang, proof.book_satang) == (130, 130, 130)
    assert proof.meets


@pytest.mark.parametrize(
    ("files", "book", "unbooked", "missing"),
    [
        (HALVES[:1], 130, 0, (Days(date(2026, 11, 16), date(2026, 11, 30)),)),
        ([HALVES[0], File(date(2026, 11, 18), date(2026, 11, 30), 150, 130)], 130, 0,
         (Days(date(2026, 11, 16), date(2026, 11, 17)),)),
        ([HALVES[0], File(date(2026, 11, 16), date(2026, 11, 30), 150, 131)], 131, 0, ()),
        ([HALVES[0], File(date(2026, 11, 16), date(2026, 11, 30), None, None)], 130, 0, ()),
        (HALVES, 131, 0, ()),
        (HALVES, 130, 1, ()),
    ],
    ids=["the end untold", "days untold", "a line lacks", "no balance", "the books differ", "a line not booked"],
)  # fmt: skip
def test_a_month_with_a_gap_or_a_difference_does_not_meet(
    files: list[File], book: int, unbooked: int, missing: tuple[Days, ...]
) -> None:
    proof = proved(files, book, unbooked=unbooked)
    assert not proof.meets
    assert proof.missing == missing


def test_a_file_over_the_month_s_ends_proves_it_too() -> None:
    over = File(date(2026, 10, 20), date(2026, 12, 3), 90, 137)
    sums = SATANG | {date(2026, 10, 25): 10, date(2026, 12, 1): 7}
    told = Told("1110.01", date(2026, 10, 20), [over], sums, {}, {})
    assert completeness.prove(told, NOVEMBER, 130).meets


@pytest.mark.parametrize("is_turned", [False, True])
def test_two_files_of_one_day_are_one_after_the_other(is_turned: bool) -> None:
    day = date(2026, 11, 30)
    files = [File(NOVEMBER, day, 100, 120), File(day, day, 120, 130), File(day, day, 130, 135)]
    told = Told("1110.01", NOVEMBER, files[::-1] if is_turned else files, {day: 35}, {}, {})
    assert completeness.prove(told, NOVEMBER, 135).meets
    alone = Told("1110.01", day, told.files[1:2] if is_turned else files[1:2], {day: 10}, {}, {})
    assert completeness.prove(alone, NOVEMBER, 130).meets


def test_an_account_that_began_within_the_month_needs_no_day_before() -> None:
    late = File(date(2026, 11, 3), date(2026, 11, 30), 100, 130)
    assert proved([late], begins_on=date(2026, 11, 3)).meets
    assert not proved([late]).meets


@pytest.fixture
def people(fund: Fund) -> list[Actor]:
    with fund.database.write() as session:
        made = [a_person(session, name, Grant("finance")) for name in ("one", "other")]
    return [Actor(one.name, one.id) for one in made]


def november(fund: Fund) -> MonthView:
    with fund.database.read() as session:
        return next(one for one in months.months(session, fund.profile.accounts) if one.proof.month == NOVEMBER)


def take_november(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code), a_fee()], last=30))


def explain_all(fund: Fund) -> None:
    with fund.database.write() as session:
        for line in queries.waiting_lines(session, limit=10):
            explaining.explain_line(session, line.id, "fee", reason="the bank's advice", by=OFFICER)


def test_a_month_is_closed_when_every_line_is_explained_and_by_another(fund: Fund, people: list[Actor]) -> None:
    take_november(fund)
    one, other = people
    account = fund.profile.accounts[0]
    with pytest.raises(MonthUnprovenError), fund.database.write() as session:
        months.reconcile(session, account, NOVEMBER, by=one)
    explain_all(fund)
    assert november(fund).proof.closing_satang == OPENING + 1000 - 1500
    with pytest.raises(MonthNotReconciledError), fund.database.write() as session:
        months.close(session, account, NOVEMBER, by=other)
    with fund.database.write() as session:
        months.reconcile(session, account, NOVEMBER, by=one)
    with pytest.raises(OtherSideError), fund.database.write() as session:
        months.close(session, account, NOVEMBER, by=one)
    with fund.database.write() as session:
        months.close(session, account, NOVEMBER, by=other)
    assert november(fund).is_closed
    with pytest.raises(MonthClosedError), fund.database.write() as session:
        months.reconcile(session, account, NOVEMBER, by=one)


def test_the_database_itself_wants_two_people(fund: Fund, people: list[Actor]) -> None:
    """The control: a closing that went past the duties is refused all the same."""
    take_november(fund)
    explain_all(fund)
    account = fund.profile.accounts[0]
    with fund.database.write() as session:
        months.reconcile(session, account, NOVEMBER, by=people[0])
        made = months._last_reconciled(session, account.account, NOVEMBER)
        assert made is not None
        row = {"account": account.account, "month": NOVEMBER, "revision": 1, "ends_on": LAST, "closed_by": "one",
               "reconciliation_id": made.id,
               "reconciled_person": people[0].person_id, "closed_person": people[0].person_id,
               "closed_at": clock.now()}  # fmt: skip
    for lie in ({}, {"reconciled_person": people[1].person_id}, {"reconciliation_id": new_id()}):
        with pytest.raises(IntegrityError), fund.database.write() as session:
            session.connection().execute(insert(MonthClosingRow), [row | lie])


@pytest.fixture
def officer(fund: Fund, database_url: str) -> Iterator[Browser]:
    with signed_in(database_url, files_dir=str(fund.folder)) as client:
        client.cookies.set("language", "en")
        yield client


def test_the_page_shows_what_is_missing_and_lets_two_people_close(fund: Fund, officer: Browser) -> None:
    assert "No statement has been imported yet" in officer.get("/staff/months").text
    take_november(fund)
    page = officer.get("/staff/months").text
    assert "1 lines are not in the books." in page
    path = f"/staff/months/1110.01/{NOVEMBER}"
    assert officer.post(f"{path}/reconcile", data={"csrf_token": form_token(officer)}).status_code == 409
    explain_all(fund)
    assert "They meet: nothing is missing." in officer.get("/staff/months").text
    assert officer.post(f"{path}/reconcile", data={"csrf_token": form_token(officer)}).status_code == 303
    assert officer.post(f"{path}/close", data={"csrf_token": form_token(officer)}).status_code == 403
    come_in(officer, "treasurer", Grant("treasurer"))
    assert officer.post(f"{path}/close", data={"csrf_token": form_token(officer)}).status_code == 303
    assert "closed by treasurer" in officer.get("/staff/months").text


def test_the_month_of_an_account_that_is_not_ours_is_not_there(officer: Browser) -> None:
    token = {"csrf_token": form_token(officer)}
    assert officer.post(f"/staff/months/9/{NOVEMBER}/close", data=token).status_code == 404


def test_a_month_that_is_not_over_is_told_so_and_not_called_wrong(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code)]))
    with clock.at(datetime(2026, 11, 29, tzinfo=clock.BANGKOK)):
        assert not november(fund).proof.meets and november(fund).is_running
    with clock.at(DECEMBER):
        assert not november(fund).is_running


def test_the_page_opens_a_month_again_states_a_balance_and_closes_the_books(fund: Fund, officer: Browser) -> None:
    take_november(fund)
    explain_all(fund)
    paper = {"paper": ("page.pdf", b"%PDF-1.7 a page of the passbook")}
    form = {"account": "1110.02", "day": "2026-10-31", "balance": "x", "csrf_token": form_token(officer)}
    refused = officer.post("/staff/months/balance", data=form, files=paper)
    assert (refused.status_code, 'value="2026-10-31"' in refused.text) == (400, True)
    for day in ("2026-10-31", "2026-11-30"):
        told = form | {"day": day, "balance": "0"}
        assert officer.post("/staff/months/balance", data=told, files=paper).status_code == 303
    page = officer.get("/staff/months").text
    found = re.search(r'href="(/staff/months/papers/[0-9a-f-]{36})"', page)
    assert found is not None and "by paper" in page
    assert officer.get(found[1]).content == paper["paper"][1]
    token = {"csrf_token": form_token(officer)}
    november = f"/staff/months/1110.01/{NOVEMBER}"
    books = f"/staff/months/books/{NOVEMBER}"
    officer.post(f"{november}/reconcile", data=token)
    come_in(officer, "treasurer", Grant("treasurer"))
    token = {"csrf_token": form_token(officer)}
    assert officer.post(f"{november}/close", data=token).status_code == 303
    refused = officer.post(f"{books}/close", data=token)
    assert (refused.status_code, "not closed yet" in refused.text) == (409, True)
    assert officer.post(f"{november}/open", data=token).status_code == 400
    assert officer.post(f"{november}/open", data=token | {"reason": "the bank corrected it"}).status_code == 303
    page = officer.get("/staff/months").text
    assert "treasurer asks to have this month opened again: the bank corrected it" in page
    assert "/confirm" not in page
    come_in(officer, "another", Grant("treasurer"))
    wish = re.search(r'action="(/staff/months/asked/[0-9a-f-]{36}/confirm)"', officer.get("/staff/months").text)
    assert wish is not None
    assert officer.post(wish[1], data={"csrf_token": form_token(officer)}).status_code == 303
    assert "Opened again by treasurer and another" in officer.get("/staff/months").text
