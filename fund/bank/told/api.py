"""Where banks tell us of payments: `/callbacks/<bank>/<secret>`. Stored first, answered in the bank's format.

Refuses with an empty body: 404 for a secret that is none, 401 for another network or a wrong signature, 400 for what
is not this bank's; each is counted. Nothing of what came is logged.
"""

import logging
from typing import Final

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from fund import clock, limits, walls
from fund.bank.told import banks, bodies, protection
from fund.bank.told.inbox import Arrived, Inbox
from fund.bank.told.protection import NotTheBankError
from fund.db import Database
from fund.errors import FundError, MalformedError, NotFoundError, TooManyError
from fund.settings import Settings
from fund.web import AnyRequest

_log = logging.getLogger("sipbaht.callbacks")
_ENVELOPE: Final = "application/json"


@post("/callbacks/{bank:str}/{secret:str}", status_code=200, request_max_body_size=bodies.LARGEST_BYTES)
async def take(request: AnyRequest, bank: FromPath[str], secret: FromPath[str]) -> Response[bytes]:
    """A bank says that somebody has paid.

    Database and settings are the service's own, not injected: that alone would take a third of the time.
    """
    database: Database = request.app.state.database
    settings: Settings = request.app.state.settings
    body = await request.body()
    try:
        known = protection.require_address(banks.of(settings), bank, secret)
        caller = walls.client_address(request, settings)
        protection.require_theirs(known, caller, request.headers.get(protection.SIGNATURE, ""), body)
        payment = bodies.read(bank, body)
        if payment is not None:
            await _inbox(request, database).take(Arrived(bank, payment, body, clock.now()))
    except (NotFoundError, NotTheBankError, MalformedError) as refusal:
        return await _refused(request, database, refusal)
    return Response(bodies.answer(bank, payment), media_type=_ENVELOPE)


async def _refused(request: AnyRequest, database: Database, refusal: FundError) -> Response[bytes]:
    """Counted for the address it came from, and told to nobody but the log, which does not hear what it was."""
    _log.warning("a callback was refused: %s", type(refusal).__name__)
    status = 404 if isinstance(refusal, NotFoundError) else 401 if isinstance(refusal, NotTheBankError) else 400
    headers = {}
    try:
        await sync_to_thread(limits.note_miss, database, f"callbacks:{walls.subscriber(request)}")
    except TooManyError as too_many:
        status, headers = 429, {"Retry-After": str(too_many.facts["retry_seconds"])}
    return Response(b"", status_code=status, media_type=_ENVELOPE, headers=headers)


def _inbox(request: AnyRequest, database: Database) -> Inbox:
    """The one way into the inbox of this process."""
    known: Inbox = request.app.state.setdefault("callbacks", Inbox(database))
    return known


ROUTES = [take]
