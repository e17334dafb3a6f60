"""The page of limits: from which amount two approve, what funds may pay, proposed by one and agreed to by another.

Every rule counts from a day to come, and none is changed: the page shows those there were too.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import clock, web
from fund.db import Database
from fund.donations.forms import said
from fund.errors import FundError
from fund.grants import rule_views, rules
from fund.grants.errors import LaterError, RuleError
from fund.grants.purposes import EVERYWHERE, PURPOSES
from fund.grants.rules import Allowance
from fund.people import door, places
from fund.web import AnyRequest
from ledger import accounts
from ledger.errors import AmountError, LedgerError
from ledger.money import parse_baht

HOME: Final = "/staff/limits"
_CHANGE: Final = [door.require("limits.change")]
Short = Annotated[str, msgspec.Meta(max_length=500)]
Refusal = FundError | LedgerError
Fields = dict[type[Exception], str]


class LimitForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new limit, and from which day it counts."""

    amount: Short = ""
    since: Short = ""
    csrf_token: Short = ""


class AllowanceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fund may, or may no longer, be used for, and from which day."""

    fund: Short = ""
    purpose: Short = ""
    is_allowed: Short = ""
    from_day: Short = ""
    csrf_token: Short = ""


class AgreeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    csrf_token: Short = ""


@get(HOME, guards=[door.require("limits.see")], sync_to_thread=True)
def limits(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What counts, what will, and what did."""
    return _page(request, database)


@post(HOME, guards=_CHANGE, sync_to_thread=True)
def propose_limit(
    request: AnyRequest, data: URLEncodedBody[LimitForm], database: NamedDependency[Database]
) -> Response[str]:
    """Propose from which amount two approve."""
    fields: Fields = {LaterError: "since", RuleError: "amount", AmountError: "amount"}
    return _act(request, database, data, fields, lambda session: rules.propose_limit(
        session, parse_baht(data.amount), _day(data.since), by=door.actor(request)))  # fmt: skip


@post(HOME + "/funds", guards=_CHANGE, sync_to_thread=True)
def propose_allowance(
    request: AnyRequest, data: URLEncodedBody[AllowanceForm], database: NamedDependency[Database]
) -> Response[str]:
    """Propose what a fund may be used for."""
    scope = data.fund.removeprefix("D") if data.fund.startswith("D") else EVERYWHERE
    told = Allowance(data.fund, data.purpose, scope, is_allowed=data.is_allowed == "yes")
    fields: Fields = {LaterError: "from_day", RuleError: "fund"}
    return _act(request, database, data, fields, lambda session: rules.propose_allowance(
        session, told, _day(data.from_day), by=door.actor(request)))  # fmt: skip


@post(HOME + "/{proposal_id:uuid}/agree", guards=_CHANGE, sync_to_thread=True)
def agree(
    request: AnyRequest,
    proposal_id: FromPath[UUID],
    data: URLEncodedBody[AgreeForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Agree to what another proposed."""
    return _act(request, database, data, {}, lambda session: rules.agree(
        session, proposal_id, by=door.actor(request)))  # fmt: skip


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise LaterError() from None


def _act(
    request: AnyRequest, database: Database, form: Any, fields: Fields, do: Callable[[Session], Any]
) -> Response[str]:
    """Do it, or show the page again with what is wrong at its field."""
    try:
        with database.write() as session:
            do(session)
    except (FundError, LedgerError) as refused:
        field = next((name for kind, name in fields.items() if isinstance(refused, kind)), "")
        return _page(request, database, form, {field: refused})
    return Redirect(HOME, status_code=303)


def _page(
    request: AnyRequest, database: Database, form: Any = None, errors: dict[str, Refusal] | None = None
) -> Response[str]:
    today = clock.today()
    with database.read() as session:
        allowances = rule_views.allowances(session)
        shown: dict[str, Any] = {
            "limit_satang": rules.limit_satang(session, today),
            "limits": rule_views.limits(session),
            "may": _in_force(allowances, today),
            "agreed": [one for one in allowances if one.agreed_by],
            "proposals": rules.proposals(session),
            "people": rule_views.names(session),
            "funds": [one for one in accounts.funds(session) if one.restriction != "technical" and one.code != "OPS"],
            "names": places.names(session),
        }
    first = next(iter((errors or {}).values()), None)
    return web.page(
        request, "grants/limits.html", status=web.status_of(first), form=form, purposes=PURPOSES, today=today,
        tomorrow=today + timedelta(days=1), errors=said(errors or {}, web.language(request)), **shown,
    )  # fmt: skip


def _in_force(allowances: list[rule_views.Rule], today: date) -> dict[str, list[str]]:
    """What each fund may be used for today."""
    newest: dict[tuple[str, str], bool] = {}
    for one in reversed(allowances):
        if one.since <= today and isinstance(one.rule, Allowance):
            newest[one.rule.fund, one.rule.purpose] = one.rule.is_allowed
    found: dict[str, list[str]] = {}
    for (fund, purpose), is_allowed in newest.items():
        found.setdefault(fund, [])
        if is_allowed:
            found[fund].append(purpose)
    return found


ROUTES = [limits, propose_limit, propose_allowance, agree]
