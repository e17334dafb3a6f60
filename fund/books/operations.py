"""Every address of the interface: which question it asks, who may ask it, and how it can be refused.

The one table from which the routes, the description and the page are made.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, get_type_hints

from sqlmodel import Session

from fund.books import answers, queries
from fund.books.asked import Asked


class Access(Enum):
    """Who may ask."""

    BOOKS = "Staff and holders of an access key"
    PUBLIC = "Everyone"
    LINK = "Whoever has the receipt's link"


@dataclass(frozen=True, slots=True)
class Operation:
    """One address. `file` is what the text of a proof file holds; `can_be_tried`: its examples are really there."""

    path: str
    read: Callable[[Session, Any], Any]
    access: Access = Access.BOOKS
    file: type[answers.Answer] | None = None
    can_be_tried: bool = False

    @property
    def name(self) -> str:
        """What programs call it."""
        return self.read.__name__

    @property
    def says(self) -> str:
        """What it answers, in one sentence."""
        return inspect.getdoc(self.read) or ""

    @property
    def asks(self) -> type[Asked]:
        """Its parameters."""
        wanted: type[Asked] = get_type_hints(self.read)["wanted"]
        return wanted

    @property
    def answers(self) -> Any:
        """What it answers with."""
        return self.file or get_type_hints(self.read)["return"]

    @property
    def refusals(self) -> list[int]:
        """The statuses with which it may refuse."""
        has_query = any(f"{{{name}}}" not in self.path for name in self.asks.__struct_fields__)
        asks_log = self.file is not None or "as_of" in self.asks.__struct_fields__
        possible = {
            304: True,
            400: True,
            401: self.access is Access.BOOKS,
            403: self.access is Access.BOOKS,
            404: not has_query or "{" in self.path,
            409: asks_log,
            429: self.access is not Access.PUBLIC,
            503: True,
        }
        return [status for status, is_possible in possible.items() if is_possible]


OPERATIONS: Final = (
    Operation("/api/accounts", queries.accounts, can_be_tried=True),
    Operation("/api/accounts/{account}", queries.account, can_be_tried=True),
    Operation("/api/funds", queries.funds, can_be_tried=True),
    Operation("/api/funds/{fund}", queries.fund, can_be_tried=True),
    Operation("/api/balances", queries.balances, can_be_tried=True),
    Operation("/api/balances/{account}/{fund}", queries.balance, can_be_tried=True),
    Operation("/api/balances/{account}/{fund}/history", queries.history, can_be_tried=True),
    Operation("/api/entries", queries.entries, can_be_tried=True),
    Operation("/api/entries/{entry}", queries.entry),
    Operation("/api/entries/{entry}/proof", queries.entry_proof, file=answers.Proof),
    Operation("/api/log/head", queries.head, Access.PUBLIC, can_be_tried=True),
    Operation("/api/log/heads", queries.heads, Access.PUBLIC, can_be_tried=True),
    Operation("/api/log/heads/{size}", queries.head_of_size, Access.PUBLIC),
    Operation("/api/log/keys", queries.keys, Access.PUBLIC, can_be_tried=True),
    Operation("/api/log/consistency", queries.consistency, Access.PUBLIC, file=answers.Consistency),
    Operation("/api/receipts/{number}/{token}/proof", queries.receipt_proof, Access.LINK, file=answers.Proof),
)
