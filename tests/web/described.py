"""The whole service described (OpenAPI) for tests: forms and pages by the framework, the books by our own words.

Knows what really stands in the places of paths, so that not every case asks for what is not there.
"""

import json
import re
from typing import Any, Final

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig

from fund import app as service
from fund.books import description
from fund.settings import Settings

Json = dict[str, Any]
GIVEN: Final = {name: Provide(lambda: None, sync_to_thread=False) for name in ("database", "settings")}


def document(settings: Settings, there: dict[str, dict[str, str]]) -> Json:
    """The description of every route; `there` is what stands in the places of each path, by the route's own."""
    config = OpenAPIConfig("sipbaht", "1", operation_id_creator=lambda _, method, path: f"{method} {path}")
    app = Litestar(
        [Router("/", route_handlers=service.ROUTES)], dependencies=GIVEN, openapi_config=config, logging_config=None
    )
    told: Json = json.loads(json.dumps(app.openapi_schema.to_schema(), default=str))
    books = description.document("en", settings)
    told["paths"] |= books["paths"]
    told["components"]["schemas"] |= books["components"]["schemas"]
    told["components"]["securitySchemes"] = books["components"]["securitySchemes"]
    for path, places in there.items():
        for operation in told["paths"][as_described(path)].values():
            operation["parameters"] = [_told_of(one, places) for one in operation.get("parameters", [])]
    return told


def as_described(path: str) -> str:
    """A route's path as descriptions write it."""
    return re.sub(r":\w+\}", "}", path)


def _told_of(parameter: Json, places: dict[str, str]) -> Json:
    if parameter["in"] != "path":
        return parameter
    return parameter | {"schema": {"anyOf": [{"const": places[parameter["name"]]}, parameter["schema"]]}}
