"""Who may do what, role by route by method, over HTTP; and that no route is without its rule."""

import re
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar, get

from fund.app import create_app
from fund.cases.following.states import TRANSITIONS
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.queries import CampaignView
from fund.errors import ForbiddenError, FundError, NotFoundError
from fund.people import door, powers
from fund.people.open_addresses import OPEN
from fund.people.powers import ACTIONS, Grant, Person, Place
from fund.people.roles import ROLES
from fund.settings import Settings
from tests.fund.browsing import Browser, browser, come_in, form_token
from tests.fund.donations.builders import STAFF, found
from tests.web.routes import Route, table

STAFF_ID = UUID(int=1)
HERE, ELSEWHERE, SCHOOL = "4005", "4012", "KK4005001"
"""The district that scoped roles are given for, another one, and the first school below the former (less its check)."""


def without_rule(app: Litestar) -> list[str]:
    """The routes that name no act and are not in the list of open ones, or that are in both."""
    found = [(f"{one.method} {one.path}", one.action) for one in table(app)]
    return [address for address, action in found if bool(action) == (address in OPEN)]


def app_with(*more: Any) -> Litestar:
    app = create_app(Settings())
    for route in more:
        app.register(route)
    return app


def test_every_route_has_its_rule() -> None:
    assert without_rule(app_with()) == []


def test_a_route_without_a_rule_is_found() -> None:
    @get("/staff/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        """Nobody stands before it."""
        return "everything"

    assert without_rule(app_with(forgotten)) == ["GET /staff/forgotten"]


BY_THE_STEP = {one.power for one in TRANSITIONS}
"""Acts for which one address serves several steps: which act a step is stands in the table of states."""


def test_every_open_address_is_there_and_every_act_is_some_route_s() -> None:
    known = table(app_with())
    assert {f"{one.method} {one.path}" for one in known} >= OPEN
    assert ACTIONS.keys() - {one.action for one in known} - BY_THE_STEP == set()


def test_an_act_that_is_in_no_table_names_no_route() -> None:
    with pytest.raises(KeyError):
        door.require("lines.naem")


def scope_of(role: str) -> str:
    """The place that a role of the matrix is given for."""
    places = {"": "", "district": f"district:{HERE}", "school": f"school:{SCHOOL}", "office": "office:health"}
    return places[ROLES[role].place]


def unexpected(client: Browser, role: str, known: list[Route]) -> list[str]:
    """The routes that answer this role otherwise than the table says."""
    come_in(client, role.replace("_", " "), Grant(role, scope_of(role)))
    token = form_token(client)
    wrong = []
    for route in known:
        sent: dict[str, Any] = {"data": {"csrf_token": token}} if route.method == "POST" else {}
        answer = client.request(route.method, route.filled({}), headers={"accept": "application/json"}, **sent)
        refused = answer.status_code in (401, 403)
        if refused == (role in ACTIONS[route.action].roles) or answer.status_code >= 500:
            wrong.append(f"{role}: {route.method} {route.path} {answer.status_code}")
    return wrong


def guarded(app: Litestar) -> list[Route]:
    """The routes of staff, but for the one that ends the session it is asked in."""
    return [one for one in table(app) if one.action not in ("", "own.sign_out")]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_the_table_says_and_nothing_else(database: Database, database_url: str, role: str) -> None:
    found(database)
    with browser(database_url) as client:
        known = guarded(client.app)
        assert len(known) > 30
        assert unexpected(client, role, known) == []


def test_a_door_that_asks_nobody_is_found_by_the_matrix(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(powers, "may", lambda *_: True)
    with browser(database_url) as client:
        assert unexpected(client, "watcher", guarded(client.app)) != []


def campaigns(database: Database) -> dict[str, CampaignView]:
    """A district's campaign here and elsewhere, each with a school below, all closed: a poster need not be printed."""
    with database.write() as session:
        districts = {one.district: one for one in gifts.campaigns(session)}
        for district in (HERE, ELSEWHERE):
            for name in ("A", "B"):
                donations.open_below(
                    session, districts[district], name_th=name, name_en=f"School {name} {district}", purpose_th="",
                    purpose_en="", by=STAFF,
                )  # fmt: skip
        for one in gifts.campaigns(session):
            donations.close_campaign(session, one.id, by=STAFF)
        return {one.slug: one for one in gifts.campaigns(session)}


PRINTED = {
    "case_manager": (f"district:{HERE}", {"chum-phae", "school-a-4005", "school-b-4005"}),
    "collector": ("school:", {"school-a-4005"}),
}


def told_apart(client: Browser, known: dict[str, CampaignView], role: str) -> list[str]:
    """What is answered otherwise than its place says: what is theirs is there, what is not is as if it never was."""
    scope, theirs = PRINTED[role]
    come_in(client, role, Grant(role, scope if scope[-1] != ":" else scope + known["school-a-4005"].code))
    missing = client.get("/staff/campaigns/KK9999X/poster.pdf").text
    page = client.get("/staff/campaigns").text
    wrong = []
    for slug, one in known.items():
        answer = client.get(f"/staff/campaigns/{one.code}/poster.pdf")
        is_as_missing = (answer.status_code, without_number(answer.text)) == (404, without_number(missing))
        is_right = answer.status_code == 410 if slug in theirs else is_as_missing
        if not is_right or (one.code in page) != (slug in theirs):
            wrong.append(f"{slug}: {answer.status_code}")
    return wrong


@pytest.mark.parametrize("role", PRINTED)
def test_what_lies_elsewhere_is_not_there(database: Database, database_url: str, role: str) -> None:
    found(database)
    known = campaigns(database)
    with browser(database_url) as client:
        assert told_apart(client, known, role) == []


@pytest.mark.parametrize("refusal", [ForbiddenError, NotFoundError])
def test_an_answer_that_tells_what_lies_elsewhere_would_be_found(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, refusal: type[FundError]
) -> None:
    """The control: the same body where what lies elsewhere is forbidden, or is missing in other words."""

    def talkative(person: Person, action: str, place: Place | None = None, **_: Any) -> None:
        if not powers.may(person, action, place):
            raise refusal()

    found(database)
    known = campaigns(database)
    monkeypatch.setattr(powers, "require", talkative)
    with browser(database_url) as client:
        assert told_apart(client, known, "case_manager") != []


def without_number(page: str) -> str:
    """A page of refusal without the number of its request, which is another one each time."""
    return re.sub(r"[0-9a-f]{12}", "", page)


def test_a_role_is_for_its_place_and_for_no_other() -> None:
    manager = Person(STAFF_ID, "m", (Grant("case_manager", f"district:{HERE}"),))
    assert powers.may(manager, "campaigns.see")
    assert powers.may(manager, "campaigns.see", Place(district=HERE, school=SCHOOL))
    for other in (Place(), Place(district=ELSEWHERE), Place(school=HERE), Place(office=HERE)):
        assert not powers.may(manager, "campaigns.see", other)
    nobody = Person(STAFF_ID, "n", (Grant("case_manager", "district:"),))
    assert not powers.may(nobody, "campaigns.see", Place())


def test_an_administrator_has_no_power_over_money() -> None:
    acts = {name for name, action in ACTIONS.items() if "administrator" in action.roles}
    money = {"statements", "lines", "campaigns", "books"}
    assert {name.partition(".")[0] for name in acts} & money == set()
    people = {name for name in ACTIONS if name.startswith("people.") and name != "people.see"}
    assert all(ACTIONS[name].roles == {"administrator"} for name in people)
