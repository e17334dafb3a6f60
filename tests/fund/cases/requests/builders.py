"""A fund with people, money and one child's case, in which things are asked for over HTTP."""

import re
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from fund.audit import Actor
from fund.cases.children import Child, Guardian
from fund.cases.places import CasePlace
from fund.cases.service import open_case
from fund.db import Database
from fund.grants import queries
from fund.grants.queries import RequestView
from fund.people import door, staff
from fund.people.powers import Grant
from ledger import book
from ledger.identifiers import new_id
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, a_person, come_in
from tests.fund.canaries import Canary
from tests.fund.cases.following.builders import agree
from tests.fund.grants.office import HELD_UP, gift

TODAY: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
CHILD, MOTHER = Canary(1), Canary(2)
WORDS: Final = f"ค่ารถของ {CHILD.name}"
PEOPLE: Final = {
    "manager": [Grant("case_manager", "district:4001")],
    "colleague": [Grant("case_manager", "district:4001")],
    "elsewhere": [Grant("case_manager", "district:4002")],
    "both": [Grant("case_manager", "district:4001"), Grant("core_team")],
    "core": [Grant("core_team")],
    "team": [Grant("core_team")],
    "third": [Grant("core_team")],
    "treasurer": [Grant("treasurer")],
    "auditor": [Grant("auditor")],
}


def settle_in(client: Browser) -> None:
    """The fund and its case manager; no money yet, and everybody else begins to work when they are needed."""
    a_founded_fund(at(client))
    as_one(client, "manager")


def at(client: Browser) -> Database:
    database: Database = client.app.state.database
    return database


def as_one(client: Browser, name: str) -> Browser:
    come_in(client, name, *PEOPLE[name])
    return client


def person_id(client: Browser, name: str) -> UUID:
    known = actor(client, name).person_id
    assert known
    return known


def wrong(client: Browser) -> list[str]:
    """What the invariants of the books and of grants find."""
    with at(client).read() as session:
        return [f"{look.__name__}: {what}" for look in HELD_UP for what in look(session)]


def actor(client: Browser, name: str = "manager") -> Actor:
    with at(client).write() as session:
        row = staff.named(session, name) or a_person(session, name, *PEOPLE[name])
        return Actor(name, row.id)


def give(client: Browser, satang: int, fund: str = "GEN") -> None:
    with at(client).write() as session:
        book.post(session, gift(satang, fund), by="bank")


def a_case(client: Browser, *scopes: str, **changes: Any) -> str:
    """A case of the district, with the mother's consent to these (to help)."""
    by = actor(client)
    told: dict[str, Any] = {"name": CHILD.name, "guardian": Guardian(MOTHER.name, "mother", promptpay="0812345678")}
    with at(client).write() as session:
        code = open_case(session, Child(**told | changes), CasePlace("4001"), by=by)
    client.app.state.consent_id = agree(at(client), code, *(scopes or ("help",)), by=by)
    return code


def typed(**changes: str) -> dict[str, str]:
    """A request as the form sends it: one part of 1,000 baht, by PromptPay to the mother."""
    told = {
        "row_id": str(new_id()), "purpose": "travel", "term": "2569/2", "urgency": "2", "words": WORDS,
        "amount_1": "๑,๐๐๐", "due_1": "2026-12-01", "payee": "new", "payee_kind": "guardian",
        "payee_name": MOTHER.name, "bank": "PROMPTPAY", "account": "0812345678",
    }  # fmt: skip
    return told | changes


def form_token(client: Browser) -> str:
    """A token of the session that is here, which no page need be opened for."""
    return door.form_token(client.cookies["staff"])


def send(client: Browser, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **fields})


def send_form(client: Browser, path: str, fields: dict[str, str], **files: Any) -> Any:
    """A form with a place for a file, which goes in parts."""
    parts = {name: (None, value) for name, value in {"csrf_token": form_token(client), **fields}.items()}
    return client.post(path, files=parts | files)


def ask(client: Browser, code: str, name: str = "manager", **changes: str) -> str:
    """The address of the request that somebody makes."""
    answer = send_form(as_one(client, name), f"/staff/cases/{code}/requests", typed(**changes))
    assert answer.status_code == 303, re.findall(r'(?:role="alert"|field-error)[^>]*>(.*?)</p>', answer.text)
    return str(answer.headers["location"])


def decide(client: Browser, name: str, here: str, act: str = "approve", version: int = 1, **fields: str) -> Any:
    """What somebody is answered who approves, tries again, or (with a reason) asks back or declines."""
    path = f"{here}/{act}" if act in ("approve", "award") else here
    return send(as_one(client, name), path, act=act, version=str(version), **fields)


def request_of(client: Browser, here: str) -> RequestView:
    with at(client).read() as session:
        return queries.request(session, UUID(here.rpartition("/")[2]))


def part_states(client: Browser, here: str) -> list[str]:
    with at(client).read() as session:
        return [one.state for one in queries.tranches(session, UUID(here.rpartition("/")[2]))]
