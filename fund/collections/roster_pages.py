"""Pages of a list before it is a roster: hand it in, say what its columns hold, see what is wrong, confirm it.

A refusal comes back at its field with what was typed. Refuses to take a list in part.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, limits, walls, web
from fund.collections import drafts, queries, rosters, service
from fund.collections.errors import CollectionNotFoundError
from fund.collections.forms import ColumnsForm, DraftForm, ListForm, NewForm
from fund.db import Database
from fund.donations import campaign_pages
from fund.donations import queries as gifts
from fund.donations.queries import CampaignView
from fund.errors import FundError, MalformedError, StateError, TooLargeError
from fund.people import door
from fund.web import AnyRequest

COLLECTIONS: Final = "/staff/collections"
SHOWN_COLLECTIONS: Final = 100
SHOWN_ROWS: Final = 12
SHOWN_PROBLEMS: Final = 50
EDITED_ROWS: Final = 500
"""A longer list is changed where it was made."""

_ONE: Final = COLLECTIONS + "/{collection_id:uuid}"
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
_LARGEST: Final = 2 * rosters.MOST_BYTES + _ENVELOPE_BYTES  # letters of three bytes may be sent as nine
_MAKE: Final = [door.require("collections.make")]
_REFUSALS: Final = (MalformedError, StateError, TooLargeError)
NAMES: Final = {
    "": "–",
    rosters.NAME: "Name",
    rosters.CLASS: "Class or group",
    rosters.AMOUNT: "Amount",
    rosters.RECEIPT: "Wants a receipt",
    rosters.EMAIL: "E-mail",
}
"""What a column may hold, as people call it."""


@post(COLLECTIONS, guards=_MAKE, sync_to_thread=True, request_max_body_size=_LARGEST)
def begin(request: AnyRequest, data: MultipartBody[NewForm], database: NamedDependency[Database]) -> Response[str]:
    """Begin a collection with a list."""
    _count_upload(request, database)
    try:
        table = data.table()
        with database.write() as session:
            campaign = gifts.campaign_by_code(session, data.campaign)
            require_place(request, "collections.make", campaign)
            collection_id = service.begin(session, campaign.id, table, by=door.actor(request))
    except _REFUSALS as refusal:
        return show_list(request, database, data, refusal)
    return Redirect(f"{COLLECTIONS}/{collection_id}/roster", status_code=303)


@get(_ONE + "/roster", guards=_MAKE, sync_to_thread=True)
def roster(request: AnyRequest, collection_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """The list as it was read: its sum, what is wrong, and what each column holds. The look is noted."""
    return _show(request, database, collection_id)


@post(_ONE + "/roster", guards=_MAKE, sync_to_thread=True, request_max_body_size=_LARGEST)
def hand_in(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    data: MultipartBody[ListForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Another list in place of this one."""
    _count_upload(request, database)
    try:
        table = data.table()  # a workbook takes its time: nobody waits for it
    except _REFUSALS as refusal:
        return _show(request, database, collection_id, refusal, data.pasted)
    return _do(
        request,
        database,
        collection_id,
        lambda session: service.hand_in(session, collection_id, table, by=door.actor(request)),
        typed=data.pasted,
    )


@post(_ONE + "/columns", guards=_MAKE, sync_to_thread=True)
def lay_out(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    data: URLEncodedBody[ColumnsForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Say what the columns hold."""
    return _do(
        request,
        database,
        collection_id,
        lambda session: drafts.lay_out(session, collection_id, data.layout, by=door.actor(request)),
    )


@post(_ONE + "/confirm", guards=_MAKE, sync_to_thread=True)
def confirm(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    data: URLEncodedBody[DraftForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Freeze the list, as it was looked at, as the roster."""

    def act(session: Session) -> None:
        service.confirm(session, collection_id, data.draft, by=door.actor(request))

    return _do(request, database, collection_id, act, then="")


def require_place(request: AnyRequest, action: str, campaign: CampaignView) -> None:
    """Refuse what is of another school as if it were not there. Raises CollectionNotFoundError."""
    door.require_place(request, action, campaign_pages.place(campaign), missing=CollectionNotFoundError)


def show_list(
    request: AnyRequest, database: Database, typed: NewForm | None = None, refusal: FundError | None = None
) -> Response[str]:
    """The collections of their places, and the form for a new one with what was typed."""
    visitor = door.visitor(request)
    with database.read() as session:
        every = {one.id: one for one in gifts.campaigns(session)}
        theirs = [one for one in every.values() if visitor.may("collections.see", campaign_pages.place(one))]
        found = queries.newest(session, limit=SHOWN_COLLECTIONS, of_campaigns=[one.id for one in theirs])
    language = web.language(request)
    open_ones = [one for one in theirs if one.is_open() and visitor.may("collections.make", campaign_pages.place(one))]
    return web.page(
        request,
        "collections/collections.html",
        status=web.status_of(refusal),
        collections=found,
        campaigns=every,
        choices=[(one.code, one.name(language)) for one in open_ones],
        typed=typed or NewForm(),
        error=web.message_of(refusal, language) if refusal else "",
    )


def _do(
    request: AnyRequest,
    database: Database,
    collection_id: UUID,
    act: Callable[[Session], object],
    *,
    typed: str = "",
    then: str = "/roster",
) -> Response[str]:
    """Do `act` with a collection of theirs, and show it; a refusal stands beside the list."""
    try:
        with database.write() as session:
            _theirs(request, session, collection_id)
            service.locked(session, collection_id)
            act(session)
    except _REFUSALS as refusal:
        return _show(request, database, collection_id, refusal, typed)
    return Redirect(f"{COLLECTIONS}/{collection_id}{then}", status_code=303)


def _show(
    request: AnyRequest, database: Database, collection_id: UUID, refusal: FundError | None = None, typed: str = ""
) -> Response[str]:
    language = web.language(request)
    with database.write() as session:
        of, campaign = _theirs(request, session, collection_id)
        draft = drafts.draft(session, collection_id)
        audit.viewed(session, door.actor(request), "collection", of.id)
    problems = draft.roster.problems[:SHOWN_PROBLEMS] if draft else ()
    is_short = draft is not None and len(draft.rows) <= EDITED_ROWS
    answer = web.page(
        request,
        "collections/roster.html",
        status=web.status_of(refusal),
        of=of,
        campaign=campaign,
        draft=draft,
        shown_rows=draft.rows[:SHOWN_ROWS] if draft else [],
        said=[(one, web.translate(language, one.message, **one.facts)) for one in problems],
        names=NAMES,
        pasted=typed or (draft.text if draft and is_short else ""),
        error=web.message_of(refusal, language) if refusal else "",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _theirs(request: AnyRequest, session: Session, collection_id: UUID) -> tuple[queries.CollectionView, CampaignView]:
    of = queries.collection(session, collection_id)
    campaign = gifts.campaign(session, of.campaign_id)
    require_place(request, "collections.make", campaign)
    return of, campaign


def _count_upload(request: AnyRequest, database: Database) -> None:
    actor = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{actor.name}", f"address:{walls.subscriber(request)}")


ROUTES = [begin, roster, hand_in, lay_out, confirm]
