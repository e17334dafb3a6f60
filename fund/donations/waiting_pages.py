"""What an open gift page asks by itself: has the money come? As a stream, or one answer at a time."""

from collections.abc import AsyncIterator

from litestar import Response, get
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from litestar.types import SSEData

from fund.db import Database
from fund.donations import hearing, queries
from fund.donations.queries import PledgeView
from fund.donations.waiting import Lookout
from fund.web import AnyRequest

PRIVATE = {"Cache-Control": "no-store"}
COME_BACK_MILLISECONDS = 3000


@get("/gift/{reference:str}/{token:str}/state", sync_to_thread=True)
def gift_state(
    reference: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[dict[str, str]]:
    """The gift's state, for browsers that cannot hold a stream."""
    with database.read() as session:
        state = hearing.state(session, queries.pledge_by_link(session, reference, token))
    return Response({"state": state}, headers=PRIVATE)


@get("/gift/{reference:str}/{token:str}/events")
async def gift_events(
    request: AnyRequest, reference: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> ServerSentEvent:
    """The gift's state as it changes."""
    pledge = await sync_to_thread(_pledge, database, reference, token)
    lookout = _lookout(request, database)
    told = _told(lookout.states(lookout.admit(pledge.id)))
    return ServerSentEvent(told, retry_duration=COME_BACK_MILLISECONDS, headers=PRIVATE)


async def _told(states: AsyncIterator[str]) -> AsyncIterator[SSEData]:
    async for state in states:
        yield {"data": state, "event": "state"}


def _pledge(database: Database, reference: str, token: str) -> PledgeView:
    with database.read() as session:
        return queries.pledge_by_link(session, reference, token)


def _lookout(request: AnyRequest, database: Database) -> Lookout:
    """The one look-out of this process."""
    known: Lookout = request.app.state.setdefault("lookout", Lookout(database))
    return known


ROUTES = [gift_state, gift_events]
