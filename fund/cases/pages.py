"""Pages of cases: the queue, a new case, one case, and what is known of its child.

Addresses hold codes, ids and purposes, never a name. Who looks without saying why sees no child.
"""

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import clock, web
from fund.cases import act_pages, case_page, forms, queries, queues, service
from fund.cases.case_page import HOME, ONE
from fund.cases.children import SEXES
from fund.cases.errors import KnownChildError
from fund.cases.forms import ChildForm
from fund.cases.queues import Sought
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.people import door, drafts, places
from fund.web import AnyRequest
from ledger.identifiers import new_id

NEW: Final = HOME + "/new"


@get(HOME, guards=[door.require("cases.see")], sync_to_thread=True)
def cases(
    request: AnyRequest,
    database: NamedDependency[Database],
    stage: FromQuery[str] = "",
    school: FromQuery[str] = "",
    mine: FromQuery[bool] = False,
    after: FromQuery[str] = "",
    why: FromQuery[str] = "",
) -> Response[str]:
    """The cases of their districts, the most urgent first; with a purpose, the children's names too."""
    person, by = door.visitor(request).person, door.actor(request)
    sought = Sought(stage, school, mine, after)
    with database.write() as session:
        found = queues.cases_of(session, person, sought)
        shown = [one.code for one in found]
        children = queries.children(session, shown, purpose=why, by=by) if why else {}
        context: dict[str, Any] = {"counts": queues.counts(session, person), "names": places.names(session)}
    last = found[-1].code if len(found) == queues.AT_ONCE else ""
    return web.page(
        request, "cases/cases.html", found=found, children=children, sought=sought, why=why, next_after=last,
        **context, **case_page.words(),
    )  # fmt: skip


@get(NEW, guards=[door.require("cases.work")], sync_to_thread=True)
def new_case(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form that opens a case."""
    return _child_form(request, database, ChildForm(row_id=str(new_id())), "")


@post(NEW, guards=[door.require("cases.work")], sync_to_thread=True)
def open_case(
    request: AnyRequest, data: URLEncodedBody[ChildForm], database: NamedDependency[Database]
) -> Response[str]:
    """Open a case; the same form again leads to the same case."""
    with database.read() as session:
        person = door.visitor(request).person
        child, place, errors = data.read(case_page.schools_of(session, person), case_page.districts_of(session, person))
    if child is None or place is None:
        return _child_form(request, database, data, "", errors)
    try:
        with database.write() as session:
            code = service.open_case(session, child, place, child_id=data.key, by=door.actor(request))
    except KnownChildError as refused:
        return _child_form(request, database, data, "", {"national_id": refused})
    return case_page.back(code, "case_work")


@get(ONE, guards=[door.require("cases.see")], sync_to_thread=True)
def case(
    request: AnyRequest, code: FromPath[str], database: NamedDependency[Database], why: FromQuery[str] = ""
) -> Response[str]:
    """One case; with a purpose, everything of it."""
    return case_page.page(request, database, code, why)


@get(ONE + "/child", guards=[door.require("cases.work")], sync_to_thread=True)
def child(
    request: AnyRequest, code: FromPath[str], database: NamedDependency[Database], why: FromQuery[str] = ""
) -> Response[str]:
    """What is known of the child, to be corrected."""
    found = case_page.theirs(request, database, code, "cases.work")
    with database.write() as session:
        known = queries.child_of(session, code, purpose=why, by=door.actor(request)).child
        schools = case_page.schools_of(session, door.visitor(request).person)
    if known is None:
        return Redirect(f"{HOME}/{code}", status_code=303)
    return _child_form(request, database, forms.typed(known, found.at, schools, web.language(request)), code, why=why)


@post(ONE + "/child", guards=[door.require("cases.work")], sync_to_thread=True)
def change_child(
    request: AnyRequest, code: FromPath[str], data: URLEncodedBody[ChildForm], database: NamedDependency[Database]
) -> Response[str]:
    """Let the case say this of the child, and belong there, from now on."""
    found, by = case_page.theirs(request, database, code, "cases.work"), door.actor(request)
    with database.read() as session:
        person = door.visitor(request).person
        child, place, errors = data.read(case_page.schools_of(session, person), case_page.districts_of(session, person))
    if child is None or place is None:
        return _child_form(request, database, data, code, errors, why=data.why)
    try:
        with database.write() as session:
            service.change_child(session, code, child, by=by)
            if place != found.at:
                service.move_place(session, code, place, by=by)
    except KnownChildError as refused:
        return _child_form(request, database, data, code, {"national_id": refused}, why=data.why)
    return case_page.back(code, data.why)


def _child_form(
    request: AnyRequest,
    database: Database,
    form: ChildForm,
    code: str,
    errors: dict[str, Refusal] | None = None,
    why: str = "",
) -> Response[str]:
    """The form for a child; without a code, of a new case."""
    visitor = door.visitor(request)
    with database.read() as session:
        context: dict[str, Any] = {
            "districts": case_page.districts_of(session, visitor.person),
            "schools": case_page.schools_of(session, visitor.person),
            "draft_secret": drafts.secret(session, visitor.person.id),
        }
    first = next(iter((errors or {}).values()), None)
    return web.page(
        request, "cases/child.html", status=web.status_of(first), form=form, code=code, why=why, today=clock.today(),
        errors=said(errors or {}, web.language(request)), choice=forms.choice, **context, **case_page.words(),
        sexes=SEXES,
    )  # fmt: skip


ROUTES = [cases, new_case, open_case, case, child, change_child, *act_pages.ROUTES]
