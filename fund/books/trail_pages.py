"""The trail for the auditor: who did and who looked, by actor, action, subject and day; pages of it, and a table.

Knows what may be sought. Changes nothing, and says of people only the names of staff.
"""

from datetime import date, datetime
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from fund import audit, web
from fund.audit import Act, Sought
from fund.books import asked, cursors
from fund.books.asked import Asked
from fund.books.errors import EraError, ParameterError
from fund.clock import BANGKOK
from fund.db import Database
from fund.downloads import csv_answer
from fund.people import door
from fund.web import AnyRequest
from receipts.numbering import BUDDHIST_ERA

PAGE_LENGTH: Final = 50
_FIRST: Final = date(1900, 1, 1)  # before it nothing was noted; the first days of all have no moment in UTC
MOST_ROWS: Final = 50_000
"""Of one table to take away: more is asked for in several, by days."""

HEADING: Final = ("recorded_at", "actor", "person_id", "action", "subject", "reason", "came_from")
Word = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    recorded_at: datetime
    id: UUID


class Search(Asked, frozen=True):
    """What the form asks; empty is any."""

    actor: Word = ""
    action: Word = ""
    subject: Word = ""
    since: Word = ""
    until: Word = ""
    looked: Word = ""
    after: Word = ""

    @property
    def sought(self) -> Sought:
        """The same for the trail. Raises ParameterError for a day that is none, EraError."""
        words = (self.actor.strip(), self.action.strip(), self.subject.strip())
        days = _day("since", self.since), _day("until", self.until)
        return Sought(*words, *days, is_view=bool(self.looked))

    @property
    def filters(self) -> str:
        """The search as a part of an address, without its place."""
        return urlencode(
            {name: value for name, value in msgspec.structs.asdict(self).items() if value and name != "after"}
        )


@get("/staff/trail", guards=[door.require("trail.see")], sync_to_thread=True)
def trail(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Acts, newest first."""
    search = asked.read(request, Search)
    place = cursors.place(search.filters, search.after, Place) if search.after else None
    before = (place.recorded_at, place.id) if place else None
    with database.read() as session:
        found = audit.acts(session, search.sought, before=before, limit=PAGE_LENGTH + 1)
    shown = found[:PAGE_LENGTH]
    after = (
        cursors.written(search.filters, Place(shown[-1].recorded_at, shown[-1].id)) if len(found) > PAGE_LENGTH else ""
    )
    return web.page(request, "books/trail.html", search=search, acts=shown, after=after, reasons=audit.REASONS)


@get("/staff/trail.csv", guards=[door.require("trail.see")], sync_to_thread=True)
def trail_table(request: AnyRequest, database: NamedDependency[Database]) -> Response[bytes]:
    """The same as a table to take away."""
    search = asked.read(request, Search)
    with database.write() as session:
        rows = [_row(act) for act in audit.acts(session, search.sought, limit=MOST_ROWS)]
        audit.record(session, door.actor(request), "trail.taken_away", len(rows))
    return csv_answer("trail.csv", HEADING, rows)


def _day(name: str, text: str) -> date | None:
    """The day typed; none where the field was left empty. Raises ParameterError, EraError."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise ParameterError(name=name, takes="YYYY-MM-DD") from None
    if day is not None and day.year > asked.LAST_CHRISTIAN_YEAR:
        raise EraError(day=f"{day.year - BUDDHIST_ERA}-{day:%m-%d}")
    return max(day, _FIRST) if day is not None else None


def _row(act: Act) -> list[str]:
    moment = act.recorded_at.astimezone(BANGKOK).isoformat(timespec="seconds")
    return [moment, act.actor, str(act.person_id or ""), act.action, act.subject, act.reason, act.came_from]


ROUTES = [trail, trail_table]
