"""Watching for money on behalf of open gift pages: one query every two seconds for all of them together.

Knows who waits in this process. Refuses more watchers than it can bear, and none of them stays long:
browsers come back by themselves.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from litestar.concurrency import sync_to_thread
from sqlalchemy.exc import SQLAlchemyError

from fund.db import Database
from fund.donations import queries
from fund.errors import TooManyError

LOOK_SECONDS: Final = 2
LONGEST_SECONDS: Final = 50
MOST_WATCHERS: Final = 500


class Lookout:
    """One process's look-out for settled pledges; it looks only while somebody waits."""

    def __init__(self, database: Database, *, look_seconds: int = LOOK_SECONDS, most: int = MOST_WATCHERS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._most = most
        self._waiting: Counter[UUID] = Counter()
        self._settled: set[UUID] = set()
        self._looked = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def require_room(self) -> None:
        """Raises TooManyError when too many wait already."""
        if self._waiting.total() >= self._most:
            raise TooManyError(retry_seconds=LONGEST_SECONDS)

    async def states(self, pledge_id: UUID, *, longest_seconds: int = LONGEST_SECONDS) -> AsyncIterator[str]:
        """`open` at once, then `settled` when the money is there; ends then, or after `longest_seconds`."""
        self._waiting[pledge_id] += 1
        try:
            yield "open"
            async with asyncio.timeout(longest_seconds):
                await self._until_settled(pledge_id)
            yield "settled"
        except TimeoutError:
            return
        finally:
            self._leave(pledge_id)

    async def _until_settled(self, pledge_id: UUID) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_out())
        async with self._looked:
            await self._looked.wait_for(lambda: pledge_id in self._settled)

    def _leave(self, pledge_id: UUID) -> None:
        self._waiting[pledge_id] -= 1
        if self._waiting[pledge_id] <= 0:
            del self._waiting[pledge_id]
            self._settled.discard(pledge_id)

    async def _look_out(self) -> None:
        while self._waiting:
            try:
                found = await sync_to_thread(self._look, set(self._waiting))
            except SQLAlchemyError:  # the database is away: look again later
                found = set()
            self._settled |= found & set(self._waiting)
            async with self._looked:
                self._looked.notify_all()
            await asyncio.sleep(self._look_seconds)

    def _look(self, pledge_ids: set[UUID]) -> set[UUID]:
        with self._database.read() as session:
            return queries.settled_pledges(session, pledge_ids)
