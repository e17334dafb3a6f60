"""Pages for all staff: whether the books hold, who may do what; and every route of this feature."""

from litestar import Response, get
from litestar.di import NamedDependency

from fund import checkups, web
from fund.db import Database
from fund.people import (
    account_pages,
    door,
    factor_pages,
    job_pages,
    place_pages,
    powers,
    second_step_pages,
    session_pages,
    sign_in_pages,
    staff_pages,
    stand_in_pages,
)
from fund.people.roles import ROLES
from fund.web import AnyRequest


@get("/staff/checks", guards=[door.require("checks.see")], sync_to_thread=True)
def checks_page(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Each invariant with what the last check found against it, and what to do."""
    with database.read() as session:
        checkup = checkups.last(session)
    return web.page(request, "people/checks.html", checkup=checkup)


@get("/staff/powers", guards=[door.require("powers.see")], sync_to_thread=True)
def powers_page(request: AnyRequest) -> Response[str]:
    """The table of powers as the code has it."""
    return web.page(request, "people/powers.html", roles=ROLES, actions=powers.ACTIONS)


ROUTES = [
    checks_page,
    powers_page,
    *sign_in_pages.ROUTES,
    *second_step_pages.ROUTES,
    *factor_pages.ROUTES,
    *session_pages.ROUTES,
    *account_pages.ROUTES,
    *staff_pages.ROUTES,
    *place_pages.ROUTES,
    *stand_in_pages.ROUTES,
    *job_pages.ROUTES,
]
