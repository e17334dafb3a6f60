"""The pages of cases over HTTP: from a new case to a closed one, and what nobody sees who should not."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fund.audit import Sought, acts
from fund.cases import codes
from fund.db import Database
from fund.people.powers import Grant
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, come_in, form_token, signed_in
from tests.fund.cases.handing.test_pictures import SECRET, a_scene, from_a_screen

CASES = "/staff/cases"
NAME, GUARDIAN = "เด็กหญิงดาว ตัวอย่าง", "นางจันทร์ ตัวอย่าง"
MANAGER = Grant("case_manager", "district:4001")
PNG, OTHER = from_a_screen(a_scene(1)), from_a_screen(a_scene(2))
DRAWN = "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.fixture
def client(database_url: str, database: Database, tmp_path: Path) -> Iterator[Browser]:
    a_founded_fund(database)
    with signed_in(database_url, "Malee", MANAGER, files_dir=str(tmp_path)) as browser:
        yield browser


def send(client: Browser, path: str, **fields: str) -> str:
    """What a form leads to."""
    answer = client.post(path, data={"csrf_token": form_token(client), **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def open_case(client: Browser, **fields: str) -> str:
    """The address of a new case, opened for work on it."""
    typed = {"name": NAME, "district": "4001", "guardian": GUARDIAN, "relation": "mother", "grade": "P4"}
    return send(client, f"{CASES}/new", **typed | fields)


def code_in(address: str) -> str:
    return address.split("/")[3].split("?")[0]


def looks(client: Browser, code: str) -> list[str]:
    with client.app.state.database.read() as session:
        return [act.reason for act in acts(session, Sought(subject=code, is_view=True), limit=50)]


def consent(client: Browser, code: str, **fields: str) -> Any:
    typed = {"csrf_token": form_token(client), "who": GUARDIAN, "consent_relation": "mother"}
    typed |= {"given_on": "2026-01-05", "help": "yes"}
    return client.post(f"{CASES}/{code}/consents", data=typed | fields, files={"why": (None, "case_work")})


def test_a_case_goes_from_found_to_closed(client: Browser) -> None:
    here = open_case(client)
    code = code_in(here)
    assert codes.is_valid(code) and NAME in client.get(here).text
    send(client, f"{CASES}/{code}/needs", why="case_work", need="uniform", urgency="3", need_words="ไม่มีรองเท้า")
    send(client, f"{CASES}/{code}/notes", why="case_work", note="แม่ขอให้มาตอนเย็น")
    for act in ("assess", "plan"):
        send(client, f"{CASES}/{code}/move", why="case_work", act=act)
    refused = client.post(
        f"{CASES}/{code}/move", data={"csrf_token": form_token(client), "why": "case_work", "act": "help"}
    )
    assert refused.status_code == 409 and 'id="reason-error"' in refused.text
    assert consent(client, code, signature=DRAWN).status_code == 303
    for act in ("help", "follow"):
        send(client, f"{CASES}/{code}/move", why="case_work", act=act)
    send(client, f"{CASES}/{code}/move", why="case_work", act="close", reason="กลับไปเรียนแล้ว")
    page = client.get(here).text
    assert "ไม่มีรองเท้า" in page and "แม่ขอให้มาตอนเย็น" in page and "กลับไปเรียนแล้ว" in page


def test_without_a_purpose_the_page_says_no_name(client: Browser) -> None:
    here = open_case(client)
    code = code_in(here)
    assert NAME not in client.get(f"{CASES}/{code}").text
    assert client.get(f"{CASES}/{code}?why=because").status_code == 400
    assert looks(client, code) == []


def each_view(client: Browser, code: str) -> dict[str, str]:
    """Every way to see something of a child, by its address."""
    signed = {"signed": ("a.png", PNG, "image/png")}
    typed = {"csrf_token": form_token(client), "why": "case_work", "who": GUARDIAN, "consent_relation": "mother"}
    client.post(f"{CASES}/{code}/consents", data=typed | {"given_on": "2026-01-05", "help": "y"}, files=signed)
    paper = {"csrf_token": form_token(client), "why": "case_work", "paper_kind": "id"}
    client.post(f"{CASES}/{code}/papers", data=paper, files={"paper": ("b.png", OTHER, "image/png")})
    page = client.get(f"{CASES}/{code}?why=case_work").text
    papers = re.findall(rf'href="({CASES}/{code}/papers/[^?]+)\?', page)
    assert len(papers) == 2
    return {"case": f"{CASES}/{code}", "child": f"{CASES}/{code}/child", "list": CASES} | {
        f"paper {number}": address for number, address in enumerate(papers)
    }


def test_each_view_by_each_way_is_one_look_with_its_purpose(client: Browser) -> None:
    code = code_in(open_case(client))
    for name, address in each_view(client, code).items():
        before = looks(client, code)
        answer = client.get(f"{address}?why=audit")
        assert answer.status_code == 200 and SECRET not in answer.content, name
        assert looks(client, code) == ["audit", *before], name


def test_no_way_shows_anything_without_a_purpose(client: Browser) -> None:
    code = code_in(open_case(client))
    for name, address in each_view(client, code).items():
        before = looks(client, code)
        for why in ("", "?why=", "?why=x"):
            answer = client.get(f"{address}{why}")
            assert NAME not in answer.text and GUARDIAN not in answer.text and PNG[:8] not in answer.content, name
        assert looks(client, code) == before, name


def test_a_way_that_notes_no_look_is_found(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same question to pages that have lost their notes."""
    code = code_in(open_case(client))
    monkeypatch.setattr("fund.audit.viewed", lambda *_, **__: None)
    with pytest.raises(AssertionError):
        test_each_view_by_each_way_is_one_look_with_its_purpose(client)
    assert looks(client, code) == []


def unnumbered(page: str) -> str:
    """A page without what differs each time: its number and the tokens of its forms."""
    return re.sub(r"\b[0-9a-f]{12,}(\.[0-9a-f]+)?", "", page)


def test_a_case_of_another_district_is_not_there_and_the_attempt_is_noted(client: Browser, database_url: str) -> None:
    code = code_in(open_case(client))
    come_in(client, "Other", Grant("case_manager", "district:4002"))
    nowhere = client.get(f"{CASES}/{codes.new_code()}")
    for way in ("", "?why=case_work", "/child?why=case_work"):
        answer = client.get(f"{CASES}/{code}{way}")
        assert answer.status_code == 404 and unnumbered(answer.text) == unnumbered(nowhere.text)
    moved = client.post(f"{CASES}/{code}/move", data={"csrf_token": form_token(client), "act": "assess"})
    assert moved.status_code == 404
    with client.app.state.database.read() as session:
        tried = acts(session, Sought(actor="Other", action="case.refused", subject=code), limit=9)
    assert len(tried) == 4 and NAME not in client.get(f"{CASES}?why=case_work").text


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(client: Browser) -> None:
    typed = {"csrf_token": form_token(client), "name": NAME, "national_id": "1234567890123", "phone": "12"}
    answer = client.post(f"{CASES}/new", data=typed | {"birth_on": "2559-05-04", "district": "4002"})
    assert answer.status_code == 400 and NAME in answer.text
    for field in ("national_id", "phone", "birth_on", "district"):
        assert f'id="{field}-error"' in answer.text, field


def test_what_is_known_is_corrected_and_the_case_moves_with_the_child(client: Browser) -> None:
    code = code_in(open_case(client))
    form = {"why": "case_work", "name": "เด็กหญิงเดือน ตัวอย่าง", "district": "4001", "school": "โรงเรียนในทุ่ง", "income": "0"}
    here = send(client, f"{CASES}/{code}/child", **form)
    page = client.get(here).text
    assert "เดือน" in page and "โรงเรียนในทุ่ง" in page and NAME not in page


def test_the_core_team_opens_a_closed_case_anew_and_does_nothing_else(client: Browser) -> None:
    code = code_in(open_case(client))
    send(client, f"{CASES}/{code}/move", why="case_work", act="close", reason="ย้าย")
    come_in(client, "Core", Grant("core_team"))
    assert send(client, f"{CASES}/{code}/move", act="reopen", reason="หลุดอีก") == f"{CASES}/{code}"
    answer = client.post(f"{CASES}/{code}/move", data={"csrf_token": form_token(client), "act": "assess"})
    assert answer.status_code == 403
    assert client.get(f"{CASES}/new").status_code == 403


def test_who_says_that_they_are_tied_decides_nothing_more(client: Browser) -> None:
    code = code_in(open_case(client))
    send(client, f"{CASES}/{code}/tie", why="case_work", tie="relative")
    moved = {"csrf_token": form_token(client), "why": "case_work", "act": "assess"}
    assert client.post(f"{CASES}/{code}/move", data=moved).status_code == 403
    assert consent(client, code, signature=DRAWN).status_code == 403


def test_a_case_manager_of_the_district_is_put_in_charge(client: Browser) -> None:
    here = open_case(client)
    chosen = re.findall(r'<option value="([^"]+)"[^>]*>Malee', client.get(here).text)
    send(client, f"{CASES}/{code_in(here)}/assign", why="case_work", person=chosen[0])
    assert code_in(here) in client.get(f"{CASES}?mine=true").text
    bad = {"csrf_token": form_token(client), "why": "case_work", "person": "x"}
    assert client.post(f"{CASES}/{code_in(here)}/assign", data=bad).status_code == 400
