"""Staff's pages of statement files: hand them in, see what became of each, take a whole import back.

One small file is read at once, and so is one with a password, which is kept nowhere; the others are read by a worker.
"""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Redirect

from fund import limits, profile, walls, web
from fund.audit import Actor
from fund.bank import acts, handing_in, histories, queries, service, settling, undoing
from fund.bank.errors import PasswordNeededError, StatementError, UnknownFormatError, WrongPasswordError
from fund.bank.handing_in import HandedIn
from fund.bank.importers.registry import LARGEST_BYTES
from fund.bank.line_acts import Form
from fund.db import Database
from fund.errors import FundError, NotFoundError
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError

STATEMENTS: Final = "/staff/statements"
PAGE_LENGTH: Final = 100
AT_ONCE_BYTES: Final = 512 * 1024  # some thousand lines: a second or two
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file


class StatementForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Statements handed in, a password for a locked PDF, and the account where the file does not say it."""

    file: list[UploadFile]
    password: Annotated[str, msgspec.Meta(max_length=200)] = ""
    account: Annotated[str, msgspec.Meta(max_length=20)] = ""
    csrf_token: str = ""


@get(STATEMENTS, guards=[door.require("statements.see")], sync_to_thread=True)
def statements(
    request: AnyRequest,
    database: NamedDependency[Database],
    file: FromQuery[UUID | None] = None,
    again: FromQuery[bool] = False,
) -> Response[str]:
    """The files taken in, a form for the next one, and what the last one did."""
    return _statements(request, database, taken=file, is_repeat=again)


@post(
    STATEMENTS,
    guards=[door.require("statements.import")],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def take_statement(
    request: AnyRequest,
    data: MultipartBody[StatementForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take in a statement and settle what can be settled."""
    actor = door.actor(request)
    _count_upload(request, database, actor)
    told = [(one.file.read(), one.filename) for one in data.file]
    try:
        if len(told) == 1 and (data.password or len(told[0][0]) <= AT_ONCE_BYTES):
            return _read_now(database, settings, *told[0], data, by=actor)
        with database.write() as session:
            for content, name in told:
                handing_in.hand_in(session, settings, content, name, data.account, by=actor)
    except StatementError as error:
        with database.write() as session:
            service.note_refused(session, error, by=actor)
            if isinstance(error, UnknownFormatError) and handing_in.delimiter_of(told[0][0]):
                handing_in.keep_unknown(session, settings, *told[0], data.account, error, by=actor)
        return _statements(request, database, error=error)
    return Redirect(STATEMENTS, status_code=303)


def _read_now(
    database: Database, settings: Settings, content: bytes, name: str, data: StatementForm, *, by: Actor
) -> Response[str]:
    """Take in one file within the request, and settle what can be settled."""
    account, password = data.account or None, data.password or None
    taken = handing_in.read_and_take(database, settings, content, name, account, password=password, by=by)
    settling.settle_waiting(database, by=by)
    again = "&again=true" if taken.is_repeat else ""
    return Redirect(f"{STATEMENTS}?file={taken.statement_id}{again}", status_code=303)


@get("/staff/statements/progress", guards=[door.require("statements.see")], sync_to_thread=True)
def progress(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What became of the files of the last day, as the page asks for it again and again."""
    with database.read() as session:
        handed = handing_in.recent(session)
    return web.page(request, "bank/_progress.html", handed=handed, said=_said(request, handed))


def _said(request: AnyRequest, handed: list[HandedIn]) -> dict[UUID, str]:
    """Why files were refused, in the reader's language."""
    chosen = web.language(request)
    return {one.id: web.translate(chosen, one.refusal.message, **one.refusal.facts) for one in handed if one.refusal}


@get("/staff/statements/{statement_id:uuid}", guards=[door.require("statements.see")], sync_to_thread=True)
def statement(
    request: AnyRequest,
    statement_id: FromPath[UUID],
    database: NamedDependency[Database],
    after: FromQuery[int] = 0,
) -> Response[str]:
    """One file with its lines, and the way to take it back."""
    return _statement(request, database, statement_id, after)


@post("/staff/statements/{statement_id:uuid}/undo", guards=[door.require("statements.undo")], sync_to_thread=True)
def undo(
    request: AnyRequest,
    statement_id: FromPath[UUID],
    data: URLEncodedBody[Form],
    database: NamedDependency[Database],
) -> Response[str]:
    """Take a whole import back."""
    try:
        with database.write() as session:
            undoing.undo_import(session, statement_id, reason=data.reason, by=door.actor(request))
    except (FundError, LedgerError) as error:
        return _statement(request, database, statement_id, refusal=error)
    return Redirect(f"{STATEMENTS}/{statement_id}", status_code=303)


@post("/staff/statements/{statement_id:uuid}/restore", guards=[door.require("statements.undo")], sync_to_thread=True)
def restore(
    request: AnyRequest,
    statement_id: FromPath[UUID],
    data: URLEncodedBody[Form],
    database: NamedDependency[Database],
) -> Response[str]:
    """Take an import in again that was taken back."""
    try:
        with database.write() as session:
            undoing.restore_import(session, statement_id, reason=data.reason, by=door.actor(request))
    except (FundError, LedgerError) as error:
        return _statement(request, database, statement_id, refusal=error)
    settling.settle_waiting(database, by=door.actor(request))
    return Redirect(f"{STATEMENTS}/{statement_id}", status_code=303)


def _count_upload(request: AnyRequest, database: Database, by: Actor) -> None:
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{by.name}", f"address:{walls.subscriber(request)}")


def _statements(
    request: AnyRequest,
    database: Database,
    *,
    taken: UUID | None = None,
    is_repeat: bool = False,
    error: StatementError | None = None,
) -> Response[str]:
    with database.read() as session:
        known = queries.statements(session)
        accounts = profile.current(session).accounts
        proofs = queries.proofs(session, accounts)
        handed = handing_in.recent(session)
    return web.page(
        request,
        "bank/statements.html",
        status=web.status_of(error),
        statements=known,
        proofs=proofs,
        taken=next((one for one in known if one.id == taken), None),
        is_repeat=is_repeat,
        handed=handed,
        said=_said(request, handed),
        account_choices=[(one.account, f"{one.bank} …{one.number[-4:]}") for one in accounts],
        error=web.message_of(error, web.language(request)) if error else "",
        is_locked=isinstance(error, PasswordNeededError | WrongPasswordError),
    )


def _statement(
    request: AnyRequest,
    database: Database,
    statement_id: UUID,
    after: int = 0,
    refusal: FundError | LedgerError | None = None,
) -> Response[str]:
    with database.read() as session:
        found = histories.statement(session, statement_id)
        if found is None:
            raise NotFoundError()
        told = histories.told_lines(session, statement_id, after=after, limit=PAGE_LENGTH + 1)
        is_undone = acts.is_undone(session, statement_id)
    return web.page(
        request,
        "bank/statement.html",
        status=web.status_of(refusal),
        statement=found,
        lines=told[:PAGE_LENGTH],
        after=after,
        next_after=told[PAGE_LENGTH - 1].position if len(told) > PAGE_LENGTH else None,
        is_undone=is_undone,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
    )


ROUTES = [statements, take_statement, progress, statement, undo, restore]
