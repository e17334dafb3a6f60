"""Watching for money on behalf of open gift pages: one query every two seconds for all of them together.

Knows who waits in this process. Refuses more watchers than it can bear, and more than a few of one gift, so that one
link cannot take every place. None of them stays long: browsers come back by themselves.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar.concurrency import sync_to_thread
from sqlalchemy.exc import SQLAlchemyError

from fund.db import Database
from fund.donations import hearing
from fund.donations.states import OPEN, SETTLED
from fund.errors import TooManyError

LOOK_SECONDS: Final = 2
LONGEST_SECONDS: Final = 50
MOST_WATCHERS: Final = 500
MOST_OF_ONE_PLEDGE: Final = 5
_GRACE_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """One watcher's place, counted from admission on; given up by itself if its stream never begins."""

    pledge_id: UUID
    lapses_at: int  # by the monotonic clock, later than any stream ends


class Lookout:
    """One process's look-out for what happens to pledges; it looks only while somebody waits."""

    def __init__(self, database: Database, *, look_seconds: int = LOOK_SECONDS, most: int = MOST_WATCHERS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._most = most
        self._places: set[Place] = set()
        self._known: dict[UUID, str] = {}
        self._looked = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def admit(self, pledge_id: UUID) -> Place:
        """A place to wait at. Raises TooManyError when too many wait already, in all or for this gift."""
        now = int(time.monotonic())
        self._places = {place for place in self._places if place.lapses_at > now}
        of_this = sum(place.pledge_id == pledge_id for place in self._places)
        if len(self._places) >= self._most or of_this >= MOST_OF_ONE_PLEDGE:
            raise TooManyError(retry_seconds=LONGEST_SECONDS, retry_minutes=1)
        place = Place(pledge_id, now + LONGEST_SECONDS + _GRACE_SECONDS)
        self._places.add(place)
        return place

    async def states(self, place: Place, *, longest_seconds: int = LONGEST_SECONDS) -> AsyncGenerator[str]:
        """`open` at once, `heard` when a bank tells of it, `settled` when the money is there; ends then, or after
        `longest_seconds`."""
        until, said = asyncio.get_running_loop().time() + longest_seconds, OPEN
        try:
            yield said
            while said != SETTLED:
                async with asyncio.timeout_at(until):
                    said = await self._change(place.pledge_id, said)
                yield said
        except TimeoutError:
            return
        finally:
            self._leave(place)

    async def _change(self, pledge_id: UUID, said: str) -> str:
        """What is there to tell of a pledge once it is something else than was said."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_out())
        async with self._looked:
            await self._looked.wait_for(lambda: self._known.get(pledge_id, said) != said)
        return self._known[pledge_id]

    def _leave(self, place: Place) -> None:
        self._places.discard(place)
        self._known = {pledge_id: state for pledge_id, state in self._known.items() if pledge_id in self._waiting}

    @property
    def _waiting(self) -> set[UUID]:
        return {place.pledge_id for place in self._places}

    async def _look_out(self) -> None:
        while self._waiting:
            try:
                found = await sync_to_thread(self._look, self._waiting)
            except SQLAlchemyError:  # the database is away: look again later
                found = {}
            self._known |= {pledge_id: state for pledge_id, state in found.items() if pledge_id in self._waiting}
            async with self._looked:
                self._looked.notify_all()
            await asyncio.sleep(self._look_seconds)

    def _look(self, pledge_ids: set[UUID]) -> dict[UUID, str]:
        with self._database.read() as session:
            return hearing.changes(session, pledge_ids)
