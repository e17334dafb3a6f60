"""A person's own sessions: where they are signed in, and ending one that should not be.

Refuses the sessions of others as if they were not there.
"""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from fund import web
from fund.db import Database
from fund.people import door, sessions
from fund.web import AnyRequest

HOME = "/staff/sessions"


@get(HOME, guards=[door.require("own.sessions")], sync_to_thread=True)
def own_sessions(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Where this person is signed in."""
    visitor = door.visitor(request)
    with database.read() as session:
        known = sessions.of_person(session, visitor.person.id)
    return web.page(request, "people/sessions.html", sessions=known, present=visitor.session_id)


@post(HOME + "/{session_id:uuid}/end", guards=[door.require("own.sessions")], sync_to_thread=True)
def end_session(request: AnyRequest, session_id: FromPath[UUID], database: NamedDependency[Database]) -> Redirect:
    """Sign this person out in another browser (or here)."""
    visitor = door.visitor(request)
    with database.write() as session:
        sessions.revoke(session, session_id, visitor.person.id, by=visitor.actor)
    return Redirect(HOME, status_code=303)


ROUTES = [own_sessions, end_session]
