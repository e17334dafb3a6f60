"""Staff's pages of handing over: what waits, and one handover with its link, voucher, evidence and decisions.

Refuses what lies elsewhere as if it were not there, and notes who tried. What a family said stands on the page of one
handover alone, and each look is noted.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from sqlmodel import Session

from fund import audit, limits, profile, walls, web
from fund.cases import proofs
from fund.cases.children import require_choice
from fund.cases.forms import read_file
from fund.cases.handing import evidence, family_pages, handovers, links, pictures, states, views, vouchers
from fund.cases.handing.errors import HandoverNotFoundError, NotOutError
from fund.cases.handing.forms import ActForm, EvidenceForm
from fund.cases.handing.handovers import SIGNERS
from fund.cases.handing.views import HandoverView
from fund.db import Database
from fund.errors import FundError, NotFoundError
from fund.grants import steps
from fund.grants.models import chain_of
from fund.people import door, places
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.identifiers import new_id
from receipts import qr

HOME: Final = "/staff/handovers"
ONE: Final = HOME + "/{request_id:uuid}/{number:int}"
EVIDENCE: Final = ONE + "/evidence/{evidence_id:uuid}"
PRIVATE: Final = {"Cache-Control": "no-store"}
_SEE, _WORK, _LOOK, _DECIDE, _STATE = (
    "handovers.see", "handovers.work", "handovers.look", "evidence.decide", "evidence.state",
)  # fmt: skip
_PURPOSE: Final = "case_work"
_VERDICTS: Final = {"accept": "", "send_back": ""}


@get(HOME, guards=[door.require(_SEE)], sync_to_thread=True)
def all_handovers(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits: bad answers first, then what is late, to look at, to hand over, to hand in."""
    person = door.visitor(request).person
    with database.read() as session:
        lists = [
            ("Answers to look at", views.waiting(session, person, _SEE, *views.bad())),
            ("Late evidence", views.waiting(session, person, _SEE, *views.late())),
            ("Evidence to look at", views.waiting(session, person, _SEE, *views.to_decide())),
            ("To be handed over", views.waiting(session, person, _SEE, *views.to_hand_over())),
            ("Papers to hand in", views.waiting(session, person, _SEE, *views.to_file())),
        ]
        names = places.names(session)
    return _page(request, "handing/handovers.html", lists=lists, names=names)


@get(ONE, guards=[door.require(_SEE)], sync_to_thread=True)
def one_handover(
    request: AnyRequest, request_id: FromPath[UUID], number: FromPath[int], database: NamedDependency[Database]
) -> Response[str]:
    """One handover: what was said, what was handed in, what is to be done."""
    _theirs(request, database, request_id, number, _SEE)
    return _one(request, database, request_id, number)


@post(ONE + "/link", guards=[door.require(_WORK)], sync_to_thread=True)
def make_link(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A link for the family, shown this once."""
    found = _theirs(request, database, request_id, number, _WORK)
    try:
        with database.write() as session:
            key = links.make(session, chain_of(request_id), number, by=door.actor(request))
            days = profile.current(session).handover_link_days
    except NotFoundError:
        raise
    except FundError as error:
        return _one(request, database, request_id, number, error)
    address = f"{settings.address}{family_pages.HOME}/{key}"
    drawn = Markup(qr.picture_svg(address, label="QR"))  # our own drawing
    return _page(
        request,
        "handing/link.html",
        found=found,
        address=address,
        qr=drawn,
        days=days,
        path=f"{family_pages.HOME}/{key}",
    )


@get(ONE + "/voucher.pdf", guards=[door.require(_WORK)], sync_to_thread=True)
def voucher(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The voucher to print, numbered when it is first asked for."""
    _theirs(request, database, request_id, number, _WORK)
    with database.write() as session:
        told = vouchers.voucher(session, chain_of(request_id), number, by=door.actor(request))
        is_demo = profile.is_demo(session)
    content = vouchers.pdf(*told, settings, is_demo=is_demo)
    headers = {**PRIVATE, "Content-Disposition": f'inline; filename="{told[0].number}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


@post(
    ONE + "/evidence",
    guards=[door.require(_WORK)],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + (1 << 20),
)
def file_evidence(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    data: MultipartBody[EvidenceForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Hand in a paper or picture."""
    with database.write() as session:
        whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *whom)
    content = read_file(data.paper)

    def keep(session: Session) -> None:
        evidence.file(
            session, settings.files_path, chain_of(request_id), number, data.kind, pictures.read(content), data.said(),
            words=data.words, row_id=data.key, by=door.actor(request),
        )  # fmt: skip

    return _act(request, database, request_id, number, _WORK, keep, data)


@get(EVIDENCE, guards=[door.require(_SEE)], sync_to_thread=True)
def paper(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    evidence_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A paper to save; the look is noted."""
    _theirs(request, database, request_id, number, _SEE)
    with database.write() as session:
        one = _of(session, request_id, number, evidence_id)
        kept = evidence.paper(session, settings.files_path, one, purpose=_PURPOSE, by=door.actor(request))
    disposition = f'attachment; filename="{str(evidence_id)[-8:]}.{kept.ending}"'
    return Response(kept.content, media_type=kept.media_type, headers={**PRIVATE, "Content-Disposition": disposition})


@post(EVIDENCE, guards=[door.require(_DECIDE)], sync_to_thread=True)
def decide(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    evidence_id: FromPath[UUID],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Accept evidence, or send it back with a reason."""

    def do(session: Session) -> None:
        one = _of(session, request_id, number, evidence_id)
        is_accepted = require_choice(data.act, _VERDICTS) == "accept"
        evidence.decide(session, one.id, data.words, is_accepted=is_accepted, by=door.actor(request))

    return _act(request, database, request_id, number, _DECIDE, do, data)


@post(ONE + "/lost", guards=[door.require(_STATE)], sync_to_thread=True)
def state_lost(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """State that a paper was lost."""
    return _act(request, database, request_id, number, _STATE, lambda session: evidence.state_lost(
        session, chain_of(request_id), number, data.replaces, data.words, row_id=data.key, by=door.actor(request),
    ), data)  # fmt: skip


@post(EVIDENCE + "/join", guards=[door.require(_STATE)], sync_to_thread=True)
def join(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    evidence_id: FromPath[UUID],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """State the same as a second person."""
    return _act(request, database, request_id, number, _STATE, lambda session: evidence.join(
        session, _of(session, request_id, number, evidence_id).id, by=door.actor(request)), data)  # fmt: skip


@post(ONE + "/look", guards=[door.require(_LOOK)], sync_to_thread=True)
def look(
    request: AnyRequest,
    request_id: FromPath[UUID],
    number: FromPath[int],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Decide on a bad answer, and let the money go on."""
    return _act(request, database, request_id, number, _LOOK, lambda session: handovers.look(
        session, chain_of(request_id), number, data.act, data.words, by=door.actor(request)), data)  # fmt: skip


def _theirs(request: AnyRequest, database: Database, request_id: UUID, number: int, action: str) -> HandoverView:
    """A handover of a place of theirs, opened if the money is out. Raises HandoverNotFoundError."""
    chain = chain_of(request_id)
    with database.write() as session:
        with suppress(HandoverNotFoundError, NotOutError):
            handovers.current(session, chain, number)
        found = views.one(session, chain, number)
    if found is not None and door.visitor(request).may(action, found.place):
        return found
    if found is not None:
        with database.write() as session:
            audit.record(session, door.actor(request), "handover.refused", steps.subject_of(chain, number))
    raise HandoverNotFoundError()


def _of(session: Session, request_id: UUID, number: int, evidence_id: UUID) -> Any:
    one = evidence.one_of(session, evidence_id)
    if (one.chain, one.number) != (chain_of(request_id), number):
        raise HandoverNotFoundError()
    return one


def _act(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    number: int,
    action: str,
    do: Callable[[Session], Any],
    typed: ActForm | EvidenceForm,
) -> Response[str]:
    _theirs(request, database, request_id, number, action)
    try:
        with database.write() as session:
            do(session)
    except NotFoundError:
        raise
    except FundError as error:
        return _one(request, database, request_id, number, error, typed)
    return Redirect(f"{HOME}/{request_id}/{number}", status_code=303, headers=PRIVATE)


def _one(
    request: AnyRequest,
    database: Database,
    request_id: UUID,
    number: int,
    refused: FundError | None = None,
    typed: ActForm | EvidenceForm | None = None,
) -> Response[str]:
    visitor, chain = door.visitor(request), chain_of(request_id)
    with database.write() as session:
        found = views.one(session, chain, number)
        assert found is not None  # whoever asks for it has seen it
        told, filed = views.opened(session, chain, number, purpose=_PURPOSE, by=visitor.actor)
        names = places.names(session)
        proof = proofs.of_grants(session, [request_id]).get((request_id, number), "")
    may = {name: visitor.may(name, found.place) for name in (_WORK, _LOOK, _DECIDE, _STATE)}
    said = web.message_of(refused, web.language(request)) if refused else ""
    return _page(
        request, "handing/handover.html", status=web.status_of(refused), found=found, told=told, filed=filed,
        names=names, may=may, said=said, typed=_typed(typed), kinds=states.KINDS, answers=states.ANSWERS,
        looks=states.LOOKS, signers=SIGNERS, new_key=new_id, is_over=found.state == states.OVER,
        proof=proof,
    )  # fmt: skip


def _typed(form: ActForm | EvidenceForm | None) -> dict[str, str]:
    """What was typed, by field; files are never given back."""
    said = {} if form is None else {name: getattr(form, name) for name in form.__struct_fields__}
    return {name: value for name, value in said.items() if isinstance(value, str) and name != "csrf_token"}


def _page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    language = web.language(request)
    purposes = {key: words[0 if language == "th" else 1] for key, words in vouchers.PURPOSES.items()}
    answer = web.page(request, template, status=status, says=states.SAYS, purposes=purposes, **context)
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [
    all_handovers, one_handover, make_link, voucher, file_evidence, paper, decide, state_lost, join, look,
    *family_pages.ROUTES,
]  # fmt: skip
