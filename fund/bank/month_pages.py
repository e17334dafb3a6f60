"""Staff's page of the accounts' months: three figures each, reconciled by one, closed by another, opened by two.

Also the books' own months, which wait for the accounts', and balances stated by the bank's paper.
"""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import limits, profile, walls, web
from fund.bank import book_months, months, reopening, saying, stated
from fund.bank.errors import AccountUnsaidError, BalanceDayError
from fund.db import Database
from fund.errors import (
    ForbiddenError,
    FundError,
    MalformedError,
    NotFoundError,
    StateError,
    TooLargeError,
    WrongTypeError,
)
from fund.people import door, stand_in_papers
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.profile import BankAccount
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError

MONTHS: Final = "/staff/months"
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]
Refusal = FundError | LedgerError


class MonthForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An act on a month: only who asks to have one opened again says why."""

    reason: Short = ""
    csrf_token: Short = ""


class BalanceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stood on an account at the end of a day, and the paper that says so."""

    account: Short = ""
    day: Short = ""
    balance: Short = ""
    csrf_token: Short = ""
    paper: UploadFile  # last: a field before it that is no text leaves no file open

    @property
    def last_day(self) -> date:
        """Raises BalanceDayError."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            raise BalanceDayError() from None


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
    return _act(request, database, lambda session: months.reconcile(session, _account(session, code), _first(month),
                                                                    by=door.actor(request)))  # fmt: skip


@post("/staff/months/{code:str}/{month:date}/close", guards=[door.require("months.close")], sync_to_thread=True)
def close(
    request: AnyRequest,
    code: FromPath[str],
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Close a month that somebody else has reconciled."""
    return _act(request, database, lambda session: months.close(session, _account(session, code), _first(month),
                                                                by=door.actor(request)))  # fmt: skip


@post("/staff/months/{code:str}/{month:date}/open", guards=[door.require("months.open")], sync_to_thread=True)
def ask_to_open(
    request: AnyRequest,
    code: FromPath[str],
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask to have a closed month opened again."""

    def act(session: Session) -> None:
        account = _account(session, code).account
        reopening.ask(session, account, _first(month), reason=data.reason, by=door.actor(request))

    return _act(request, database, act)


@post("/staff/months/asked/{asked_id:uuid}/confirm", guards=[door.require("months.open")], sync_to_thread=True)
def confirm(
    request: AnyRequest,
    asked_id: FromPath[UUID],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Open a month again that somebody else asked for."""
    return _act(request, database, lambda session: reopening.confirm(session, asked_id, by=door.actor(request)))


@post("/staff/months/asked/{asked_id:uuid}/withdraw", guards=[door.require("months.open")], sync_to_thread=True)
def withdraw(
    request: AnyRequest,
    asked_id: FromPath[UUID],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask no more to have a month opened again."""
    return _act(request, database, lambda session: reopening.withdraw(session, asked_id, by=door.actor(request)))


@post("/staff/months/books/{month:date}/close", guards=[door.require("books.close")], sync_to_thread=True)
def close_books(
    request: AnyRequest,
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Close a month of the books, when every account's is closed."""

    def act(session: Session) -> None:
        accounts = profile.current(session).accounts
        book_months.close(session, accounts, _first(month), by=door.actor(request))

    return _act(request, database, act)


@post("/staff/months/books/{month:date}/open", guards=[door.require("months.open")], sync_to_thread=True)
def ask_to_open_books(
    request: AnyRequest,
    month: FromPath[date],
    data: URLEncodedBody[MonthForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask to have the books' last closed month opened again."""

    def act(session: Session) -> None:
        reopening.ask(session, reopening.BOOKS, _first(month), reason=data.reason, by=door.actor(request))

    return _act(request, database, act)


@post(
    "/staff/months/balance",
    guards=[door.require("months.reconcile")],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def state_balance(
    request: AnyRequest,
    data: MultipartBody[BalanceForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Say what the bank's paper says stood on an account at the end of a day."""
    content = data.paper.file.read(LARGEST_BYTES + 1)
    with database.write() as session:
        by_whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *by_whom)

    def act(session: Session) -> None:
        if data.account not in {one.account for one in profile.current(session).accounts}:
            raise AccountUnsaidError()
        paper, balance = stand_in_papers.read(content), stated.satang(data.balance)
        by = door.actor(request)
        stated.state(session, settings.files_path, data.account, data.last_day, balance, paper, by=by)

    return _act(request, database, act, {"account": data.account, "day": data.day, "balance": data.balance})


@get("/staff/months/papers/{balance_id:uuid}", guards=[door.require("months.see")], sync_to_thread=True)
def balance_paper(
    request: AnyRequest,
    balance_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The paper of a balance, to be saved: a browser does not open it among our pages."""
    with database.write() as session:
        paper = stated.paper(session, settings.files_path, balance_id, by=door.actor(request))
    name = f'attachment; filename="balance-{balance_id}.{paper.ending}"'
    return Response(paper.content, media_type=paper.media_type, headers={"Content-Disposition": name})


def _act(
    request: AnyRequest, database: Database, act: Callable[[Session], object], typed: dict[str, str] | None = None
) -> Response[str]:
    try:
        with database.write() as session:
            act(session)
    except NotFoundError:
        raise
    except (StateError, ForbiddenError, MalformedError, TooLargeError, WrongTypeError, LedgerError) as refusal:
        return _months(request, database, refusal, typed)
    return Redirect(MONTHS, status_code=303)


def _first(month: date) -> date:
    return month.replace(day=1)


def _account(session: Session, code: str) -> BankAccount:
    for account in profile.current(session).accounts:
        if account.account == code:
            return account
    raise NotFoundError()


def _months(
    request: AnyRequest, database: Database, refusal: Refusal | None = None, typed: dict[str, str] | None = None
) -> Response[str]:
    with database.read() as session:
        shown = _shown(session, profile.current(session).accounts)
    return web.page(
        request,
        "bank/months.html",
        status=web.status_of(refusal),
        typed=typed or dict.fromkeys(("account", "day", "balance"), ""),
        is_typed=typed is not None,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
        **shown,
    )


def _shown(session: Session, accounts: tuple[BankAccount, ...]) -> dict[str, Any]:
    wishes = reopening.asked(session)
    return {
        "months": months.months(session, accounts),
        "books": book_months.state(session, accounts),
        "stated": stated.stated(session),
        "wishes": wishes,
        "waiting": {(one.account, one.month): one for one in wishes if one.is_open},
        "account_choices": [(one.account, f"{one.bank} …{one.number[-4:]}") for one in accounts],
    }


ROUTES = [
    account_months, reconcile, close, ask_to_open, confirm, withdraw, close_books, ask_to_open_books, state_balance,
    balance_paper,
]  # fmt: skip
