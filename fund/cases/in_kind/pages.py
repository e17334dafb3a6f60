"""Pages of help in goods: asked for from a case, awarded by another, carried, handed out against a signature.

Says before the form why nothing can be asked for now. Refuses what lies elsewhere as if it were not there; each look at
one request is noted. What is refused stays as it was typed.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import clock, limits, profile, walls, web
from fund.cases import case_page, queues
from fund.cases.children import require_choice
from fund.cases.errors import ConsentMissingError
from fund.cases.following import complaints
from fund.cases.handing.handovers import SIGNERS
from fund.cases.handing.lateness import require_none_late
from fund.cases.in_kind import queries, service, vouchers
from fund.cases.in_kind.forms import AskForm, CarryForm, DecideForm, HandOutForm
from fund.cases.in_kind.words import STATES, STEPS
from fund.cases.queries import CaseView
from fund.cases.requests import rules
from fund.db import Database
from fund.errors import FundError, NotFoundError
from fund.goods import awards, forms, states, things
from fund.goods.errors import NotNowError, PlaceNotFoundError, ThingNotFoundError
from fund.people import door, places, stand_in_papers
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.identifiers import new_id

HOME: Final = "/staff/goods/awards"
ONE: Final = HOME + "/{request_id:uuid}"
OF_CASE: Final = case_page.ONE + "/goods"
PRIVATE: Final = {"Cache-Control": "no-store"}
_SEE, _MAKE, _DECIDE, _HAND_OUT = (
    "goods_awards.see", "goods_awards.make", "goods_awards.decide", "goods_awards.hand_out",
)  # fmt: skip
_LARGEST: Final = LARGEST_BYTES + (1 << 20)
_DECISIONS: Final = {"decline": awards.decline, "cancel": awards.cancel}


@get(HOME, guards=[door.require(_SEE)], sync_to_thread=True)
def all_awards(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits to be read, what waits to be handed out, and what is done; of their districts."""
    visitor = door.visitor(request)
    with database.read() as session:
        found = queries.of_districts(session, queues.districts_of(visitor.person, _SEE))
        names = places.names(session)
    lists = [
        ("Waits for the core team", [one for one in found if one.state == states.ASKED]),
        ("To be handed out", [one for one in found if one.held]),
        ("Done", [one for one in reversed(found) if not one.is_open]),
    ]
    return web.page(request, "goods/awards.html", lists=lists, names=names, goods_states=STATES)


@get(OF_CASE, guards=[door.require(_SEE)], sync_to_thread=True)
def goods_of_case(request: AnyRequest, code: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What was asked for in a case in goods, and the form that asks."""
    return _form(request, database, case_page.theirs(request, database, code, _SEE))


@post(OF_CASE, guards=[door.require(_MAKE)], sync_to_thread=True)
def ask_for_goods(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[AskForm], database: NamedDependency[Database]
) -> Response[str]:
    """Ask for goods; the same form again leads to the same request."""
    found, (thing, _, size) = case_page.theirs(request, database, code, _MAKE), data.thing.partition(":")
    try:
        thing_id, quantity = forms.ident(thing, ThingNotFoundError), forms.whole(data.quantity)
        with database.write() as session:
            request_id = service.ask(
                session, code, thing_id, size, quantity, request_id=data.key, by=door.actor(request)
            )
    except FundError as error:
        return _form(request, database, found, data, error)
    return Redirect(f"{HOME}/{request_id}", status_code=303)


@get(ONE, guards=[door.require(_SEE)], sync_to_thread=True)
def one_award(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One request for goods; the look is noted."""
    return _one(request, database, request_id)


@post(ONE + "/approve", guards=[door.require(_DECIDE)], sync_to_thread=True)
def approve_goods(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecideForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Approve: the last approval that is needed promises the goods."""
    return _act(request, database, request_id, _DECIDE, lambda session: service.approve(
        session, request_id, by=door.actor(request)))  # fmt: skip


@post(ONE, guards=[door.require(_DECIDE)], sync_to_thread=True)
def decide_goods(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecideForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Decline, or take back what is promised."""
    verb = _DECISIONS[require_choice(data.act, dict.fromkeys(_DECISIONS, ""))]
    return _act(request, database, request_id, _DECIDE, lambda session: verb(
        session, request_id, data.reason, by=door.actor(request)))  # fmt: skip


@post(ONE + "/withdraw", guards=[door.require(_MAKE)], sync_to_thread=True)
def withdraw_goods(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[DecideForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask for it no more."""
    return _act(request, database, request_id, _MAKE, lambda session: awards.withdraw(
        session, request_id, data.reason, by=door.actor(request)))  # fmt: skip


@post(ONE + "/bring", guards=[door.require(_HAND_OUT)], sync_to_thread=True)
def bring_goods(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[CarryForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Carry what is promised to where it is handed out."""
    return _act(request, database, request_id, _HAND_OUT, lambda session: awards.bring(
        session, request_id, _place(data.place), _place(data.to), by=door.actor(request)))  # fmt: skip


@get(ONE + "/voucher.pdf", guards=[door.require(_HAND_OUT)], sync_to_thread=True)
def goods_voucher(
    request: AnyRequest,
    request_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The voucher to print and have signed by hand."""
    _theirs(request, database, request_id, _HAND_OUT)
    with database.write() as session:
        found = queries.opened(session, request_id, by=door.actor(request)).view
        fund, is_demo = profile.current(session), profile.is_demo(session)
        key = complaints.link_of(session, found.case_code, by=door.actor(request))
    if not found.held:
        raise NotNowError()
    complaint = complaints.address_of(settings.address, key)
    content = vouchers.pdf(found, fund, complaint, seconds=int(settings.render_seconds), is_demo=is_demo)
    headers = {**PRIVATE, "Content-Disposition": f'inline; filename="goods-{found.case_code}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@post(ONE + "/issue", guards=[door.require(_HAND_OUT)], sync_to_thread=True, request_max_body_size=_LARGEST)
def issue_goods(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: MultipartBody[HandOutForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Hand out what is promised at a place, against the family's signature."""
    with database.write() as session:
        whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *whom)

    def do(session: Session) -> None:
        signed = data.read()
        service.hand_out(
            session, settings.files_path, request_id, _place(data.place), signed, by=door.actor(request)
        )  # fmt: skip

    return _act(request, database, request_id, _HAND_OUT, do, data)


@post(ONE + "/return", guards=[door.require(_HAND_OUT)], sync_to_thread=True)
def take_goods_back(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: URLEncodedBody[CarryForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """So much of what was handed out is in store again."""
    return _act(request, database, request_id, _HAND_OUT, lambda session: awards.bring_back(
        session, request_id, forms.whole(data.number), forms.whole(data.quantity), _place(data.to),
        by=door.actor(request)))  # fmt: skip


@get(ONE + "/signatures/{number:int}", guards=[door.require(_SEE)], sync_to_thread=True)
def goods_signature(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A signature to save; the look is noted."""
    _theirs(request, database, request_id, _SEE)
    with database.write() as session:
        content = queries.picture(session, settings.files_path, request_id, number, by=door.actor(request))
    kept = stand_in_papers.read(content)
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{request_id}-{number}.{kept.ending}"'}
    return Response(content, media_type=kept.media_type, headers=headers)


def _place(text: str) -> UUID:
    return forms.ident(text, PlaceNotFoundError)


def _theirs(request: AnyRequest, database: Database, request_id: UUID, action: str) -> CaseView:
    """The case of a request of a place of theirs. Raises RequestNotFoundError and CaseNotFoundError."""
    with database.read() as session:
        code = service.code_of(session, request_id)
    return case_page.theirs(request, database, code, action)


def _act(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    action: str,
    do: Callable[[Session], Any],
    typed: HandOutForm | None = None,
) -> Response[str]:
    """Do what a form asks on a request of theirs, and show it again."""
    _theirs(request, database, request_id, action)
    try:
        with database.write() as session:
            do(session)
    except NotFoundError:
        raise
    except FundError as refused:
        return _one(request, database, request_id, refused, typed)
    return Redirect(f"{HOME}/{request_id}", status_code=303, headers=PRIVATE)


def _one(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    refused: FundError | None = None,
    typed: HandOutForm | None = None,
) -> Response[str]:
    found, visitor = _theirs(request, database, request_id, _SEE), door.visitor(request)
    with database.write() as session:
        known = queries.opened(session, request_id, by=visitor.actor)
        shown: dict[str, Any] = {"places": things.places(session), "names": places.names(session)}
    may = {name: visitor.may(f"goods_awards.{name}", found.place) for name in ("make", "decide", "hand_out")}
    sides = {part.side for part in known.taken_part if part.person_id == visitor.person.id}
    answer = web.page(
        request, "goods/award.html", status=web.status_of(refused), found=found, known=known, may=may, sides=sides,
        error=web.message_of(refused, web.language(request)) if refused else "", typed=typed or HandOutForm(),
        today=clock.today(), goods_states=STATES, steps=STEPS, reasons=states.REASONS, signers=SIGNERS,
        conditions=states.CONDITIONS, **shown,
    )  # fmt: skip
    answer.headers.update(PRIVATE)
    return answer


def _form(
    request: AnyRequest,
    database: Database,
    found: CaseView,
    form: AskForm | None = None,
    refused: FundError | None = None,
) -> Response[str]:
    """What a case was asked in goods, with the form that asks, as it was typed."""
    visitor, language = door.visitor(request), web.language(request)
    asks = visitor.may(_MAKE, found.place)
    with database.read() as session:
        why_not = _why_not(session, found, request) if asks else None
        context: dict[str, Any] = {
            "awards": queries.of_case(session, found.code),
            "things": things.things(session),
            "names": places.names(session),
        }
    return web.page(
        request, "goods/of_case.html", status=web.status_of(refused), found=found, form=form or AskForm(),
        may_ask=asks and (why_not is None or refused is not None), goods_states=STATES, new_key=new_id,
        error=web.message_of(refused, language) if refused else "",
        why_not=web.message_of(why_not, language) if why_not else "",
        is_consent_missing=isinstance(why_not, ConsentMissingError), **context,
    )  # fmt: skip


def _why_not(session: Session, found: CaseView, request: AnyRequest) -> FundError | None:
    """Why nothing can be asked for in this case by this person now."""
    by = door.actor(request)
    try:
        rules.require_helpable(session, found)
        rules.require_untied(session, found.code, by)
        if by.person_id is not None:
            require_none_late(session, by.person_id)
    except FundError as error:
        return error
    return None


ROUTES = [
    all_awards, goods_of_case, ask_for_goods, one_award, approve_goods, decide_goods, withdraw_goods, bring_goods,
    goods_voucher, issue_goods, take_goods_back, goods_signature,
]  # fmt: skip
