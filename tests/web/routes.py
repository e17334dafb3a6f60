"""What the route table says of every route: its method, its path, the names of what it takes.

Knows no feature: a route made tomorrow is tested tomorrow.
"""

import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Litestar
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

STREAM = "/events"
"""The ending of addresses that answer for as long as one listens."""
EXAMPLES = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1", "date": "2026-01-01"}


@dataclass(frozen=True)
class Route:
    """One method of one address. `fields` are those of its form, `files` those among them that are files."""

    method: str
    path: str
    asks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    def filled(self, values: Mapping[str, str]) -> str:
        """The path with `values` in its places, and something of the right type in those that have none."""
        return re.sub(r"\{(\w+):(\w+)\}", lambda place: values.get(place[1], EXAMPLES.get(place[2], "x")), self.path)

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
    form = taken["data"].annotation if "data" in taken else None
    fields = [] if form is None else list(msgspec.structs.fields(form))
    asks = [name for name in taken if name not in ("data", "request", "database", "settings") and name not in path]
    operation = handler.opt.get("operation")
    asks += [field.name for field in msgspec.structs.fields(operation.asks)] if operation else []
    return Route(
        method,
        path,
        tuple(asks),
        tuple(field.name for field in fields),
        tuple(field.name for field in fields if UploadFile in _kinds(field.type)),
    )


def _kinds(kind: Any) -> set[Any]:
    return {kind, *typing.get_args(kind)}
