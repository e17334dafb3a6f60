"""The description of the interface (OpenAPI 3.1), made from `operations`, in the reader's language.

Knows every parameter, answer and refusal by their structs, so that it cannot say something else than what is done.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from fund import language as words
from fund.books import answers
from fund.books.errors import AccessNeededError
from fund.books.operations import OPERATIONS, Access, Operation
from fund.language import Language
from fund.people import door
from fund.people.powers import NoPowerError
from fund.settings import Settings
from fund.web import TITLES
from ledger.errors import NotLoggedError

Json = dict[str, Any]

ABOUT: Final = (
    "Everything that stands in the books, to be read by programs; nothing can be changed here. Amounts are whole"
    " satang beside the text that people read, days are ISO 8601 in the Christian era, moments are in UTC."
)
REFERENCE: Final = "#/components/schemas/"
KEY: Final = "key"
SESSION: Final = "session"
_BOOKS: Final = "The books"
_LOG: Final = "The log"
_SAMPLES: Final = {"uuid": "019ab0c4-5f00-7c3e-9d2b-6a1f0e8d7c55", "date": "2026-11-23"}
_REFUSED: Final = TITLES | {
    304: "Still what you have (`If-None-Match`)",
    401: AccessNeededError.message,
    403: NoPowerError.message,
    409: NotLoggedError.message,
}


def document(language: Language, settings: Settings) -> Json:
    """The whole description of the service that runs with these settings."""
    components = _components()
    paths = {operation.path: {"get": _described(operation, components, settings.address)} for operation in OPERATIONS}
    described = {
        "openapi": "3.1.0",
        "info": {"title": "sipbaht", "version": "1", "description": ABOUT, "license": {"name": "GPL-3.0-or-later"}},
        "servers": [{"url": settings.address}],
        "tags": [{"name": "books", "description": _BOOKS}, {"name": "log", "description": _LOG}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security(settings)},
    }
    translated: Json = _in(language, described)
    return translated


def _components() -> Json:
    kinds = [answers.Problem, *{operation.name: operation.answers for operation in OPERATIONS}.values()]
    _, components = msgspec.json.schema_components(kinds, ref_template=REFERENCE + "{name}")
    return components


def _security(settings: Settings) -> Json:
    return {
        KEY: {"type": "http", "scheme": "bearer", "description": "An access key, as `sipbaht access new` gives it."},
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": door.cookie_name(settings),
            "description": "A signed-in member of staff.",
        },
    }


def _described(operation: Operation, components: Json, address: str) -> Json:
    parameters = [_parameter(operation, field) for field in msgspec.structs.fields(operation.asks)]
    schema = msgspec.json.schema_components([operation.answers], ref_template=REFERENCE + "{name}")[0][0]
    content = {"application/json": {"schema": schema, "example": example(schema, components)}}
    responses = {"200": {"description": "The answer", "headers": _tag(), "content": content}}
    responses |= {str(status): _refusal(status) for status in operation.refusals}
    sample = _sample(operation.path, parameters)
    return {
        "operationId": operation.name,
        "tags": ["log" if operation.path.startswith(("/api/log", "/api/receipts")) else "books"],
        "summary": operation.says,
        "parameters": parameters,
        "responses": responses,
        "security": [{KEY: []}, {SESSION: []}] if operation.access is Access.BOOKS else [],
        "x-access": {"description": operation.access.value},
        "x-try": sample if operation.can_be_tried else "",
        "x-codeSamples": [{"lang": "Shell", "source": _curl(operation, address + sample)}],
    }


def _tag() -> Json:
    return {"ETag": {"description": "Send it back as `If-None-Match`.", "schema": {"type": "string"}}}


def _parameter(operation: Operation, field: msgspec.structs.FieldInfo) -> Json:
    schema = msgspec.json.schema(field.type)
    if not field.required and field.default is not msgspec.UNSET:
        schema["default"] = field.default
    is_path = f"{{{field.name}}}" in operation.path
    return {
        "name": field.name,
        "in": "path" if is_path else "query",
        "required": field.required,
        "description": schema.pop("description", ""),
        "schema": schema,
    }


def _sample(path: str, parameters: Sequence[Json]) -> str:
    """The path with an example in each place that must be filled."""
    needed = {one["name"]: one["schema"]["examples"][0] for one in parameters if one["required"]}
    query = {one["name"]: needed[one["name"]] for one in parameters if one["required"] and one["in"] == "query"}
    return path.format_map(needed) + (f"?{urlencode(query)}" if query else "")


def _curl(operation: Operation, address: str) -> str:
    key = "-H 'Authorization: Bearer $KEY' ".replace("'", '"') if operation.access is Access.BOOKS else ""
    return f'curl {key}"{address}"'


def _refusal(status: int) -> Json:
    if status == 304:
        return {"description": _REFUSED[status]}
    problem = {"schema": {"$ref": f"{REFERENCE}Problem"}, "example": _problem(status)}
    return {"description": _REFUSED[status], "content": {"application/problem+json": problem}}


def _problem(status: int) -> Json:
    told = {"type": "about:blank", "title": TITLES[status], "status": status, "detail": _REFUSED[status]}
    return {**told, "request_id": "9f86d081884c"}


def example(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """An answer as the schema has it, put together from the examples of its fields."""
    if "$ref" in schema:
        return example(components[schema["$ref"].removeprefix(REFERENCE)], components)
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else example(schema["anyOf"][0], components)
    if "properties" in schema:
        return {name: example(one, components) for name, one in schema["properties"].items()}
    if schema["type"] == "array":
        return [example(schema["items"], components)]
    simple: Json = {"boolean": True, "object": {}, "integer": 1}
    return simple.get(schema["type"], _SAMPLES.get(schema.get("format", ""), ""))


def _in(language: Language, part: Any) -> Any:
    """The same in a language: every summary, description and title of a problem."""
    if isinstance(part, list):
        return [_in(language, one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: words.gettext(language, one) if name in ("summary", "description") and isinstance(one, str) else
        _in(language, one)
        for name, one in part.items()
    }  # fmt: skip
