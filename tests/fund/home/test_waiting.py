"""What waits for whom: each kind of work for exactly those who may do it, counted, in their places, late when it is."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import update

from fund import clock, language, outbox
from fund.bank.models import InboxRow
from fund.db import Database
from fund.donations import queries as gifts
from fund.home import looks, waiting
from fund.home.waiting import WAITING
from fund.people import powers
from fund.people.powers import ACTIONS, Grant
from fund.people.roles import ROLES
from tests.fund.bank.builders import Fund, a_csv, a_gift
from tests.fund.browsing import Browser, browser, come_in
from tests.fund.donations.builders import found
from tests.fund.home.planting import HERE, add_school, later, plant, plant_own

BANGKOK_NOON = datetime(2026, 11, 25, 12, tzinfo=clock.BANGKOK)  # a Wednesday


def shown(client: Browser) -> dict[str, tuple[int, bool]]:
    """What the home page says that waits: how many, and whether it is late."""
    client.cookies.set("language", "en")
    cards = re.findall(r'<li class="card( is-late)?">(.*?)</li>', client.get("/staff").text, flags=re.DOTALL)
    return {said(card): (int(re.findall(r'count">(\d+)<', card)[0]), late != "") for late, card in cards}


def said(card: str) -> str:
    return html.unescape(re.findall(r"<h2>(?:<a[^>]*>)?([^<]+)<", card)[0])


def scope_of(database: Database, role: str) -> str:
    with database.read() as session:
        school = next(one for one in gifts.campaigns(session) if one.parent_id)
    kinds = {"": "", "district": f"district:{HERE}", "school": f"school:{school.code}", "office": "office:health"}
    return kinds[ROLES[role].place]


@pytest.fixture
def fund(database: Database, tmp_path: Path) -> Fund:
    return Fund(database, tmp_path)


@pytest.fixture
def full(fund: Fund) -> Fund:
    plant(fund)
    return fund


def each_role(fund: Fund, database_url: str) -> Iterator[tuple[str, set[str]]]:
    """What every role is shown, long after."""
    with clock.at(later()), browser(database_url) as client:
        for role in ROLES:
            name = role.replace("_", " ")
            come_in(client, name, Grant(role, scope_of(fund.database, role)))
            with fund.database.write() as session, clock.at(clock.now() - timedelta(days=40)):
                plant_own(session, name)
            yield role, set(shown(client))


def expected(role: str) -> set[str]:
    return {kind.says for kind in WAITING if role in ACTIONS[kind.action].roles}


def test_each_kind_of_work_waits_for_those_who_may_do_it_and_for_nobody_else(full: Fund, database_url: str) -> None:
    for role, is_shown in each_role(full, database_url):
        assert is_shown == expected(role), role


def test_work_shown_to_whoever_comes_is_found(full: Fund, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powers, "may", lambda *_: True)
    assert any(is_shown != expected(role) for role, is_shown in each_role(full, database_url))


def test_a_role_counts_only_what_lies_in_its_places(fund: Fund, database_url: str) -> None:
    with fund.database.write() as session:
        for name in ("Ban Nok School", "Ban Nai School"):
            add_school(session, name)
    counted = {}
    with browser(database_url) as client:
        for role in ("core_team", "case_manager", "collector"):
            come_in(client, role, Grant(role, scope_of(fund.database, role)))
            counted[role] = shown(client)["Campaigns without a gift so far"][0]
    assert counted == {"core_team": 29, "case_manager": 3, "collector": 1}


def test_a_line_waits_a_working_day_and_is_then_late_and_first(fund: Fund, database_url: str) -> None:
    with clock.at(BANGKOK_NOON):
        fund.take_and_settle(a_csv([a_gift(detail="?"), a_gift(detail="??")]))
    seen = []
    for hours in (23, 25):
        with clock.at(BANGKOK_NOON + timedelta(hours=hours)), browser(database_url) as client:
            come_in(client, f"finance {hours}", Grant("finance"))
            seen.append(list(shown(client).items()))
    assert [dict(one)["Bank lines that nobody could name"] for one in seen] == [(2, False), (2, True)]
    assert seen[1][0][0] == "Bank lines that nobody could name"


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-11-25T15:30", "2026-11-26T15:30"),  # Wednesday
        ("2026-11-27T10:00", "2026-11-30T10:00"),  # Friday
        ("2026-11-28T10:00", "2026-12-01T00:00"),  # Saturday
        ("2026-11-29T23:59", "2026-12-01T00:00"),  # Sunday
        ("2026-11-30T00:00", "2026-12-01T00:00"),  # Monday
    ],
)
def test_a_working_day_leaves_the_weekend_out(came: str, due: str) -> None:
    began, ends = (datetime.fromisoformat(text).replace(tzinfo=clock.BANGKOK) for text in (came, due))
    assert looks.working_day_after(began.astimezone(UTC)) == ends


def test_settled_work_is_gone_from_the_page(full: Fund, database_url: str) -> None:
    with full.database.write() as session:
        outbox.try_failed_again(session)
        session.execute(update(InboxRow).values(state="waiting"))
    with browser(database_url) as client:
        come_in(client, "finance", Grant("finance"))
        found = shown(client)
    gone = {"Papers and jobs that failed", "Letters that could not be sent", "Bank lines that the books refused"}
    assert found["Bank lines that nobody could name"][0] == 3
    assert gone & set(found) == set()


def test_whoever_has_nothing_to_do_is_told_what_next(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(waiting, "WAITING", ())
    places = {"": "", "district": f"district:{HERE}", "school": "school:x", "office": "office:y"}
    with browser(database_url) as client:
        client.cookies.set("language", "en")
        for role, kind in ROLES.items():
            come_in(client, role, Grant(role, places[kind.place]))
            page = client.get("/staff").text
            assert "Nothing waits for you." in page
            leads = re.search(r'<div class="empty stack">.*?<a class="button" href="([^"]+)"', page, flags=re.DOTALL)
            assert leads is not None
            assert client.get(leads[1]).status_code == 200


def test_every_text_of_the_table_has_its_thai() -> None:
    texts = {text for kind in WAITING for text in (kind.says, kind.then)}
    assert texts - language.catalogue().keys() == set()
