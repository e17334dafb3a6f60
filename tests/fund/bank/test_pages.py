"""The officer's pages of the bank over HTTP: files handed in, figures of proof, lines explained."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from sqlmodel import select

from fund import clock
from fund.audit import AuditRow
from fund.bank.importers.registry import LARGEST_BYTES
from fund.bank.models import MatchRow
from fund.donations import queries as gifts
from tests.fund.bank.builders import Fund, a_camt, a_csv, a_fee, a_gift, a_payment
from tests.fund.browsing import Browser, form_token, signed_in


@pytest.fixture
def officer(fund: Fund, database_url: str) -> Iterator[Browser]:
    with signed_in(database_url, files_dir=str(fund.folder)) as client:
        client.cookies.set("language", "en")
        yield client


def hand_in(officer: Browser, content: bytes, name: str = "nov.csv", **form: str) -> Any:
    """Hand in a file and go where the answer leads."""
    form["csrf_token"] = form_token(officer)
    return officer.post("/staff/statements", data=form, files={"file": (name, content)}, follow_redirects=True)


def act(officer: Browser, line: str, verb: str, **form: str) -> Any:
    """Send a line's form, as a script does."""
    form["csrf_token"] = form_token(officer)
    return officer.post(f"/staff/lines/{line}/{verb}", data=form, headers={"hx-request": "true"})


def waiting(officer: Browser) -> list[str]:
    """The ids of the lines that are shown to wait."""
    return re.findall(r'id="line-([0-9a-f-]+)"', officer.get("/staff/lines").text)


def test_a_file_handed_in_is_counted_and_proved(fund: Fund, officer: Browser) -> None:
    page = hand_in(officer, a_csv([a_payment(fund.campaign().code), a_gift(detail="?"), a_fee()]))
    assert page.status_code == 200
    assert "0 known, 3 new" in page.text
    assert "Of its lines, 2 wait for you." in page.text
    assert "They meet: every baht is explained." in page.text
    assert "50,005.00" in page.text


def test_an_overlapping_file_says_what_is_new(fund: Fund, officer: Browser) -> None:
    lines = [a_payment(fund.campaign().code, day=day) for day in range(1, 5)]
    hand_in(officer, a_csv(lines[:3]))
    assert "3 known, 1 new" in hand_in(officer, a_csv(lines)).text
    again = hand_in(officer, a_csv(lines), "copy.csv").text
    assert "0 new lines" in again
    assert "by officer" in again


@pytest.mark.parametrize(
    ("content", "name", "status", "said"),
    [
        (a_csv([a_gift(), a_gift(day=3)]).replace(b'"50,020.00"', b'"50,021.00"'), "x.csv", 400, "Line 12"),
        (b"PK\x03\x04", "x.csv", 415, "not what its name says"),
        (b"", "x.csv", 400, "no bank lines"),
        (b"x" * (LARGEST_BYTES + 1), "x.csv", 413, "64 MB"),
    ],
)
def test_a_refused_file_is_told_at_its_field(
    officer: Browser, content: bytes, name: str, status: int, said: str
) -> None:
    page = hand_in(officer, content, name)
    assert page.status_code == status
    assert re.search(rf'id="file-error">[^<]*{said}', page.text)
    assert "No statement has been imported yet" in page.text


def test_a_refused_file_leaves_a_mark(fund: Fund, officer: Browser) -> None:
    hand_in(officer, b"<!DOCTYPE x>" + a_camt([a_fee()]), "x.xml")
    with fund.database.read() as session:
        marks = session.exec(select(AuditRow.actor, AuditRow.subject).where(AuditRow.action == "statement.refused"))
        assert marks.all() == [("officer", "ForbiddenXmlError")]


def test_a_far_too_large_file_is_refused_before_it_is_read(officer: Browser) -> None:
    assert hand_in(officer, b"x" * (LARGEST_BYTES + 200_000)).status_code == 413


def test_a_line_is_named_in_place_and_the_figures_follow(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    page = act(officer, line, "name", campaign=fund.campaign().code, reason="the donor called")
    assert page.status_code == 200
    assert "Settled" in page.text
    assert 'id="remainder" hx-swap-oob="true"' in page.text
    assert "Nothing waits" in page.text
    assert waiting(officer) == []


def test_a_pledge_offered_on_a_line_is_chosen_with_one_click(fund: Fund, officer: Browser) -> None:
    with clock.at(datetime(2026, 11, 23, 1, tzinfo=UTC)):
        pledge = fund.pledge(1000)
    hand_in(officer, a_csv([a_gift(detail="?", day=23), a_gift(2000, "?", day=23, at=time(10))]))
    line, other = waiting(officer)
    page = officer.get("/staff/lines").text
    assert page.count(f'name="subject" value="{pledge.reference}"') == 1
    assert f"It is {pledge.reference}" in page
    assert "Settled" in act(officer, line, "choose", kind="pledge", subject=pledge.reference).text
    assert waiting(officer) == [other]
    with fund.database.read() as session:
        words = session.exec(select(MatchRow.words).where(MatchRow.kind == "named")).one()
        assert gifts.pledges_by_id(session, [pledge.id])[pledge.id].is_settled
    assert words == "Chosen among what was offered."


def test_a_reference_typed_goes_before_the_campaign_chosen(fund: Fund, officer: Browser) -> None:
    pledge = fund.pledge(1000, slug="mueang-khon-kaen")
    hand_in(officer, a_csv([a_gift(detail="?")]))
    form = {"reference": pledge.reference.lower(), "campaign": fund.campaign().code, "reason": "the donor called"}
    act(officer, waiting(officer)[0], "name", **form)
    assert (fund.balance("4110", "D4001"), fund.balance("4110", "GEN")) == (-1000, 0)


def test_without_script_a_settled_line_leads_back_to_the_list(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_fee()]))
    (line,) = waiting(officer)
    form = {"kind": "fee", "reason": "the bank's letter", "csrf_token": form_token(officer)}
    answer = officer.post(f"/staff/lines/{line}/explain", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/lines")
    assert "Every line is explained." in officer.get("/staff/lines").text
    assert fund.balance("5300", "OPS") == 1500


@pytest.mark.parametrize("is_script", [True, False])
def test_a_refused_act_keeps_what_was_typed(fund: Fund, officer: Browser, is_script: bool) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    form = {"reference": "nonsense", "campaign": fund.campaign().code, "reason": "the donor called"}
    form["csrf_token"] = form_token(officer)
    headers = {"hx-request": "true"} if is_script else {}
    page = officer.post(f"/staff/lines/{line}/name", data=form, headers=headers)
    assert page.status_code == (200 if is_script else 400)
    assert "No gift has the reference nonsense" in page.text
    assert 'value="nonsense"' in page.text
    assert 'value="the donor called"' in page.text
    assert waiting(officer) == [line]


def test_an_outgoing_line_is_paired_with_the_money_it_sent_back(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?"), a_fee(-1000)]))
    came, went = waiting(officer)
    assert f'<option value="{came}">' in officer.get("/staff/lines").text
    page = act(officer, went, "send-back", waiting=came, reason="sent by mistake")
    assert f'id="line-{came}" hx-swap-oob="delete"' in page.text
    assert waiting(officer) == []
    assert fund.balance("2100", "U") == 0


def test_a_line_settled_by_somebody_else_is_refused(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    first = act(officer, line, "explain", kind="interest", reason="the bank's letter")
    again = act(officer, line, "name", campaign=fund.campaign().code, reason="the donor called")
    assert (first.status_code, again.status_code) == (200, 409)
    assert "already settled" in again.text


def test_a_line_that_is_not_there_is_not_found(officer: Browser) -> None:
    page = act(officer, "01a20714-3758-75b3-a99e-4cb2bad9bf29", "explain", kind="fee", reason="x")
    assert page.status_code == 404


def test_a_form_that_is_not_ours_is_refused(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    form = {"campaign": fund.campaign().code, "reason": "x", "csrf_token": "nonsense"}
    assert officer.post(f"/staff/lines/{line}/name", data=form).status_code == 403
    file = {"file": ("x.csv", a_csv([a_fee()]))}
    assert officer.post("/staff/statements", files=file, headers={"x-csrf-token": "nonsense"}).status_code == 403


def test_many_lines_come_page_by_page(officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(1000 + n, "?", day=1 + n // 2) for n in range(25)]))
    first = officer.get("/staff/lines").text
    onward = re.search(r'href="(/staff/lines\?after=[0-9a-f-]+)"', first)
    assert onward is not None
    second = officer.get(onward[1]).text
    assert (first.count("<article"), second.count("<article")) == (20, 5)
    assert "From the beginning" in second


def test_the_banks_words_are_shown_and_never_run(officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="<script>alert(1)</script>")]))
    page = officer.get("/staff/lines").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
