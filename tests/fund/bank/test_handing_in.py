"""Files handed in together: read by the worker, told in three counts; columns that somebody names; passwords."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import select

from fund import files, jobs
from fund.bank import handing_in
from fund.bank.models import HandedInRow
from fund.errors import NotFoundError
from tests.fund.bank.builders import Fund, a_camt, a_csv, a_fee, a_gift, a_payment
from tests.fund.bank.test_pages import hand_in, waiting
from tests.fund.browsing import Browser, form_token, signed_in


@pytest.fixture
def officer(fund: Fund, database_url: str) -> Iterator[Browser]:
    with signed_in(database_url, files_dir=str(fund.folder)) as client:
        client.cookies.set("language", "en")
        yield client


def hand_in_all(officer: Browser, *contents: bytes, **form: str) -> Any:
    """Hand in several files at once."""
    form["csrf_token"] = form_token(officer)
    several = [("file", (f"{number}.csv", content)) for number, content in enumerate(contents)]
    return officer.post("/staff/statements", data=form, files=several, follow_redirects=True)


def work(fund: Fund) -> None:
    while jobs.work_once(fund.database, fund.settings):
        pass


def handed(fund: Fund) -> list[tuple[str, int, int]]:
    with fund.database.read() as session:
        return [(one.state, one.settled, one.waiting) for one in handing_in.recent(session)]


def test_several_files_are_read_by_the_worker_and_counted(fund: Fund, officer: Browser) -> None:
    lines = [a_payment(fund.campaign().code), a_gift(detail="?", day=3)]
    broken = a_csv([a_gift(), a_gift(day=3)]).replace(b'"50,020.00"', b'"50,021.00"')
    page = hand_in_all(officer, a_csv(lines[:1]), a_csv(lines), broken).text
    assert page.count("Being read") == 3
    assert 'hx-trigger="every 2s"' in page
    work(fund)
    assert sorted(handed(fund)) == [("refused", 0, 0), ("taken", 0, 1), ("taken", 1, 0)]
    page = officer.get("/staff/statements/progress").text
    assert "hx-trigger" not in page
    assert "1 files refused" in page
    assert len(waiting(officer)) == 1


def test_a_copy_is_kept_no_longer_than_it_is_needed(fund: Fund, officer: Browser) -> None:
    hand_in_all(officer, a_csv([a_gift(detail="?")]), b"<!DOCTYPE x>" + a_camt([a_fee()]))
    work(fund)
    with fund.database.read() as session:
        rows = session.exec(select(HandedInRow)).all()
        assert {row.state for row in rows} == {"taken", "refused"}
        for row in rows:
            with pytest.raises((NotFoundError, files.FileChangedError)):
                files.load(session, fund.settings.files_path, row.sha256, uuid5(row.id, "file"))


def test_a_job_that_runs_twice_takes_a_file_once(fund: Fund, officer: Browser) -> None:
    hand_in_all(officer, a_csv([a_payment(fund.campaign().code)]), a_csv([a_fee()], first=2))
    work(fund)
    with fund.database.read() as session:
        rows = session.exec(select(HandedInRow.id)).all()
    for row_id in rows:
        handing_in.take(fund.database, fund.settings, str(row_id))
    assert fund.balance("4110", "GEN") == -1000


TABLE = "วันที่;เข้า;ออก;ข้อความ\n2/11/2569;1,250.00;;ทดสอบ\n3/11/2569;;15.00;ค่าธรรมเนียม\n".encode()
NAMED = {"column": ["day", "came", "went", "text"], "heading": "1", "delimiter": ";", "era": "543"}


def columns_of(officer: Browser) -> str:
    page = hand_in(officer, TABLE, "any.csv").text
    assert "Say which column is which" in page
    found = re.search(r'href="(/staff/statements/columns/[0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def test_the_columns_of_an_unknown_table_are_named_and_remembered(fund: Fund, officer: Browser) -> None:
    path = columns_of(officer)
    assert "1,250.00" in officer.get(f"{path}?delimiter=;").text
    form = NAMED | {"account": "1110.01", "csrf_token": form_token(officer)}
    assert officer.post(path, data=form).status_code == 303
    work(fund)
    assert handed(fund) == [("taken", 0, 2)]
    assert officer.get(path).status_code == 404
    again = TABLE.replace(b"3/11", b"4/11").replace(b"2/11", b"4/11")
    assert "0 known, 2 new" in hand_in(officer, again, "next.csv").text


@pytest.mark.parametrize(
    "wrong", [{"account": "9"}, {"column": ["text"] * 4}, {"column": ["day", "amount", "came", ""]}]
)
def test_columns_by_which_nothing_can_be_read_are_refused(officer: Browser, wrong: dict[str, Any]) -> None:
    path = columns_of(officer)
    form = NAMED | {"account": "1110.01"} | wrong | {"csrf_token": form_token(officer)}
    page = officer.post(path, data=form)
    assert page.status_code == 400
    assert "1,250.00" in page.text
