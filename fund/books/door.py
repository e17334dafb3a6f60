"""Who may read the books: a signed-in member of staff, or a program with an access key.

Entries by fund, account and day would let a stranger find one child's grant by subtraction, so the books are not
public; only the log's heads, keys and proofs of growth are. A wrong key is counted as a guess.
"""

from typing import Final, cast

from litestar.concurrency import sync_to_thread
from litestar.handlers import BaseRouteHandler

from fund import limits, walls
from fund.books import keys
from fund.books.errors import AccessNeededError
from fund.people import door
from fund.people.errors import SignInNeededError
from fund.web import AnyConnection, AnyRequest

_STAFF: Final = door.require("books.read")


async def require_reader(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard of everything that is not public. Raises AccessNeededError, TooManyError for too many wrong keys."""
    if "authorization" in connection.headers:
        await sync_to_thread(_require_key, cast(AnyRequest, connection))
        return
    try:
        await _STAFF(connection, handler)
    except SignInNeededError:
        raise AccessNeededError() from None


def _require_key(request: AnyRequest) -> None:
    scheme, _, token = request.headers["authorization"].partition(" ")
    with request.app.state.database.read() as session:
        is_known = scheme.lower() == "bearer" and keys.opens(session, token.strip())
    if not is_known:
        limits.note_miss(request.app.state.database, walls.subscriber(request))
        raise AccessNeededError()
