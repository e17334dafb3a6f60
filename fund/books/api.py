"""The interface for programs: routes made from `operations`, each parse, call, render.

Knows what may be kept and asked again for less (`ETag`). Answers nothing but JSON, and changes nothing.
"""

import hashlib
import re
from functools import partial
from json import dumps
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler

from fund import limits, walls, web
from fund.books import asked, description
from fund.books.door import require_reader
from fund.books.operations import OPERATIONS, Access, Operation
from fund.db import Database
from fund.settings import Settings
from fund.web import AnyRequest
from receipts.errors import ReceiptNotFoundError

_KEPT: Final = {
    Access.PUBLIC: "public, no-cache",
    Access.BOOKS: "private, no-cache",
    Access.LINK: "no-store",
}


def _route(operation: Operation) -> HTTPRouteHandler:
    @get(
        re.sub(r"\{(\w+)\}", r"{\1:str}", operation.path),
        name=operation.name,
        guards=[require_reader] if operation.access is Access.BOOKS else [],
        opt={"operation": operation},
        sync_to_thread=True,
    )
    def answer(request: AnyRequest, database: NamedDependency[Database]) -> Response[bytes]:
        wanted = asked.read(request, operation.asks)
        try:
            with database.read() as session:
                found = operation.read(session, wanted)
        except ReceiptNotFoundError:
            limits.note_miss(database, walls.subscriber(request))
            raise
        return _told(request, operation, found)

    return answer


def _told(request: AnyRequest, operation: Operation, found: Any) -> Response[bytes]:
    if operation.file is None:
        return _json(request, msgspec.json.encode(found), {"Cache-Control": _KEPT[operation.access]})
    headers = {
        "Cache-Control": _KEPT[operation.access],
        "Content-Disposition": f'attachment; filename="{operation.name.replace("_", "-")}.json"',
    }
    return _json(request, found.encode(), headers)


def _json(request: AnyRequest, content: bytes, headers: dict[str, str]) -> Response[bytes]:
    """The answer, or that it still is what the reader has."""
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers |= {"ETag": tag, "Vary": "Authorization, Accept-Language"}
    if tag in [known.strip() for known in request.headers.get("if-none-match", "").split(",")]:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


@get("/api/openapi.json", sync_to_thread=False)
def openapi(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[bytes]:
    """The description of all this for programs (OpenAPI 3.1), in the reader's language."""
    document = description.document(web.language(request), settings)
    return _json(request, msgspec.json.encode(document), {"Cache-Control": "public, no-cache"})


@get("/api", sync_to_thread=True)
def page(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[str]:
    """The description as people read it."""
    document = description.document(web.language(request), settings)
    return web.page(request, "books/api.html", document=document, written=partial(dumps, ensure_ascii=False, indent=2))


ROUTES = [page, openapi, *map(_route, OPERATIONS)]
