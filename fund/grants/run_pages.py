"""Staff's pages of payment runs: what is due, a run with each line's chain, its file, and what became of it.

Who is paid is opened for whoever prepares or authorises, each look noted; nothing here knows a child.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, profile, web
from fund.audit import Actor
from fund.db import Database
from fund.errors import FundError
from fund.grants import payees, run_states, run_views, runs
from fund.grants.files import layouts
from fund.grants.models import chain_of
from fund.grants.payees import Payee
from fund.grants.run_errors import NothingChosenError, PayDayError
from fund.grants.run_views import RunView
from fund.people import door, duties
from fund.people.duties import Part, Side
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError

HOME: Final = "/staff/runs"
PAYING: Final = (Side.PREPARE, Side.AUTHORISE, Side.RECONCILE)
AHEAD: Final = timedelta(days=7)
Refusal = FundError | LedgerError
Short = Annotated[str, msgspec.Meta(max_length=500)]


class NewForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which payments, out of which account, in which kind of file, on which day; one box alone sends no list."""

    tranche: Annotated[list[Short], msgspec.Meta(max_length=runs.MOST_LINES)] | Short = []
    account: Short = ""
    layout: Short = ""
    pay_on: Short = ""
    stand_in: Short = ""
    csrf_token: Short = ""

    @property
    def chosen(self) -> list[str]:
        """What was ticked."""
        return [self.tranche] if isinstance(self.tranche, str) else self.tranche

    @property
    def tranches(self) -> list[tuple[UUID, int]]:
        """Raises NothingChosenError."""
        try:
            return [(UUID(one.partition(":")[0]), int(one.partition(":")[2])) for one in self.chosen]
        except ValueError:
            raise NothingChosenError(most=runs.MOST_LINES) from None

    @property
    def day(self) -> date:
        """Raises PayDayError."""
        try:
            return date.fromisoformat(self.pay_on)
        except ValueError:
            raise PayDayError(days=runs.DAYS_AHEAD) from None


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Short = ""
    stand_in: Short = ""
    csrf_token: Short = ""


class AuthoriseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The run as it was shown."""

    shown: Short = ""
    stand_in: Short = ""
    csrf_token: Short = ""


@get(HOME, guards=[door.require("runs.see")], sync_to_thread=True)
def all_runs(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits to be authorised, what is at the bank, what is over."""
    with database.read() as session:
        found = run_views.runs(session)
        due = [one for one in run_views.due(session, clock.today()) if not one.why_not]
    return web.page(request, "grants/runs.html", runs=found, due=due)


@get(HOME + "/new", guards=[door.require("runs.prepare")], sync_to_thread=True)
def new_run(
    request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[str]:
    """What is due, to choose from."""
    return _new(request, database, settings, NewForm(pay_on=clock.today().isoformat()))


@post(HOME + "/new", guards=[door.require("runs.prepare")], sync_to_thread=True)
def prepare(
    request: AnyRequest,
    data: URLEncodedBody[NewForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Prepare a run."""
    try:
        with database.write() as session:
            run_id = runs.prepare(
                session, settings, data.tranches, data.account, data.layout, data.day,
                stand_in=duties.chosen_stand_in(data.stand_in), by=door.actor(request),
            )  # fmt: skip
    except (FundError, LedgerError) as refused:
        return _new(request, database, settings, data, refused)
    return Redirect(f"{HOME}/{run_id}", status_code=303)


@get(HOME + "/{run_id:uuid}", guards=[door.require("runs.see")], sync_to_thread=True)
def run(
    request: AnyRequest,
    run_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """One run."""
    return _run(request, database, settings, run_id)


@post(HOME + "/{run_id:uuid}/authorise", guards=[door.require("runs.authorise")], sync_to_thread=True)
def authorise(
    request: AnyRequest,
    run_id: FromPath[UUID],
    data: URLEncodedBody[AuthoriseForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Order every payment of the run, as it was shown."""

    def order(session: Session, of: UUID, *, stand_in: UUID | None, by: Actor) -> None:
        runs.authorise(session, settings, of, data.shown, stand_in=stand_in, by=by)

    return _act(request, database, settings, run_id, data.stand_in, order)


@post(HOME + "/{run_id:uuid}/send-back", guards=[door.require("runs.turn_down")], sync_to_thread=True)
def send_back(
    request: AnyRequest,
    run_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Authorise nothing of it."""
    return _act(request, database, settings, run_id, data.stand_in, runs.send_back, data.reason)


@post(HOME + "/{run_id:uuid}/lines/{position:int}/out", guards=[door.require("runs.turn_down")], sync_to_thread=True)
def take_out(
    request: AnyRequest,
    run_id: FromPath[UUID],
    position: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take one payment out of the run."""
    return _act(request, database, settings, run_id, data.stand_in, runs.take_out, position, data.reason)


@post(HOME + "/{run_id:uuid}/lines/{position:int}/stayed", guards=[door.require("runs.stay")], sync_to_thread=True)
def stayed(
    request: AnyRequest,
    run_id: FromPath[UUID],
    position: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The bank did not carry out this payment."""
    return _act(request, database, settings, run_id, data.stand_in, runs.stayed, position, data.reason)


@post(HOME + "/{run_id:uuid}/lines/{position:int}/give-up", guards=[door.require("runs.give_up")], sync_to_thread=True)
def give_up(
    request: AnyRequest,
    run_id: FromPath[UUID],
    position: FromPath[int],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Do not try again to pay what came back."""
    return _act(request, database, settings, run_id, data.stand_in, runs.give_up, position, data.reason)


@post(HOME + "/{run_id:uuid}/file", guards=[door.require("runs.download")], sync_to_thread=True, status_code=200)
def download(
    request: AnyRequest,
    run_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The file for the bank, to be saved."""
    try:
        with database.write() as session:
            made = runs.download(session, settings, run_id, by=door.actor(request))
    except FundError as refused:
        return _run(request, database, settings, run_id, refused)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.content, media_type="application/octet-stream", headers=headers)


def _act(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    run_id: UUID,
    stand_in: str,
    verb: Callable[..., None],
    *said: object,
) -> Response[str]:
    try:
        with database.write() as session:
            verb(session, run_id, *said, stand_in=duties.chosen_stand_in(stand_in), by=door.actor(request))
    except (FundError, LedgerError) as refused:
        return _run(request, database, settings, run_id, refused)
    return Redirect(f"{HOME}/{run_id}", status_code=303)


def _new(
    request: AnyRequest, database: Database, settings: Settings, typed: NewForm, refused: Refusal | None = None
) -> Response[str]:
    language, today = web.language(request), clock.today()
    with database.write() as session:
        due = run_views.due(session, today + AHEAD)
        held = [one.tranche.request_id for one in due if one.why_not]
        audit.viewed_each(session, door.actor(request), "grant_words", dict.fromkeys(held), reason="payment")
        accounts = [(one.account, f"{one.bank} …{one.number[-4:]}") for one in profile.current(session).accounts]
        places = _places(request, session)
    known = layouts.layouts(settings.layouts_path)
    return _page(
        request,
        "grants/new_run.html",
        refused,
        typed=typed,
        due=[one for one in due if not one.why_not],
        held=[one for one in due if one.why_not],
        today=today,
        accounts=accounts,
        places=places,
        layouts=[(name, one.title(language)) for name, one in known.items()],
        warnings=[one.warning(language) for one in known.values() if one.warning(language)],
    )


def _run(
    request: AnyRequest, database: Database, settings: Settings, run_id: UUID, refused: Refusal | None = None
) -> Response[str]:
    with database.write() as session:
        found = run_views.run(session, run_id)
        paid = _opened(request, session, found)
        chains = {one.position: duties.parts(session, chain_of(one.request_id)) for one in found.lines}
        own = {one.account: f"{one.bank} {one.number}" for one in profile.current(session).accounts}
        places = _places(request, session)
    layout = layouts.layouts(settings.layouts_path).get(found.layout)
    return _page(
        request,
        "grants/run.html",
        refused,
        run=found,
        is_sound=runs.is_as_authorised(found),
        payees=paid,
        chains=chains,
        places=places,
        says=duties.SAYS,
        in_whose_place=_in_whose_place(request, [part for parts in chains.values() for part in parts]),
        own=own.get(found.account, found.account),
        layout=layout.title(web.language(request)) if layout else found.layout,
        warning=layout.warning(web.language(request)) if layout else "",
        states=run_states,
    )


def _opened(request: AnyRequest, session: Session, found: RunView) -> dict[UUID, Payee | None]:
    """Who is paid, for whoever prepares or authorises; each look is noted."""
    staff = door.visitor(request)
    if not (staff.may("runs.authorise") or staff.may("runs.download")):
        return {}
    ids = {line.payee_id for line in found.lines}
    audit.viewed_each(session, door.actor(request), "payee", sorted(ids), reason="payment")
    return payees.opened(session, ids)


def _places(request: AnyRequest, session: Session) -> dict[Side, list[tuple[str, str]]]:
    """In whose place the reader may act here, by side."""
    return duties.in_whose_place(session, door.visitor(request).person.id, PAYING, web.language(request))


def _in_whose_place(request: AnyRequest, parts: Sequence[Part]) -> dict[UUID, str]:
    """What stands beside the name of whoever stood in."""
    language = web.language(request)
    return {part.person_id: duties.standing_in_words(part.standing_in, language) for part in parts if part.standing_in}


def _page(request: AnyRequest, template: str, refused: Refusal | None, **shown: Any) -> Response[str]:
    said = web.message_of(refused, web.language(request)) if refused else ""
    return web.page(request, template, status=web.status_of(refused), error=said, **shown)


ROUTES = [all_runs, new_run, prepare, run, authorise, send_back, take_out, stayed, give_up, download]
