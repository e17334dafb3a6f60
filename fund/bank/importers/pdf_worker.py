"""The child process that takes the words out of a PDF: `python -m fund.bank.importers.pdf_worker`, driven by `pdf`.

Knows limits on its own memory, files and computing time, set before it touches a byte of the document.
Refuses, by one word to its parent, what is locked, broken, unsafe or too heavy; runs no script, follows no address.
"""

import ctypes
import json
import re
import sys
from collections.abc import Callable, Iterator
from time import process_time
from typing import IO, Any, Final

from receipts import cage, frames

MEMORY_BYTES: Final = 384 << 20
MOST_PAGES: Final = 2000
MOST_LETTERS: Final = 50_000  # on one page; a full page of small print has 8,000
SECONDS_AT_FIRST: Final = 0.5  # not money: of computing, to open the document and read its first page
SECONDS_A_PAGE: Final = 0.03  # not money: for each page read; a full page of small print takes a third of it
_SAME_ROW: Final = 20  # tenths of a point between two baselines that are one row to the eye
_WRONG_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD
_WORD = re.compile(r"[^\s\x02]+\x02?")  # pdfium writes 0x02 for the hyphen that ends a line, and no space behind it
_SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch)\b")

Word = tuple[int, str]  # where it begins, in tenths of a point from the left; its letters
Row = tuple[int, list[Word]]  # baseline, in tenths of a point from the foot of the page


class Refusal(Exception):
    """Why the document is not read, in one word of `pdf.REFUSALS`."""


def serve(requests: IO[bytes], answers: IO[bytes], compute_at_most: Callable[[float], None]) -> None:  # not money
    """Read one document and answer page by page; the last frame is empty, or says why there is no more."""
    password = json.loads(frames.read(requests))
    content = frames.read(requests)
    try:
        begun = process_time()
        compute_at_most(SECONDS_AT_FIRST)
        with_words = 0
        for number, page in enumerate(pages(content, password), 1):
            compute_at_most(SECONDS_AT_FIRST + number * SECONDS_A_PAGE - (process_time() - begun))
            with_words += bool(page)
            frames.write(answers, json.dumps(page, ensure_ascii=False).encode())
        refusal = "" if with_words else "picture"
    except Refusal as reason:
        refusal = str(reason)
    except MemoryError:
        refusal = "heavy"
    frames.write(answers, refusal.encode())


def pages(content: bytes, password: str | None) -> Iterator[list[Row]]:
    """The rows of each page, from top to bottom, their words from left to right. Raises Refusal."""
    import pypdfium2  # type: ignore[import-untyped] # after the limits are set

    document = _open(pypdfium2, content, password)
    if _is_unsafe(pypdfium2.raw, document, content):
        raise Refusal("unsafe")
    if len(document) > MOST_PAGES:
        raise Refusal("heavy")
    for number in range(len(document)):
        try:
            page = document[number]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            raise Refusal("broken") from None
        yield rows(pypdfium2.raw, text)
        text.close()
        page.close()


def rows(raw: Any, text: Any) -> list[Row]:
    """The words of one page, gathered into rows by their baselines."""
    placed = sorted(_words(raw, text), key=lambda word: (-word[0], word[1]))
    found: list[Row] = []
    for baseline, left, letters in placed:
        if not found or found[-1][0] - baseline > _SAME_ROW:
            found.append((baseline, []))
        found[-1][1].append((left, letters))
    return [(baseline, sorted(words)) for baseline, words in found]


def _open(pypdfium2: Any, content: bytes, password: str | None) -> Any:
    try:
        return pypdfium2.PdfDocument(content, password=password)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _WRONG_PASSWORD:
            raise Refusal("wrong" if password else "locked") from None
        raise Refusal("broken") from None


def _is_unsafe(raw: Any, document: Any, content: bytes) -> bool:
    """Scripts, programs to start, files inside and forms that change what is shown: no statement has them."""
    return bool(
        raw.FPDFDoc_GetJavaScriptActionCount(document)
        or raw.FPDFDoc_GetAttachmentCount(document)
        or document.get_formtype() > raw.FORMTYPE_ACRO_FORM
        or _SCRIPT.search(content)
    )


def _words(raw: Any, text: Any) -> Iterator[tuple[int, int, str]]:
    """Baseline, left edge and letters of each word."""
    count = text.count_chars()
    if count > MOST_LETTERS:
        raise Refusal("heavy")
    letters = text.get_text_range()
    if len(letters) != count:  # a letter that cannot be told takes no place in the text, but has a number
        letters = "".join(chr(min(raw.FPDFText_GetUnicode(text, index), 0xFFFD)) for index in range(count))
    x, y = ctypes.c_double(), ctypes.c_double()
    for word in _WORD.finditer(letters):
        raw.FPDFText_GetCharOrigin(text, word.start(), x, y)
        yield round(10 * y.value), round(10 * x.value), word[0].replace("\x02", "-")


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES)
    serve(sys.stdin.buffer, cage.own_pipe(), cage.compute_at_most)
