"""What the forms of a case's page do: needs, notes, help of others, papers, consent, the next stage, who is in charge.

Each does one thing and comes back to the case; what is refused stays as it was typed.
"""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from sqlmodel import Session

from fund import limits, walls
from fund.cases import case_page, children, consents, queries, records, service, stages
from fund.cases.case_page import ONE
from fund.cases.children import parse_words
from fund.cases.consents import Given
from fund.cases.errors import ConsentOfAgeError, DayError, NoScopeError, SignatureMissingError
from fund.cases.forms import (
    AssignForm,
    CaseForm,
    ConsentForm,
    HelpForm,
    MoveForm,
    NeedForm,
    NoteForm,
    PaperForm,
    TieForm,
    read_file,
)
from fund.cases.handing import pictures
from fund.cases.queries import ConsentOf
from fund.cases.records import HelpSaid, NeedSaid, PaperSaid
from fund.db import Database
from fund.donors.details import parse_name
from fund.errors import FundError
from fund.people import door, duties
from fund.people.stand_in_papers import LARGEST_BYTES, NoPaperError, PaperTooLargeError
from fund.settings import Settings
from fund.web import AnyRequest

_ENVELOPE_BYTES: Final = 1 << 20  # of a form around its file: a signature is drawn in it
_CONSENT_FIELDS: Final[dict[type[FundError], str]] = {
    ConsentOfAgeError: "consent_relation",
    DayError: "given_on",
    NoPaperError: "signed",
    NoScopeError: "help",
    PaperTooLargeError: "signed",
    SignatureMissingError: "signed",
}
_WORK, _MOVE = "cases.work", "cases.move"


@post(ONE + "/needs", guards=[door.require(_WORK)], sync_to_thread=True)
def note_need(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[NeedForm], database: NamedDependency[Database]
) -> Response[str]:
    """Note what the child needs."""
    return case_page.act(request, database, code, _WORK, data, "need_words", lambda session: records.note_need(
        session, code, NeedSaid(data.need, parse_words(data.need_words)), _urgency(data.urgency),
        row_id=data.key, by=door.actor(request)))  # fmt: skip


@post(ONE + "/notes", guards=[door.require(_WORK)], sync_to_thread=True)
def add_note(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[NoteForm], database: NamedDependency[Database]
) -> Response[str]:
    """Write a note."""
    return case_page.act(request, database, code, _WORK, data, "note", lambda session: records.note(
        session, code, data.note, row_id=data.key, by=door.actor(request)))  # fmt: skip


@post(ONE + "/helps", guards=[door.require(_WORK)], sync_to_thread=True)
def note_help(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[HelpForm], database: NamedDependency[Database]
) -> Response[str]:
    """Note help that another body has given."""
    return case_page.act(request, database, code, _WORK, data, "help_on", lambda session: records.note_help(
        session, code, HelpSaid(data.day, data.help_need, parse_name(data.giver), parse_words(data.help_words)),
        row_id=data.key, by=door.actor(request)))  # fmt: skip


@post(
    ONE + "/papers",
    guards=[door.require(_WORK)],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def add_paper(
    request: AnyRequest,
    code: FromPath[str],
    data: MultipartBody[PaperForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Keep a paper or a photo."""
    _count(request, database)
    content = read_file(data.paper)
    return case_page.act(request, database, code, _WORK, data, "paper", lambda session: records.add_paper(
        session, settings.files_path, code, pictures.cleaned(content),
        PaperSaid(data.paper_kind, parse_words(data.paper_words)), row_id=data.key, by=door.actor(request)),
    )  # fmt: skip


@get(ONE + "/papers/{paper_id:uuid}", guards=[door.require("cases.see")], sync_to_thread=True)
def paper(
    request: AnyRequest,
    code: FromPath[str],
    paper_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    why: FromQuery[str] = "",
) -> Response[bytes]:
    """A paper, photo or signature, to save; the look is noted with its purpose."""
    case_page.theirs(request, database, code)
    with database.write() as session:
        kept = records.opened_paper(session, settings.files_path, code, paper_id, purpose=why, by=door.actor(request))
    disposition = f'attachment; filename="{code}-{str(paper_id)[-8:]}.{kept.ending}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(kept.content, media_type=kept.media_type, headers=headers)


@post(
    ONE + "/consents",
    guards=[door.require(_WORK)],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def give_consent(
    request: AnyRequest,
    code: FromPath[str],
    data: MultipartBody[ConsentForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Keep a family's consent, with the signature."""
    _count(request, database)

    def give(session: Session) -> None:
        way, signed = data.paper()
        of = ConsentOf(parse_name(data.who), data.consent_relation)
        given = Given(of, data.scopes, data.day, way, signed)
        consents.give_consent(session, settings.files_path, code, given, row_id=data.key, by=door.actor(request))

    return case_page.act(request, database, code, _WORK, data, "who", give, _CONSENT_FIELDS)


@post(ONE + "/consents/{consent_id:uuid}/withdraw", guards=[door.require(_WORK)], sync_to_thread=True)
def withdraw_consent(
    request: AnyRequest,
    code: FromPath[str],
    consent_id: FromPath[UUID],
    data: URLEncodedBody[CaseForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Note that the family took its consent back."""
    return case_page.act(request, database, code, _WORK, data, "withdraw", lambda session: consents.withdraw_consent(
        session, code, consent_id, by=door.actor(request)))  # fmt: skip


@post(ONE + "/move", guards=[door.require(_MOVE)], sync_to_thread=True)
def move(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[MoveForm], database: NamedDependency[Database]
) -> Response[str]:
    """Take the case to its next stage."""
    found, person = case_page.theirs(request, database, code, _MOVE), door.visitor(request).person
    stages.require_role(data.act, {grant.role for grant in person.grants if grant.covers(found.place)})
    return case_page.act(request, database, code, _MOVE, data, "reason", lambda session: service.move(
        session, code, data.act, reason=data.reason, by=door.actor(request)))  # fmt: skip


@post(ONE + "/assign", guards=[door.require("cases.assign")], sync_to_thread=True)
def assign(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[AssignForm], database: NamedDependency[Database]
) -> Response[str]:
    """Put a case manager of the district in charge."""
    return case_page.act(request, database, code, "cases.assign", data, "person", lambda session: service.assign(
        session, code, _chosen(session, code, data.person), by=door.actor(request)))  # fmt: skip


@post(ONE + "/tie", guards=[door.require("cases.tie")], sync_to_thread=True)
def tie(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[TieForm], database: NamedDependency[Database]
) -> Response[str]:
    """Say that one is tied to the child: from then on one decides nothing in the case."""
    by = door.actor(request)
    return case_page.act(request, database, code, "cases.tie", data, "tie", lambda session: duties.declare(
        session, door.visitor(request).person.id, code, _tie(data.tie), by=by))  # fmt: skip


def _count(request: AnyRequest, database: Database) -> None:
    with database.write() as session:
        whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *whom)


def _urgency(text: str) -> int:
    return int(children.require_choice(text, records.URGENCIES))


def _tie(text: str) -> str:
    return children.require_choice(text, case_page.TIES)


def _chosen(session: Session, code: str, person_id: str) -> UUID:
    """A case manager of the case's district. Raises ChoiceError."""
    known = dict(case_page.able(session, queries.case(session, code)))
    return UUID(children.require_choice(person_id, known))


ROUTES = [
    note_need, add_note, note_help, add_paper, paper, give_consent, withdraw_consent, move, assign, tie,
]  # fmt: skip
