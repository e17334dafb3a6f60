"""Pages of referrals: a case's own, with the form that refers; an office's list; one referral, opened and answered.

Each opening is noted. An office reads a referral only while it is open or accepted and the consent is in force.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from sqlmodel import Session

from fund import web
from fund.cases import case_page, histories
from fund.cases import queries as cases
from fund.cases.children import GRADES, NEEDS
from fund.cases.errors import ErasedChildError
from fund.cases.following import acting, complaints, queries, referrals, states, steps
from fund.cases.following.acting import PRIVATE, Refused
from fund.cases.following.errors import (
    NothingSharedError,
    OfficeError,
    StillReferredError,
)
from fund.cases.following.forms import ActForm, ReferForm
from fund.cases.following.referrals import HandedOver
from fund.cases.following.states import REFERRAL
from fund.cases.queries import CaseView
from fund.db import Database
from fund.errors import ForbiddenError, FundError, NotFoundError
from fund.people import door, looks, places
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.identifiers import new_id
from receipts import qr

HOME: Final = "/staff/referrals"
ONE: Final = HOME + "/{referral_id:uuid}"
OF_CASE: Final = case_page.ONE + "/following"
_SEE: Final = [door.require("referrals.see")]
_FIELDS: Final[dict[type[FundError], str]] = {
    OfficeError: "office", StillReferredError: "office", NothingSharedError: "fields"
}  # fmt: skip


@get(OF_CASE, guards=[door.require("cases.see")], sync_to_thread=True)
def of_case(request: AnyRequest, code: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """The referrals and follow-ups of a case, and the form that refers the child."""
    return _of_case(request, database, case_page.theirs(request, database, code))


@post(OF_CASE, guards=[door.require("referrals.make")], sync_to_thread=True)
def refer(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[ReferForm], database: NamedDependency[Database]
) -> Response[str]:
    """Refer the child to an office."""
    found, by = case_page.theirs(request, database, code, "referrals.make"), door.actor(request)
    try:
        with database.write() as session:
            referrals.send(session, code, data.office, _told(session, found, data, request), row_id=data.key, by=by)
    except NotFoundError:
        raise
    except FundError as error:
        return _of_case(request, database, found, Refused(error, data, _FIELDS.get(type(error), "refer_words")))
    return Redirect(f"{case_page.HOME}/{code}/following", status_code=303, headers=PRIVATE)


@get(HOME, guards=_SEE, sync_to_thread=True)
def all_referrals(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The referrals of their office or their districts; none is opened by it."""
    person = door.visitor(request).person
    with database.read() as session:
        waiting = queries.referrals(session, person, (states.OPEN, states.ACCEPTED, states.DECLINED))
        over = queries.referrals(session, person, (states.FINISHED, states.TAKEN_BACK, states.LAPSED, states.LOOKED_AT))
        names = places.names(session)
    return acting.page(request, "following/referrals.html", waiting=waiting, over=over, names=names)


@get(ONE, guards=_SEE, sync_to_thread=True)
def one_referral(
    request: AnyRequest, referral_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """What one referral says, as long as its reader may know."""
    return _one(request, database, referral_id)


@post(ONE, guards=_SEE, sync_to_thread=True)
def answer(
    request: AnyRequest,
    referral_id: FromPath[UUID],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Accept, decline or end a referral."""
    found = _theirs(request, database, referral_id)
    try:
        acting.require_power(request, REFERRAL, found.state, data.act, found.place)
        with database.write() as session:
            referrals.act(session, referral_id, data.act, data.words, by=door.actor(request))
    except (NotFoundError, ForbiddenError):
        raise
    except FundError as error:
        return _one(request, database, referral_id, Refused(error, data))
    return Redirect(f"{HOME}/{referral_id}", status_code=303, headers=PRIVATE)


@post(case_page.ONE + "/complaint-link", guards=[door.require("complaint_links.make")], sync_to_thread=True)
def complaint_link(
    request: AnyRequest,
    code: FromPath[str],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The way to complain, to print and hand to the family; nothing on it tells whose it is."""
    case_page.theirs(request, database, code, "complaint_links.make")
    with database.write() as session:
        key = complaints.link_of(session, code, by=door.actor(request))
    address = complaints.address_of(settings.address, key)
    drawn = Markup(qr.picture_svg(address, label=key))  # our own drawing
    return acting.page(request, "following/complaint_link.html", code=code, address=address, qr=drawn)


def _theirs(request: AnyRequest, database: Database, referral_id: UUID) -> queries.ReferralView:
    with database.read() as session:
        found = queries.referral(session, referral_id)
    acting.require_theirs(request, database, found, REFERRAL, "referrals.see")
    return found


def _one(request: AnyRequest, database: Database, referral_id: UUID, refused: Refused | None = None) -> Response[str]:
    """One referral; to its office it says nothing once it may not."""
    found, visitor = _theirs(request, database, referral_id), door.visitor(request)
    is_case = visitor.may("cases.see", found.at.place)
    with database.write() as session:
        is_shared = referrals.is_shared(session, referral_id)
        told = referrals.opened(session, referral_id, by=visitor.actor) if is_shared or is_case else None
        taken = steps.history(session, queries.matter(session, referral_id)) if told else []
        names, looked = places.names(session), looks.at(session, referral_id)
    may_act = acting.offered(request, REFERRAL, found.state, found.place)
    if not is_shared:
        may_act = [one for one in may_act if one[0] in ("look_at", "take_back")]
    return acting.page(
        request, "following/referral.html", refused, found=found, told=told, taken=taken, is_case=is_case,
        is_shared=is_shared, offered=may_act, names=names, needs=NEEDS, looked=looked if is_case else [],
        reasons=case_page.words()["reasons"],
    )  # fmt: skip


def _told(session: Session, found: CaseView, form: ReferForm, request: AnyRequest) -> HandedOver:
    """What the office is told, read from the case: one look, noted."""
    history = histories.opened(session, found.code, purpose="case_work", by=door.actor(request))
    if history.who.child is None:
        raise ErasedChildError()
    which = 0 if web.language(request) == "th" else 1
    school = places.names(session).get(f"school:{found.at.school}", ("", ""))[which]
    grade = web.translate(web.language(request), GRADES[found.at.grade]) if found.at.grade else ""
    needs = tuple(one.said.need for one in history.needs if one.urgency)
    where = school or history.who.child.school_name
    return form.told(history.who.child, " · ".join(part for part in (where, grade) if part), needs)


def _of_case(request: AnyRequest, database: Database, found: CaseView, refused: Refused | None = None) -> Response[str]:
    person = door.visitor(request).person
    with database.read() as session:
        offices = [one for one in places.every(session) if one.kind == "office" and one.is_open]
        shown: dict[str, Any] = {
            "referrals": queries.referrals(session, person, code=found.code),
            "follow_ups": queries.follow_ups(session, person, code=found.code),
            "is_agreed": cases.has_consent(session, found.code, referrals.SCOPE),
            "names": places.names(session),
        }
    which = 0 if web.language(request) == "th" else 1
    options = [("", "–"), *((one.code, (one.name_th, one.name_en)[which]) for one in offices)]
    return acting.page(
        request, "following/of_case.html", refused, found=found, offices=options, new_key=new_id, **shown
    )


ROUTES = [of_case, refer, all_referrals, one_referral, answer, complaint_link]
