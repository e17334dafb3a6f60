"""Staff's pages of cash boxes: what each holds, its counts, what is on its way to the bank.

Nobody is shown a figure of a count that is not over: who counts second must not know what the first has found.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect

from fund import clock, limits, profile, walls, web
from fund.cash import boxes, carrying, counting, pieces, shortages
from fund.cash.errors import BoxWordsError
from fund.cash.forms import BoxForm, CarryForm, CountForm, ReasonForm, ShortForm
from fund.db import Database
from fund.donations import queries as gifts
from fund.errors import FundError
from fund.people import door
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError
from ledger.money import parse_baht

HOME: Final = "/staff/cash"
Refusal = FundError | LedgerError
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file


@get(HOME, guards=[door.require("cash.see")], sync_to_thread=True)
def cash_boxes(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Every box, and what is on its way to the bank."""
    return _list(request, database)


@get(HOME + "/new", guards=[door.require("cash.add")], sync_to_thread=True)
def new_box(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form of a new box."""
    return _new(request, database, BoxForm())


@post(HOME + "/new", guards=[door.require("cash.add")], sync_to_thread=True)
def add_box(request: AnyRequest, data: URLEncodedBody[BoxForm], database: NamedDependency[Database]) -> Response[str]:
    """Add a box."""
    try:
        with database.write() as session:
            campaign = gifts.campaign_by_code(session, data.campaign)
            box_id = boxes.add(session, data.name, data.place, campaign.id, by=door.actor(request))
    except BoxWordsError as refused:
        return _new(request, database, data, refused)
    return Redirect(f"{HOME}/{box_id}", status_code=303)


@get(HOME + "/{box_id:uuid}", guards=[door.require("cash.see")], sync_to_thread=True)
def cash_box(request: AnyRequest, box_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One box and its counts."""
    return _box(request, database, box_id)


@post(HOME + "/{box_id:uuid}/count", guards=[door.require("cash.count")], sync_to_thread=True)
def count(
    request: AnyRequest,
    box_id: FromPath[UUID],
    data: URLEncodedBody[CountForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Write down what was found in the box."""
    try:
        with database.write() as session:
            counting.count(session, box_id, pieces.read(data.typed), by=door.actor(request))
    except FundError as refused:
        return _box(request, database, box_id, refused, data.typed)
    return Redirect(f"{HOME}/{box_id}", status_code=303)


@post(HOME + "/{box_id:uuid}/drop", guards=[door.require("cash.count")], sync_to_thread=True)
def drop(
    request: AnyRequest,
    box_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Break a count off."""
    return _act(request, database, box_id, counting.drop, reason=data.reason)


@post(HOME + "/{box_id:uuid}/close", guards=[door.require("cash.close")], sync_to_thread=True)
def close(
    request: AnyRequest,
    box_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Use a box no more."""
    return _act(request, database, box_id, boxes.close)


@post(HOME + "/{box_id:uuid}/short", guards=[door.require("cash.short")], sync_to_thread=True)
def say_short(
    request: AnyRequest,
    box_id: FromPath[UUID],
    data: URLEncodedBody[ShortForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """So much of the box is not there."""
    try:
        with database.write() as session:
            shortages.ask(session, box_id, parse_baht(data.amount), reason=data.reason, by=door.actor(request))
    except (FundError, LedgerError) as refused:
        return _box(request, database, box_id, refused, short=data)
    return Redirect(f"{HOME}/{box_id}#short", status_code=303)


@post(HOME + "/short/{ask_id:uuid}/decide", guards=[door.require("cash.decide_short")], sync_to_thread=True)
def decide_short(
    request: AnyRequest,
    ask_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """It is lost."""
    return _on_short(request, database, ask_id, shortages.decide)


@post(HOME + "/short/{ask_id:uuid}/decline", guards=[door.require("cash.decide_short")], sync_to_thread=True)
def decline_short(
    request: AnyRequest,
    ask_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Nothing is written off."""
    return _on_short(request, database, ask_id, shortages.decline, reason=data.reason)


@get(HOME + "/carry", guards=[door.require("cash.carry")], sync_to_thread=True)
def new_way(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form of cash that is carried to the bank."""
    return _carry(request, database, CarryForm(carried_on=clock.today().isoformat()))


@post(
    HOME + "/carry",
    guards=[door.require("cash.carry")],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def carry(
    request: AnyRequest,
    data: MultipartBody[CarryForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Note what is carried to the bank."""
    by = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{by.name}", f"address:{walls.subscriber(request)}")
    try:
        amounts, day, slip = data.amounts, data.day, data.paper()
        with database.write() as session:
            carrying.carry(
                session, settings.files_path, amounts, data.account, day, reference=data.reference, slip=slip, by=by
            )
    except (FundError, LedgerError) as refused:
        return _carry(request, database, data, refused)
    return Redirect(f"{HOME}#ways", status_code=303)


@post(HOME + "/ways/{deposit_id:uuid}/withdraw", guards=[door.require("cash.carry")], sync_to_thread=True)
def withdraw(
    request: AnyRequest,
    deposit_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """What was written of a way to the bank does not hold."""
    try:
        with database.write() as session:
            carrying.withdraw(session, deposit_id, reason=data.reason, by=door.actor(request))
    except FundError as refused:
        return _list(request, database, refused)
    return Redirect(f"{HOME}#ways", status_code=303)


@get(HOME + "/ways/{deposit_id:uuid}/slip", guards=[door.require("cash.see")], sync_to_thread=True)
def paying_in_slip(
    request: AnyRequest,
    deposit_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The paying-in slip, to be saved: a browser does not open it among our pages."""
    with database.write() as session:
        paper = carrying.slip(session, settings.files_path, deposit_id, by=door.actor(request))
    name = f'attachment; filename="slip-{deposit_id}.{paper.ending}"'
    return Response(paper.content, media_type=paper.media_type, headers={"Content-Disposition": name})


def _act(
    request: AnyRequest, database: Database, box_id: UUID, verb: Callable[..., None], **facts: str
) -> Response[str]:
    try:
        with database.write() as session:
            verb(session, box_id, **facts, by=door.actor(request))
    except FundError as refused:
        return _box(request, database, box_id, refused)
    return Redirect(f"{HOME}/{box_id}", status_code=303)


def _on_short(
    request: AnyRequest, database: Database, ask_id: UUID, verb: Callable[..., None], **facts: str
) -> Response[str]:
    with database.read() as session:
        box_id = shortages.shortage(session, ask_id).box_id
    try:
        with database.write() as session:
            verb(session, ask_id, **facts, by=door.actor(request))
    except (FundError, LedgerError) as refused:
        return _box(request, database, box_id, refused)
    return Redirect(f"{HOME}/{box_id}#short", status_code=303)


def _list(request: AnyRequest, database: Database, refused: Refusal | None = None) -> Response[str]:
    with database.read() as session:
        shown, ways = boxes.boxes(session), carrying.deposits(session)
    return _page(request, "cash/boxes.html", refused, boxes=shown, ways=ways)


def _new(request: AnyRequest, database: Database, typed: BoxForm, refused: Refusal | None = None) -> Response[str]:
    with database.read() as session:
        open_ones = [one for one in gifts.campaigns(session) if one.is_open()]
    names = [(one.code, one.name(web.language(request))) for one in open_ones]
    return _page(request, "cash/new.html", refused, typed=typed, campaigns=names)


def _box(
    request: AnyRequest,
    database: Database,
    box_id: UUID,
    refused: Refusal | None = None,
    typed: dict[int, str] | None = None,
    short: ShortForm | None = None,
) -> Response[str]:
    with database.read() as session:
        box, counts = boxes.box(session, box_id), counting.of_box(session, box_id)
        shorts = shortages.of_box(session, box_id)
    running = next((one for one in counts if not one.is_over), None)
    return _page(
        request,
        "cash/box.html",
        refused,
        box=box,
        running=running,
        counts=[one for one in counts if one.is_over],
        is_other_s_turn=running is not None and running.waits_for_another_than == door.visitor(request).person.id,
        denominations=pieces.DENOMINATIONS,
        typed=typed or {},
        shorts=shorts,
        short=short or ShortForm(),
    )


def _carry(request: AnyRequest, database: Database, typed: CarryForm, refused: Refusal | None = None) -> Response[str]:
    with database.read() as session:
        full = [one for one in boxes.boxes(session) if one.to_carry_satang > 0]
        accounts = [(one.account, f"{one.bank} …{one.number[-4:]}") for one in profile.current(session).accounts]
    return _page(request, "cash/carry.html", refused, typed=typed, boxes=full, accounts=accounts)


def _page(request: AnyRequest, template: str, refused: Refusal | None, **shown: Any) -> Response[str]:
    said = web.message_of(refused, web.language(request)) if refused else ""
    return web.page(request, template, status=web.status_of(refused), error=said, **shown)


ROUTES = [
    cash_boxes, new_box, add_box, cash_box, count, drop, close, new_way, carry, withdraw, paying_in_slip,
    say_short, decide_short, decline_short,
]  # fmt: skip
