"""What the route table says of every route: its method, its path, the act it names, the names of what it takes.

Knows no feature: a route made tomorrow is tested tomorrow.
"""

import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Litestar
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from fund.books.asked import Asked
from fund.books.door import require_reader

STREAM = "/events"
"""The ending of addresses that answer for as long as one listens."""
EXAMPLES = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1", "date": "2026-01-01"}


@dataclass(frozen=True)
class Route:
    """One method of one address. `action` is the act it names (none: open to everyone), `fields` are those of its form,
    `files` those among them that are files."""

    method: str
    path: str
    action: str = ""
    asks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def filled(self, values: Mapping[str, str]) -> str:
        """The path with `values` in its places, and something of the right type in those that have none."""

        def fill(place: re.Match[str]) -> str:
            value, example = values.get(place[1], ""), EXAMPLES.get(place[2], "x")
            return value if value and (place[2] != "int" or value.isdecimal()) else example

        return re.sub(r"\{(\w+):(\w+)\}", fill, self.path)

    @property
    def places(self) -> list[str]:
        return re.findall(r"\{(\w+):\w+\}", self.path)

    @property
    def is_for_staff(self) -> bool:
        return self.path.startswith("/staff")


def table(app: Litestar) -> list[Route]:
    """Every route of the service."""
    found = [
        _route(str(method), route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS"})
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def _route(method: str, path: str, handler: HTTPRouteHandler) -> Route:
    taken = handler.parsed_fn_signature.parameters
    fields = list(msgspec.structs.fields(taken["data"].annotation)) if "data" in taken else []
    asks = [name for name in taken if name not in ("data", "request", "database", "settings") and name not in path]
    asks += [field.name for kind in _asked_by(handler) for field in msgspec.structs.fields(kind)]
    return Route(
        method,
        path,
        _action(handler),
        tuple(asks),
        tuple(field.name for field in fields),
        tuple(field.name for field in fields if UploadFile in _kinds(field.type)),
    )


def _asked_by(handler: HTTPRouteHandler) -> list[type[Asked]]:
    """What a route reads of its query by itself: what its description says, or what its code names."""
    operation = handler.opt.get("operation")
    if operation:
        return [operation.asks]
    read = getattr(handler.fn, "func", handler.fn)
    named = [read.__globals__.get(name) for name in read.__code__.co_names]
    return [one for one in named if isinstance(one, type) and issubclass(one, Asked)]


def _action(handler: HTTPRouteHandler) -> str:
    guards = handler.guards if isinstance(handler.guards, Iterable) else ()
    named = ["books.read" if guard is require_reader else getattr(guard, "action", "") for guard in guards]
    return next(filter(None, named), "")


def _kinds(kind: Any) -> set[Any]:
    return {kind, *typing.get_args(kind)}
