"""The overview's pages, files and paper: who sees what, the same figures everywhere, and nobody's name."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fund import clock
from fund.audit import Actor
from fund.cases import service as cases
from fund.cases.places import CasePlace
from fund.db import Database
from fund.overview import counting, periods, reports
from fund.overview.figures import Children, Counted, Money, OfDistrict
from fund.overview.report_paper import report_pdf
from fund.people import places
from fund.people.powers import Grant
from tests.builders import OFFICER, a_founded_fund, a_fund_profile
from tests.fund.browsing import Browser, come_in, form_token, signed_in
from tests.fund.cases.builders import a_child

HOME = "/staff/overview"
IN_TERM_ONE, NOW = datetime(2026, 7, 1, 3, tzinfo=UTC), datetime(2026, 11, 23, 3, tzinfo=UTC)
CANARY = "เด็กหญิงลับสุดยอด คานารี"


@pytest.fixture
def client(database_url: str, database: Database) -> Iterator[Browser]:
    """Twelve children of one district and two of another, found in the first term; the second one has begun."""
    with clock.at(IN_TERM_ONE):
        a_founded_fund(database)
        with database.write() as session:
            places.register(session, "school", "S1", "โรงเรียนบ้านหนึ่ง", "School One", district="4001", by=OFFICER)
            for number in range(14):
                at = CasePlace("4001", "S1") if number < 12 else CasePlace("4002")
                cases.open_case(session, a_child(name=CANARY), at, by=Actor("somebody"))
    with clock.at(NOW), signed_in(database_url, "Core", Grant("core_team")) as browser:
        yield browser


def rows(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.lstrip("\ufeff"))))


def test_page_and_file_and_report_say_the_same(client: Browser, database: Database) -> None:
    page, file = client.get(f"{HOME}?period=2569-1").text, client.get(f"{HOME}/figures.csv?period=2569-1").text
    assert re.search(r"เมืองขอนแก่น</span> <b>12</b>", page) and re.search(r"บ้านฝาง</span> <b>2</b>", page)
    found = {one["district"]: one["found"] for one in rows(file)}
    assert (found["4001"], found["4002"], found["4003"], found[""]) == ("12", "2", "0", "14")
    sent = client.post(f"{HOME}/reports", data={"csrf_token": form_token(client), "period": "2569-1"})
    paper = client.get(sent.headers["location"])
    assert paper.content.startswith(b"%PDF")
    with database.read() as session:
        told = reports.one(session, "2569-1")
    assert told.totals["found"] == 14 and told.totals["helped"] is None
    assert [line.counts["found"] for line in told.lines] == [14]  # one district shows, the others together do not
    assert CANARY not in page + file + told.__repr__()


def test_a_report_stays_as_it_was_made(client: Browser, database: Database) -> None:
    period = periods.named(a_fund_profile(), "2569-1")
    with database.write() as session:
        first = reports.make(session, period, by=OFFICER)
    with clock.at(IN_TERM_ONE), database.write() as session:
        cases.open_case(session, a_child(), CasePlace("4001"), by=OFFICER)
    with database.write() as session:
        assert counting.counted(session, period).total.children.found == 15
        assert reports.make(session, period, by=OFFICER) == first


def test_no_report_is_made_of_a_term_that_goes_on_or_of_a_month(client: Browser) -> None:
    for key in ("2569-2", "2569-m7", "2569"):
        answer = client.post(f"{HOME}/reports", data={"csrf_token": form_token(client), "period": key})
        assert answer.status_code == 409 and 'role="alert"' in answer.text
    assert client.get(f"{HOME}/reports/2569-2/report.pdf").status_code == 404
    assert client.get(f"{HOME}?period=2569-9").status_code == 400


def test_a_case_manager_sees_their_own_district_alone(client: Browser) -> None:
    client.get(f"{HOME}?period=2569-1")
    come_in(client, "Malee", Grant("case_manager", "district:4002"))
    page = client.get(f"{HOME}?period=2569-1").text
    assert "เมืองขอนแก่น</span> <b>" not in page and "บ้านฝาง</span> <b>2</b>" in page
    assert [one["district"] for one in rows(client.get(f"{HOME}/figures.csv?period=2569-1").text)] == ["4002", ""]
    assert client.get(f"{HOME}/districts/4001").status_code == 404
    assert client.get(f"{HOME}/districts/4001/figures.csv").status_code == 404
    assert client.post(f"{HOME}/reports", data={"csrf_token": form_token(client)}).status_code == 403


def test_schools_are_shown_to_who_may_see_the_cases(client: Browser) -> None:
    district = f"{HOME}/districts/4001"
    assert "โรงเรียนบ้านหนึ่ง" in client.get(f"{district}?period=2569-1").text
    assert "School One" in client.get(f"{district}/figures.csv?period=2569-1").text
    come_in(client, "Tree", Grant("treasurer"))
    assert "โรงเรียนบ้านหนึ่ง" not in client.get(f"{district}?period=2569-1").text
    assert "School One" not in client.get(f"{district}/figures.csv?period=2569-1").text
    assert client.get(f"{HOME}/districts/9999").status_code == 404


def test_a_count_is_kept_until_somebody_asks_for_another(client: Browser, database: Database) -> None:
    client.get(HOME)
    with database.write() as session:
        cases.open_case(session, a_child(), CasePlace("4001"), by=OFFICER)
    assert rows(client.get(f"{HOME}/figures.csv").text)[-1]["found"] == "0"
    client.post(f"{HOME}/count", data={"csrf_token": form_token(client)})
    assert rows(client.get(f"{HOME}/figures.csv").text)[-1]["found"] == "1"


def a_count() -> Counted:
    """Two districts that show, one with a small column."""
    of = (Children(240, 130, 55, 44, 12), Children(60, 31, 25, 24, 3), Children(70, 41, 22, 19, 21))
    money = Money(12_345_600, 9_876_500, 555_000)
    districts = tuple(OfDistrict(f"400{place}", one, money, 7) for place, one in enumerate(of, 1))
    return Counted("2569-1", NOW, districts, (), (), 7)


def test_the_paper_says_in_thai_what_was_counted(tmp_path: Path) -> None:
    fund = a_fund_profile()
    period = periods.named(fund, "2569-1")
    with clock.at(NOW):
        told = reports.of(a_count(), period, given_satang=1_000_000, before=None)
    names = {
        "4001": ("อำเภอเมืองขอนแก่น", "Mueang"),
        "4002": ("อำเภอบ้านฝาง", "Ban Fang"),
        "4003": ("อำเภอพระยืน", "Phra Yuen"),
    }
    (tmp_path / "report.pdf").write_bytes(report_pdf(told, fund, names, is_demo=True))
    said = subprocess.run(["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, check=True)
    text = said.stdout.decode()
    assert "รายงานต่อสภา" in text and "ภาคเรียน" in text and "Report to the assembly" in text
    assert all(number in text for number in ("370", "202", "240", "130", "123,456.00", "370,368.00"))
    assert [line.counts["dropped_out_again"] for line in told.lines] == [12, None, None]
    assert told.lines[1].money.paid_satang == 9_900_000 and "≈ 99,000" in text
    assert told.made_on == date(2026, 11, 23)
