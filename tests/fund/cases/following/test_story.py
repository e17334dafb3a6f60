"""Referred, followed up, complained of, over HTTP; and no name is left anywhere on the way."""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from markupsafe import escape

from fund import checks, clock, jobs, language, sealed
from fund.audit import Actor, Sought, acts
from fund.cases import queries as cases
from fund.cases.children import Child, Guardian
from fund.cases.following import chores, complaint_pages
from fund.cases.following.complaints import KEY_LENGTH
from fund.cases.places import CasePlace
from fund.cases.service import move, open_case
from fund.db import Database
from fund.home import digest
from fund.limits import Limit
from fund.people import staff
from fund.people.powers import Grant
from fund.settings import Settings
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, browser, come_in, form_token, make_known
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.fund.cases.following.builders import HELPED, OFFICE, OTHER_OFFICE, agree, take_consent_back

CHILD, MOTHER, OTHER = Canary(1), Canary(2), Canary(3)
SCHOOL, NURSE = "KK-S1", "teacher"
PEOPLE = {
    "manager": Grant("case_manager", "district:4001"),
    "elsewhere": Grant("case_manager", "district:4002"),
    "partner": Grant("partner", f"office:{OFFICE}"),
    "stranger": Grant("partner", f"office:{OTHER_OFFICE}"),
    NURSE: Grant("watcher", f"school:{SCHOOL}"),
    "core": Grant("core_team"),
    "auditor": Grant("auditor"),
}
AFTER_30 = HELPED + timedelta(days=30)


@pytest.fixture
def client(database_url: str, database: Database, tmp_path: Path) -> Iterator[Browser]:
    places = {"mail_dir": str(tmp_path / "mail"), "files_dir": str(tmp_path / "files")}
    with clock.at(HELPED), browser(database_url, **places) as client:
        a_founded_fund(database)
        for name, grant in PEOPLE.items():
            come_in(client, name, grant)
        yield client


def thai(text: str) -> str:
    """What a page says, as it stands in it."""
    said = language.gettext("th", text)
    assert said != text
    return str(escape(said))


def at(client: Browser) -> Database:
    database: Database = client.app.state.database
    return database


def as_one(client: Browser, name: str) -> Browser:
    come_in(client, name)
    return client


def actor(client: Browser, name: str = "manager") -> Actor:
    with at(client).read() as session:
        row = staff.named(session, name)
        assert row
        return Actor(name, row.id)


def send(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def a_case(client: Browser, *acts_done: str, scopes: tuple[str, ...] = ("help", "share_with_partners")) -> str:
    """A case of the school, with consent, that these acts brought where it is."""
    by, told = actor(client), Child(CHILD.name, CHILD.public_name, guardian=Guardian(MOTHER.name, "mother"))
    with at(client).write() as session:
        make_known(session, f"school:{SCHOOL}")
        code = open_case(session, told, CasePlace("4001", SCHOOL, "P4"), by=by)
    consent_id = agree(at(client), code, *scopes, by=by) if scopes else None
    client.app.state.consent_id = consent_id
    for act in acts_done:
        with at(client).write() as session:
            move(session, code, act, by=by)
    return code


def refer(client: Browser, code: str, **typed: str) -> str:
    """The address of the referral that a case manager sends to the office."""
    asked = {"office": OFFICE, "name": "yes", "needs": "yes", "guardian": "yes", "words": f"ขอรถ {CHILD.name}"}
    answer = send(as_one(client, "manager"), f"/staff/cases/{code}/following", **asked | typed)
    assert answer.status_code == 303, answer.text
    found = re.findall(r"/staff/referrals/[0-9a-f-]{36}", client.get(str(answer.headers["location"])).text)
    return str(found[0])


def stage(client: Browser, code: str) -> str:
    with at(client).read() as session:
        return cases.case(session, code).stage


def test_a_referral_is_accepted_and_only_its_office_reads_it(client: Browser) -> None:
    code = a_case(client, "assess", "plan")
    here = refer(client, code)
    assert thai("No referral waits.") in as_one(client, "stranger").get("/staff/referrals").text
    assert client.get(here).status_code == 404 and send(client, here, act="accept").status_code == 404
    told = as_one(client, "partner").get(here)
    assert CHILD.name in told.text and MOTHER.name in told.text and told.headers["cache-control"] == "no-store"
    assert client.get(f"/staff/cases/{code}").status_code == 403
    assert send(client, here, act="take_back", words="x").status_code == 403
    assert send(client, here, act="accept").status_code == 303 and stage(client, code) == "referred"
    assert send(client, here, act="accept").status_code == 409
    with at(client).read() as session:
        looked = [one.actor for one in acts(session, Sought(action="referral.viewed"), limit=9)]
        assert {"partner"} == set(looked)
        assert [one.actor for one in acts(session, Sought(action="referral.refused"), limit=9)] == ["stranger"] * 2
        assert checks.run(session) == []


def test_a_referral_is_declined_with_a_reason_and_comes_back_to_the_case_manager(client: Browser) -> None:
    here = refer(client, a_case(client, "assess", "plan"))
    refused = send(as_one(client, "partner"), here, act="decline", words=" ")
    assert refused.status_code == 400 and "words-error" in refused.text
    assert send(client, here, act="decline", words="ไม่มีที่ว่าง").status_code == 303
    assert CHILD.name not in client.get(here).text
    assert thai("Referrals that an office declined") in as_one(client, "manager").get("/staff").text
    assert "ไม่มีที่ว่าง" in client.get(here).text and send(client, here, act="look_at").status_code == 303
    assert thai("Referrals that an office declined") not in client.get("/staff").text


def test_a_consent_taken_back_closes_the_office_s_page_at_once(client: Browser) -> None:
    code = a_case(client, "assess", "plan")
    here = refer(client, code)
    assert CHILD.name in as_one(client, "partner").get(here).text
    take_consent_back(at(client), code, client.app.state.consent_id, by=actor(client))
    assert CHILD.name not in client.get(here).text and send(client, here, act="accept").status_code in (403, 409)
    chores.look_after(at(client), Settings())
    assert "lapsed" not in client.get(here).text and CHILD.name in as_one(client, "manager").get(here).text


def test_without_consent_there_is_no_form_and_what_is_refused_stays_typed(client: Browser) -> None:
    code = a_case(client, "assess", "plan", scopes=("help",))
    page = as_one(client, "manager").get(f"/staff/cases/{code}/following").text
    assert thai("Refer the child to an office") not in page
    typed = {"office": OFFICE, "nickname": "yes", "words": "ขอรถ"}
    assert send(client, f"/staff/cases/{code}/following", **typed).status_code == 409
    agree(at(client), code, "share_with_partners", by=actor(client))
    refused = send(client, f"/staff/cases/{code}/following", **typed | {"office": "nowhere"})
    assert refused.status_code == 400 and "ขอรถ" in refused.text
    assert as_one(client, "elsewhere").get(f"/staff/cases/{code}/following").status_code == 404


def test_a_watcher_notes_attendance_and_a_repeat_drop_out_opens_the_case_anew(client: Browser) -> None:
    code = a_case(client, "assess", "plan", "help")
    with clock.at(AFTER_30):
        chores.look_after(at(client), Settings())
        page = as_one(client, NURSE).get("/staff/follow-ups").text
        assert CHILD.name in page and MOTHER.name not in page and code not in page
        here = re.findall(r"/staff/follow-ups/[0-9a-f-]{36}", page)[0]
        assert client.get(here).status_code == 403 and send(client, here, act="look_at").status_code in (403, 409)
        refused = send(client, here, act="drop_out", words="")
        assert refused.status_code == 400 and "error-" in refused.text
        assert send(client, here, act="drop_out", words="ไปทำงาน").status_code == 303
        assert CHILD.name not in client.get("/staff/follow-ups").text and stage(client, code) == "reopened"
        assert thai("Follow-ups that went badly") in as_one(client, "core").get("/staff").text
        assert "ไปทำงาน" in client.get(here).text
        assert send(client, here, act="look_at", words="นัดแม่แล้ว").status_code == 303
        assert as_one(client, "elsewhere").get(here).status_code == 404
    with at(client).read() as session:
        assert checks.run(session) == []


def family_key(client: Browser, code: str) -> str:
    """The key on the family's paper, as the case manager prints it."""
    page = send(as_one(client, "manager"), f"/staff/cases/{code}/complaint-link").text
    found = re.search(rf"/complaint/(\w{{{KEY_LENGTH}}})", page)
    assert found and CHILD.name not in page
    return found[1]


def complain(client: Browser, path: str, **typed: str) -> Any:
    client.cookies.clear()
    said = {"topic": "not_received", "words": f"ยังไม่ได้ {CHILD.name}", "name": MOTHER.name, "phone": MOTHER.phone}
    return client.post(path, data=said | typed)


def reach(client: Browser, name: str, words: list[str]) -> list[str]:
    """Every page that this person can open from their home page on, one step deep, in which one of these stands."""
    as_one(client, name)
    pages = {"/staff", "/staff/cases", "/staff/follow-ups", "/staff/referrals", "/staff/complaints", "/staff/trail"}
    home = client.get("/staff").text
    pages |= set(re.findall(r'href="(/staff[^"#?]*)', home))
    return [one for one in sorted(pages) for word in words if word in client.get(one).text]


def test_a_complaint_reaches_the_core_team_alone(client: Browser, database: Database, tmp_path: Path) -> None:
    code = a_case(client, "assess", "plan")
    key = family_key(client, code)
    assert complain(client, f"/complaint/{key}").headers["location"] == "/complaint/thanks"
    assert thai("Complaints of families") in as_one(client, "core").get("/staff").text
    page = client.get("/staff/complaints").text
    here = re.findall(r"/staff/complaints/[0-9a-f-]{36}", page)[0]
    complaint_id = here.rpartition("/")[2]
    assert MOTHER.phone in client.get(here).text and CHILD.name in client.get(here).text
    assert send(client, here, act="close", words="").status_code == 400
    assert send(client, here, act="answer", words="โทรแล้ว").status_code == 303
    assert send(client, here, act="close", words="ได้รับแล้ว").status_code == 303
    assert as_one(client, "auditor").get(here).status_code == 200
    assert send(client, here, act="answer", words="x").status_code == 403
    assert reach(client, "core", [complaint_id]) != []
    assert reach(client, "manager", [complaint_id]) == []
    assert thai("Complaints of families") not in client.get("/staff").text
    assert {client.get(one).status_code for one in (here, "/staff/complaints")} == {403}
    as_one(client, "manager")
    assert complaint_id not in send(client, "/staff/search", q=complaint_id).text.replace(f'value="{complaint_id}"', "")
    case_page = client.get(f"/staff/cases/{code}?why=case_work").text
    assert "core" not in case_page and "complain" not in case_page and thai("A complaint") not in case_page
    with database.read() as session:
        waits = digest.letter(session, Settings(), f"{actor(client).person_id} {clock.today()}")
        assert waits is None or "omplaint" not in str(waits)


def test_a_key_that_is_none_is_not_found_and_the_form_says_what_is_missing(client: Browser) -> None:
    client.cookies.clear()
    assert client.get("/complaint/Y0000000000000").status_code == 404
    assert complain(client, "/complaint/Y0000000000000").status_code == 404
    assert complain(client, "/complaint", district="").status_code == 400
    refused = complain(client, "/complaint", topic="", words="", name=OTHER.name, district="4001")
    assert refused.status_code == 400 and OTHER.name in refused.text and "words-error" in refused.text
    assert complain(client, "/complaint", district="4001").status_code == 303


def test_one_complaint_too_many_is_told_when_and_loses_nothing(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(complaint_pages, "COMPLAINTS", Limit("complaint", 1))
    assert complain(client, "/complaint", district="4001").status_code == 303
    refused = complain(client, "/complaint", district="4001", form_key="k" * 30)
    assert refused.status_code == 429 and refused.headers["retry-after"] and MOTHER.phone in refused.text


def live(client: Browser, tmp_path: Path, database_url: str) -> None:
    """All of it once, with what goes wrong on the way, and the worker's letters."""
    for name in PEOPLE:
        with at(client).write() as session:
            staff.change_email(
                session, UUID(str(actor(client, name).person_id)), f"{name}@fund.example", by=actor(client)
            )
    code = a_case(client, "assess", "plan", "help")
    here = refer(client, code)
    send(client, f"/staff/cases/{code}/following", office=CHILD.name, words=CHILD.name, name="yes")
    send(as_one(client, "partner"), here, act="decline", words=f"ไม่มี {CHILD.name}")
    complain(client, f"/complaint/{family_key(client, code)}")
    complain(client, "/complaint", district=CHILD.name)
    with clock.at(AFTER_30):
        chores.look_after(at(client), Settings())
        page = as_one(client, NURSE).get("/staff/follow-ups").text
        send(client, re.findall(r"/staff/follow-ups/[0-9a-f-]{36}", page)[0], act="risk", words=CHILD.name)
        places = {"mail_dir": str(tmp_path / "mail"), "files_dir": str(tmp_path / "files")}
        while jobs.work_once(at(client), Settings(database_url=database_url, **places)):
            pass


def left(client: Browser, tmp_path: Path, log: str) -> list[str]:
    said = {"log": log.encode()}
    return seen(said | left_by(at(client)) | dict(left_in(tmp_path / "mail")) | dict(left_in(tmp_path / "files")))


def test_no_name_is_left_on_the_way(
    client: Browser, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    live(client, tmp_path, database_url)
    assert left(client, tmp_path, caplog.text) == []
    assert len(list(left_in(tmp_path / "mail"))) >= 4


def test_what_is_not_sealed_is_found(
    client: Browser,
    database_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the same hunt, where what is told lies open."""
    monkeypatch.setattr(sealed, "seal", lambda _session, _subject, _place, _row, said: said.encode())
    complain(client, "/complaint", district="4001")
    assert any(one.endswith(": text") for one in left(client, tmp_path, caplog.text))
