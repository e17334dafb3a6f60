"""Staff's page of work in the background that was given up: receipts not printed, letters not sent.

Knows what each kind of job is called, and has one or all of them tried again. Shows numbers and ids, never for whom.
"""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import audit, outbox, web
from fund.db import Database
from fund.people import door
from fund.web import AnyRequest

HOME: Final = "/staff/jobs"
CALLED: Final = {
    "receipt.render": "A receipt's paper",
    "books.check": "A check of the books",
    "statement.take": "A statement that was handed in",
    "notice.invitation": "Letter: an invitation",
    "notice.changed": "Letter: a password or an address changed",
    "notice.watched": "Letter: somebody's way in was changed",
    "notice.receipt": "Letter: a receipt is ready",
    "notice.approval": "Letter: an approval waits",
    "notice.digest": "Letter: what waits",
    "notice.failed_job": "Letter: a job was given up",
    "notice.failed_check": "Letter: the books do not hold",
}
"""Each kind of job as people call it."""


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The button that has one job, or everything, tried again."""

    csrf_token: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get(HOME, guards=[door.require("jobs.see")], sync_to_thread=True)
def failed_jobs(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What was given up, newest first, and how much still waits for its turn."""
    with database.read() as session:
        failed, waiting = outbox.failed(session), outbox.waiting(session)
    return web.page(request, "people/jobs.html", failed=failed, waiting=waiting, called=CALLED)


@post(HOME + "/again", guards=[door.require("jobs.retry")], sync_to_thread=True)
def try_again(request: AnyRequest, data: URLEncodedBody[Again], database: NamedDependency[Database]) -> Redirect:
    """Let everything that was given up be tried once more."""
    with database.write() as session:
        audit.record(session, door.actor(request), "jobs.tried_again", outbox.try_failed_again(session))
    return Redirect(HOME, status_code=303)


@post(HOME + "/{job_id:uuid}/again", guards=[door.require("jobs.retry")], sync_to_thread=True)
def try_one_again(
    request: AnyRequest, job_id: FromPath[UUID], data: URLEncodedBody[Again], database: NamedDependency[Database]
) -> Redirect:
    """Let one job that was given up be tried once more; of two who ask at once, both are right."""
    with database.write() as session:
        if outbox.try_failed_again(session, job_id):
            audit.record(session, door.actor(request), "job.tried_again", job_id)
    return Redirect(HOME, status_code=303)


ROUTES = [failed_jobs, try_again, try_one_again]
