"""Plain builders for tests of the interface for programs: a sealed book, its readers, and what a description allows."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from fund.audit import Actor
from fund.books import keys
from fund.books.operations import Operation
from fund.db import Database
from fund.donations import service
from ledger import book, log, notes
from ledger.book import BookedEntry
from receipts import queries as receipts
from receipts.leaves import RECEIPTS, VOIDS
from receipts.queries import Receipt
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import STAFF, a_named_pledge, an_arrival, found

LOG_KEY: Final = notes.new_key("books.example")
CLERK: Final = Actor("clerk")
CANARIES: Final = ("สมชาย", "1100700000001")
"""What the donor of every gift here told us, and nobody may read in an answer."""


@dataclass
class Library:
    """A book with gifts of named donors under a signed head, and the token of an auditor's program."""

    database: Database
    database_url: str
    token: str
    receipt: Receipt

    def path(self, operation: Operation) -> str:
        """The address of an operation, filled with what is really there."""
        there = {"account": "1110.01", "fund": "D4005", "entry": str(self.receipt.proves), "size": self.size()}
        path = operation.path.format_map({**there, "number": self.receipt.number, "token": self.receipt.token})
        return f"{path}?old={self.size()}" if operation.name == "consistency" else path

    def size(self) -> int:
        with self.database.read() as session:
            head = log.head(session)
        assert head is not None
        return head.size

    def entries(self) -> list[BookedEntry]:
        """The journal itself, whole."""
        with self.database.read() as session:
            return book.entries(session, limit=10_000)

    def gift(self, amount_satang: int = 1000, on: date = date(2026, 11, 21)) -> Receipt:
        """One more gift of a named donor, with its receipt."""
        with self.database.write() as session:
            arrival = an_arrival(session, a_named_pledge(session), amount_satang=amount_satang, booked_on=on)
            donation = service.receive(session, arrival, by=STAFF)
            return receipts.by_number(session, donation.receipt_number or "")

    def seal(self) -> None:
        """Give what is booked its places in the log."""
        with self.database.write() as session:
            if not log.keys(session):
                log.add_key(session, LOG_KEY)
        while self._seal_once():
            pass

    def _seal_once(self) -> bool:
        with self.database.write() as session:
            return log.seal(session, LOG_KEY, sources=(RECEIPTS, VOIDS)) is not None


@contextmanager
def library(database: Database, database_url: str) -> Iterator[Library]:
    """Three gifts, two heads, one key."""
    found(database)
    with database.write() as session:
        token = keys.give(session, "auditor", by=CLERK)
        arrival = an_arrival(session, a_named_pledge(session))
        number = service.receive(session, arrival, by=STAFF).receipt_number
        receipt = receipts.by_number(session, number or "")
    opened = Library(database, database_url, token, receipt)
    opened.seal()
    opened.gift(2050, date(2026, 11, 22))
    opened.gift(100_000, date(2026, 11, 23))
    opened.seal()
    yield opened


@contextmanager
def program(shelf: Library, token: str | None = None) -> Iterator[Browser]:
    """A program that sends a key with everything it asks."""
    with browser(shelf.database_url) as client:
        client.headers["authorization"] = f"Bearer {token or shelf.token}"
        yield client


def everything(client: Browser, path: str, size: int = 2, **more: str) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    page = client.get(path, params={"size": size, **more}).json()
    while True:
        rows += page["rows"]
        if not page["has_more"]:
            return rows
        page = client.get(path, params={"size": size, "after": page["next"], **more}).json()


def mismatches(schema: Mapping[str, Any], value: Any, components: Mapping[str, Any], at: str = "$") -> list[str]:
    """Where a value is not what a JSON Schema allows, as far as our descriptions use that language."""
    if "$ref" in schema:
        return mismatches(components[schema["$ref"].rsplit("/", 1)[1]], value, components, at)
    if "anyOf" in schema:
        tried = [mismatches(one, value, components, at) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{at}: {value!r} is none of {schema['enum']}"]
    if not _is_of_type(schema["type"], value):
        return [f"{at}: {value!r} is no {schema['type']}"]
    if not _has_format(schema, value):
        return [f"{at}: {value!r} is no {schema.get('format') or schema.get('pattern')}"]
    return [*_in_object(schema, value, components, at), *_in_array(schema, value, components, at)]


def _is_of_type(name: str, value: Any) -> bool:
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[name]) and not (name == "integer" and isinstance(value, bool))


def _has_format(schema: Mapping[str, Any], value: Any) -> bool:
    readers: dict[str, Any] = {"date": date.fromisoformat, "date-time": datetime.fromisoformat, "uuid": UUID}
    try:
        readers.get(schema.get("format", ""), str)(value)
    except ValueError:
        return False
    return "pattern" not in schema or re.search(schema["pattern"], value) is not None


def _in_object(schema: Mapping[str, Any], value: Any, components: Mapping[str, Any], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    yield from (f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value)
    for name, one in value.items():
        allowed = known.get(name, schema.get("additionalProperties", True))
        if allowed is False:
            yield f"{at}: {name} is unknown"
        elif isinstance(allowed, dict):
            yield from mismatches(allowed, one, components, f"{at}.{name}")


def _in_array(schema: Mapping[str, Any], value: Any, components: Mapping[str, Any], at: str) -> Iterator[str]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from mismatches(schema["items"], one, components, f"{at}[{number}]")
