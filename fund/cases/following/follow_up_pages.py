"""Pages of follow-ups: which children somebody must look in on, and how each of them is.

Case managers and the core team see codes; a watcher of a school sees the names of its children whose attendance is
asked for, and nothing more. Each look is noted.
"""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund.cases import queries as cases
from fund.cases.children import GRADES
from fund.cases.following import acting, follow_ups, queries, states, steps
from fund.cases.following.acting import PRIVATE, Refused
from fund.cases.following.forms import ActForm
from fund.cases.following.queries import FollowUpView
from fund.cases.following.states import FOLLOW_UP
from fund.db import Database
from fund.errors import ForbiddenError, FundError, NotFoundError
from fund.people import door, places
from fund.web import AnyRequest

HOME: Final = "/staff/follow-ups"
ONE: Final = HOME + "/{follow_up_id:uuid}"
_TO_NOTE: Final = (states.OPEN, states.MISSED)


@get(HOME, guards=[door.require("follow_ups.see")], sync_to_thread=True)
def all_follow_ups(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What is due, and what went badly; to a watcher, whose attendance is asked for."""
    return _list(request, database)


@get(ONE, guards=[door.require("cases.see")], sync_to_thread=True)
def one_follow_up(
    request: AnyRequest, follow_up_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """One follow-up, with what was noted."""
    return _one(request, database, follow_up_id)


@post(ONE, guards=[door.require("follow_ups.see")], sync_to_thread=True)
def note(
    request: AnyRequest,
    follow_up_id: FromPath[UUID],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Note how the child is, or, as the core team, that it was looked at."""
    found, by = _theirs(request, database, follow_up_id), door.actor(request)
    is_case = door.visitor(request).may("cases.see", found.place)
    try:
        acting.require_power(request, FOLLOW_UP, found.state, data.act, found.place)
        with database.write() as session:
            if data.act == "look_at":
                follow_ups.look_at(session, follow_up_id, data.words, by=by)
            else:
                follow_ups.note(session, follow_up_id, data.act, data.words, by=by)
    except (NotFoundError, ForbiddenError):
        raise
    except FundError as error:
        refused = Refused(error, data)
        return _one(request, database, follow_up_id, refused) if is_case else _list(request, database, refused, found)
    return Redirect(f"{HOME}/{follow_up_id}" if is_case else HOME, status_code=303, headers=PRIVATE)


def _theirs(request: AnyRequest, database: Database, follow_up_id: UUID) -> FollowUpView:
    with database.read() as session:
        found = queries.follow_up(session, follow_up_id)
    acting.require_theirs(request, database, found, FOLLOW_UP, "follow_ups.see")
    return found


def _one(request: AnyRequest, database: Database, follow_up_id: UUID, refused: Refused | None = None) -> Response[str]:
    found = _theirs(request, database, follow_up_id)
    with database.write() as session:
        cases.note_look(session, found.code, "case_work", door.actor(request))
        taken = steps.history(session, queries.matter(session, follow_up_id))
        names = places.names(session)
    offered = acting.offered(request, FOLLOW_UP, found.state, found.place)
    return acting.page(
        request, "following/follow_up.html", refused, found=found, taken=taken, offered=offered, names=names,
        is_bad=found.state in states.BAD,
    )  # fmt: skip


def _list(
    request: AnyRequest, database: Database, refused: Refused | None = None, of: FollowUpView | None = None
) -> Response[str]:
    visitor = door.visitor(request)
    if visitor.may("cases.see"):
        with database.read() as session:
            bad = queries.follow_ups(session, visitor.person, states.BAD)
            due = queries.follow_ups(session, visitor.person, (states.OPEN,))
            names = places.names(session)
        return acting.page(request, "following/follow_ups.html", refused, due=due, bad=bad, names=names)
    with database.write() as session:
        asked = queries.follow_ups(session, visitor.person, _TO_NOTE)
        codes = [one.code for one in asked]
        children = cases.children(session, codes, purpose="case_work", by=visitor.actor)
    there = [(one, children[one.code].child) for one in asked if children[one.code].child]
    acts = [(act, states.ACTS[act]) for act in ("attend", "risk", "drop_out")]
    return acting.page(
        request, "following/attendance.html", refused, asked=there, acts=acts, grades=GRADES, of=of.id if of else None
    )


ROUTES = [all_follow_ups, one_follow_up, note]
