"""The page of donee units and rates: proposed by one, agreed to by another, counting from a day to come.

No rule is changed: the page shows those there were too.
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
from fund.donations.forms import Fields, Refusal, said
from fund.errors import FundError
from fund.people import door, staff
from fund.tax import rules
from fund.tax.errors import RuleDayError, RuleEndError, RuleFundError
from fund.tax.rules import EVERY_FUND, Unit
from fund.web import AnyRequest

HOME: Final = "/staff/tax"
_CHANGE: Final = [door.require("tax.change")]
Short = Annotated[str, msgspec.Meta(max_length=500)]


class RuleForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A donee unit, as it is typed."""

    fund: Short = EVERY_FUND
    since: Short = ""
    until: Short = ""
    donee_th: Short = ""
    donee_en: Short = ""
    donee_tax_id: Short = ""
    rate: Short = "1"
    ground_th: Short = ""
    ground_en: Short = ""
    bank_reports: Short = ""
    csrf_token: Short = ""


class AgreeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    csrf_token: Short = ""


@get(HOME, guards=[door.require("tax.see")], sync_to_thread=True)
def units(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What counts, what will, and what did."""
    return _page(request, database)


@post(HOME, guards=_CHANGE, sync_to_thread=True)
def propose_unit(
    request: AnyRequest, data: URLEncodedBody[RuleForm], database: NamedDependency[Database]
) -> Response[str]:
    """Propose whose gifts count from a day on."""
    fields = Fields()
    unit = _unit(fields, data)
    since = fields.read("since", lambda: _day(data.since), date.min)
    until = fields.read("until", lambda: _day(data.until), date.min) if data.until else None
    if fields.errors:
        return _page(request, database, data, fields.errors)
    return _act(request, database, data, lambda session: rules.propose(
        session, data.fund, since, until, unit, by=door.actor(request)))  # fmt: skip


@post(HOME + "/{unit_id:uuid}/agree", guards=_CHANGE, sync_to_thread=True)
def agree_to_unit(
    request: AnyRequest, unit_id: FromPath[UUID], data: URLEncodedBody[AgreeForm], database: NamedDependency[Database]
) -> Response[str]:
    """Agree to what another proposed."""
    return _act(request, database, None, lambda session: rules.agree(session, unit_id, by=door.actor(request)))


def _unit(fields: Fields, form: RuleForm) -> Unit:
    rate = fields.read("rate", lambda: rules.parse_rate(form.rate), (0, 1))
    donee_th = fields.read("donee_th", lambda: rules.parse_words(form.donee_th), "")
    donee_en = fields.read("donee_en", lambda: rules.parse_words(form.donee_en), "")
    donee_tax_id = fields.read("donee_tax_id", lambda: rules.parse_donee(form.donee_tax_id), "")
    ground_th = fields.read("ground_th", lambda: rules.parse_words(form.ground_th), "")
    ground_en = fields.read("ground_en", lambda: rules.parse_words(form.ground_en), "")
    return Unit(donee_th, donee_en, donee_tax_id, ground_th, ground_en, *rate, bank_reports=form.bank_reports == "yes")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise RuleDayError() from None


def _act(request: AnyRequest, database: Database, form: RuleForm | None, do: Callable[[Session], Any]) -> Response[str]:
    """Do it, or show the page again with what is wrong at its field."""
    try:
        with database.write() as session:
            do(session)
    except FundError as refused:
        fields: dict[type[FundError], str] = {RuleDayError: "since", RuleEndError: "until", RuleFundError: "fund"}
        return _page(request, database, form, {fields.get(type(refused), ""): refused})
    return Redirect(HOME, status_code=303)


def _page(
    request: AnyRequest, database: Database, form: RuleForm | None = None, errors: dict[str, Refusal] | None = None
) -> Response[str]:
    today = clock.today()
    with database.read() as session:
        known = rules.agreed(session)
        funds = rules.gift_funds(session)
        shown: dict[str, Any] = {
            "in_force": [one for one in known.agreed if known.on(one.fund, today) == one],
            "agreed": known.agreed,
            "proposals": rules.proposals(session),
            "people": {one.id: one.name for one in staff.people(session)},
            "funds": funds,
        }
    first = next(iter((errors or {}).values()), None)
    return web.page(
        request, "tax/units.html", status=web.status_of(first), form=form or RuleForm(), is_typed=form is not None,
        today=today, tomorrow=today + timedelta(days=1), errors=said(errors or {}, web.language(request)), **shown,
    )  # fmt: skip


ROUTES = [units, propose_unit, agree_to_unit]
