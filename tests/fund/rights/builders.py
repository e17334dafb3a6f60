"""Plain builders for the data desk: a donor whose gift arrived, people of each role, requests over HTTP."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlmodel import Session

from fund import clock
from fund.db import Database
from fund.donations import service as donations
from fund.donors.details import ContactDetails
from fund.people.powers import Grant
from receipts import queries
from tests.fund.browsing import Browser, browser, come_in, form_token
from tests.fund.canaries import Canary
from tests.fund.donations.builders import STAFF, a_pledge, an_arrival, found

DESK = "/staff/rights"
ROLES = {
    "core one": "core_team",
    "core two": "core_team",
    "treasurer one": "treasurer",
    "finance one": "finance",
    "auditor one": "auditor",
    "watcher one": "watcher",
}
DONOR = Canary(1)


def details(canary: Canary) -> ContactDetails:
    """Everything that a donor may tell."""
    return ContactDetails(canary.public_name, canary.name, canary.tax_id, canary.email)


def a_gift(session: Session, canary: Canary = DONOR, *, wants_receipt: bool = True) -> tuple[UUID, str]:
    """A gift of somebody who told everything: their contact's id, and the receipt's number (or none)."""
    pledged = a_pledge(session, contact=details(canary), wants_receipt=wants_receipt)
    donation = donations.receive(session, an_arrival(session, pledged), by=STAFF)
    assert pledged.pledge.contact_id
    return pledged.pledge.contact_id, donation.receipt_number or ""


def a_given_fund(database: Database, canary: Canary = DONOR) -> tuple[UUID, str]:
    """A founded fund with one such gift."""
    found(database)
    with database.write() as session:
        return a_gift(session, canary)


@contextmanager
def desk(database_url: str) -> Iterator[Browser]:
    """A browser at the desk's service, speaking English; nobody is signed in yet."""
    with browser(database_url) as client:
        client.cookies.set("language", "en")
        yield client


def as_one(client: Browser, name: str) -> Browser:
    """The same browser, with this person signed in."""
    role = ROLES[name]
    come_in(client, name, Grant(role, "school:KK4005001" if role == "watcher" else ""))
    return client


def send(client: Browser, address: str, **form: str) -> Any:
    """What a form answers."""
    return client.post(address, data={"csrf_token": form_token(client), **form})


def a_request(client: Browser, shown: str, kind: str = "access", **changes: str) -> str:
    """The address of a request that was taken today by finance."""
    form = {"kind": kind, "shown": shown, "identified_by": "called_back", "words": "ขอดู"}
    form["received_on"] = clock.today().isoformat()
    answer = send(as_one(client, "finance one"), f"{DESK}/requests", **{**form, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def proposals(client: Browser, page: str = DESK) -> list[str]:
    """The addresses of the erasures that a page leads to."""
    return list(dict.fromkeys(re.findall(rf'"({DESK}/erasures/[0-9a-f-]+)"', client.get(page).text)))


def link_of(database: Database, number: str) -> str:
    """The donor's own link of a receipt."""
    with database.read() as session:
        return f"http://fund.example/r/{number}/{queries.by_number(session, number).token}"
