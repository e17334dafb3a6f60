"""The staff's door over HTTP: who comes in, for how long, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from statistics import median
from threading import BoundedSemaphore
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import pytest
from litestar.datastructures import UploadFile
from sqlmodel import Session, select

from fund import clock, limits, outbox, walls
from fund.audit import AuditRow
from fund.db import Database
from fund.outbox import Job
from fund.people import demo_people, door, passwords, staff
from fund.people.errors import TooManyTriesError
from fund.people.models import StaffSession
from tests.fund.browsing import (
    MAKER,
    OFFICER,
    PASSWORD,
    a_person,
    as_demo,
    browser,
    form_token,
    sign_in,
    signed_in,
    with_officer,
)
from tests.fund.donations.builders import found
from tests.fund.test_app import routes


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets time go by."""
    began = clock.now()

    def go(**by: float) -> None:
        moment = began + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return go


def audited(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.exec(select(AuditRow).order_by(AuditRow.id))  # type: ignore[arg-type]
        return [(row.actor, row.action) for row in rows if row.action.startswith("staff.")]


def test_nothing_of_staff_is_reachable_without_sign_in(database: Database, database_url: str) -> None:
    found(database)
    with with_officer(database_url) as client:
        staff = [(method, path) for method, path in routes(client.app) if path.startswith("/staff")]
        assert len(staff) > 3
        for method, path in staff:
            answer = client.request(method, path)
            if path.startswith(("/staff/sign-in", "/staff/invitation/")):
                continue
            if method == "GET":
                assert answer.status_code == 303, path
                assert answer.headers["location"] == f"/staff/sign-in?next={path}"
            else:
                assert answer.status_code == 401, path
            assert client.request(method, path, headers={"accept": "application/json"}).status_code == 401, path


def test_name_and_password_open_the_door_and_lead_where_one_wanted_to_go(database: Database, database_url: str) -> None:
    found(database)
    with with_officer(database_url) as client:
        answer = client.post("/staff/sign-in", data={"name": OFFICER, "password": PASSWORD, "next": "/staff/powers"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff/powers")
        assert client.get("/staff").status_code == 200
    assert audited(database) == [(OFFICER, "staff.password_given")]


@pytest.mark.parametrize(
    "away", ["https://evil.example", "//evil.example", "/\\evil.example", "/%0d%0aset-cookie:x\r\n", "javascript:x"]
)
def test_nobody_is_led_away_from_here(database_url: str, away: str) -> None:
    with with_officer(database_url) as client:
        answer = client.post("/staff/sign-in", data={"name": OFFICER, "password": PASSWORD, "next": away})
        assert answer.headers["location"] in ("/staff", "/%0d%0aset-cookie:x")


@pytest.mark.parametrize(
    ("name", "password"), [(OFFICER, "wrong"), ("nobody", PASSWORD), ("", ""), (PASSWORD, OFFICER)]
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    database: Database, database_url: str, name: str, password: str
) -> None:
    with with_officer(database_url) as client:
        answer = sign_in(client, name, password)
    assert answer.status_code == 403
    assert "ชื่อหรือรหัสผ่านไม่ถูกต้อง" in answer.text
    assert "set-cookie" not in answer.headers
    assert audited(database) == [("nobody", "staff.sign_in_refused")]


def test_what_was_typed_as_a_password_is_never_shown_again(database_url: str) -> None:
    with with_officer(database_url) as client:
        assert "canary" not in sign_in(client, OFFICER, "canary").text


def test_without_people_nobody_can_sign_in(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        for name, password in [("", ""), ("demo", "ten-baht-demo"), ("admin", "admin")]:
            assert sign_in(client, name, password).status_code == 403


def test_the_demo_sign_in_opens_only_a_demonstration(database: Database, database_url: str) -> None:
    as_demo(database)
    with browser(database_url) as client:
        assert demo_people.PASSWORD in client.get("/staff/sign-in").text
        assert sign_in(client, demo_people.NAME, demo_people.PASSWORD).status_code == 303


def test_the_eleventh_try_for_a_name_waits_from_wherever_it_comes(database: Database, later: Any) -> None:
    for number in range(10):
        with database.write() as session:
            limits.count(session, passwords.TRIES, OFFICER, f"203.0.113.{number}")
    with database.write() as session, pytest.raises(TooManyTriesError) as refused:
        limits.count(session, passwords.TRIES, OFFICER, "203.0.113.77")
    assert 0 < refused.value.facts["retry_seconds"] <= 15 * 60
    later(minutes=16)
    with database.write() as session:
        limits.count(session, passwords.TRIES, OFFICER, "203.0.113.77")


def test_name_and_e_mail_of_one_person_share_their_tries(
    database_url: str, monkeypatch: pytest.MonkeyPatch, later: Any
) -> None:
    addresses = count()
    monkeypatch.setattr(passwords, "TRIES", replace(passwords.TRIES, most=3))
    monkeypatch.setattr(walls, "subscriber", lambda _: f"203.0.113.{next(addresses)}")
    with with_officer(database_url) as client:
        with client.app.state.database.write() as session:
            officer = staff.named(session, OFFICER)
            assert officer is not None
            officer.email_key = "o@fund.example"
        for name in (OFFICER, f"{OFFICER.upper()} ", "O@fund.example"):
            assert sign_in(client, name, "wrong").status_code == 403
        assert sign_in(client, "o@fund.example").status_code == 403, "right, but told like a name that is nobody's"
        later(minutes=16)
        assert sign_in(client, "o@fund.example").status_code == 303


def test_the_eleventh_try_from_an_address_waits_whatever_the_name(database_url: str) -> None:
    with with_officer(database_url) as client:
        for number in range(10):
            forged = {"x-forwarded-for": f"203.0.113.{number}"}
            assert sign_in(client, f"name{number}", "wrong", **forged).status_code == 403
        refused = sign_in(client)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 15 * 60


def test_a_session_ends_when_idle_for_an_hour(database: Database, database_url: str, later: Any) -> None:
    found(database)
    with signed_in(database_url) as client:
        for minutes in (50, 100, 150):
            later(minutes=minutes)
            assert client.get("/staff").status_code == 200
        later(minutes=150 + 61)
        assert client.get("/staff").status_code == 303


def test_a_session_ends_after_twelve_hours_however_busy(database: Database, database_url: str, later: Any) -> None:
    found(database)
    with signed_in(database_url) as client:
        for hours in range(12):
            later(minutes=59 * (hours + 1))
            assert client.get("/staff").status_code == 200
        later(hours=12, minutes=1)
        assert client.get("/staff").status_code == 303


@pytest.mark.parametrize("act", ["another password", "suspended", "reset"])
def test_a_session_ends_with_its_password_and_with_its_person(database: Database, database_url: str, act: str) -> None:
    found(database)
    with signed_in(database_url) as client:
        assert client.get("/staff").status_code == 200
        with database.write() as session:
            row = staff.named(session, OFFICER)
            assert row is not None
            if act == "suspended":
                staff.suspend(session, row.id, by=MAKER)
            elif act == "reset":
                staff.reset(session, row.id, by=MAKER)
            else:
                row.password_hash = passwords.hashed("another long password")
        assert client.get("/staff").status_code == 303


def test_the_file_of_a_refused_form_is_closed(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    async def note(file: UploadFile) -> None:
        closed.append(file.filename)
        file.file.close()

    monkeypatch.setattr(UploadFile, "close", note)
    found(database)
    with signed_in(database_url) as client:
        files = {"file": ("large.csv", b"x" * 2_000_000, "text/csv")}
        refused = client.post("/staff/statements", data={"csrf_token": "stale"}, files=files)
    assert refused.status_code == 403
    assert closed == ["large.csv"]


def test_signing_in_changes_the_token_and_ends_the_former_session(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url) as client:
        former = client.cookies["staff"]
        assert former not in sign_in(client).headers["set-cookie"]
        client.cookies.clear()
        assert client.get("/staff", headers={"cookie": f"staff={former}"}).status_code == 303


def test_signing_out_ends_the_session_at_the_service_too(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url) as client:
        token = client.cookies["staff"]
        assert client.post("/staff/sign-out", data={"csrf_token": form_token(client)}).status_code == 303
        assert client.get("/staff", headers={"cookie": f"staff={token}"}).status_code == 303
    assert audited(database)[-1] == (OFFICER, "staff.signed_out")


def test_the_database_holds_no_token_and_no_password(database: Database, database_url: str) -> None:
    with signed_in(database_url) as client, database.read() as session:
        rows = session.exec(select(StaffSession)).all()
        assert client.cookies["staff"] not in str([row.model_dump() for row in rows])
        assert len(rows) == 1


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(database_url: str) -> None:
    with with_officer(database_url) as client:
        assert "HttpOnly; " in (sent := sign_in(client).headers["set-cookie"]) and "SameSite=lax" in sent
    with with_officer(database_url, public_url="https://fund.example") as client:
        sent = sign_in(client, host="fund.example").headers["set-cookie"]
        assert sent.startswith("__Host-staff=") and "Secure" in sent and "Path=/" in sent and "Domain" not in sent


@pytest.mark.parametrize("sent", [{}, {"csrf_token": ""}, {"csrf_token": "a.b"}, {"csrf_token": "ก"}])
def test_a_staff_form_without_its_token_is_refused(database: Database, database_url: str, sent: dict[str, str]) -> None:
    found(database)
    with signed_in(database_url) as client:
        for path in [path for method, path in routes(client.app) if method == "POST" and path.startswith("/staff/")]:
            if not path.startswith(("/staff/sign-in", "/staff/invitation/")):
                assert client.post(path, data=sent).status_code == 403, path
        assert client.get("/staff").status_code == 200


def test_a_form_token_of_one_session_does_not_serve_another(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url) as one, signed_in(database_url) as other:
        assert one.post("/staff/sign-out", data={"csrf_token": form_token(other)}).status_code == 403


def test_two_pages_of_one_session_carry_different_tokens_that_both_serve() -> None:
    one, two = door.form_token("session"), door.form_token("session")
    assert one != two
    assert door.is_form_of("session", one) and door.is_form_of("session", two)
    assert not door.is_form_of("another", one)


def test_checking_takes_a_password_hash_whether_the_name_exists_or_not(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    hasher = SimpleNamespace(verify=lambda known, _typed: looked.append(known))
    monkeypatch.setattr(passwords, "_hasher", hasher)
    for known in ("a hash", ""):
        passwords.is_right(known, "typed")
    assert looked == ["a hash", passwords.DEMO_HASH]


def test_many_tries_at_once_are_not_more_than_ten(database: Database) -> None:
    def try_once(session: Session) -> bool:
        try:
            limits.count(session, passwords.TRIES, "officer", "203.0.113.9")
        except TooManyTriesError:
            return False
        return True

    assert sum(counted(database, try_once) for _ in range(12)) == 10


def counted(database: Database, act: Any) -> bool:
    with database.write() as session:
        return bool(act(session))


def test_staff_see_jobs_that_failed(database: Database, database_url: str) -> None:

    found(database)
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
        job = outbox.claim(session)
        assert job is not None
        outbox.fail(session, Job(job.id, job.kind, job.subject, outbox.MOST_ATTEMPTS), "no paper")
    with signed_in(database_url) as client:
        assert "เอกสารและงานเบื้องหลังที่ทำไม่สำเร็จ" in client.get("/staff").text


def test_a_crowd_at_the_door_is_told_to_wait_instead_of_holding_every_page_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_at_once", BoundedSemaphore(1))
    passwords._at_once.acquire()
    with pytest.raises(TooManyTriesError):
        passwords.is_right("a hash", PASSWORD)


@pytest.mark.parametrize("known", ["", "not a hash"])
def test_a_hash_that_is_none_lets_nobody_in(known: str) -> None:
    assert not any(passwords.is_right(known, typed) for typed in ("", known, passwords.DEMO))


def test_a_script_may_send_the_form_s_token_as_a_header(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url) as client:
        assert client.post("/staff/sign-out", headers={"x-csrf-token": "wrong"}).status_code == 403
        assert client.post("/staff/sign-out", headers={"x-csrf-token": form_token(client)}).status_code == 303


def test_a_part_of_a_page_whose_session_has_ended_leads_the_whole_page_to_the_door(database_url: str) -> None:
    with with_officer(database_url) as client:
        answer = client.get("/staff", headers={"hx-request": "true"})
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/staff/sign-in")


def seconds(database: Database, name: str) -> float:
    """How long a wrong password for a name is looked at."""
    began = perf_counter()
    with database.write() as session:
        row = staff.named(session, name)
    passwords.is_right(row.password_hash if row else "", "wrong")
    return perf_counter() - began


def difference(database: Database, pairs: int) -> float:
    """By how much a name that is there takes longer than one that is not, in the median of pairs."""
    return median(seconds(database, OFFICER) - seconds(database, "nobody there") for _ in range(pairs))


@pytest.mark.nightly
def test_a_name_that_is_there_takes_no_longer_than_one_that_is_not(database: Database) -> None:
    with database.write() as session:
        a_person(session)
    assert abs(difference(database, 250)) <= 0.005


def test_a_look_that_is_left_out_for_unknown_names_would_show(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        a_person(session)
    look = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda known, typed: bool(known) and look(known, typed))
    assert difference(database, 5) > 0.005


def test_a_password_of_fifty_megabytes_is_not_read(database_url: str) -> None:
    with browser(database_url) as client:
        assert sign_in(client, OFFICER, "x" * 50_000_000).status_code == 413
        assert sign_in(client, OFFICER, "x" * 501).status_code == 400
