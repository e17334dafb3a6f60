"""The open gift page's stream: it tells at once, tells of the money, ends by itself, and bears a crowd."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from fund.db import Database
from fund.donations import queries, service
from fund.donations.waiting import LONGEST_SECONDS, MOST_OF_ONE_PLEDGE, Lookout
from fund.errors import TooManyError
from tests.fund.browsing import browser
from tests.fund.donations.builders import STAFF, a_pledge, an_arrival, found
from tests.fund.donations.test_pages import a_gift, settle


async def told(lookout: Lookout, pledge_id: UUID, seconds: int = 5) -> list[str]:
    return [state async for state in lookout.states(lookout.admit(pledge_id), longest_seconds=seconds)]


@pytest.fixture
def fund(database: Database) -> Database:
    found(database)
    return database


def test_a_watcher_is_told_when_the_money_is_there_and_others_wait_on(fund: Database) -> None:
    with fund.write() as session:
        paid, unpaid = a_pledge(session), a_pledge(session)

    async def watch() -> list[list[str]]:
        lookout = Lookout(fund, look_seconds=0)
        both = [told(lookout, paid.pledge.id), told(lookout, unpaid.pledge.id, seconds=1)]
        watching = asyncio.gather(*both)
        await asyncio.sleep(0)
        await asyncio.to_thread(pay)
        return await watching

    def pay() -> None:
        with fund.write() as session:
            service.receive(session, an_arrival(session, paid), by=STAFF)

    assert asyncio.run(watch()) == [["open", "settled"], ["open"]]


def test_many_watchers_of_one_pledge_are_all_told(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
        service.receive(session, an_arrival(session, pledged), by=STAFF)

    async def watch() -> list[list[str]]:
        lookout = Lookout(fund)
        return await asyncio.gather(*(told(lookout, pledged.pledge.id) for _ in range(MOST_OF_ONE_PLEDGE)))

    assert asyncio.run(watch()) == [["open", "settled"]] * MOST_OF_ONE_PLEDGE


def test_more_watchers_than_it_bears_are_sent_away(fund: Database) -> None:
    async def watch() -> None:
        lookout = Lookout(fund, most=1)
        states = lookout.states(lookout.admit(uuid4()))
        assert await anext(states) == "open"
        with pytest.raises(TooManyError):
            lookout.admit(uuid4())
        await states.aclose()
        lookout.admit(uuid4())

    asyncio.run(watch())


def test_one_link_cannot_take_every_place(fund: Database) -> None:
    lookout, one = Lookout(fund), uuid4()
    for _ in range(MOST_OF_ONE_PLEDGE):
        lookout.admit(one)
    with pytest.raises(TooManyError):
        lookout.admit(one)
    lookout.admit(uuid4())


def test_the_limit_holds_for_all_who_are_admitted_before_any_stream_begins(fund: Database) -> None:
    lookout = Lookout(fund, most=3)
    for _ in range(3):
        lookout.admit(uuid4())
    with pytest.raises(TooManyError):
        lookout.admit(uuid4())


def test_a_place_whose_stream_never_began_is_free_again(fund: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    lookout = Lookout(fund, most=1)
    lookout.admit(uuid4())
    later = time.monotonic() + LONGEST_SECONDS + 11
    monkeypatch.setattr(time, "monotonic", lambda: later)
    lookout.admit(uuid4())


def test_the_stream_over_http_tells_of_money_that_is_there(fund: Database, database_url: str) -> None:
    with browser(database_url) as client:
        link = a_gift(client)
        settle(fund, link)
        answer = client.get(f"{link}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert "data: open" in answer.text
    assert "data: settled" in answer.text
    with fund.read() as session:
        assert queries.pledges_by_reference(session, [link.split("/")[2]])
