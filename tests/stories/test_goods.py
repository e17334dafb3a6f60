"""Goods through HTTP alone: counted by one, valued by another, carried, counted blind, taken out by two."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from fund.people.powers import Grant
from fund.settings import Settings
from tests.fund.browsing import come_in, served
from tests.stories.casework import a_pdf
from tests.stories.pages import Page, Visitor

PNG = b"\x89PNG\r\n\x1a\n of a price list"
ROLES = {
    "storekeeper": Grant("storekeeper"),
    "valuer": Grant("valuer"),
    "core_team": Grant("core_team"),
    "case_manager": Grant("case_manager", "district:4001"),
    "second": Grant("storekeeper"),
}


@pytest.fixture
def people(settings: Settings, donor: Visitor) -> Iterator[dict[str, Visitor]]:
    """Somebody of each role, signed in; a second storekeeper too."""
    with ExitStack() as stack:
        found = {}
        for name, role in ROLES.items():
            client = stack.enter_context(served(settings, tells_errors=True))
            come_in(client, f"goods {name}", role)
            found[name] = Visitor(client)
        yield found


def listed(keeper: Visitor) -> None:
    """Rice, a store and a school."""
    page = keeper.open("/staff/goods/lists")
    keeper.send(page, "/things", name_th="ข้าวสาร", name_en="Rice", unit_th="ถุง", unit_en="bag")
    for kind, name in (("store", "Province store"), ("school", "Ban Na School")):
        keeper.send(page, "/places", kind=kind, name=name)


def came(keeper: Visitor, accepted: str = "10", **told: str) -> Page:
    page = keeper.open("/staff/goods/receive")
    return keeper.upload(page, "/receive", "rice.png", PNG, field="photo", accepted=accepted, **told)


def a_lot(people: dict[str, Visitor], **told: str) -> str:
    """The address of ten bags of rice, worth 50 baht each."""
    listed(people["storekeeper"])
    came(people["storekeeper"], giver="ร้านข้าวตัวอย่าง", **told)
    waiting = people["valuer"].open("/staff/goods").link("/goods/arrivals/")
    page = people["valuer"].upload(
        people["valuer"].open(waiting),
        "/arrivals/" + waiting.rpartition("/")[2],
        "p.png",
        PNG,
        field="paper",
        worth="50",
    )
    assert "one worth 50.00 baht" in page.words
    return page.address.split("testserver.local")[-1]


def settling(matters: Page) -> str:
    """How the address of the first form on this page ends."""
    return next(form.action for form in matters.forms if "/staff/goods/" in form.action)


def test_goods_are_counted_by_one_and_valued_by_another(people: dict[str, Visitor]) -> None:
    lot = a_lot(people)
    store = people["core_team"].open("/staff/goods").words
    assert "Rice" in store and "worth 500.00 baht" in store and "Wait to be valued" not in store
    assert people["valuer"].open(people["valuer"].open(lot).link("/paper")).content == PNG


def test_what_is_refused_stays_as_it_was_typed(people: dict[str, Visitor]) -> None:
    listed(people["storekeeper"])
    page = came(people["storekeeper"], "many", giver="Shop")
    assert page.status == 400 and "Write whole numbers" in page.words
    assert page.form("/receive").fields["accepted"] == "many" and page.form("/receive").fields["giver"] == "Shop"


def test_a_lot_is_carried_counted_blind_explained_and_taken_out_by_two(people: dict[str, Visitor]) -> None:
    lot, keeper = a_lot(people), people["storekeeper"]
    (school,) = re.findall(r'value="([^"]+)">Ban Na School', keeper.open(lot).source)
    assert "Ban Na School" in keeper.send(keeper.open(lot), "/move", to=school, quantity="4").words
    counting = keeper.open(keeper.open(lot).link("/count/"))
    assert not re.search(r"\b(10|6|4)\b", counting.words.partition("Count what is there")[2].partition("This is")[0])
    matters = keeper.send(counting, counting.address.rpartition("/")[2], found="3")
    assert "Somebody else explains" in matters.words
    matters = people["second"].open("/staff/goods/matters")
    done = people["second"].send(matters, settling(matters), answer="real", reason="หนูกัด")
    assert "Nothing waits" in done.words
    page = keeper.open(lot)
    asked = keeper.upload(page, "/remove", "p.png", PNG, field="paper", quantity="1", reason="เปียก", act="write_off")
    assert "Somebody else answers" in asked.words
    matters = people["core_team"].open("/staff/goods/matters")
    people["core_team"].send(matters, settling(matters), answer="yes")
    assert "Written off" in keeper.open(lot).words


def asked_for(manager: Visitor, quantity: str) -> Page:
    """A child's case whose mother agreed to help, and what is asked for it."""
    child = {"name": "เด็กหญิงใบตอง", "guardian": "นางจันทร์", "relation": "mother", "grade": "P4", "district": "4001"}
    case = manager.send(manager.open("/staff/cases/new"), "/cases/new", **child)
    agreed = {"who": "นางจันทร์", "consent_relation": "mother", "help": "yes"}
    manager.upload(case, "/consents", "c.pdf", a_pdf(), field="signed", **agreed)
    page = manager.open(f"/staff/cases/{re.split('[/?]', case.address)[5]}/goods")
    (rice,) = re.findall(r'value="([^"]+)">Rice', page.source)
    return manager.send(page, "/goods", thing=rice, quantity=quantity)


def test_what_a_child_was_promised_is_brought_handed_out_and_comes_back(people: dict[str, Visitor]) -> None:
    a_lot(people)
    keeper = people["storekeeper"]
    award = asked_for(people["case_manager"], "4").address
    assert "Promised" in people["core_team"].send(people["core_team"].open(award), "/approve").words
    page = keeper.open(award)
    (school,) = re.findall(r'value="([^"]+)">Ban Na School', page.source)
    brought = keeper.send(page, "/bring", to=school)
    assert "Ban Na School 4 bag" in brought.words, brought.words
    done = keeper.upload(brought, "/issue", "v.pdf", a_pdf(), field="signed", who="นางจันทร์", relation="mother")
    assert "Handed out" in done.words
    refused = keeper.send(done, "/return", quantity="5", to=school)
    assert refused.status == 409, refused.words
    assert "3 came back" in keeper.send(keeper.open(award), "/return", quantity="3", to=school).words
    rest = keeper.send(keeper.open(award), "/return", quantity="1", to=school)
    assert "4 came back" in rest.words and "Something came back" not in rest.words


def test_what_is_promised_is_taken_back_while_it_is_in_store(people: dict[str, Visitor]) -> None:
    lot = a_lot(people)
    award, core = asked_for(people["case_manager"], "4").address, people["core_team"]
    core.send(core.open(award), "/approve")
    assert "4 promised" in people["storekeeper"].open(lot).words, people["storekeeper"].open(lot).words
    page = core.open(award)
    taken = core.send(page, award.rpartition("/")[2], reason="elsewhere")
    assert "The promise was taken back" in taken.words, taken.words
    assert "promised" not in people["storekeeper"].open(lot).words
