"""The public form by which anybody reports a child at risk: by a school's link or QR, or for a district.

Knows no account and sets no cookie. Refuses one report too many from an address (429, what was typed stays), and to
show anything of a report to whoever sent it: the answer is thanks.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import limits, profile, walls, web
from fund.cases.children import GRADES
from fund.cases.finding import class_list_pages, forms, link_pages, own_pages, queries, report_pages, service
from fund.cases.finding.errors import DistrictMissingError
from fund.cases.finding.forms import ReportForm
from fund.cases.finding.queries import Link
from fund.cases.finding.told import RELATIONS, SIGNS, Source
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.donations.service import new_form_key
from fund.errors import TooManyError
from fund.limits import Limit
from fund.people import places
from fund.web import AnyRequest

REPORT: Final = "/report"
REPORTS: Final = Limit("report", 30)
PRIVATE: Final = {"Cache-Control": "no-store"}


@get(REPORT, sync_to_thread=True)
def report_form(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form for whoever has no school's link: they choose the district."""
    return _form(request, database, None, ReportForm())


@post(REPORT, sync_to_thread=True)
def send_report(
    request: AnyRequest, data: URLEncodedBody[ReportForm], database: NamedDependency[Database]
) -> Response[str]:
    """Keep a report of a district."""
    return _send(request, database, None, data)


@get(REPORT + "/thanks", sync_to_thread=False)
def thanks(request: AnyRequest) -> Response[str]:
    """What happens next."""
    return web.page(request, "finding/thanks.html")


@get(REPORT + "/{key:str}", sync_to_thread=True)
def school_form(request: AnyRequest, key: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """The form of one school."""
    return _form(request, database, _link(database, key), ReportForm())


@post(REPORT + "/{key:str}", sync_to_thread=True)
def send_school_report(
    request: AnyRequest,
    key: FromPath[str],
    data: URLEncodedBody[ReportForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Keep a report of a school."""
    return _send(request, database, _link(database, key), data)


def _link(database: Database, key: str) -> Link:
    with database.read() as session:
        return queries.link(session, key)


def _send(request: AnyRequest, database: Database, link: Link | None, form: ReportForm) -> Response[str]:
    if link and not link.is_open:
        return _form(request, database, link, form)
    reading = forms.read(form)
    with database.read() as session:
        profile.current(session)  # a fund that was not founded has nobody to read it
        known = places.districts(session)
    district = link.district if link else form.district
    if district not in known:
        reading.errors["district"] = DistrictMissingError()
    if reading.errors:
        return _form(request, database, link, form, errors=reading.errors, status=400)
    source = Source("link", district, link.school, link.key) if link else Source("open", district)
    try:
        with database.write() as session:
            limits.count(session, REPORTS, walls.subscriber(request))
            key = form.form_key if form.has_form_key else new_form_key()
            service.report(session, reading.told, reading.reporter, source, form_key=key)
    except TooManyError as refusal:
        answer = _form(request, database, link, form, refused=refusal, status=429)
        answer.headers["Retry-After"] = str(refusal.facts["retry_seconds"])
        return answer
    return Redirect(f"{REPORT}/thanks", status_code=303, headers=PRIVATE)


def _form(
    request: AnyRequest,
    database: Database,
    link: Link | None,
    form: ReportForm,
    *,
    errors: Mapping[str, Refusal] | None = None,
    refused: TooManyError | None = None,
    status: int = 200,
) -> Response[str]:
    """The form with what was typed, or that the link is not used any more; a form shown again has a key of its own."""
    language = web.language(request)
    with database.read() as session:
        profile.current(session)
        names, districts = places.names(session), places.districts(session)
    if link and not link.is_open:
        return web.page(request, "finding/ended.html", status=410)
    which = 0 if language == "th" else 1
    shown: dict[str, Any] = {
        "action": f"{REPORT}/{link.key}" if link else REPORT,
        "school": names.get(f"school:{link.school}", ("", ""))[which] if link else "",
        "district_options": [("", "–"), *((code, name[which]) for code, name in districts.items())],
        "signs": SIGNS,
        "grades": GRADES,
        "relations": RELATIONS,
    }
    answer = web.page(
        request,
        "finding/report.html",
        status=status,
        form=form,
        form_key=new_form_key(),
        errors=said(errors or {}, language),
        refused=web.message_of(refused, language) if refused else "",
        **shown,
    )
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [
    report_form,
    send_report,
    thanks,
    school_form,
    send_school_report,
    *report_pages.ROUTES,
    *own_pages.ROUTES,
    *link_pages.ROUTES,
    *class_list_pages.ROUTES,
]
