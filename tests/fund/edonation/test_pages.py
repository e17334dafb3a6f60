"""The pages over HTTP: two people lay a rule, a donor agrees, a finance officer hands out, saves and takes back."""

import re
from datetime import timedelta
from typing import Any

from fund import clock
from fund.db import Database
from fund.donations import queries, service
from fund.people.powers import Grant
from tests.fund.browsing import Browser, browser, come_in, form_token
from tests.fund.donations.builders import STAFF, VALID_TAX_ID, an_arrival, found
from tests.fund.edonation.builders import UNIT

FORM = "/give/chum-phae"
NAME = "สมชาย ใจดี"


def sent(client: Browser, path: str, **fields: Any) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **fields})


def a_proposal(**changes: str) -> dict[str, str]:
    told = {
        "since": str(clock.today() + timedelta(days=1)), "donee_th": UNIT.donee_th, "donee_en": UNIT.donee_en,
        "donee_tax_id": UNIT.donee_tax_id, "ground_th": UNIT.ground_th, "ground_en": UNIT.ground_en,
    }  # fmt: skip
    return told | changes


def lay_rule(client: Browser) -> None:
    """One proposes (wrongly at first), another agrees."""
    come_in(client, "treasurer one", Grant("treasurer"))
    refused = sent(client, "/staff/tax", **a_proposal(rate="2x", donee_th=""))
    assert refused.status_code == 400 and refused.text.count("field-error") >= 2 and UNIT.donee_en in refused.text
    assert sent(client, "/staff/tax", **a_proposal(since=str(clock.today()))).status_code == 400
    assert sent(client, "/staff/tax", **a_proposal()).status_code == 303
    agree = re.findall(r"/staff/tax/[0-9a-f-]{36}/agree", client.get("/staff/tax").text)
    assert agree == []
    come_in(client, "core one", Grant("core_team"))
    (agree,) = re.findall(r"/staff/tax/[0-9a-f-]{36}/agree", client.get("/staff/tax").text)
    assert sent(client, agree).status_code == 303
    client.cookies.clear()


def give(client: Browser, **fields: str) -> Any:
    key = re.search(r'name="form_key" value="([^"]+)"', client.get(FORM).text)
    assert key is not None
    return client.post(FORM, data={"form_key": key[1], "choice": "10", "name": NAME, **fields})


def test_a_gift_is_keyed_in_from_the_consent_to_the_table(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        assert 'name="reports_tax"' not in client.get(FORM).text
        unasked = give(client, reports_tax="yes", tax_id=VALID_TAX_ID)
        lay_rule(client)
    day = clock.now() + timedelta(days=1)
    with clock.at(day), browser(database_url) as client:
        assert UNIT.donee_th in client.get(FORM).text
        assert give(client, reports_tax="yes").status_code == 400
        told = give(client, reports_tax="yes", tax_id=VALID_TAX_ID)
        receive(database, [unasked.headers["location"], told.headers["location"]])
        come_in(client, "finance one", Grant("finance"))
        month = f"/staff/edonation/{clock.today().replace(day=1)}"
        assert client.get(month).text.count('class="code">D') == 1
        assert sent(client, f"{month}/hand-out").status_code == 303
        page = client.get(month).text
        (export,) = re.findall(rf"{month}/exports/[0-9a-f-]{{36}}", page)
        assert NAME not in page and VALID_TAX_ID not in page
        assert NAME not in client.get(f"{month}/list.csv").text
        assert sent(client, export, form="csv", reason="").status_code == 400
        table = sent(client, export, form="csv", reason="law")
        assert table.status_code == 200 and NAME in table.text and table.headers["cache-control"] == "no-store"
        undo(database, told.headers["location"])
        (back,) = re.findall(rf"{month}/gifts/[0-9a-f-]{{36}}/taken-back", client.get(month).text)
        assert sent(client, back).status_code == 303 and sent(client, back).status_code == 409
        assert client.get("/staff/edonation/1999-01-01").status_code == 404


def receive(database: Database, links: list[str]) -> None:
    """Money for the gifts of these links, today."""
    with database.write() as session:
        for link in links:
            pledge = queries.pledge_by_link(session, *link.split("/")[2:])
            pledged = service.Pledged(pledge, "", False)
            days = {"occurred_on": clock.today(), "booked_on": clock.today()}
            service.receive(session, an_arrival(session, pledged, **days), by=STAFF)


def undo(database: Database, link: str) -> None:
    with database.write() as session:
        pledge = queries.pledge_by_link(session, *link.split("/")[2:])
        (gift,) = queries.donations_of_pledge(session, pledge.id)
        service.reverse(session, gift.id, reason="twice", booked_on=clock.today(), by=STAFF)
