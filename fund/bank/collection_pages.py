"""The page on which an officer says how a line pays a collection whose sum it is not: with a rest, or only some of it.

It names the collection's people, so the look is noted. Refuses what does not add up to the satang.
"""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import audit, web
from fund.bank import explaining, gathering, queries, saying
from fund.bank.errors import UnknownLineError
from fund.bank.line_pages import LINES, Refusal
from fund.collections import queries as collections
from fund.collections import rosters
from fund.collections.errors import CollectionNotFoundError
from fund.collections.queries import CollectionView
from fund.db import Database
from fund.donations import queries as gifts
from fund.errors import FundError
from fund.people import door
from fund.web import AnyRequest
from ledger.errors import LedgerError

_PATH: Final = LINES + "/{line_id:uuid}/collection/{reference:str}"
_NAME: Final = [door.require("lines.name")]
_LARGEST: Final = 1 << 20
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]


class GatherForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a line pays a collection: all of it and a `rest` for the campaign, or those chosen; as it was `shown`."""

    reason: Short = ""
    how: Short = ""
    shown: Short = ""
    person: list[UUID] | UUID | None = None
    csrf_token: Short = ""

    @property
    def people(self) -> list[UUID]:
        return self.person if isinstance(self.person, list) else [self.person] if self.person else []


@get(_PATH, guards=_NAME, sync_to_thread=True)
def gathered(
    request: AnyRequest, line_id: FromPath[UUID], reference: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """The line, the collection, the difference, and whose money it may be."""
    return _show(request, database, line_id, reference, GatherForm())


@post(_PATH, guards=_NAME, sync_to_thread=True, request_max_body_size=_LARGEST)
def gather(
    request: AnyRequest,
    line_id: FromPath[UUID],
    reference: FromPath[str],
    data: URLEncodedBody[GatherForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Book it so."""
    is_part = data.how == "some"
    try:
        with database.write() as session:
            explaining.gather(
                session,
                line_id,
                reference,
                chosen=(data.people or [line_id]) if is_part else (),  # nobody of the roster has a line's id
                may_leave_rest=not is_part,
                shown=data.shown,
                reason=data.reason,
                by=door.actor(request),
            )
    except (FundError, LedgerError) as refusal:
        return _show(request, database, line_id, reference, data, refusal)
    return Redirect(f"{LINES}/{line_id}", status_code=303)


def _show(
    request: AnyRequest,
    database: Database,
    line_id: UUID,
    reference: str,
    typed: GatherForm,
    refusal: Refusal | None = None,
) -> Response[str]:
    with database.write() as session:
        line = queries.waiting_line(session, line_id)
        of = gathering.named(session, reference)
        if line is None or line.amount_satang < 0:
            raise UnknownLineError()
        if of is None:
            raise CollectionNotFoundError()
        people = [one for one in collections.persons(session, of, limit=rosters.MOST_PEOPLE) if not one.is_here]
        campaign = gifts.campaign(session, of.campaign_id)
        for what, subject in (("line", line.id), ("collection", of.id)):
            audit.viewed(session, door.actor(request), what, subject)
    answer = web.page(
        request,
        "collections/gather.html",
        status=web.status_of(refusal),
        line=line,
        of=of,
        campaign=campaign,
        people=people if _is_short(of, line.amount_satang) else [],
        typed=typed,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_short(of: CollectionView, amount_satang: int) -> bool:
    """Whether less came than is awaited, so that somebody must say whose it is."""
    return of.may_settle and amount_satang < of.open_satang


ROUTES = [gathered, gather]
