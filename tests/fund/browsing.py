"""Plain builders for tests that go through HTTP: a running service over a test's database, and a signed-in browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import Session

from fund import app as service
from fund.app import ROUTES, furnished, unfurnished
from fund.audit import Actor
from fund.db import Database
from fund.people import demo_people, passwords, places, sessions, staff
from fund.people.powers import Grant, Person
from fund.people.sessions import Origin
from fund.settings import Settings
from tests.builders import a_founded_fund

OFFICER, PASSWORD = "officer", "a long password"
ROLES = demo_people.ROLES_OF_DEMO
MAKER = Actor("operator")

Browser = TestClient[Litestar]
Served = Iterator[Browser]


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


def a_person(session: Session, name: str = OFFICER, *grants: Grant) -> Person:
    """A member of staff with these roles (an officer's) and the password of all tests; their places are made known."""
    for grant in grants:
        make_known(session, grant.scope)
    _, token = staff.invite(session, name, grants or [Grant(role) for role in ROLES], by=MAKER)
    return staff.accept(session, token, _hash())


def make_known(session: Session, scope: str) -> None:
    """Register the school (in the first district) or the office that a role is given for, if it is not here yet."""
    kind, _, code = scope.partition(":")
    if kind in places.KINDS and scope not in places.names(session):
        school = {"district": min(places.districts(session))} if kind == "school" else {}
        places.register(session, "school" if school else "office", code, code, code, **school, by=MAKER)


_resting: list[Litestar] = []
"""Services whose test is over: drawing up the routes takes longer than most tests, so the next one takes them over."""


@contextmanager
def served(
    settings: Settings, address: str = "http://testserver.local", *, tells_errors: bool = False
) -> Iterator[Browser]:
    """A browser before a service with these settings; `tells_errors` lets an error that nobody caught through."""
    is_whole = service.ROUTES is ROUTES  # and not what a test has planted
    app = furnished(_resting.pop() if is_whole and _resting else unfurnished(), settings)
    with TestClient(app, base_url=address, raise_server_exceptions=tells_errors) as client:
        yield client
    if is_whole:
        _resting.append(app)


@contextmanager
def browser(database_url: str, **settings: str) -> Iterator[Browser]:
    """A browser that follows no redirect by itself, before a service with these settings."""
    with served(Settings(database_url=database_url, **settings)) as client:
        client.follow_redirects = False
        yield client


@contextmanager
def signed_in(database_url: str, name: str = OFFICER, *grants: Grant, **settings: str) -> Iterator[Browser]:
    """A browser in which a person (the officer) is signed in, second factor and all."""
    with browser(database_url, **settings) as client:
        come_in(client, name, *grants)
        yield client


def come_in(client: Browser, name: str = OFFICER, *grants: Grant) -> Person:
    """Let a person (made if there is none) be signed in here, second factor and all."""
    with client.app.state.database.write() as session:
        row = staff.named(session, name)
        person = staff.person(session, row.id) if row else a_person(session, name, *grants)
        token = sessions.begin(session, person.id, "", Origin(), is_strong=True, by=Actor(name, person.id))
    client.cookies.set("staff", token)
    return person


@contextmanager
def with_officer(database_url: str, *grants: Grant, **settings: str) -> Iterator[Browser]:
    """A browser before a service that knows the officer (by default one whom a password lets in), not signed in."""
    with browser(database_url, **settings) as client:
        with client.app.state.database.write() as session:
            if staff.named(session, OFFICER) is None:
                a_person(session, OFFICER, *(grants or [Grant("storekeeper")]))
        yield client


def sign_in(client: Browser, name: str = OFFICER, password: str = PASSWORD, **headers: str) -> Any:
    """What the sign-in form answers."""
    return client.post("/staff/sign-in", data={"name": name, "password": password}, headers=headers)


def form_token(client: Browser) -> str:
    """The token that the forms of a staff page carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff").text)
    assert found is not None
    return found[1]


def as_demo(database: Database) -> None:
    """A demonstration that was just founded."""
    a_founded_fund(database, as_demo=True)
