"""The desk of personal data, attacked: days that cannot be, what erasures leave, lists that are not the last."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fund import clock
from fund.db import Database
from fund.rights.desk import TWICE_WITHIN
from tests.fund.browsing import Browser, form_token
from tests.fund.donations.builders import found
from tests.fund.rights.builders import DESK, a_given_fund, a_request, as_one, desk, send


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59", "2569-11-23T10:00"])
def test_a_breach_noticed_when_nothing_can_be_is_refused(database: Database, database_url: str, at: str) -> None:
    found(database)
    with desk(database_url) as client:
        answer = send(as_one(client, "core one"), f"{DESK}/breaches", words="x", at=at, risk="some", people="1")
    assert answer.status_code == 400


def pressed_twice(client: Browser, address: str, **form: str) -> list[Any]:
    """What a form answers whose button was pressed twice in a hurry."""
    whole = {"csrf_token": form_token(client), **form}
    with ThreadPoolExecutor(2) as both:
        return list(both.map(lambda _: client.post(address, data=whole), range(2)))


def test_a_form_sent_twice_makes_one_request_one_breach_and_one_proposal(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    request = {"kind": "erasure", "shown": number, "identified_by": "known", "received_on": clock.today().isoformat()}
    breach = {"words": "x", "at": "2026-10-01T10:00", "risk": "some", "people": "1"}
    with desk(database_url) as client:
        made = [
            pressed_twice(as_one(client, "core one"), f"{DESK}/requests", **request, words="ลบด้วย"),
            pressed_twice(client, f"{DESK}/breaches", **breach),
        ]
        assert [len({answer.headers["location"] for answer in both}) for both in made] == [1, 1]
        address = made[0][0].headers["location"]
        pressed_twice(client, f"{address}/erase")
        assert len(set(re.findall(rf"{DESK}/erasures/[0-9a-f-]+", client.get(address).text))) == 1


def test_two_requests_that_differ_are_two(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        made = [a_request(client, number, words=words) for words in ("ขอดู", "ขอดูอีกครั้ง")]
        assert len(set(made)) == 2


def test_the_same_asked_again_later_is_another(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        first = a_request(client, number)
        with clock.at(clock.now() + 2 * TWICE_WITHIN):
            assert a_request(client, number) != first
