"""What staff do with bank lines: say what one is, choose what is offered, divide and join, hold, ask, take back.

Each act is one unit of work; a refusal comes back with what was typed. Every form works without script; with it, a
settled line changes in place.
"""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import web
from fund.bank import asking, dividing, explaining, line_pages, offering, part_lists, saying, settling, undoing
from fund.bank.cards import NOTHING_TYPED, Typed
from fund.bank.errors import NotAskedError
from fund.bank.line_pages import LINES, Refused
from fund.db import Database
from fund.errors import FundError, NotFoundError
from fund.people import door
from fund.web import AnyRequest
from ledger.errors import LedgerError

CHOSEN: Final = "Chosen among what was offered."
LONGEST_LIST: Final = 20_000
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]
Act = Callable[[Session], object]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every form of a line sends."""

    reason: Short = ""
    csrf_token: Short = ""


class NameForm(Form, frozen=True, forbid_unknown_fields=True):
    """A waiting line is a gift: of the pledge with this reference, else to the campaign with this code."""

    reference: Short = ""
    campaign: Short = ""


class ChooseForm(Form, frozen=True, forbid_unknown_fields=True):
    """A waiting line is what its card offered."""

    kind: Short = ""
    subject: Short = ""


class ExplainForm(Form, frozen=True, forbid_unknown_fields=True):
    """A waiting line is no gift."""

    kind: Short = ""


class CommentForm(Form, frozen=True, forbid_unknown_fields=True):
    """A remark, and whom it asks to answer, if anybody."""

    asks: Short = ""

    @property
    def person(self) -> UUID | None:
        """Raises NotAskedError."""
        try:
            return UUID(self.asks) if self.asks else None
        except ValueError:
            raise NotAskedError() from None


class ReturnForm(Form, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An outgoing line sent unidentified money back."""

    waiting: UUID


class SplitForm(Form, frozen=True, forbid_unknown_fields=True):
    """A waiting line is several gifts."""

    parts: Annotated[str, msgspec.Meta(max_length=LONGEST_LIST)] = ""


class MergeForm(Form, frozen=True, forbid_unknown_fields=True):
    """Several waiting lines are one gift; a form with a single line sends no list."""

    reference: Short = ""
    line: list[UUID] | UUID | None = None

    @property
    def lines(self) -> list[UUID]:
        return self.line if isinstance(self.line, list) else [self.line] if self.line else []


@post("/staff/lines/{line_id:uuid}/name", guards=[door.require("lines.name")], sync_to_thread=True)
def name_line(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[NameForm], database: NamedDependency[Database]
) -> Response[str]:
    """This line is a gift."""
    named = data.reference.strip() or data.campaign

    def act(session: Session) -> None:
        explaining.name_line(session, line_id, named, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason, data.reference), act)


@post("/staff/lines/{line_id:uuid}/choose", guards=[door.require("lines.name")], sync_to_thread=True)
def choose(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[ChooseForm], database: NamedDependency[Database]
) -> Response[str]:
    """This line is what its card offered."""
    reason = web.translate(web.language(request), CHOSEN)

    def act(session: Session) -> None:
        offering.choose(session, line_id, data.kind, data.subject, reason=reason, by=door.actor(request))

    return _settle(request, database, line_id, NOTHING_TYPED, act)


@post("/staff/lines/{line_id:uuid}/explain", guards=[door.require("lines.explain")], sync_to_thread=True)
def explain_line(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[ExplainForm], database: NamedDependency[Database]
) -> Response[str]:
    """This line is a fee, interest, tax withheld or a running cost."""

    def act(session: Session) -> None:
        explaining.explain_line(session, line_id, data.kind, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason), act)


@post("/staff/lines/{line_id:uuid}/send-back", guards=[door.require("lines.send_back")], sync_to_thread=True)
def send_back(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[ReturnForm], database: NamedDependency[Database]
) -> Response[str]:
    """This line sent unidentified money back."""

    def act(session: Session) -> None:
        explaining.send_back(session, line_id, data.waiting, reason=data.reason, by=door.actor(request))

    return _settle(request, database, line_id, Typed(data.reason), act, also=data.waiting)


@post("/staff/lines/{line_id:uuid}/again", guards=[door.require("lines.retry")], sync_to_thread=True)
def try_again(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Give a line to the matcher once more."""

    def act(session: Session) -> None:
        saying.try_again(session, line_id, by=door.actor(request))

    def settle() -> None:
        settling.settle_waiting(database, by=door.actor(request))

    return _settle(request, database, line_id, NOTHING_TYPED, act, afterwards=settle)


@post("/staff/lines/{line_id:uuid}/split", guards=[door.require("lines.name")], sync_to_thread=True)
def split(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[SplitForm], database: NamedDependency[Database]
) -> Response[str]:
    """This line is several gifts."""

    def act(session: Session) -> None:
        parts = part_lists.parse(data.parts)
        dividing.split(session, line_id, parts, reason=data.reason, by=door.actor(request))

    return _on_its_page(request, database, line_id, Typed(data.reason, parts=data.parts), act)


@post("/staff/lines/merge", guards=[door.require("lines.name")], sync_to_thread=True)
def merge(request: AnyRequest, data: URLEncodedBody[MergeForm], database: NamedDependency[Database]) -> Response[str]:
    """These lines are one gift that came in several payments."""
    try:
        with database.write() as session:
            dividing.merge(session, data.lines, data.reference, reason=data.reason, by=door.actor(request))
    except (FundError, LedgerError) as error:
        refused = Refused(None, error, Typed(data.reason, data.reference), data.lines)
        return line_pages.show_lines(request, database, refused=refused)
    return Redirect(LINES, status_code=303)


@post("/staff/lines/{line_id:uuid}/hold", guards=[door.require("lines.hold")], sync_to_thread=True)
def hold(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Set this line aside."""

    def act(session: Session) -> None:
        saying.hold(session, line_id, reason=data.reason, by=door.actor(request))

    return _on_its_page(request, database, line_id, Typed(data.reason), act)


@post("/staff/lines/{line_id:uuid}/release", guards=[door.require("lines.hold")], sync_to_thread=True)
def release(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Put this line back among those that wait."""

    def act(session: Session) -> None:
        saying.release(session, line_id, reason=data.reason, by=door.actor(request))

    return _on_its_page(request, database, line_id, Typed(data.reason), act)


@post("/staff/lines/{line_id:uuid}/comment", guards=[door.require("lines.comment")], sync_to_thread=True)
def comment(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[CommentForm], database: NamedDependency[Database]
) -> Response[str]:
    """Ask a colleague about this line, or answer."""

    def act(session: Session) -> None:
        person = data.person
        if person is None:
            saying.comment(session, line_id, data.reason, by=door.actor(request))
        else:
            asking.ask(session, line_id, data.reason, person, by=door.actor(request))

    return _on_its_page(request, database, line_id, Typed(data.reason), act)


@post("/staff/lines/{line_id:uuid}/undo", guards=[door.require("lines.undo")], sync_to_thread=True)
def undo(
    request: AnyRequest, line_id: FromPath[UUID], data: URLEncodedBody[Form], database: NamedDependency[Database]
) -> Response[str]:
    """Take back what settled this line."""

    def act(session: Session) -> None:
        undoing.undo_match(session, line_id, reason=data.reason, by=door.actor(request))

    return _on_its_page(request, database, line_id, Typed(data.reason), act)


def _settle(
    request: AnyRequest,
    database: Database,
    line_id: UUID,
    typed: Typed,
    act: Act,
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
        refused = Refused(line_id, error, typed)
        if in_place:
            return line_pages.show_in_place(request, database, line_id, refused)
        return line_pages.show_lines(request, database, refused=refused)
    afterwards()
    if in_place:
        return line_pages.show_in_place(request, database, line_id, also=also)
    return Redirect(LINES, status_code=303)


def _on_its_page(request: AnyRequest, database: Database, line_id: UUID, typed: Typed, act: Act) -> Response[str]:
    """Do `act` and show the line's page again."""
    try:
        with database.write() as session:
            act(session)
    except NotFoundError:
        raise
    except (FundError, LedgerError) as error:
        return line_pages.show_line(request, database, line_id, Refused(line_id, error, typed))
    return Redirect(f"{LINES}/{line_id}", status_code=303)


ROUTES = [
    name_line, choose, explain_line, send_back, try_again, split, merge, hold, release, comment, undo,
]  # fmt: skip
