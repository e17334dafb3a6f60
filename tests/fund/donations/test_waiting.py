"""The open gift page's stream: it tells at once, tells of the money, ends by itself, and bears a crowd."""

import asyncio
from uuid import UUID

import pytest

from fund.db import Database
from fund.donations import queries, service
from fund.donations.waiting import Lookout
from fund.errors import TooManyError
from tests.fund.browsing import browser
from tests.fund.donations.builders import STAFF, a_pledge, an_arrival, found
from tests.fund.donations.test_pages import a_gift, settle


async def told(lookout: Lookout, pledge_id: UUID, seconds: int = 5) -> list[str]:
    return [state async for state in lookout.states(pledge_id, longest_seconds=seconds)]


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
        return await asyncio.gather(*(told(lookout, pledged.pledge.id) for _ in range(20)))

    assert asyncio.run(watch()) == [["open", "settled"]] * 20


def test_more_watchers_than_it_bears_are_sent_away(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)

    async def watch() -> None:
        lookout = Lookout(fund, most=1)
        lookout.require_room()
        states = lookout.states(pledged.pledge.id)
        assert await anext(states) == "open"
        with pytest.raises(TooManyError):
            lookout.require_room()
        await states.aclose()
        lookout.require_room()

    asyncio.run(watch())


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
