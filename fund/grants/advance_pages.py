"""Staff's page of advances: cash that is asked for, allowed, handed out, and accounted for with its papers."""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import limits, walls, web
from fund.db import Database
from fund.errors import FundError
from fund.grants import advances, paying
from fund.people import door, duties, stand_in_papers
from fund.people.duties import Side
from fund.people.stand_in_papers import LARGEST_BYTES, Paper
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError
from ledger.money import parse_baht

HOME: Final = "/staff/advances"
PAYING: Final = (Side.PREPARE, Side.AUTHORISE, Side.RECONCILE)
_TRANCHE: Final = HOME + "/{request_id:uuid}/{part:int}"
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
Short = Annotated[str, msgspec.Meta(max_length=500)]


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; a button alone sends none."""

    reason: Short = ""
    stand_in: Short = ""
    csrf_token: Short = ""


class AccountForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much was handed over, and the paper that shows it."""

    amount: Short = ""
    stand_in: Short = ""
    csrf_token: Short = ""
    paper: UploadFile | None = None  # last: a field before it that is no text leaves no file open

    def read(self) -> Paper | None:
        """The paper, if one was chosen. Raises NoPaperError, PaperTooLargeError."""
        content = self.paper.file.read(LARGEST_BYTES + 1) if self.paper else b""
        return stand_in_papers.read(content) if content else None


@get(HOME, guards=[door.require("advances.see")], sync_to_thread=True)
def all_advances(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Every advance that somebody must do something about."""
    return _list(request, database)


@post(_TRANCHE + "/prepare", guards=[door.require("advances.prepare")], sync_to_thread=True)
def prepare(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Prepare cash."""
    return _step(request, database, request_id, part, data.stand_in, paying.prepare)


@post(_TRANCHE + "/allow", guards=[door.require("advances.allow")], sync_to_thread=True)
def allow(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Allow cash to be fetched."""
    return _step(request, database, request_id, part, data.stand_in, paying.authorise)


@post(_TRANCHE + "/turn-down", guards=[door.require("runs.turn_down")], sync_to_thread=True)
def turn_down(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Do not allow it."""
    return _step(request, database, request_id, part, data.stand_in, paying.turn_down, data.reason)


@post(_TRANCHE + "/stayed", guards=[door.require("runs.stay")], sync_to_thread=True)
def stayed(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """The cash was not fetched."""
    return _step(request, database, request_id, part, data.stand_in, paying.stayed, data.reason)


@post(
    _TRANCHE + "/account",
    guards=[door.require("advances.account")],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def account_for(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    data: MultipartBody[AccountForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """So much was handed over."""
    by = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{by.name}", f"address:{walls.subscriber(request)}")

    def act(session: Session) -> None:
        amount, shown = parse_baht(data.amount), data.read()
        advances.account_for(
            session, settings.files_path, request_id, part, amount, shown,
            stand_in=duties.chosen_stand_in(data.stand_in), by=by,
        )  # fmt: skip

    return _act(request, database, act, (str(request_id), part, data.amount))


@get(_TRANCHE + "/papers/{sha256:str}", guards=[door.require("advances.see")], sync_to_thread=True)
def paper(
    request: AnyRequest,
    request_id: FromPath[UUID],
    part: FromPath[int],
    sha256: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A paper, to be saved: a browser does not open it among our pages."""
    with database.write() as session:
        found = advances.paper(session, settings.files_path, request_id, part, sha256, by=door.actor(request))
    name = f'attachment; filename="paper-{sha256[:12]}.{found.ending}"'
    return Response(found.content, media_type=found.media_type, headers={"Content-Disposition": name})


def _step(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    part: int,
    stand_in: str,
    verb: Callable[..., None],
    *words: str,
) -> Response[str]:
    """A step of cash, and of nothing that is paid otherwise."""

    def act(session: Session) -> None:
        advances.require_cash(session, request_id, part)
        verb(session, request_id, part, *words, stand_in=duties.chosen_stand_in(stand_in), by=door.actor(request))

    return _act(request, database, act)


def _act(
    request: AnyRequest,
    database: Database,
    act: Callable[[Session], None],
    typed: tuple[str, int, str] | None = None,
) -> Response[str]:
    try:
        with database.write() as session:
            act(session)
    except (FundError, LedgerError) as refused:
        return _list(request, database, refused, typed)
    return Redirect(HOME, status_code=303)


def _list(
    request: AnyRequest,
    database: Database,
    refused: FundError | LedgerError | None = None,
    typed: tuple[str, int, str] | None = None,
) -> Response[str]:
    with database.read() as session:
        found = advances.advances(session)
        places = duties.in_whose_place(session, door.visitor(request).person.id, PAYING, web.language(request))
    return web.page(
        request,
        "grants/advances.html",
        status=web.status_of(refused),
        advances=found,
        places=places,
        typed=typed,
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


ROUTES = [all_advances, prepare, allow, turn_down, stayed, account_for, paper]
