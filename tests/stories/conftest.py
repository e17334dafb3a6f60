"""A founded demonstration before every story, and after it: every invariant holds and every judge agrees."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import checks, clock
from fund.db import Database
from fund.settings import Settings
from tests.builders import a_founded_fund
from tests.fund.browsing import served
from tests.stories import judges, people
from tests.stories.casework import Office
from tests.stories.pages import Visitor


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A service over this test's database, its papers and letters beside it."""
    return Settings(database_url=database_url, files_dir=str(tmp_path / "files"), mail_dir=str(tmp_path / "mail"))


@pytest.fixture(autouse=True)
def _fund(database: Database) -> Iterator[None]:
    """A demonstration without its year, on a day in November."""
    with clock.at(people.FOUNDED):
        a_founded_fund(database, as_demo=True)
    with clock.at(people.NOW):
        yield


@pytest.fixture(autouse=True)
def everything_holds(_fund: None, database: Database, tmp_path: Path) -> Iterator[None]:
    """How every story ends: no invariant is broken, and three other programs count as we do."""
    yield
    with database.read() as session:
        assert checks.run(session) == []
        judges.all_agree(session, tmp_path)


@pytest.fixture
def donor(settings: Settings) -> Iterator[Visitor]:
    """Somebody without an account, at a service of their own over the same database."""
    with served(settings, tells_errors=True) as client:
        yield Visitor(client)


@pytest.fixture
def officer(settings: Settings) -> Iterator[Visitor]:
    """A finance officer who has signed in."""
    with served(settings, tells_errors=True) as client:
        visitor = Visitor(client)
        people.sign_in(visitor)
        yield visitor


@pytest.fixture
def office(settings: Settings, database: Database) -> Iterator[Office]:
    """One browser for everybody who helps a child."""
    with served(settings, tells_errors=True) as client:
        yield Office(client, database)
