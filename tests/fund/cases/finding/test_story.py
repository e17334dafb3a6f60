"""From report to case over HTTP: taken, laid to a case, a class list; and no name is left anywhere on the way."""

import logging
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fund import checks, jobs, sealed
from fund.cases.finding import screening
from fund.db import Database
from fund.people import staff
from fund.settings import Settings
from tests.fund.browsing import Browser
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.fund.cases.finding.builders import SCHOOL, as_one, at_work, by, found, report_ids, send, tell
from tests.fund.cases.finding.test_class_lists import columns_of, upload

CHILD, OTHER, REPORTER = Canary(1), Canary(2), Canary(3)
CLASS = [["ชื่อ", "เลขประชาชน", "ขาด"], [OTHER.name, OTHER.tax_id, "30"], [Canary(4).name, Canary(4).tax_id, "9"]]


@pytest.fixture
def asked() -> list[str]:
    """Every address that was asked for or led to."""
    return []


def note(client: Browser, addresses: list[str]) -> None:
    def keep(answer: Any) -> None:
        addresses.append(f"{answer.request.url} {answer.headers.get('location', '')}")

    client.event_hooks["response"].append(keep)


def tell_all(client: Browser) -> None:
    """Reports and mistakes with names in them."""
    known = {"name": CHILD.name, "nickname": CHILD.public_name, "where": CHILD.name, "words": CHILD.phone}
    known |= {"reporter_name": REPORTER.name, "reporter_phone": REPORTER.phone, "age": "11", "grade": "P4"}
    assert [tell(client, **known, hurt="yes").status_code for _ in range(2)] == [303, 303]
    wrong = [
        known | {"reporter_phone": f"x{REPORTER.phone}"},
        known | {"nobody": CHILD.name},
        {"name": "\0" + CHILD.name},
    ]
    assert [tell(client, **one).status_code for one in wrong] == [400] * 3
    assert client.get(f"/report/{CHILD.name}").status_code == 404


def screen(client: Browser) -> None:
    page = upload(as_one(client, "teacher"), screening.written(CLASS).encode(), f"{CHILD.name}.csv")
    form = {**columns_of(page.text), "column": ["name", "national_id", "absences"], "place": f"school:{SCHOOL}"}
    marks = {"grade": "P4", "absences": "7", "income": "0"}
    broken = {**form, "content": form["content"].replace(OTHER.tax_id, OTHER.tax_id[::-1])}
    assert send(client, "/staff/class-lists/screen", **broken, **marks).status_code == 400
    assert send(client, "/staff/class-lists/screen", **form, **marks).status_code == 303


def decide(client: Browser, ids: list[UUID]) -> str:
    """The first report becomes a case, the second is laid to it, of the class list one is taken and one closed."""
    as_one(client, "manager here")
    first, second, third, fourth = (f"/staff/reports/{one}" for one in ids)
    assert CHILD.name in client.get(first).text
    taken = send(client, f"{first}/take", name=CHILD.name, national_id=CHILD.tax_id, grade="P4")
    code = str(taken.headers["location"]).rpartition("/")[2]
    assert code in client.get(second).text and "The name is the same" in client.get(second).text
    wrong = send(client, f"{second}/take", name=CHILD.name, national_id=CHILD.tax_id)
    assert (wrong.status_code, code in wrong.text) == (409, True)
    assert send(client, f"{second}/merge", code=code, reason="same_facts").status_code == 303
    assert send(client, f"{third}/take", name=OTHER.name, national_id=OTHER.tax_id).status_code == 303
    assert send(client, f"{fourth}/close", reason="no_need", words=Canary(4).name).status_code == 303
    told = client.get(f"/staff/cases/{code}/reports").text
    assert told.count(REPORTER.phone) >= 2
    return code


def live(database: Database, database_url: str, folder: Path, addresses: list[str]) -> str:
    """The whole story; the case's code."""
    found(database)
    with database.write() as session:
        staff.change_email(session, by(session).person_id, "cm@example.org", by=by(session))  # type: ignore[arg-type]
    places = {"mail_dir": str(folder / "mail"), "files_dir": str(folder / "files")}
    settings = Settings(database_url=database_url, **places)
    with at_work(database_url, **places) as client:
        note(client, addresses)
        tell_all(client)
        screen(client)
        code = decide(client, report_ids(database))
    while jobs.work_once(database, settings):
        pass
    return code


def left(database: Database, folder: Path, addresses: list[str], log: str) -> list[str]:
    """Where a name is found: log, addresses, letters, files, the database."""
    asked = [one for one in addresses if "/report/%" not in one]  # what a stranger typed into the address line
    said = {"log": log.encode(), "addresses": "\n".join(asked).encode()}
    return seen(said | left_by(database) | dict(left_in(folder / "mail")) | dict(left_in(folder / "files")))


def test_reports_become_cases_and_no_name_is_left_on_the_way(
    database: Database, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, asked: list[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the browser's own, not ours
    code = live(database, database_url, tmp_path, asked)
    assert asked and left(database, tmp_path, asked, caplog.text) == []
    with database.read() as session:
        ends = text("SELECT outcome FROM finding_report_end ORDER BY ended_at")
        assert list(session.execute(ends).scalars()) == ["taken", "merged", "taken", "closed"]
        looks = text("SELECT count(*) FROM fund_audit WHERE action LIKE '%.viewed' AND reason = 'case_work'")
        assert session.execute(looks).scalar_one() > 5 and len(code) == 10
        assert checks.run(session) == []
    assert any("report" in path.read_text(encoding="utf-8") for _, path in left_in(tmp_path / "mail"))


def test_a_report_that_is_not_sealed_is_found(
    database: Database,
    database_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the same hunt, where what is told lies open."""
    monkeypatch.setattr(sealed, "seal", lambda _session, _subject, _place, _row, said: said.encode())
    found(database)
    with at_work(database_url) as client:
        note(client, asked)
        tell_all(client)
    assert any(one.endswith(": text") for one in left(database, tmp_path, asked, caplog.text))
