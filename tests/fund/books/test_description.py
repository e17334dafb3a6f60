"""The description says what is done: every answer is as described, every example too, in both languages."""

import json
import re
from typing import Any

import msgspec
import pytest
from litestar.routes import HTTPRoute

from fund import language
from fund.app import create_app
from fund.books import description
from fund.books.operations import OPERATIONS, Operation
from fund.settings import Settings
from tests.fund.books.builders import Library, mismatches, program
from tests.fund.browsing import browser

ENGLISH = description.document("en", Settings())
COMPONENTS = ENGLISH["components"]["schemas"]


def described(one: Operation, status: int) -> Any:
    return ENGLISH["paths"][one.path]["get"]["responses"][str(status)]


def test_every_answer_is_as_it_is_described(shelf: Library) -> None:
    with program(shelf) as client:
        for one in OPERATIONS:
            answer = client.get(shelf.path(one))
            content = described(one, 200)["content"][answer.headers["content-type"]]
            assert mismatches(content["schema"], answer.json(), COMPONENTS) == [], one.path
            assert answer.json().get("rows") != [], one.path


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "1110.01", "fund": "GEN", "amount_satang": "1", "amount_baht": "0.01"},
        {"account": "1110.01", "fund": "GEN", "amount_satang": True, "amount_baht": "0.01"},
        {"account": "1110.01", "fund": "GEN", "amount_satang": 1},
        {"account": "1110.01", "fund": "GEN", "amount_satang": 1, "amount_baht": "0.01", "donor": "x"},
        {"account": None, "fund": "GEN", "amount_satang": 1, "amount_baht": "0.01"},
    ],
)
def test_an_answer_that_is_not_as_described_would_be_found(wrong: dict[str, Any]) -> None:
    """The control of the one above."""
    assert mismatches({"$ref": "#/components/schemas/Balance"}, wrong, COMPONENTS) != []


def test_every_refusal_is_declared_and_is_a_problem(shelf: Library) -> None:
    asked = ("?sort=x", "?size=0", "?on=x", "?as_of=999", "?old=999")
    with program(shelf) as client, browser(shelf.database_url) as stranger:
        for one in OPERATIONS:
            path = shelf.path(one).partition("?")[0]
            answers = [who.get(path + query) for who in (client, stranger) for query in asked]
            answers.append(client.get(re.sub(r"\{\w+\}", "x", one.path)))
            for answer in answers:
                assert answer.status_code in (200, *one.refusals), (str(answer.url), answer.status_code)
                if answer.status_code >= 400:
                    schema = described(one, answer.status_code)["content"]["application/problem+json"]["schema"]
                    assert mismatches(schema, answer.json(), COMPONENTS) == []


def test_every_example_is_one_that_could_be_answered() -> None:
    for one in OPERATIONS:
        content = described(one, 200)["content"]["application/json"]
        assert mismatches(content["schema"], content["example"], COMPONENTS) == [], one.path
        msgspec.json.decode(json.dumps(content["example"]), type=one.answers)


def test_every_address_is_described_and_every_place_in_it(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url))
    there = {route.path for route in app.routes if isinstance(route, HTTPRoute) and route.path.startswith("/api/")}
    assert {re.sub(r":\w+", "", path) for path in there} == {*ENGLISH["paths"], "/api/openapi.json"}
    for path, methods in ENGLISH["paths"].items():
        places = [one["name"] for one in methods["get"]["parameters"] if one["in"] == "path"]
        assert sorted(places) == sorted(re.findall(r"\{(\w+)\}", path))
    names = [one.name for one in OPERATIONS]
    assert len(set(names)) == len(names)


def test_every_reference_leads_somewhere() -> None:
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(ENGLISH)))
    assert wanted == COMPONENTS.keys()


def said(part: Any) -> set[str]:
    """Everything that the description says in words."""
    if isinstance(part, list):
        return set().union(*map(said, part))
    if not isinstance(part, dict):
        return set()
    here = {one for name, one in part.items() if name in ("summary", "description") and isinstance(one, str)}
    return here.union(*map(said, part.values()))


def test_every_word_of_it_has_its_thai() -> None:
    assert said(ENGLISH) - {""} - language.catalogue().keys() == set()
    thai = said(description.document("th", Settings())) - {""}
    assert [text for text in thai if not re.search(r"[\u0e00-\u0e7f]", text)] == []


def test_the_description_is_served_in_the_readers_language_and_kept_until_it_changes(database_url: str) -> None:
    with browser(database_url) as client:
        thai = client.get("/api/openapi.json")
        english = client.get("/api/openapi.json", headers={"accept-language": "en-US,en;q=0.9"})
        again = client.get("/api/openapi.json", headers={"if-none-match": thai.headers["etag"]})
    assert english.json() == json.loads(json.dumps(description.document("en", Settings(database_url=database_url))))
    assert thai.json()["paths"]["/api/funds"]["get"]["summary"] == "กองทุนทั้งหมด เรียงตามรหัส"
    assert (again.status_code, again.content) == (304, b"")
    assert {"Accept-Language", "Cookie"} <= set(thai.headers.get_list("vary", split_commas=True))


def test_the_page_is_made_from_the_description_and_needs_nobody_else(database_url: str) -> None:
    with browser(database_url) as client:
        client.cookies.set("language", "en")
        page = client.get("/api").text
    for one in OPERATIONS:
        assert one.path in page.replace("<wbr>", ""), one.path
        assert f'id="{one.name}"' in page
    assert "<script" not in page
    assert [link for link in re.findall(r'(?:href|src)="([^"]+)"', page) if not link.startswith(("/", "#"))] == []
    linked = {link.removeprefix("#") for link in re.findall(r'href="(#[^"]+)"', page)}
    assert [name for name in linked if f'id="{name}"' not in page] == []
