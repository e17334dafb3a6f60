"""The pages of stand-ins: appointed by a third person with a signed paper, seen by those who may, ended once."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from sqlmodel import select

from fund import clock, files
from fund.audit import AuditRow
from fund.db import Database
from fund.people import duties, stand_in_papers
from fund.people.duties import Side, StandIn
from fund.people.powers import Grant
from tests.fund.browsing import Browser, a_person, browser, come_in, form_token, signed_in
from tests.fund.donations.builders import found

PAGE: Final = "/staff/stand-ins"
PAPER: Final = b"%PDF-1.7 CANARY-OF-THE-PAPER signed by ton"
SMALL_PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@dataclass
class Office:
    """The treasurer's browser, and whom they appoint."""

    client: Browser
    database: Database
    fon: UUID
    ton: UUID
    folder: Path

    def appoint(self, paper: bytes = PAPER, **changes: str) -> Any:
        """What the form answers; a change to nothing leaves a field out."""
        today = clock.today()
        typed = {"person": str(self.fon), "for_person": str(self.ton), "approve": "yes", "reconcile": "yes"}
        typed |= {"since": today.isoformat(), "until": (today + timedelta(days=9)).isoformat()}
        fields = {"csrf_token": form_token(self.client), **typed} | changes
        return self.client.post(f"{PAGE}/new", data=fields, files={"paper": ("paper.pdf", paper)})

    def known(self) -> list[StandIn]:
        with self.database.read() as session:
            return duties.appointments(session)

    def end(self, stand_in: UUID) -> Any:
        return self.client.post(f"{PAGE}/{stand_in}/end", data={"csrf_token": form_token(self.client)})


@pytest.fixture
def office(database: Database, database_url: str, tmp_path: Path) -> Iterator[Office]:
    found(database)
    with database.write() as session:
        fon, ton = (a_person(session, name, Grant("finance")).id for name in ("fon", "ton"))
    with signed_in(database_url, "kaew", Grant("treasurer"), files_dir=str(tmp_path)) as client:
        yield Office(client, database, fon, ton, tmp_path)


def test_a_third_person_appoints_a_stand_in_with_a_signed_paper(office: Office) -> None:
    form = office.client.get(f"{PAGE}/new").text
    assert ">fon<" in form and ">ton<" in form and ">kaew<" not in form
    assert office.appoint().headers["location"] == PAGE
    (made,) = office.known()
    assert (made.name, made.for_name, made.appointed_by) == ("fon", "ton", "kaew")
    assert made.sides == (Side.APPROVE, Side.RECONCILE)
    assert made.paper_sha256 == hashlib.sha256(PAPER).hexdigest()
    page = office.client.get(PAGE).text
    assert "fon ทำแทน ton" in page and "กระทบยอดกับธนาคาร" in page and "บันทึกโดย kaew" in page


REFUSED = {
    "by nobody": ({"person": ""}, PAPER, 400),
    "by somebody who is not here": ({"person": str(UUID(int=7))}, PAPER, 400),
    "for somebody who is not here": ({"for_person": str(UUID(int=7))}, PAPER, 400),
    "for no part": ({"approve": "", "reconcile": ""}, PAPER, 400),
    "for a part that there is not": ({"steal": "yes"}, PAPER, 400),
    "backwards": ({"since": "2026-12-31", "until": "2026-12-30"}, PAPER, 400),
    "for days that are over": ({"since": "2020-01-01", "until": "2020-01-31"}, PAPER, 400),
    "on a day that there is not": ({"until": "2026-02-31"}, PAPER, 400),
    "with no paper": ({}, b"", 415),
    "with HTML that is called a PDF": ({}, b"<html>%PDF-", 415),
    "with a program": ({}, b"MZ\x90", 415),
    "with too large a paper": ({}, PAPER + b"\0" * stand_in_papers.LARGEST_BYTES, 413),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_appoints_nobody_and_keeps_what_was_typed(office: Office, name: str) -> None:
    changes, paper, status = REFUSED[name]
    refused = office.appoint(paper, **changes)
    assert refused.status_code == status and office.known() == []
    if "steal" not in changes and "person" not in changes and "for_person" not in changes:
        assert f'value="{office.fon}" selected' in refused.text
    assert office.appoint().status_code == 303  # the control: without the change it is taken


def test_a_form_that_is_no_text_is_refused_whoever_sends_its_token(office: Office) -> None:
    broken = b'--b\r\nContent-Disposition: form-data; name="person"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b", "x-csrf-token": form_token(office.client)}
    assert office.client.post(f"{PAGE}/new", content=broken, headers=headers).status_code == 400


@pytest.mark.parametrize("who", ["person", "for_person"])
def test_nobody_appoints_for_themselves(office: Office, who: str) -> None:
    own = come_in(office.client, "kaew").id
    assert office.appoint(PAPER, **{who: str(own)}).status_code == 400
    assert office.appoint(person=str(office.ton)).status_code == 400
    assert office.known() == []


@pytest.mark.parametrize(("paper", "kind"), [(PAPER, "application/pdf"), (SMALL_PNG, "image/png")])
def test_the_paper_is_opened_by_who_may_see_it_and_each_look_is_noted(office: Office, paper: bytes, kind: str) -> None:
    office.appoint(paper)
    (made,) = office.known()
    answer = office.client.get(f"{PAGE}/{made.id}/paper")
    assert (answer.content, answer.headers["content-type"]) == (paper, kind)
    assert answer.headers["content-disposition"].startswith("attachment") and "no-store" in str(answer.headers)
    with office.database.read() as session:
        looks = session.exec(select(AuditRow.actor).where(AuditRow.action == "stand_in.viewed")).all()
    assert looks == ["kaew"]
    come_in(office.client, "somchai", Grant("storekeeper"))
    assert office.client.get(f"{PAGE}/{made.id}/paper").status_code == 403


def names_it(folder: Path) -> list[Path]:
    """The files in which the paper can be read."""
    return [path for path in folder.rglob("*") if path.is_file() and b"CANARY-OF-THE-PAPER" in path.read_bytes()]


def test_the_paper_lies_sealed(office: Office) -> None:
    office.appoint()
    assert [path for path in office.folder.rglob("*") if path.is_file()] != []
    assert names_it(office.folder) == []
    (office.folder / "planted").write_bytes(PAPER)  # the control
    assert names_it(office.folder) == [office.folder / "planted"]


def test_a_paper_that_was_exchanged_is_not_shown(office: Office) -> None:
    office.appoint()
    office.appoint(SMALL_PNG)
    first, second = office.known()
    with office.database.read() as session:
        paths = [files.path_of(session, office.folder, one.paper_sha256, one.id) for one in (first, second)]
    paths[0].chmod(0o600)
    paths[0].write_bytes(paths[1].read_bytes())
    assert office.client.get(f"{PAGE}/{first.id}/paper").status_code == 409
    assert office.client.get(f"{PAGE}/{second.id}/paper").status_code == 200


def test_what_is_not_there_is_not_found(office: Office) -> None:
    assert office.client.get(f"{PAGE}/{UUID(int=7)}/paper").status_code == 404
    assert office.end(UUID(int=7)).status_code == 404


def test_an_appointment_is_ended_once_and_stays_to_be_read(office: Office) -> None:
    office.appoint()
    (made,) = office.known()
    assert office.end(made.id).status_code == 303
    assert office.end(made.id).status_code == 409
    (ended,) = office.known()
    assert ended.ended_by == "kaew" and not ended.is_in_force(clock.today())
    page = office.client.get(PAGE).text
    assert "ยุติโดย kaew" in page and f"{made.id}/end" not in page and f"{made.id}/paper" in page


def parts_of_page(page: str) -> list[tuple[str, int]]:
    """Each part of the list with how many appointments stand in it."""
    found = [(page.find(title), title) for title in ("มีผลวันนี้", "ยังไม่ถึงวัน", "สิ้นสุดแล้ว")]
    bounds = sorted((at, title) for at, title in found if at >= 0)
    ends = [at for at, _ in bounds[1:]] + [len(page)]
    return [(title, page[at:end].count("<article")) for (at, title), end in zip(bounds, ends, strict=True)]


def test_appointments_stand_under_now_to_come_and_over(office: Office) -> None:
    today = clock.today()
    for since, until in ((0, 0), (0, 9), (5, 9)):
        days: list[date] = [today + timedelta(days=count) for count in (since, until)]
        assert office.appoint(since=days[0].isoformat(), until=days[1].isoformat()).status_code == 303
    assert parts_of_page(office.client.get(PAGE).text) == [("มีผลวันนี้", 2), ("ยังไม่ถึงวัน", 1)]
    office.end(office.known()[0].id)
    assert parts_of_page(office.client.get(PAGE).text)[-1] == ("สิ้นสุดแล้ว", 1)


def test_after_ten_minutes_the_form_asks_who_is_there_before_it_is_filled_in(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    found(database)
    with browser(database_url, files_dir=str(tmp_path)) as client:
        with clock.at(clock.now() - timedelta(minutes=11)):
            come_in(client, "kaew", Grant("treasurer"))
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}/new").headers["location"].startswith("/staff/confirm")
