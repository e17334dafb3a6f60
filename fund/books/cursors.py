"""Cursors: where the next page of a list begins, as one word that says nothing to who carries it.

Knows that a cursor belongs to one list with its filters. Refuses any other word.
"""

import base64
import hashlib
from typing import Final, TypeVar

import msgspec

from fund.books.errors import CursorError

T = TypeVar("T")

_MARK: Final = 8


def written(listing: str, place: object) -> str:
    """The cursor behind the row that stands at `place` of the list."""
    content = msgspec.json.encode(place)
    return base64.urlsafe_b64encode(_mark(listing, content) + content).decode().rstrip("=")


def place(listing: str, cursor: str, kind: type[T]) -> T:
    """Where the list goes on. Raises CursorError for what `written` did not write for it."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mark, content = packed[:_MARK], packed[_MARK:]
        if mark != _mark(listing, content):
            raise CursorError()
        return msgspec.json.decode(content, type=kind)
    except ValueError:  # not base64, not ASCII, or not what stands in such a list
        raise CursorError() from None


def _mark(listing: str, content: bytes) -> bytes:
    return hashlib.sha256(listing.encode() + b"\n" + content).digest()[:_MARK]
