"""Plain builders for tests that go through HTTP: a running service over a test's database, and a signed-in browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from fund import profile
from fund.app import create_app
from fund.db import Database
from fund.people import service
from fund.settings import Settings

OFFICER, PASSWORD = "officer", "a long password"

Browser = TestClient[Litestar]


@cache
def _hash() -> str:
    return service.password_hash(PASSWORD)


@contextmanager
def browser(database_url: str, **settings: str) -> Iterator[Browser]:
    """A browser that follows no redirect by itself, before a service with these settings."""
    app = create_app(Settings(database_url=database_url, **settings))
    with TestClient(app, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


@contextmanager
def signed_in(database_url: str, **settings: str) -> Iterator[Browser]:
    """A browser in which the officer has signed in."""
    with browser(database_url, staff_name=OFFICER, staff_password_hash=_hash(), **settings) as client:
        assert sign_in(client).status_code == 303
        yield client


@contextmanager
def with_officer(database_url: str, **settings: str) -> Iterator[Browser]:
    """A browser before a service that knows the officer, not signed in."""
    with browser(database_url, staff_name=OFFICER, staff_password_hash=_hash(), **settings) as client:
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
    """Mark an empty database as a demonstration."""
    with database.write() as session:
        profile.install(session, as_demo=True)
