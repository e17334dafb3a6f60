"""A weighty act asks once more who is there; what was typed into its form goes on then, from our pages alone."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest

from fund import clock
from fund.db import Database
from fund.people import confirming, staff
from fund.people.powers import Grant
from tests.fund.browsing import PASSWORD, Browser, form_token, signed_in
from tests.fund.donations.builders import found

PEOPLE, CONFIRM = "/staff/people", "/staff/confirm"
TYPED = {"name": 'สมศรี "ใจดี" <b>', "email": "somsri@fund.example", "role": "valuer"}


def wait(monkeypatch: pytest.MonkeyPatch, minutes: int = 11) -> datetime:
    """Let minutes go by since now."""
    moment = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def hidden(page: str, name: str) -> str:
    """What a page's hidden field holds, as a browser sends it back."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    return unescape(found[1]) if found else ""


def fields(page: str) -> dict[str, str]:
    """Every hidden field of the form that goes on."""
    form = page[page.index("data-go-on") :]
    pairs = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[: form.index("</form>")])
    return {unescape(name): unescape(value) for name, value in pairs}


def post(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def is_there(database: Database, name: str = TYPED["name"]) -> bool:
    with database.read() as session:
        return staff.named(session, name) is not None


def test_what_was_typed_goes_on_after_the_password(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        wait(monkeypatch)
        asked = post(boss, PEOPLE, **TYPED)
        assert asked.status_code == 200 and TYPED["email"] in hidden(asked.text, "kept")
        wrong = post(boss, CONFIRM, password="wrong", kept=hidden(asked.text, "kept"))
        assert wrong.status_code == 409 and hidden(wrong.text, "kept") == hidden(asked.text, "kept")
        proved = post(boss, CONFIRM, password=PASSWORD, kept=hidden(wrong.text, "kept"))
        assert not is_there(database), "the server sends nothing by itself"
        assert 'action="/staff/people" data-go-on' in proved.text
        sent = fields(proved.text)
        assert {name: sent[name] for name in TYPED} == TYPED
        assert boss.post(PEOPLE, data=sent).status_code == 200
    assert is_there(database)


def test_a_form_without_its_token_is_refused_before_anything_is_asked(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        token = form_token(boss)
        wait(monkeypatch)
        for forged in ({"csrf_token": "a.b"}, {}):
            refused = boss.post(PEOPLE, data=TYPED | forged)
            assert (refused.status_code, hidden(refused.text, "kept")) == (403, "")
        away = {"sec-fetch-site": "cross-site"}
        assert boss.post(PEOPLE, data=TYPED | {"csrf_token": token}, headers=away).status_code == 403
        kept = confirming.written(PEOPLE, TYPED.items())
        assert boss.post(CONFIRM, data={"password": PASSWORD, "kept": kept}).status_code == 403


def test_the_form_that_goes_on_needs_its_own_token(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        wait(monkeypatch)
        kept = hidden(post(boss, PEOPLE, **TYPED).text, "kept")
        sent = fields(post(boss, CONFIRM, password=PASSWORD, kept=kept).text)
        assert boss.post(PEOPLE, data=sent | {"csrf_token": "a.b"}).status_code == 403
    assert not is_there(database)


def test_it_does_not_go_round_in_circles(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        wait(monkeypatch)
        assert hidden(post(boss, PEOPLE, **TYPED).text, "kept") != ""
        proved = post(boss, CONFIRM, password=PASSWORD)
        assert (proved.status_code, proved.headers["location"]) == (303, "/staff")
        answer = post(boss, PEOPLE, **TYPED)
        assert answer.status_code == 200 and hidden(answer.text, "kept") == ""
    assert is_there(database)


AWAY = [
    '{"path":"https://evil.example/","fields":[]}',
    '{"path":"//evil.example/staff/","fields":[]}',
    '{"path":"/staff/../give","fields":[],"more":1}',
    '{"path":"/verify","fields":[]}',
    '{"path":"/staff/people","fields":[["csrf_token","a.b"]]}',
    '{"path":"/staff/people","fields":[["name"]]}',
    "[]",
    "{",
]


@pytest.mark.parametrize("kept", AWAY)
def test_no_form_leads_away_from_here(database: Database, database_url: str, kept: str) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        proved = post(boss, CONFIRM, password=PASSWORD, kept=kept)
        assert (proved.status_code, proved.headers["location"]) == (303, "/staff")


UNKEPT: dict[str, list[tuple[str, object]]] = {
    "a password": [("password", "canary")],
    "a file": [("file", object())],
    "too much": [("reason", "ก" * confirming.LARGEST)],
}


@pytest.mark.parametrize("name", UNKEPT)
def test_what_must_not_be_carried_is_typed_again(name: str) -> None:
    assert confirming.written(PEOPLE, UNKEPT[name]) == ""
    assert confirming.written(PEOPLE, [("name", "a"), ("csrf_token", "b")]) != ""


def test_a_new_password_is_not_laid_into_a_page(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        wait(monkeypatch)
        typed = {"csrf_token": form_token(boss), "password": "canary of a password"}
        back = {"referer": "http://testserver.local/staff/account"}
        asked = boss.post("/staff/account/password", data=typed, headers=back)
        assert (asked.status_code, asked.headers["location"]) == (303, "/staff/confirm?next=/staff/account")
        assert boss.get("/staff/account").headers["location"] == "/staff/confirm?next=/staff/account"


def test_a_program_is_told_instead_of_asked(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", Grant("administrator")) as boss:
        token = form_token(boss)
        wait(monkeypatch)
        for headers in ({"accept": "application/json"}, {"hx-request": "true"}):
            answer = boss.post(PEOPLE, data=TYPED | {"csrf_token": token}, headers=headers)
            assert (answer.status_code, "kept" in answer.text) == (401, False)
