"""Plain builders for reports: a founded fund with two districts' case managers, browsers, a report, a class list."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from fund.audit import Actor
from fund.cases.finding import service
from fund.cases.finding.models import ReportRow
from fund.cases.finding.told import Reporter, Source, Told
from fund.db import Database
from fund.people import staff
from fund.people.powers import Grant
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, a_person, browser, come_in, form_token, make_known

HERE, THERE = "4001", "4002"
SCHOOL = "KK4001001V"
"""In the first district."""

PEOPLE = {
    "manager here": Grant("case_manager", f"district:{HERE}"),
    "manager there": Grant("case_manager", f"district:{THERE}"),
    "teacher": Grant("watcher", f"school:{SCHOOL}"),
    "core": Grant("core_team"),
    "auditor": Grant("auditor"),
}
TOLD = Told("เด็กชายธนภัทร ศรีสุข", "ภัทร", 11, signs=("absent",), where="บ้านท้ายซอยวัด", words="ไม่มาสามสัปดาห์")
REPORTER = Reporter("ป้าแดง คนข้างบ้าน", "0812345678", "neighbour")
FORM = {
    "name": TOLD.name,
    "nickname": TOLD.nickname,
    "age": "๑๑",
    "absent": "yes",
    "money": "yes",
    "where": TOLD.where,
    "reporter_name": REPORTER.name,
    "reporter_phone": "081-234-5678",
    "reporter_relation": "neighbour",
}


def found(database: Database) -> None:
    """The fund, and everybody in `PEOPLE`."""
    a_founded_fund(database)
    with database.write() as session:
        make_known(session, f"school:{SCHOOL}")
        for name, grant in PEOPLE.items():
            a_person(session, name, grant)


def by(session: Session, name: str = "manager here") -> Actor:
    row = staff.named(session, name)
    assert row is not None
    return Actor(name, row.id)


def a_report(session: Session, told: Told = TOLD, *, district: str = HERE, school: str = "") -> UUID:
    """A report by the open form."""
    source = Source("open", district, school)
    return service.report(session, told, REPORTER, source, form_key=token_urlsafe(16))[0]


@contextmanager
def at_work(database_url: str, **settings: str) -> Iterator[Browser]:
    """A browser that speaks English; nobody is signed in yet."""
    with browser(database_url, **settings) as client:
        client.cookies.set("language", "en")
        yield client


def as_one(client: Browser, name: str) -> Browser:
    """The same browser, with one of `PEOPLE` signed in."""
    come_in(client, name, PEOPLE[name])
    return client


def send(client: Browser, address: str, **form: Any) -> Any:
    """What a staff form answers."""
    return client.post(address, data={"csrf_token": form_token(client), **form})


def tell(client: Browser, address: str = "/report", **changes: Any) -> Any:
    """What the public form answers to a neighbour."""
    key = re.search(r'name="form_key" value="([^"]+)"', client.get(address).text)
    district = {"district": HERE} if address == "/report" else {}
    return client.post(address, data={**FORM, **district, "form_key": key[1] if key else "", **changes})


def report_ids(database: Database) -> list[UUID]:
    """Every report, first to last."""
    with database.read() as session:
        return sorted(session.exec(select(ReportRow.id)))
