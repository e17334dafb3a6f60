"""Staff's page of the accounts' months: three figures each, green or red, reconciled by one and closed by another."""

from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import profile, web
from fund.bank import months
from fund.db import Database
from fund.errors import ForbiddenError, FundError, NotFoundError, StateError
from fund.people import door
from fund.web import AnyRequest

MONTHS: Final = "/staff/months"


class MonthForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act on a month: nothing is typed."""

    csrf_token: str = ""


@get(MONTHS, guards=[door.require("months.see")], sync_to_thread=True)
def account_months(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The last months of every account."""
    return _months(request, database)


@post("/staff/months/{code:str}/{month:date}/reconcile", guards=[door.require("months.reconcile")], sync_to_thread=True)
def reconcile(
    request: AnyRequest,
    code: FromPath[str],
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Say that a month meets."""
    return _act(request, database, code, month, months.reconcile)


@post("/staff/months/{code:str}/{month:date}/close", guards=[door.require("months.close")], sync_to_thread=True)
def close(
    request: AnyRequest,
    code: FromPath[str],
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Close a month that somebody else has reconciled."""
    return _act(request, database, code, month, months.close)


def _act(request: AnyRequest, database: Database, code: str, month: date, verb: Callable[..., None]) -> Response[str]:
    try:
        with database.write() as session:
            accounts = (one for one in profile.current(session).accounts if one.account == code)
            account = next(accounts, None)
            if account is None:
                raise NotFoundError()
            verb(session, account, month.replace(day=1), by=door.actor(request))
    except (StateError, ForbiddenError) as refusal:
        return _months(request, database, refusal)
    return Redirect(MONTHS, status_code=303)


def _months(request: AnyRequest, database: Database, refusal: FundError | None = None) -> Response[str]:
    with database.read() as session:
        shown = months.months(session, profile.current(session).accounts)
    status = 200 if refusal is None else 403 if isinstance(refusal, ForbiddenError) else 409
    said = web.message_of(refusal, web.language(request)) if refusal else ""
    return web.page(request, "bank/months.html", status=status, months=shown, error=said)


ROUTES = [account_months, reconcile, close]
