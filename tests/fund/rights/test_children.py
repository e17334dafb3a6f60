"""A child's or guardian's request starts from the case's code: found, shown to who may see cases, erased by two."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund.audit import Actor, Sought, acts
from fund.cases import queries as cases
from fund.db import Database
from fund.rights import holdings
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, browser
from tests.fund.cases.builders import a_case, a_child
from tests.fund.rights.builders import a_request, as_one, proposals, send

CANARY = "เด็กหญิงคานารี ขอสิทธิ์"


@pytest.fixture
def client(database_url: str, database: Database, tmp_path: Path) -> Iterator[Browser]:
    a_founded_fund(database)
    with browser(database_url, files_dir=str(tmp_path)) as opened:
        yield opened


@pytest.fixture
def code(client: Browser, database: Database) -> str:
    return a_case(database, a_child(name=CANARY), by=Actor("somebody"))


def test_a_case_is_found_by_its_code_alone(client: Browser, database: Database, code: str) -> None:
    with database.read() as session:
        child_id = cases.case(session, code).child_id
        assert holdings.find(session, f" {code.lower()} ") == [holdings.Subject("child", child_id)]
        assert holdings.find(session, CANARY) == []


def test_who_may_not_see_cases_does_not_see_the_child_by_a_request(client: Browser, code: str) -> None:
    here = a_request(client, code)
    assert as_one(client, "finance one").get(f"{here}/held").status_code == 403
    page = as_one(client, "core one").get(f"{here}/held")
    assert page.status_code == 200 and CANARY in page.text
    with client.app.state.database.read() as session:
        looks = acts(session, Sought(subject=code, is_view=True), limit=9)
    assert [look.reason for look in looks] == ["asked_by_the_person"]


def test_two_others_erase_a_child_who_asked(client: Browser, database: Database, code: str) -> None:
    here = a_request(client, code, "erasure")
    send(as_one(client, "core one"), f"{here}/erase")
    (erasure,) = proposals(client)
    for name in ("core one", "core two", "treasurer one"):
        send(as_one(client, name), f"{erasure}/confirm")
        with database.write() as session:
            child = cases.child_of(session, code, purpose="audit", by=Actor("auditor")).child
        assert (child is None) == (name == "treasurer one")
