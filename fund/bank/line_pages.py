"""Staff's pages of bank lines: the list of what waits, and one line with everything that became of it."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from fund import audit, web
from fund.bank import asking, cards, histories, queries, saying
from fund.bank.cards import NOTHING_TYPED, LineCard, Typed
from fund.bank.errors import UnknownLineError
from fund.bank.histories import LineHistory
from fund.db import Database
from fund.errors import FundError
from fund.people import door, staff
from fund.web import AnyRequest
from ledger.errors import LedgerError

LINES: Final = "/staff/lines"
PAGE_LENGTH: Final = 20
Refusal = FundError | LedgerError


@dataclass(frozen=True, slots=True)
class Refused:
    """An act on a line that was refused, and what was typed for it."""

    line_id: UUID | None
    why: Refusal
    typed: Typed = NOTHING_TYPED
    chosen: list[UUID] = field(default_factory=list)

    @property
    def status(self) -> int:
        return web.status_of(self.why)


@get(LINES, guards=[door.require("lines.see")], sync_to_thread=True)
def lines(
    request: AnyRequest,
    database: NamedDependency[Database],
    after: FromQuery[UUID | None] = None,
    held: FromQuery[bool] = False,
) -> Response[str]:
    """What waits for a person, first told first; or what somebody holds."""
    return show_lines(request, database, after=after, is_held=held)


@get("/staff/lines/{line_id:uuid}", guards=[door.require("lines.see")], sync_to_thread=True)
def line(request: AnyRequest, line_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One line, settled or not: what it may be, what was said of it, what became of it."""
    return show_line(request, database, line_id)


def show_lines(
    request: AnyRequest,
    database: Database,
    *,
    after: UUID | None = None,
    is_held: bool = False,
    refused: Refused | None = None,
) -> Response[str]:
    """The list; the line of a refused act stands first, with the refusal and what was typed."""
    with database.write() as session:
        found = queries.waiting_lines(session, limit=PAGE_LENGTH + 1, after=after)
        if is_held:
            found = queries.held_lines(session, limit=PAGE_LENGTH)
        shown = cards.cards(session, found[:PAGE_LENGTH], by=door.actor(request))
        around = cards.around(session)
        next_after = shown[-1].line.id if len(found) > PAGE_LENGTH else None
        wrong = _wrong(request, session, refused) if refused and refused.line_id else None
        if wrong:
            shown = [wrong, *(card for card in shown if card.line.id != wrong.line.id)]
    return web.page(
        request,
        "bank/lines.html",
        status=refused.status if refused else 200,
        cards=shown,
        after=after,
        next_after=next_after,
        is_held=is_held,
        refused=refused if refused and not refused.line_id else None,
        error=web.message_of(refused.why, web.language(request)) if refused else "",
        **around,
    )


def show_line(request: AnyRequest, database: Database, line_id: UUID, refused: Refused | None = None) -> Response[str]:
    """The page of one line, with a refusal and what was typed."""
    with database.write() as session:
        found = histories.history(session, line_id)
        if found is None:
            raise UnknownLineError()
        audit.viewed(session, door.actor(request), "line", line_id)
        shown = _page_of(request, session, found, refused)
    return web.page(request, "bank/line.html", status=refused.status if refused else 200, line=found, **shown)


def show_in_place(
    request: AnyRequest, database: Database, line_id: UUID, refused: Refused | None = None, *, also: UUID | None = None
) -> Response[str]:
    """The line's new state (and that of `also`), and the figures that changed with it."""
    with database.write() as session:
        still = _wrong(request, session, refused) if refused else _still(request, session, line_id)
        settled = None if still else queries.line_moved(session, line_id)
        shown = cards.around(session)
    return web.page(request, "bank/_changed.html", card=still, line_id=line_id, settled=settled, also=also, **shown)


def _wrong(request: AnyRequest, session: Session, refused: Refused) -> LineCard:
    """The line as it still waits, with the refusal; where it no longer waits, the refusal goes on as it is."""
    found = queries.waiting_line(session, refused.line_id) if refused.line_id else None
    if found is None:
        raise refused.why
    said = web.message_of(refused.why, web.language(request))
    return cards.card(session, found, error=said, typed=refused.typed, by=door.actor(request))


def _still(request: AnyRequest, session: Session, line_id: UUID) -> LineCard | None:
    """The line, if it waits all the same: the matcher may not know it the second time either."""
    found = queries.waiting_line(session, line_id)
    return cards.card(session, found, by=door.actor(request)) if found else None


def _page_of(request: AnyRequest, session: Session, found: LineHistory, refused: Refused | None) -> dict[str, Any]:
    said = web.message_of(refused.why, web.language(request)) if refused else ""
    typed = refused.typed if refused else NOTHING_TYPED
    open_lines = queries.take_these(session, [found.id]) if found.state in ("waiting", "refused", "held") else []
    shown = [cards.card(session, one, error=said, typed=typed, by=door.actor(request)) for one in open_lines]
    return {
        "card": shown[0] if shown else None,
        "remarks": saying.remarks(session, found.id),
        "colleagues": asking.colleagues(session, door.actor(request).person_id),
        "names": {one.id: one.name for one in staff.people(session)},
        "error": said,
        **cards.around(session),
    }


ROUTES = [lines, line]
