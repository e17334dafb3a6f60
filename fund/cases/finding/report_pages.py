"""Staff's pages of reports: what waits, one report and what is like it; take it, merge it, close it.

Opening a report is work on the case, and noted as such. Refuses reports of other districts as if they were not there,
and notes that somebody tried.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import audit, web
from fund.cases import children, codes
from fund.cases import queries as cases
from fund.cases.children import GRADES, Child
from fund.cases.errors import CaseNotFoundError, KnownChildError
from fund.cases.finding import choosing, queries, service
from fund.cases.finding.errors import ReportNotFoundError
from fund.cases.finding.queries import Opened, Report
from fund.cases.finding.told import RELATIONS, SIGNS
from fund.cases.places import CasePlace
from fund.db import Database
from fund.donations.forms import Fields, Refusal, said
from fund.donors.details import parse_name
from fund.errors import MalformedError, StateError
from fund.people import door, looks, places
from fund.web import AnyRequest

HOME: Final = "/staff/reports"
ONE: Final = HOME + "/{report_id:uuid}"
WORK: Final = "case_work"
PRIVATE: Final = {"Cache-Control": "no-store"}
_SEE, _DECIDE = door.require("reports.see"), door.require("reports.decide")

CHANNELS: Final = {
    "link": "By the school's link",
    "open": "By the open form",
    "staff": "By a colleague",
    "class_list": "From a class list",
}
OUTCOMES: Final = {"taken": "Taken into a case", "merged": "Laid to a case", "closed": "Closed"}


class TakeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the case begins with: the report's own words, as the case manager corrected them."""

    name: str = ""
    nickname: str = ""
    birth_on: str = ""
    national_id: str = ""
    address: str = ""
    school_name: str = ""
    school: str = ""
    grade: str = ""
    csrf_token: str = ""


class MergeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Into which case, and why it is the same child."""

    code: str = ""
    reason: str = ""
    csrf_token: str = ""


class CloseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why no case comes of it."""

    reason: str = ""
    words: str = ""
    csrf_token: str = ""


@get(HOME, guards=[_SEE], sync_to_thread=True)
def waiting_reports(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The reports that wait, and the last ones that somebody dealt with; none is opened by it."""
    person = door.visitor(request).person
    with database.read() as session:
        waiting, ended = queries.waiting(session, person), queries.ended(session, person)
        names = places.names(session)
    return _page(request, "finding/reports.html", waiting=waiting, ended=ended, names=names)


@get(ONE, guards=[_SEE], sync_to_thread=True)
def one_report(request: AnyRequest, report_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """What one report says, and what may be of the same child."""
    return _one(request, database, report_id)


@post(ONE + "/take", guards=[_DECIDE], sync_to_thread=True)
def take(
    request: AnyRequest,
    report_id: FromPath[UUID],
    data: URLEncodedBody[TakeForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Open a case for the child."""
    report, fields = _mine(request, database, report_id, "reports.decide"), Fields()
    child = _child(data, fields)
    place = fields.read("school", lambda: CasePlace(report.district, data.school, data.grade), None)
    if child is None or place is None or fields.errors:
        return _one(request, database, report_id, take=data, errors=fields.errors)
    try:
        with database.write() as session:
            code = service.take(session, report_id, child, place, by=door.actor(request))
    except KnownChildError as refusal:
        return _one(request, database, report_id, take=data, errors={"national_id": refusal})
    except (MalformedError, StateError) as refusal:
        return _one(request, database, report_id, take=data, errors={"school": refusal})
    return Redirect(f"/staff/cases/{code}", status_code=303, headers=PRIVATE)


@post(ONE + "/merge", guards=[_DECIDE], sync_to_thread=True)
def merge(
    request: AnyRequest,
    report_id: FromPath[UUID],
    data: URLEncodedBody[MergeForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Lay the report to a case of the same child, which must be one of theirs."""
    _mine(request, database, report_id, "reports.decide")
    code = codes.fold(data.code)
    try:
        with database.write() as session:
            door.require_place(request, "reports.decide", cases.case(session, code).place, missing=CaseNotFoundError)
            service.merge(session, report_id, code, data.reason, by=door.actor(request))
    except CaseNotFoundError as refusal:
        return _one(request, database, report_id, merge=data, errors={"code": refusal})
    except (MalformedError, StateError) as refusal:
        return _one(request, database, report_id, merge=data, errors={"merge_reason": refusal})
    return Redirect(f"/staff/cases/{code}", status_code=303, headers=PRIVATE)


@post(ONE + "/close", guards=[_DECIDE], sync_to_thread=True)
def close(
    request: AnyRequest,
    report_id: FromPath[UUID],
    data: URLEncodedBody[CloseForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """End the report without a case."""
    _mine(request, database, report_id, "reports.decide")
    try:
        with database.write() as session:
            service.close(session, report_id, data.reason, data.words, by=door.actor(request))
    except (MalformedError, StateError) as refusal:
        return _one(request, database, report_id, close=data, errors={"close_reason": refusal})
    return Redirect(HOME, status_code=303)


def _mine(request: AnyRequest, database: Database, report_id: UUID, action: str) -> Report:
    """A report of a place of theirs; of any other the attempt is noted. Raises ReportNotFoundError."""
    try:
        with database.read() as session:
            found = queries.one(session, report_id)
        door.require_place(request, action, found.place, missing=ReportNotFoundError)
    except ReportNotFoundError:
        with database.write() as session:
            audit.record(session, door.actor(request), "report.refused", report_id)
        raise
    return found


def _child(form: TakeForm, fields: Fields) -> Child | None:
    """The child of the case, with what is wrong at each field."""
    told: dict[str, Any] = {
        "name": fields.read("name", lambda: children.parse_child_name(form.name), ""),
        "nickname": fields.read("nickname", lambda: parse_name(form.nickname), ""),
        "birth_on": fields.read("birth_on", lambda: children.parse_birth(form.birth_on), None),
        "national_id": fields.read("national_id", lambda: children.parse_national_id(form.national_id), ""),
        "address": fields.read("address", lambda: children.parse_words(form.address), ""),
        "school_name": fields.read("school_name", lambda: parse_name(form.school_name), ""),
    }
    return Child(**told) if not fields.errors else None


def _one(
    request: AnyRequest,
    database: Database,
    report_id: UUID,
    *,
    take: TakeForm | None = None,
    merge: MergeForm | None = None,
    close: CloseForm | None = None,
    errors: Mapping[str, Refusal] | None = None,
) -> Response[str]:
    """One report, opened: the look is committed before anything of it is shown."""
    report, visitor = _mine(request, database, report_id, queries.SEE), door.visitor(request)
    with database.write() as session:
        opened = queries.opened(session, report_id, purpose=WORK, by=visitor.actor)
        alike = queries.alike(session, opened, purpose=WORK, by=visitor.actor) if not report.outcome else []
        names, looked = places.names(session), looks.at(session, report_id)
        schools = choosing.schools(session, report.district, web.language(request))
    return _page(
        request,
        "finding/report_inside.html",
        status=web.status_of(next(iter((errors or {}).values()), None)),
        opened=opened,
        report=report,
        alike=alike,
        is_theirs=lambda one: visitor.may(queries.SEE, one.place),
        may_decide=visitor.may("reports.decide", report.place),
        names=names,
        schools=[("", "–"), *schools],
        take=take or _proposed(opened),
        merge=merge or MergeForm(code=next((one.case_code for one in alike if one.case_code), "")),
        close=close or CloseForm(),
        errors=said(errors or {}, web.language(request)),
        looked=looked,
    )


def _proposed(opened: Opened) -> TakeForm:
    """What the report itself says, to begin the case with."""
    told = opened.told
    if told is None:
        return TakeForm()
    birth_on = told.birth_on.isoformat() if told.birth_on else ""
    return TakeForm(
        told.name,
        told.nickname,
        birth_on,
        told.national_id,
        told.where,
        told.school_name,
        opened.report.school,
        told.grade,
    )


def _page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """A page that only whoever asked for it keeps."""
    words = {"signs": SIGNS, "grades": GRADES, "relations": RELATIONS, "channels": CHANNELS, "outcomes": OUTCOMES}
    words |= {"merges": service.MERGES, "closings": service.CLOSINGS, "reasons": audit.REASONS}
    answer = web.page(request, template, status=status, **words, **context)
    answer.headers.update(PRIVATE)
    return answer


@get("/staff/cases/{code:str}/reports", guards=[_SEE], sync_to_thread=True)
def reports_of_case(request: AnyRequest, code: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What was reported of the child of a case."""
    visitor = door.visitor(request)
    with database.write() as session:
        door.require_place(request, queries.SEE, cases.case(session, code).place, missing=CaseNotFoundError)
        found = queries.of_case(session, code, purpose=WORK, by=visitor.actor)
        names = places.names(session)
    return _page(request, "finding/of_case.html", code=code, found=found, names=names)


ROUTES = [waiting_reports, one_report, take, merge, close, reports_of_case]
