"""The open books: what the page and the download say is what the ledger says."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import verify_receipt
from fund import clock, downloads, postings
from fund.db import Database
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.figures import queries as figures
from fund.postings import Gift, Money
from fund.public import charts
from ledger import balances, book
from ledger.journal import Entry
from ledger.money import format_baht
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import STAFF, a_profile, chum_phae, found

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def money(amount_satang: int, day: date) -> Money:
    return Money(f"line-{amount_satang}-{day}", "1110.01", amount_satang, day, day)


def a_gift(amount_satang: int, day: date, fund: str = "D4005") -> Entry:
    return postings.donation_received(Gift(f"{amount_satang}-{day}", fund, "4110"), money(amount_satang, day))


def booked(database: Database, *entries: Entry) -> None:
    with database.write() as session:
        book.post_many(session, entries, by="officer")


@pytest.fixture
def a_year(database: Database) -> Database:
    """Two fiscal years: a gift in the first; gifts, interest, a fee and a nameless line in the second."""
    found(database)
    booked(
        database,
        a_gift(5_000, date(2026, 9, 30)),
        a_gift(1_000, date(2026, 10, 1)),
        a_gift(100_050, date(2026, 11, 2), "GEN"),
        postings.interest_received(money(333, date(2026, 11, 3))),
        postings.fee_taken(money(1_500, date(2026, 11, 4))),
        postings.unidentified_received(money(7_700, date(2026, 11, 5))),
    )
    return database


def of(database: Database, year: int) -> figures.YearFigures:
    with database.read() as session:
        moved = figures.everything_moved(session, a_profile(), TODAY)
        return figures.of_year(session, a_profile(), year, TODAY, moved)


def rows(client: Browser, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))


def test_the_three_numbers_add_up_in_every_year_and_fund(a_year: Database) -> None:
    for year in (2026, 2027):
        shown = of(a_year, year)
        for flow in (shown.total, *(fund.flow for fund in shown.funds)):
            assert flow.brought_forward_satang + flow.came_in_satang - flow.went_out_satang == flow.on_hand_satang
        assert sum(fund.flow.on_hand_satang for fund in shown.funds) == shown.total.on_hand_satang
        assert sum(month.came_in_satang for month in shown.months) == shown.total.came_in_satang
        assert sum(month.went_out_satang for month in shown.months) == shown.total.went_out_satang


def test_a_year_brings_forward_what_the_last_one_had_on_hand(a_year: Database) -> None:
    assert of(a_year, 2027).total.brought_forward_satang == of(a_year, 2026).total.on_hand_satang == 5_000


def test_the_figures_are_the_ledger_s(a_year: Database) -> None:
    shown = of(a_year, 2027)
    assert (shown.total.came_in_satang, shown.total.went_out_satang) == (101_383, 1_500)
    assert (shown.given_satang, shown.waiting_satang) == (101_050, 7_700)
    with a_year.read() as session:
        in_bank = sum(one.amount_satang for one in balances.trial_balance(session) if one.account == "1110.01")
    assert shown.total.on_hand_satang + shown.waiting_satang == in_bank


def test_a_gift_taken_back_is_no_longer_given(a_year: Database) -> None:
    entry = a_gift(2_000, date(2026, 11, 6))
    with a_year.write() as session:
        posted = book.post(session, entry, by="officer")
        book.reverse(session, posted.entry_id, reason="wrong import", booked_on=date(2026, 11, 7), by="officer")
    assert of(a_year, 2027).given_satang == 101_050


def test_the_page_says_what_the_ledger_says(a_year: Database, database_url: str) -> None:
    with browser(database_url) as client:
        page = client.get("/").text
    amounts = re.findall(r'<dd class="amount">([^<]+)</dd>', page)
    flow = of(a_year, 2027).total
    expected = (flow.brought_forward_satang, flow.came_in_satang, flow.went_out_satang, flow.on_hand_satang)
    assert amounts == [format_baht(amount) for amount in expected]
    assert "ตั้งแต่ 1 ตุลาคม 2569 มีผู้ให้เงินกองทุนนี้แล้ว 1,010.50 บาท" in page
    assert "77.00" in page


def test_a_year_gone_by_is_told_to_its_last_day(a_year: Database, database_url: str) -> None:
    with browser(database_url) as client:
        page = client.get("/?year=2026").text
    assert "ตั้งแต่ 1 ตุลาคม 2568 ถึง 30 กันยายน 2569 มีผู้ให้เงินกองทุนนี้ 50.00 บาท" in page
    assert 'href="/?year=2027"' in page


@pytest.mark.parametrize("year", ["2025", "2028", "0", "-1", "x", "2570", "99999999999999999999"])
def test_a_year_without_books_is_refused(a_year: Database, database_url: str, year: str) -> None:
    with browser(database_url) as client:
        assert client.get(f"/?year={year}").status_code == 400
        assert client.get(f"/figures.csv?year={year}").status_code == 400


def test_the_download_is_the_table(a_year: Database, database_url: str) -> None:
    with browser(database_url) as client:
        answer = client.get("/figures.csv?year=2027")
        table = rows(client, "/figures.csv?year=2027")
    assert answer.headers["content-disposition"] == 'attachment; filename="figures-2027.csv"'
    chum_phae = next(row for row in table if row["fund"] == "D4005")
    assert (chum_phae["brought_forward"], chum_phae["came_in"], chum_phae["on_hand"]) == ("50.00", "10.00", "60.00")
    assert next(row for row in table if row["fund"] == "OPS")["on_hand"] == "-11.67"
    assert "U" not in [row["fund"] for row in table]


@pytest.mark.parametrize("text", ["=1+1", "+66", "-1+2", "@x", "\tx", "\rx", "＝1", "-", "-1,000.00"])
def test_a_cell_that_looks_like_a_formula_is_made_harmless(text: str) -> None:
    assert downloads.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["อำเภอพล", "-11.67", "10.00", "", "a=b"])
def test_other_cells_and_amounts_stay_as_they_are(text: str) -> None:
    assert downloads.cell(text) == text


def test_every_open_district_can_be_given_to_from_here(a_year: Database, database_url: str) -> None:
    with browser(database_url) as client:
        links = re.findall(r'href="(/give/[^"]+)"', client.get("/").text)
        assert sorted(set(links)) == ["/give/chum-phae", "/give/general", "/give/mueang-khon-kaen", "/give/phon"]
        assert all(client.get(link).status_code == 200 for link in links)


def test_a_fund_without_entries_has_a_page_of_zeros(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        page = client.get("/")
    assert page.status_code == 200
    assert set(re.findall(r'<dd class="amount">([^<]+)</dd>', page.text)) == {"0.00"}


def test_the_latest_gifts_are_shown_without_names(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        for number in range(10):
            campaign = chum_phae(session)
            arrival = Arrival(money(1_000 + number, date(2026, 11, 1)), campaign.id, None)
            donations.receive(session, arrival, by=STAFF)
    with browser(database_url) as client:
        page = client.get("/").text
    shown = re.findall(r'<li><span>([^<]+)<small>([^<]+)</small></span><span class="amount">([^<]+)</span></li>', page)
    assert [amount for _, _, amount in shown] == [f"10.0{number}" for number in range(9, 1, -1)]
    assert {(name, day) for name, day, _ in shown} == {("อำเภอชุมแพ", "1 พ.ย. 2569")}


def test_before_a_fund_is_set_up_the_page_says_so(database_url: str) -> None:
    with browser(database_url) as client:
        assert client.get("/").status_code == 503
        assert "ยังไม่ได้ตั้งกองทุน" in client.get("/").text
        assert client.get("/figures.csv").status_code == 503


def test_signs_of_life_tell_a_process_from_its_database(database: Database, database_url: str, tmp_path: Any) -> None:
    with browser(database_url) as client:
        assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    with browser(f"sqlite:///{tmp_path}/empty.db") as client:
        assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


@pytest.mark.parametrize(
    ("amount", "top"),
    [(0, 1_000), (1_000, 1_000), (1_001, 2_000), (2_001, 5_000), (5_001, 10_000), (99_999_999_99, 10_000_000_000)],
)
def test_a_chart_s_scale_ends_at_a_round_amount(amount: int, top: int) -> None:
    assert charts.round_above(amount) == top


def test_a_chart_has_twelve_months_and_bars_as_high_as_their_amounts() -> None:
    flows = [figures.MonthFlow(date(2026, 10, 1), 1_000, 0), figures.MonthFlow(date(2026, 11, 1), 500, 1)]
    chart = charts.month_chart(flows, date(2026, 10, 1))
    assert [(bar.kind, bar.height) for bar in chart.bars] == [("in", 180), ("in", 90), ("out", 2)]
    assert [month.month for _, month in chart.labels] == [10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize(
    ("starts", "since", "last"), [(10, (2026, 10, 1), (2027, 9, 30)), (1, (2027, 1, 1), (2027, 12, 31))]
)
def test_a_fiscal_year_begins_when_the_profile_says(starts: int, since: tuple[int, ...], last: tuple[int, ...]) -> None:
    profile = a_profile(fiscal_year_starts_month=starts)
    assert figures.bounds(profile, 2027) == (date(*since), date(*last))


@pytest.mark.parametrize(("language", "who"), [("th", "กองทุนทดสอบ"), ("en", "Test fund")])
def test_the_privacy_notice_says_whom_to_call_in_both_languages(
    database: Database, database_url: str, language: str, who: str
) -> None:
    found(database)
    with browser(database_url) as client:
        client.cookies.set("language", language)
        page = client.get("/privacy").text
        linking = [client.get(path).text for path in ("/", "/give/chum-phae")]
    assert who in page
    assert "043-000-000" in page
    assert all('href="/privacy"' in text for text in linking)


def test_a_fund_not_yet_founded_has_its_privacy_notice_too(database_url: str) -> None:
    with browser(database_url) as client:
        assert client.get("/privacy").status_code == 200


def test_the_program_that_checks_proofs_is_handed_out_as_it_is(a_year: Database, database_url: str) -> None:
    with browser(database_url) as client:
        answer = client.get("/verify_receipt.py")
        assert "/verify_receipt.py" in client.get("/").text
    assert answer.content == Path(verify_receipt.__file__).read_bytes()
    assert "attachment" in answer.headers["content-disposition"]
