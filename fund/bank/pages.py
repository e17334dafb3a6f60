"""Staff's pages of the bank: hand in a statement, see what waits, say what it is.

Every page works without script; with it, a settled line changes in place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, limits, profile, walls, web
from fund.audit import Actor
from fund.bank import explaining, queries, saying, service, settling
from fund.bank.errors import StatementError
from fund.bank.importers.registry import LARGEST_BYTES
from fund.bank.queries import InboxLine
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations.queries import PledgeView
from fund.errors import FundError, MalformedError, TooLargeError, WrongTypeError
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError

STATEMENTS: Final = "/staff/statements"
LINES: Final = "/staff/lines"
PAGE_LENGTH: Final = 20
MOST_PLEDGES: Final = 5
CHOSEN: Final = "Chosen among open gifts of this amount."
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]


class StatementForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement handed in."""

    file: UploadFile
    csrf_token: str = ""


class NameForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiting line is a gift: of the pledge with this reference, else to the campaign with this code."""

    reference: Short = ""
    campaign: Short = ""
    reason: Short = ""
    csrf_token: Short = ""


class PledgeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiting line is the gift of a pledge that its card offered."""

    reference: Short = ""
    csrf_token: Short = ""


class ExplainForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiting line is no gift."""

    kind: Short = ""
    reason: Short = ""
    csrf_token: Short = ""


class ReturnForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An outgoing line sent unidentified money back."""

    waiting: UUID
    reason: Short = ""
    csrf_token: Short = ""


class AgainForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refused line is to be tried again."""

    csrf_token: Short = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a line's form."""

    reason: str = ""
    reference: str = ""


NOTHING_TYPED: Final = Typed()


@dataclass(frozen=True, slots=True)
class LineCard:
    """A waiting line with what its forms offer and what was typed into them."""

    line: InboxLine
    returnable: list[InboxLine]
    pledges: list[PledgeView]
    error: str = ""
    typed: Typed = NOTHING_TYPED


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
    try:
        content = data.file.file.read()
        read = service.read_statement(content, data.file.filename)
        with database.write() as session:
            fund = profile.current(session)
            taken = service.take_in(session, settings, fund, read, content, data.file.filename, by=actor)
    except StatementError as error:
        with database.write() as session:
            service.note_refused(session, error, by=actor)
        return _statements(request, database, error=error)
    settling.settle_waiting(database, by=actor)
    again = "&again=true" if taken.is_repeat else ""
    return Redirect(f"{STATEMENTS}?file={taken.statement_id}{again}", status_code=303)


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
        proofs = queries.proofs(session, profile.current(session).accounts)
    return web.page(
        request,
        "bank/statements.html",
        status=_status(error) if error else 200,
        statements=known,
        proofs=proofs,
        taken=next((one for one in known if one.id == taken), None),
        is_repeat=is_repeat,
        error=web.message_of(error, web.language(request)) if error else "",
    )


def _status(error: StatementError) -> int:
    if isinstance(error, TooLargeError):
        return 413
    return 415 if isinstance(error, WrongTypeError) else 400


@get(LINES, guards=[door.require("lines.see")], sync_to_thread=True)
def lines(
    request: AnyRequest, database: NamedDependency[Database], after: FromQuery[UUID | None] = None
) -> Response[str]:
    """What waits for a person, first told first."""
    return _lines(request, database, after)


def _lines(
    request: AnyRequest, database: Database, after: UUID | None, wrong: LineCard | None = None, *, status: int = 200
) -> Response[str]:
    """The list; the line of `wrong` stands first, with its error and what was typed."""
    with database.write() as session:
        waiting = queries.waiting_lines(session, limit=PAGE_LENGTH + 1, after=after)
        cards = [_card(session, line) for line in waiting[:PAGE_LENGTH]]
        around = _common(session)
        next_after = cards[-1].line.id if len(waiting) > PAGE_LENGTH else None
        if wrong:
            cards = [wrong, *(card for card in cards if card.line.id != wrong.line.id)]
        _note_look(session, cards, by=door.actor(request))
    return web.page(
        request, "bank/lines.html", status=status, cards=cards, after=after, next_after=next_after, **around
    )


def _note_look(session: Session, cards: Sequence[LineCard], *, by: Actor) -> None:
    """A line says in the bank's words who paid: whoever is shown it is noted, also where a card offers another line."""
    shown = dict.fromkeys(line.id for card in cards for line in (card.line, *card.returnable))
    audit.viewed_each(session, by, "line", shown)


def _card(session: Session, line: InboxLine, *, error: str = "", typed: Typed = NOTHING_TYPED) -> LineCard:
    if line.amount_satang < 0:
        return LineCard(line, queries.may_be_returned(session, line), [], error, typed)
    return LineCard(line, [], queries.may_be_pledges(session, line, limit=MOST_PLEDGES), error, typed)


def _common(session: Session) -> dict[str, Any]:
    """What stands around the lines: the proof, the remainder, and the campaigns a line may be given to.

    `presets` is, for each bank account, the code of the campaign that its unaddressed gifts belong to.
    """
    accounts, campaigns = profile.current(session).accounts, gifts.campaigns(session)
    codes = {name: campaign.code for campaign in campaigns for name in (campaign.slug, campaign.code)}
    return {
        "proofs": queries.proofs(session, accounts),
        "remainder": queries.remainder(session),
        "campaigns": campaigns,
        "campaigns_by_id": {campaign.id: campaign for campaign in campaigns},
        "presets": {account.account: codes.get(account.campaign, "") for account in accounts},
    }


@post("/staff/lines/{line_id:uuid}/name", guards=[door.require("lines.name")], sync_to_thread=True)
def name_line(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: URLEncodedBody[NameForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """This line is a gift."""
    named = data.reference.strip() or data.campaign

    def act(session: Session) -> None:
        explaining.name_line(session, line_id, named, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason, data.reference), act)


@post("/staff/lines/{line_id:uuid}/pledge", guards=[door.require("lines.name")], sync_to_thread=True)
def choose_pledge(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: URLEncodedBody[PledgeForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """This line is the gift of a pledge that its card offered."""
    reason = web.translate(web.language(request), CHOSEN)

    def act(session: Session) -> None:
        explaining.name_line(session, line_id, data.reference, reason=reason, by=door.actor(request))

    return _settle(request, database, line_id, NOTHING_TYPED, act)


@post("/staff/lines/{line_id:uuid}/explain", guards=[door.require("lines.explain")], sync_to_thread=True)
def explain_line(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: URLEncodedBody[ExplainForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """This line is a fee, interest, tax withheld or a running cost."""

    def act(session: Session) -> None:
        explaining.explain_line(session, line_id, data.kind, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason), act)


@post("/staff/lines/{line_id:uuid}/send-back", guards=[door.require("lines.send_back")], sync_to_thread=True)
def send_back(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: URLEncodedBody[ReturnForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """This line sent unidentified money back."""

    def act(session: Session) -> None:
        explaining.send_back(session, line_id, data.waiting, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason), act, also=data.waiting)


@post("/staff/lines/{line_id:uuid}/again", guards=[door.require("lines.retry")], sync_to_thread=True)
def try_again(
    request: AnyRequest,
    line_id: FromPath[UUID],
    data: URLEncodedBody[AgainForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Give a refused line to the matcher once more."""

    def act(session: Session) -> None:
        saying.try_again(session, line_id, by=door.actor(request))

    def settle() -> None:
        settling.settle_waiting(database, by=door.actor(request))

    return _settle(request, database, line_id, NOTHING_TYPED, act, afterwards=settle)


def _settle(
    request: AnyRequest,
    database: Database,
    line_id: UUID,
    typed: Typed,
    act: Callable[[Session], None],
    *,
    also: UUID | None = None,
    afterwards: Callable[[], None] = lambda: None,
) -> Response[str]:
    """Do `act` and show what became of the line (and of `also`): in place for a script, else on the list."""
    in_place = request.headers.get("hx-request") == "true"
    try:
        with database.write() as session:
            act(session)
    except (FundError, LedgerError) as error:
        wrong = _wrong(request, database, line_id, typed, error)
        if in_place:
            return _in_place(request, database, line_id, wrong)
        return _lines(request, database, None, wrong, status=400 if isinstance(error, MalformedError) else 409)
    afterwards()
    return _in_place(request, database, line_id, also=also) if in_place else Redirect(LINES, status_code=303)


def _wrong(
    request: AnyRequest, database: Database, line_id: UUID, typed: Typed, error: FundError | LedgerError
) -> LineCard:
    """The line as it still waits, with the refusal; where it no longer waits, the refusal goes on as it is."""
    said = web.message_of(error, web.language(request))
    with database.read() as session:
        line = queries.waiting_line(session, line_id)
        if line is None:
            raise error
        return _card(session, line, error=said, typed=typed)


def _in_place(
    request: AnyRequest, database: Database, line_id: UUID, wrong: LineCard | None = None, *, also: UUID | None = None
) -> Response[str]:
    """The line's new state, and the figures that changed with it."""
    with database.write() as session:
        around, settled = _common(session), None if wrong else queries.line_moved(session, line_id)
        _note_look(session, [wrong] if wrong else [], by=door.actor(request))
    return web.page(request, "bank/_changed.html", card=wrong, line_id=line_id, settled=settled, also=also, **around)


ROUTES = [statements, take_statement, lines, name_line, choose_pledge, explain_line, send_back, try_again]
