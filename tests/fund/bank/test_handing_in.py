"""Files handed in together: read by the worker, told in three counts; columns that somebody names; passwords."""

import logging
import re
from collections.abc import Iterator
from datetime import time
from typing import Any
from uuid import uuid5

import pytest
from sqlmodel import SQLModel, select

from fund import files, jobs
from fund.bank import handing_in, service
from fund.bank.importers import proving, registry
from fund.bank.models import HandedInRow
from fund.errors import NotFoundError
from tests.fund.bank import pdf_samples
from tests.fund.bank.builders import TODAY, Fund, a_camt, a_csv, a_fee, a_gift, a_payment
from tests.fund.bank.pdf_samples import Entry, Statement
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


def test_a_locked_paper_is_opened_by_its_password_which_is_kept_nowhere(
    fund: Fund, officer: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "canary-19112569"
    locked = pdf_samples.kbank(Statement((Entry(TODAY, 1_000, detail="จาก X0001 นาย ก"),), to_on=TODAY)).pdf(secret)
    for said, heard in (("", "This PDF is locked."), ("canary-other", "This is not the password of this PDF.")):
        page = hand_in(officer, locked, "a.pdf", password=said).text
        assert heard in page
        assert "<details open>" in page
        assert "canary" not in page
    with caplog.at_level(logging.DEBUG):
        assert "0 known, 1 new" in hand_in(officer, locked, "a.pdf", password=secret).text
    assert "canary" not in caplog.text
    with fund.database.read() as session:
        rows = [repr(session.execute(table.select()).all()) for table in SQLModel.metadata.sorted_tables]
    assert "canary" not in "".join(rows)


def test_the_reading_of_a_large_file_is_told_in_lines(
    fund: Fund, officer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "TOLD_EACH", 10)
    lines, told = [a_gift(detail="?", at=time(9, 1, number)) for number in range(30)], list[int]()
    registry.read(a_csv(lines), "x.csv", today=TODAY, tell=told.append)
    assert told == [10, 20, 30]
    hand_in_all(officer, a_csv(lines), a_csv([a_fee()], first=2))
    assert "It waits for its turn." in officer.get("/staff/statements/progress").text
    with fund.database.read() as session:
        row_id = session.exec(select(HandedInRow.id)).first()
    assert row_id is not None
    handing_in._tell(fund.database, row_id, 20_000)
    assert "20,000 lines read" in officer.get("/staff/statements/progress").text
    fund.take(a_csv(lines))
    with fund.database.write() as session:
        taken = service.taken_before(session, a_csv(lines))
        assert taken is not None
        handing_in._take(session, row_id, taken)
    assert '<progress max="30" value="0">' in officer.get("/staff/statements/progress").text


def test_what_parts_the_cells_is_seen_and_may_be_chosen(officer: Browser) -> None:
    path = columns_of(officer)
    assert "1,250.00" in officer.get(path).text  # parted by semicolons, as it is
    page = officer.get(path, params={"delimiter": "|"}).text
    assert '<option value="|" selected>' in page
    assert "<td>1,250.00</td>" not in page
