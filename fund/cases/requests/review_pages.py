"""Pages on which requests are read and decided: what waits, one request with its chain, and what is done with it.

A decision names the version that was read; where it was changed since, the page comes back with what is different.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import clock, web
from fund.cases import helped, histories, proofs, queues
from fund.cases.children import require_choice
from fund.cases.requests import queries, service, words
from fund.cases.requests.asking_pages import HOME, ONE, theirs
from fund.cases.requests.forms import DecisionForm
from fund.db import Database
from fund.errors import FundError
from fund.grants import paying, rules, states, versions
from fund.grants import queries as grants
from fund.grants import service as awards
from fund.people import door, duties
from fund.people import places as known_places
from fund.people.duties import Side
from fund.web import AnyRequest
from ledger.errors import LedgerError

_SEE: Final = [door.require("requests.see")]
_VERBS: Final = {"ask_back": awards.ask_back, "decline": awards.decline}
_PARTS: Final = {"release": service.release, "cancel": paying.cancel}
Refusal = FundError | LedgerError


@get(HOME, guards=_SEE, sync_to_thread=True)
def all_requests(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits to be read, what was asked back, what waits for money; of their districts."""
    visitor = door.visitor(request)
    decides = visitor.may("requests.answer")
    with database.read() as session:
        districts = queues.districts_of(visitor.person)
        open_ones = grants.open_requests(session, districts, limit=queries.MOST)
        shown: dict[str, Any] = {
            "to_review": queries.to_review(session, visitor.person.id) if decides else [],
            "unmet_satang": grants.unmet_satang(session),
            "names": known_places.names(session),
        }
    by_state = {state: [one for one in open_ones if one.state == state] for state in states.OPEN_REQUESTS}
    return web.page(request, "requests/requests.html", by_state=by_state, decides=decides, **shown, **words.tables())


@get(ONE, guards=_SEE, sync_to_thread=True)
def one_request(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One request; the look is noted."""
    return _one(request, database, request_id)


@post(ONE + "/approve", guards=[door.require("requests.approve")], sync_to_thread=True)
def approve(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Approve the version that was read."""
    return _act(request, database, request_id, "requests.approve", data, lambda session: service.approve(
        session, request_id, data.number, stand_in=data.through, by=door.actor(request)))  # fmt: skip


@post(ONE + "/award", guards=[door.require("requests.approve")], sync_to_thread=True)
def award(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Try again to find the money."""
    return _act(request, database, request_id, "requests.approve", data, lambda session: service.award(
        session, request_id, stand_in=data.through, by=door.actor(request)))  # fmt: skip


@post(ONE, guards=[door.require("requests.answer")], sync_to_thread=True)
def answer(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecisionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask back or decline, with a reason that stays."""
    return _act(request, database, request_id, "requests.answer", data, lambda session: _chosen(_VERBS, data.act)(
        session, request_id, data.reason, stand_in=data.through, by=door.actor(request)))  # fmt: skip


@post(ONE + "/parts/{part:int}", guards=[door.require("requests.answer")], sync_to_thread=True)
def decide_part(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[DecisionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Let a part that was held go on, or cancel it."""
    return _act(request, database, request_id, "requests.answer", data, lambda session: _chosen(_PARTS, data.act)(
        session, request_id, part, data.reason, stand_in=data.through, by=door.actor(request)))  # fmt: skip


@post(ONE + "/parts/{part:int}/hold", guards=[door.require("requests.hold")], sync_to_thread=True)
def hold(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[DecisionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Let nothing of a part be paid until the core team has looked at it."""
    return _act(request, database, request_id, "requests.hold", data, lambda session: paying.hold(
        session, request_id, part, data.reason, by=door.actor(request)))  # fmt: skip


def _chosen(verbs: dict[str, Callable[..., None]], act: str) -> Callable[..., None]:
    return verbs[require_choice(act, dict.fromkeys(verbs, ""))]


def _act(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    action: str,
    data: DecisionForm,
    do: Callable[[Session], Any],
) -> Response[str]:
    """Do what was decided on a request of theirs, and show it again."""
    theirs(request, database, request_id, action)
    try:
        with database.write() as session:
            do(session)
    except (FundError, LedgerError) as refused:
        return _one(request, database, request_id, refused, data)
    return Redirect(f"{HOME}/{request_id}", status_code=303)


def _one(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    refused: Refusal | None = None,
    form: DecisionForm | None = None,
) -> Response[str]:
    found, visitor = theirs(request, database, request_id), door.visitor(request)
    with database.write() as session:
        known = queries.opened(session, request_id, by=visitor.actor)
        read = (form.number if form else 0) or versions.decided_on(known.history)
        case = histories.opened(session, found.code, purpose="case_work", by=visitor.actor)
        lines = helped.history(session, found.code, visitor.person, case.helps)
        may_pay, may_not = queries.funds_for(session, known.request)
        shown: dict[str, Any] = {
            "changes": queries.changes_since(session, request_id, read),
            "may_pay": may_pay,
            "may_not": may_not,
            "needed": queries.needed(session, known.request),
            "limit_satang": rules.limit_satang(session, clock.today()),
            "places": duties.in_whose_place(session, visitor.person.id, [Side.APPROVE], web.language(request)),
            "in_whose_place": _in_whose_place(request, known),
            "helped": lines,
            "proven": proofs.of_grants(session, [request_id]),
            "totals": helped.totals(lines),
            "names": known_places.names(session),
        }
    return web.page(
        request, "requests/request.html", status=web.status_of(refused), found=found, known=known, form=form,
        error=web.message_of(refused, web.language(request)) if refused else "", acts_on=words.acts_on,
        **shown, **words.tables(),
    )  # fmt: skip


def _in_whose_place(request: AnyRequest, known: queries.Opened) -> dict[UUID, str]:
    """What stands beside the name of whoever stood in."""
    stood = [part for part in known.taken_part if part.standing_in]
    language = web.language(request)
    return {part.person_id: duties.standing_in_words(part.standing_in, language) for part in stood if part.standing_in}


ROUTES = [all_requests, one_request, approve, award, answer, decide_part, hold]
