"""The data desk's pages: requests, what we hold on who asks, erasures to confirm, the records of processing.

Whoever opens what is held on a person leaves a look in the trail before the page is sent.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, profile, web
from fund.db import Database
from fund.donors import queries as donors
from fund.errors import MalformedError, StateError
from fund.people import door
from fund.rights import breach_pages, breaches, erasing, erasures, holdings, periods, requests
from fund.rights.errors import NotTheirsError
from fund.rights.forms import AnswerForm, CorrectionForm, DeclineForm, Form, RequestForm
from fund.rights.kinds.table import KINDS
from fund.web import AnyRequest

DESK: Final = "/staff/rights"
REQUEST: Final = DESK + "/requests/{request_id:uuid}"
ERASURE: Final = DESK + "/erasures/{proposal_id:uuid}"


@get(DESK, guards=[door.require("rights.see")], sync_to_thread=True)
def desk(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits: requests, erasures, breaches; and whether the list of erasures was handed out."""
    with database.read() as session:
        context: dict[str, Any] = {
            "waiting": requests.unanswered(session),
            "answered": requests.answered(session),
            "proposed": erasing.proposed(session),
            "running": [one for one in breaches.register(session) if one.is_running],
            "standing": erasures.standing(session),
        }
    return web.page(request, "rights/desk.html", kinds=requests.KINDS, outcomes=requests.OUTCOMES, **context)


@get(DESK + "/records", guards=[door.require("records.see")], sync_to_thread=True)
def records(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The records of processing: every kind of record, why, where, how long; who answers for it."""
    with database.read() as session:
        fund = profile.current(session)
    return web.page(request, "rights/records.html", kinds=KINDS.values(), fund=fund, years=msgspec.structs.asdict(fund))


@get(DESK + "/requests/new", guards=[door.require("rights.take")], sync_to_thread=True)
def new_request(request: AnyRequest) -> Response[str]:
    """The form for a request."""
    return _form(request, RequestForm(received_on=clock.today().isoformat()))


@post(DESK + "/requests", guards=[door.require("rights.take")], sync_to_thread=True)
def take(request: AnyRequest, data: URLEncodedBody[RequestForm], database: NamedDependency[Database]) -> Response[str]:
    """Take a request."""
    try:
        with database.write() as session:
            request_id = requests.take(
                session, data.kind, data.shown, identified_by=data.identified_by, received_on=data.day,
                words=data.words, by=door.actor(request),
            )  # fmt: skip
    except (MalformedError, StateError) as refused:
        return _form(request, data, refused)
    return Redirect(f"{DESK}/requests/{request_id}", status_code=303)


@get(REQUEST, guards=[door.require("rights.see")], sync_to_thread=True)
def one_request(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One request, and what was done about it."""
    return _request(request, database, request_id)


@get(REQUEST + "/held", guards=[door.require("rights.open")], sync_to_thread=True)
def held(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """Everything that we hold on who asks, with the forms to correct it."""
    return _held(request, database, request_id)


@get(REQUEST + "/held.json", guards=[door.require("rights.open")], sync_to_thread=True)
def hand_over(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[bytes]:
    """The same as a file for who asks."""
    with database.write() as session:
        told = requests.hand_over(session, request_id, by=door.actor(request))
    name = f"request-{request_id}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(told, media_type="application/json", headers=headers)


@post(REQUEST + "/correct", guards=[door.require("rights.change")], sync_to_thread=True)
def correct(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[CorrectionForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Correct a donor's contact."""
    try:
        with database.write() as session:
            requests.correct(session, request_id, _uuid(data.contact), data.details, by=door.actor(request))
    except (MalformedError, StateError) as refused:
        return _held(request, database, request_id, refused)
    return Redirect(f"{DESK}/requests/{request_id}/held", status_code=303)


@post(REQUEST + "/withdraw", guards=[door.require("rights.change")], sync_to_thread=True)
def withdraw(
    request: AnyRequest, request_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Stop what rests on consent."""
    return _act(request, database, request_id, lambda session: requests.withdraw(
        session, request_id, by=door.actor(request)))  # fmt: skip


@post(REQUEST + "/erase", guards=[door.require("rights.change")], sync_to_thread=True)
def erase(
    request: AnyRequest, request_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Propose to erase who asks."""
    return _act(request, database, request_id, lambda session: erasing.propose(
        session, request_id, by=door.actor(request)))  # fmt: skip


@post(REQUEST + "/answer", guards=[door.require("rights.take")], sync_to_thread=True)
def answer(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[AnswerForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Answer a request."""
    return _act(request, database, request_id, lambda session: requests.answer(
        session, request_id, data.outcome, data.words, by=door.actor(request)))  # fmt: skip


@get(ERASURE, guards=[door.require("rights.see")], sync_to_thread=True)
def erasure(request: AnyRequest, proposal_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """What is proposed to be erased, by whom, and who confirmed."""
    return _erasure(request, database, proposal_id)


@post(ERASURE + "/confirm", guards=[door.require(erasing.CONFIRM)], sync_to_thread=True)
def confirm(
    request: AnyRequest, proposal_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Say yes to an erasure."""
    return _decide(request, database, proposal_id, lambda session: erasing.confirm(
        session, proposal_id, by=door.actor(request)))  # fmt: skip


@post(ERASURE + "/decline", guards=[door.require(erasing.CONFIRM)], sync_to_thread=True)
def decline(
    request: AnyRequest,
    proposal_id: FromPath[UUID],
    data: URLEncodedBody[DeclineForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Keep it until a day."""
    return _decide(request, database, proposal_id, lambda session: erasing.decline(
        session, proposal_id, data.day, by=door.actor(request)))  # fmt: skip


Refused = MalformedError | StateError | None


def _act(request: AnyRequest, database: Database, request_id: UUID, act: Callable[[Session], Any]) -> Response[str]:
    try:
        with database.write() as session:
            act(session)
    except (MalformedError, StateError) as refused:
        return _request(request, database, request_id, refused)
    return Redirect(f"{DESK}/requests/{request_id}", status_code=303)


def _decide(request: AnyRequest, database: Database, proposal_id: UUID, act: Callable[[Session], Any]) -> Response[str]:
    try:
        with database.write() as session:
            act(session)
    except (MalformedError, StateError) as refused:
        return _erasure(request, database, proposal_id, refused)
    return Redirect(f"{DESK}/erasures/{proposal_id}", status_code=303)


def _form(request: AnyRequest, form: RequestForm, refused: Refused = None) -> Response[str]:
    return web.page(
        request, "rights/new_request.html", form=form, kinds=requests.KINDS, ways=requests.WAYS,
        today=clock.today(), **breach_pages.told(request, refused),
    )  # fmt: skip


def _request(request: AnyRequest, database: Database, request_id: UUID, refused: Refused = None) -> Response[str]:
    with database.write() as session:
        asked = requests.one(session, request_id)
        audit.viewed(session, door.actor(request), "request", request_id)
        proposals = erasing.of_request(session, request_id)
        held_until = [until for one in requests.donor_ids(asked) if (until := periods.receipts_until(session, one))]
    return web.page(
        request, "rights/request.html", asked=asked, kinds=requests.KINDS, ways=requests.WAYS,
        outcomes=requests.OUTCOMES, proposals=proposals,
        donors=requests.donor_ids(asked), children=requests.child_ids(asked),
        held_until=max(held_until, default=None), **breach_pages.told(request, refused),
    )  # fmt: skip


def _held(request: AnyRequest, database: Database, request_id: UUID, refused: Refused = None) -> Response[str]:
    with database.write() as session:
        asked = requests.one(session, request_id)
        told = requests.held(session, request_id, by=door.actor(request))
        contacts = donors.contacts(session, requests.donor_ids(asked))
    return web.page(
        request, "rights/held.html", asked=asked, held=told, contacts=contacts, kinds=KINDS,
        lines=partial(holdings.lines, language=web.language(request)), labels=holdings.LABELS,
        **breach_pages.told(request, refused),
    )  # fmt: skip


def _erasure(request: AnyRequest, database: Database, proposal_id: UUID, refused: Refused = None) -> Response[str]:
    with database.read() as session:
        found, fund = erasing.one(session, proposal_id), profile.current(session)
    me = door.visitor(request).person.id
    return web.page(
        request, "rights/erasure.html", found=found, years=msgspec.structs.asdict(fund),
        has_part=any(part.person_id == me for part in found.parts), **breach_pages.told(request, refused),
    )  # fmt: skip


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotTheirsError() from None


ROUTES = [
    desk, records, new_request, take, one_request, held, hand_over, correct, withdraw, erase, answer, erasure, confirm,
    decline, *breach_pages.ROUTES,
]  # fmt: skip
