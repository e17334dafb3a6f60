"""PDFs: rows of words with their places, taken out by a limited child process.

Knows no bank. The words become bytes again, so that a PDF is read like any other file once it is open; the password
goes to the child and nowhere else. Refuses pictures, scripts, locked files, and what is broken or too heavy.
"""

import json
import secrets
import threading
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

from fund.bank.errors import (
    BrokenPdfError,
    PasswordNeededError,
    PictureError,
    StatementError,
    UnsafePdfError,
    WrongPasswordError,
)
from fund.bank.importers import text as thai
from receipts import cage, frames

SECONDS: Final = 300  # by the clock; by computing time the child has far less
LARGEST_WORDS: Final = 64 << 20
ROWS_A_PAGE: Final = 1000
_MARK: Final = b"words of a PDF %s\n" % secrets.token_hex(16).encode()  # no file can pass for an open PDF
_CHILDREN: Final = threading.BoundedSemaphore(2)
_REFUSALS: Final[dict[bytes, type[StatementError]]] = {
    b"picture": PictureError,
    b"locked": PasswordNeededError,
    b"wrong": WrongPasswordError,
    b"unsafe": UnsafePdfError,
}


class Place(int):
    """Page and row as one number, so that it can stand where other files have the number of a line."""

    def __new__(cls, page: int, row: int) -> "Place":
        return super().__new__(cls, page * ROWS_A_PAGE + row)

    @property
    def page(self) -> int:
        return self // ROWS_A_PAGE

    def __format__(self, _: str) -> str:
        return f"{self % ROWS_A_PAGE} (หน้า/page {self.page})"


class Word(NamedTuple):
    """Letters between two spaces, and where they begin, in tenths of a point from the left."""

    left: int
    letters: str


class Row(NamedTuple):
    """The words on one baseline of a page, from left to right."""

    place: Place
    baseline: int  # tenths of a point from the foot of the page
    words: list[Word]

    @property
    def text(self) -> str:
        return " ".join(word.letters for word in self.words)


def is_pdf(content: bytes) -> bool:
    """Whether the file says that it is a PDF."""
    return content.startswith(b"%PDF-")


def is_open(content: bytes) -> bool:
    """Whether these are the words of a PDF, as `opened` gives them."""
    return content.startswith(_MARK)


def opened(content: bytes, password: str | None = None) -> bytes:
    """The words of a PDF, for `rows`. Raises StatementError; a PDF that kills its reader is a broken one."""
    if b"%%EOF" not in content[-1024:]:  # cut off: the library would mend it and lose pages without a word
        raise BrokenPdfError()
    with _CHILDREN, cage.child("fund.bank.importers.pdf_worker", seconds=SECONDS) as (requests, answers):
        try:
            return _words(requests, answers, content, password)
        except (EOFError, BrokenPipeError):
            raise BrokenPdfError() from None


def rows(words: bytes) -> Iterator[Row]:
    """The rows of an open PDF, page by page, from top to bottom."""
    begin, page = len(_MARK), 0
    while begin < len(words):
        end = words.index(b"\n", begin)
        page += 1
        told = json.loads(thai.compose(words[begin:end].decode()))
        for number, (baseline, placed) in enumerate(told, start=1):
            yield Row(Place(page, number), baseline, [Word(left, letters) for left, letters in placed])
        begin = end + 1


def first_page(words: bytes) -> str:
    """The text of the first page, row by row."""
    begin = len(_MARK)
    page = words[: words.index(b"\n", begin) + 1]
    return "\n".join(row.text for row in rows(page))


def _words(requests: IO[bytes], answers: IO[bytes], content: bytes, password: str | None) -> bytes:
    """What the child answers: pages, then an empty frame, or the reason for which there is no more."""
    frames.write(requests, json.dumps(password).encode())
    frames.write(requests, content)
    words = bytearray(_MARK)
    while (page := frames.read(answers)).startswith(b"["):
        words += page + b"\n"
        if len(words) > LARGEST_WORDS:
            raise BrokenPdfError()
    if page:
        raise _REFUSALS.get(page, BrokenPdfError)()
    return bytes(words)
