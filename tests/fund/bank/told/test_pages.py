"""Staff's page of what banks told: figures, one line for many, what is late, what must be looked into."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from fund import clock
from fund.bank import queries as lines
from tests.fund.bank.builders import TODAY, a_csv, a_gift
from tests.fund.bank.told.builders import Told, later, scb
from tests.fund.browsing import Browser, form_token, signed_in


@pytest.fixture
def officer(told: Told, database_url: str) -> Iterator[Browser]:
    with signed_in(database_url, files_dir=str(told.fund.folder)) as client:
        client.cookies.set("language", "en")
        yield client


def test_what_waits_and_what_is_in_doubt_is_shown_without_a_name(told: Told, officer: Browser) -> None:
    told.confirm(scb(told.fund.pledge().reference))
    told.tell(scb("D0000000000", "77.00", number="x"))
    told.file()
    page = officer.get("/staff/told").text
    assert "1 gift" in page
    assert "names no gift of ours" in page
    assert "77.00" in page
    assert "TUAYANG" not in page


def test_nothing_told_says_so(officer: Browser) -> None:
    page = officer.get("/staff/told").text
    assert "Everything that was confirmed has its line." in page
    assert "Nothing that banks told us is in doubt." in page


def test_a_waiting_line_is_chosen_as_the_sum_of_a_day(told: Told, officer: Browser) -> None:
    told.confirm(*(scb(told.fund.pledge(key=key * 22).reference, number=key) for key in "ab"))
    told.fund.take_and_settle(a_csv([a_gift(1900, "SCB", day=23)]))
    with told.fund.database.read() as session:
        (line,) = lines.waiting_lines(session, limit=9)
    page = officer.get("/staff/told").text
    assert "fee is then 1.00 baht" in page
    form = {"bank": "scb", "day": TODAY.isoformat(), "line": str(line.id), "csrf_token": form_token(officer)}
    refused = officer.post("/staff/told/sums", data=form)
    assert (refused.status_code, "Say in a few words" in refused.text) == (400, True)
    assert officer.post("/staff/told/sums", data=form | {"reason": "the bank's list"}).status_code == 303
    assert (told.states, told.balance("1130")) == (["cleared", "cleared"], 0)
    again = officer.post("/staff/told/sums", data=form | {"reason": "again"})
    assert again.status_code == 409


def test_late_money_is_taken_back_on_the_page(told: Told, officer: Browser) -> None:
    told.confirm(scb(told.fund.pledge().reference))
    (one,) = told.callbacks()
    form = {"reason": "the bank's letter", "csrf_token": form_token(officer)}
    early = officer.post(f"/staff/told/{one.id}/take-back", data=form)
    assert early.status_code == 409
    assert officer.post(f"/staff/told/{uuid4()}/take-back", data=form).status_code == 404
    assert not one.is_late
    with clock.at(later(4)):
        assert one.is_late
