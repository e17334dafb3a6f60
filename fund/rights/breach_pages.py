"""The breach register's pages: everybody on staff reports, those who answer for it take the steps and see the clock."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import audit, clock, web
from fund.clock import BANGKOK
from fund.db import Database
from fund.errors import MalformedError, StateError
from fund.people import door
from fund.rights import breaches
from fund.rights.forms import BreachForm
from fund.web import AnyRequest

REGISTER: Final = "/staff/rights/breaches"


@get(REGISTER, guards=[door.require("rights.see")], sync_to_thread=True)
def register(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Every breach, with its clock."""
    with database.read() as session:
        known = breaches.register(session)
    return web.page(request, "rights/breaches.html", known=known, risks=breaches.RISKS)


@get(REGISTER + "/new", guards=[door.require("breaches.report")], sync_to_thread=True)
def new_breach(request: AnyRequest) -> Response[str]:
    """The form for a breach."""
    return _form(request, BreachForm(at=_now()))


@post(REGISTER, guards=[door.require("breaches.report")], sync_to_thread=True)
def report(request: AnyRequest, data: URLEncodedBody[BreachForm], database: NamedDependency[Database]) -> Response[str]:
    """Put a breach into the register; whoever may not see it is told that it is there."""
    try:
        with database.write() as session:
            breach_id = breaches.report(
                session, data.words, data.moment, risk=data.risk, people=data.count or 0, by=door.actor(request)
            )
    except (MalformedError, StateError) as refused:
        return _form(request, data, refused)
    if not door.visitor(request).may("rights.see"):
        return web.page(request, "rights/reported.html")
    return Redirect(f"{REGISTER}/{breach_id}", status_code=303)


@get(REGISTER + "/{breach_id:uuid}", guards=[door.require("rights.see")], sync_to_thread=True)
def one_breach(request: AnyRequest, breach_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One breach, its steps and the clock."""
    return _breach(request, database, breach_id, BreachForm(at=_now()))


@post(REGISTER + "/{breach_id:uuid}/steps", guards=[door.require(breaches.ACT)], sync_to_thread=True)
def take_step(
    request: AnyRequest,
    breach_id: FromPath[UUID],
    data: URLEncodedBody[BreachForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Note a step."""
    try:
        with database.write() as session:
            breaches.act(
                session, breach_id, data.step, data.words, data.moment, risk=data.risk, people=data.count,
                by=door.actor(request),
            )  # fmt: skip
    except (MalformedError, StateError) as refused:
        return _breach(request, database, breach_id, data, refused)
    return Redirect(f"{REGISTER}/{breach_id}", status_code=303)


def told(request: AnyRequest, refused: MalformedError | StateError | None) -> Mapping[str, Any]:
    """What a page says of a refusal, and its status."""
    if refused is None:
        return {"error": ""}
    status = web.status_of(refused)
    return {"error": web.message_of(refused, web.language(request)), "status": status}


def _form(request: AnyRequest, form: BreachForm, refused: MalformedError | StateError | None = None) -> Response[str]:
    return web.page(request, "rights/new_breach.html", form=form, risks=breaches.RISKS, **told(request, refused))


def _breach(
    request: AnyRequest,
    database: Database,
    breach_id: UUID,
    form: BreachForm,
    refused: MalformedError | StateError | None = None,
) -> Response[str]:
    with database.write() as session:
        found = breaches.one(session, breach_id)
        audit.viewed(session, door.actor(request), "breach", breach_id)
    return web.page(
        request, "rights/breach.html", found=found, form=form, risks=breaches.RISKS, steps=breaches.STEPS,
        **told(request, refused),
    )  # fmt: skip


def _now() -> str:
    return clock.now().astimezone(BANGKOK).strftime("%Y-%m-%dT%H:%M")


ROUTES = [register, new_breach, report, one_breach, take_step]
