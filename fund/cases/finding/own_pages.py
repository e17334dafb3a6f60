"""Staff's own report: the same form as everybody's, with the school, the birthday and the ID where they are known."""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from fund import clock, web
from fund.cases.children import GRADES
from fund.cases.finding import choosing, forms, queries, service
from fund.cases.finding.errors import DistrictMissingError
from fund.cases.finding.forms import StaffReportForm
from fund.cases.finding.report_pages import HOME, PRIVATE
from fund.cases.finding.told import RELATIONS, SIGNS, Source
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.donations.service import new_form_key
from fund.people import door, drafts
from fund.web import AnyRequest

NEW: Final = HOME + "/new"
_MAKE: Final = "reports.make"


@get(NEW, guards=[door.require(_MAKE)], sync_to_thread=True)
def own_form(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form, empty."""
    return _form(request, database, StaffReportForm(), {})


@post(NEW, guards=[door.require(_MAKE)], sync_to_thread=True)
def send_own(
    request: AnyRequest, data: URLEncodedBody[StaffReportForm], database: NamedDependency[Database]
) -> Response[str]:
    """Keep it, and lead whoever may see it there."""
    reading, visitor = forms.read(data), door.visitor(request)
    with database.read() as session:
        place = choosing.place_of(session, visitor, _MAKE, data.place)
    if place is None:
        return _form(request, database, data, {**reading.errors, "place": DistrictMissingError()})
    if reading.errors:
        return _form(request, database, data, reading.errors)
    source = Source("staff", place.district, place.school)
    key = data.form_key if data.has_form_key else new_form_key()
    with database.write() as session:
        report_id, _ = service.report(session, reading.told, reading.reporter, source, form_key=key, by=visitor.actor)
    onward = f"{HOME}/{report_id}" if visitor.may(queries.SEE, place) else "/report/thanks"
    return Redirect(onward, status_code=303, headers=PRIVATE)


def _form(
    request: AnyRequest, database: Database, form: StaffReportForm, errors: Mapping[str, Refusal]
) -> Response[str]:
    language, visitor = web.language(request), door.visitor(request)
    with database.read() as session:
        chosen = choosing.their_places(session, visitor, _MAKE, language)
        secret = drafts.secret(session, visitor.person.id)
    answer = web.page(
        request,
        "finding/new.html",
        status=400 if errors else 200,
        form=form,
        form_key=new_form_key(),
        errors=said(errors, language),
        place_options=chosen if len(chosen) == 1 else [("", "–"), *chosen],
        today=clock.today(),
        draft_secret=secret,
        signs=SIGNS,
        grades=GRADES,
        relations=RELATIONS,
    )
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [own_form, send_own]
