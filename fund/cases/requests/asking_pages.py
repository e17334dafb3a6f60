"""Pages on which a case manager asks: the form from a case, the same to change a request, a paper laid to it.

Says before the form why nothing can be asked for now. What is refused stays as it was typed.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, limits, profile, walls, web
from fund.audit import Actor
from fund.cases import case_page
from fund.cases import queries as cases
from fund.cases.children import NEEDS, require_choice
from fund.cases.errors import ConsentMissingError
from fund.cases.forms import PaperForm, read_file
from fund.cases.handing import pictures
from fund.cases.handing.errors import PictureBrokenError
from fund.cases.handing.lateness import require_none_late
from fund.cases.queries import CaseView
from fund.cases.records import KINDS, PaperSaid
from fund.cases.requests import queries, rules, service, terms, words
from fund.cases.requests.errors import AskedBeforeError, NotForThisError, OwnRequestError, PayeeChoiceError, TermError
from fund.cases.requests.forms import BANKS, NEW, RequestForm, typed
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.errors import FundError, NotFoundError
from fund.grants import purposes
from fund.grants import queries as grants
from fund.grants.errors import PayeeError, PlanError
from fund.grants.payees import PROMPTPAY
from fund.grants.purposes import Why
from fund.people import door, drafts, stand_in_papers
from fund.people.stand_in_papers import LARGEST_BYTES, Paper
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.identifiers import new_id

HOME: Final = "/staff/requests"
ONE: Final = HOME + "/{request_id:uuid}"
OF_CASE: Final = case_page.ONE + "/requests"
_MAKE: Final = "requests.make"
_LARGEST: Final = LARGEST_BYTES + (1 << 20)
_FIELDS: Final[dict[type[FundError], str]] = {
    AskedBeforeError: "again",
    NotForThisError: "purpose",
    TermError: "term",
    PlanError: "due_1",
    OwnRequestError: "payee",
    PayeeChoiceError: "payee",
    PayeeError: "payee",
    PictureBrokenError: "paper",
    stand_in_papers.NoPaperError: "paper",
    stand_in_papers.PaperTooLargeError: "paper",
}


@get(OF_CASE, guards=[door.require("requests.see")], sync_to_thread=True)
def of_case(request: AnyRequest, code: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What was asked for in a case, and the form that asks."""
    return _form(request, database, case_page.theirs(request, database, code, "requests.see"))


@post(OF_CASE, guards=[door.require(_MAKE)], sync_to_thread=True, request_max_body_size=_LARGEST)
def ask(
    request: AnyRequest,
    code: FromPath[str],
    data: MultipartBody[RequestForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Ask for a grant; the same form again leads to the same request."""
    found, by = case_page.theirs(request, database, code, _MAKE), door.actor(request)
    asked, errors = data.read([one.name for one in _terms(database)])
    if asked is None:
        return _form(request, database, found, data, errors)
    try:
        paper = _paper(request, database, data)
        with database.write() as session:
            request_id = service.ask(session, code, asked, form_key=data.key, by=by)
            _keep(session, settings, request_id, paper, "other", data.key, by)
    except NotFoundError:
        raise
    except FundError as error:
        return _form(request, database, found, data, _at(error))
    return Redirect(f"{HOME}/{request_id}", status_code=303)


@get(ONE + "/edit", guards=[door.require(_MAKE)], sync_to_thread=True)
def changing(request: AnyRequest, request_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """What is asked for, to be changed."""
    found = theirs(request, database, request_id, _MAKE)
    with database.write() as session:
        known = queries.opened(session, request_id, by=door.actor(request))
    form = typed(known.request, known.words or "", known.again or "")
    return _form(request, database, found, form, request_id=request_id)


@post(ONE + "/edit", guards=[door.require(_MAKE)], sync_to_thread=True, request_max_body_size=_LARGEST)
def change(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: MultipartBody[RequestForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Ask for something else in place of the version that was read."""
    found, by = theirs(request, database, request_id, _MAKE), door.actor(request)
    with database.read() as session:
        term = grants.request(session, request_id).term
    asked, errors = data.read([*(one.name for one in _terms(database)), term])
    if asked is None:
        return _form(request, database, found, data, errors, request_id=request_id)
    try:
        paper = _paper(request, database, data)
        with database.write() as session:
            service.edit(session, request_id, data.number, asked, form_key=data.key, by=by)
            _keep(session, settings, request_id, paper, "other", data.key, by)
    except NotFoundError:
        raise
    except FundError as error:
        return _form(request, database, found, data, _at(error), request_id=request_id)
    return Redirect(f"{HOME}/{request_id}", status_code=303)


@post(ONE + "/papers", guards=[door.require(_MAKE)], sync_to_thread=True, request_max_body_size=_LARGEST)
def add_paper(
    request: AnyRequest,
    request_id: FromPath[UUID],
    data: MultipartBody[PaperForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Lay a paper to a request."""
    theirs(request, database, request_id, _MAKE)
    kind, paper = require_choice(data.paper_kind, KINDS), pictures.cleaned(read_file(data.paper))
    with database.write() as session:
        _keep(session, settings, request_id, paper, kind, data.key, door.actor(request))
    return Redirect(f"{HOME}/{request_id}", status_code=303)


def theirs(request: AnyRequest, database: Database, request_id: UUID, action: str = "requests.see") -> CaseView:
    """The case of a request of a place of theirs. Raises GrantNotFoundError and CaseNotFoundError."""
    with database.read() as session:
        code = grants.request(session, request_id).case_code
    return case_page.theirs(request, database, code, action)


def _terms(database: Database) -> list[terms.Term]:
    with database.read() as session:
        return terms.to_ask_for(profile.current(session).term_starts, clock.today())


def _paper(request: AnyRequest, database: Database, form: RequestForm) -> Paper | None:
    """The paper that was chosen with the form, if one was; each try counts."""
    content = read_file(form.paper)
    if not content:
        return None
    with database.write() as session:
        whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *whom)
    return pictures.cleaned(content)


def _keep(
    session: Session, settings: Settings, request_id: UUID, paper: Paper | None, kind: str, key: UUID | None, by: Actor
) -> None:
    if paper is not None:
        service.add_paper(session, settings.files_path, request_id, paper, PaperSaid(kind), row_id=key, by=by)


def _at(error: FundError) -> dict[str, Refusal]:
    return {_FIELDS.get(type(error), ""): error}


def _form(
    request: AnyRequest,
    database: Database,
    found: CaseView,
    form: RequestForm | None = None,
    errors: dict[str, Refusal] | None = None,
    *,
    request_id: UUID | None = None,
) -> Response[str]:
    """The requests of a case with the form, as it was typed or as far as the case knows it."""
    language, visitor = web.language(request), door.visitor(request)
    asks = visitor.may(_MAKE, found.place)
    with database.write() as session:
        why_not = _why_not(session, found, visitor.actor, is_new=request_id is None) if asks else None
        may_ask = asks and (why_not is None or bool(errors))
        context: dict[str, Any] = {
            "requests": grants.requests_of_case(session, found.code),
            "changed": grants.request(session, request_id) if request_id else None,
            "terms": terms.to_ask_for(profile.current(session).term_starts, clock.today()),
            "purposes": {one: _why(session, found, one) for one in NEEDS} if may_ask else {},
            "payees": _payees(session, found, visitor.actor) if may_ask else {},
            "draft_secret": drafts.secret(session, visitor.person.id),
        }
        shown = form or (_begun(session, found, visitor.actor) if may_ask else RequestForm())
    first = next(iter((errors or {}).values()), None)
    return web.page(
        request, "requests/of_case.html", status=web.status_of(first), found=found, form=shown, may_ask=may_ask,
        why_not=web.message_of(why_not, language) if why_not else "", errors=said(errors or {}, language),
        is_consent_missing=isinstance(why_not, ConsentMissingError), today=clock.today(), new_key=new_id,
        **context, **words.tables(),
    )  # fmt: skip


def _why_not(session: Session, found: CaseView, by: Actor, *, is_new: bool) -> FundError | None:
    """Why nothing can be asked for in this case by this person now; late evidence leaves what is open to be changed."""
    try:
        rules.require_helpable(session, found)
        rules.require_untied(session, found.code, by)
        if is_new and by.person_id is not None:
            require_none_late(session, by.person_id)
    except FundError as error:
        return error
    return None


def _why(session: Session, found: CaseView, purpose: str) -> str:
    """Why nothing can be asked for this purpose here; empty where a fund may pay for it."""
    if purposes.allowed_funds(session, found.at.district, purpose, clock.today()):
        return ""
    whys = {one.why for one in purposes.which_funds(session, found.at.district, purpose, 1)}
    return Why.DISTRICT if Why.DISTRICT in whys else Why.PURPOSE


def _payees(session: Session, found: CaseView, by: Actor) -> dict[str, Any]:
    """Whom one may choose to pay; each look is noted."""
    known = rules.kept_payees(session, found.code, by.person_id)
    audit.viewed_each(session, by, "payee", sorted(known), reason="case_work")
    return {str(payee_id): payee for payee_id, payee in known.items()}


def _begun(session: Session, found: CaseView, by: Actor) -> RequestForm:
    """A form that knows the guardian already; the look is noted."""
    child = cases.child_of(session, found.code, purpose="case_work", by=by).child
    if child is None:
        return RequestForm(row_id=str(new_id()))
    family, is_bank = child.guardian, child.guardian.bank in BANKS
    return RequestForm(
        row_id=str(new_id()),
        payee=NEW,
        payee_kind="guardian",
        payee_name=family.name,
        bank=PROMPTPAY if family.promptpay or not is_bank else family.bank,
        account=family.promptpay or (family.account if is_bank else ""),
    )


ROUTES = [of_case, ask, changing, change, add_paper]
