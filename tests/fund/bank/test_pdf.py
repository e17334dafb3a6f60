"""Hostile PDFs: refused in seconds by a child that dies alone, nothing of them is taken in."""

import json
import resource
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pytest

from fund.bank.errors import BrokenPdfError, FileTypeError, PictureError, StatementError, UnsafePdfError
from fund.bank.importers import pdf, pdf_worker, registry
from receipts import frames
from tests.fund.bank import pdf_samples
from tests.fund.bank.builders import TODAY
from tests.fund.bank.papers import Paper
from tests.fund.bank.test_pdf_statements import MADE

GOOD = pdf_samples.kbank(MADE).pdf()
SECONDS, KILOBYTES = 1, 50 << 10  # for one hostile file: of computing, and of memory in the parent


def a_file(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A PDF of these objects, the first of them its catalogue."""
    content = bytearray(b"%PDF-1.7\n")
    places = []
    for number, entry in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, entry)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    content += b"trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(content)


def a_page(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """A PDF of one page whose content, packed, is this."""
    packed = zlib.compress(content, 9)
    return a_file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<%s>>/Contents 4 0 R>>" % resources,
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
        *more,
    )


@lru_cache(maxsize=1)
def a_bomb() -> bytes:
    """Half a gigabyte of blanks in half a megabyte; made in pieces, so that only who opens it feels it."""
    packer = zlib.compressobj(1)
    packed = b"".join([*(packer.compress(b" " * (1 << 20)) for _ in range(512)), packer.flush()])
    return a_page(b"", b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)).replace(
        b"/Contents 4 0 R", b"/Contents 5 0 R"
    )


def a_nest_of_forms(depth: int, width: int) -> bytes:
    """Each form draws the next one `width` times: small to send, endless to draw."""
    forms = []
    for level in range(depth):
        drawn = b"/F Do " * width if level < depth - 1 else b"BT ET"
        inner = b"/XObject<</F %d 0 R>>" % (6 + level) if level < depth - 1 else b""
        forms.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<%s>>/Length %d>>stream\n%s\nendstream"
            % (inner, len(drawn), drawn)
        )
    return a_page(b"/F Do", *forms, resources=b"/XObject<</F 5 0 R>>")


def a_scan() -> bytes:
    """A page that is one picture."""
    grey = zlib.compress(bytes(100 * 100))
    image = b"<</Subtype/Image/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    image += b"/Length %d>>stream\n%s\nendstream" % (len(grey), grey)
    return a_page(b"595 0 0 842 0 0 cm /I Do", image, resources=b"/XObject<</I 5 0 R>>")


def with_script(extra: bytes) -> bytes:
    paper = pdf_samples.kbank(MADE)
    paper.extra = extra
    return paper.pdf()


BAD: dict[str, tuple[Callable[[], bytes], type[StatementError]]] = {
    "a scan": (a_scan, PictureError),
    "a page of nothing": (lambda: a_page(b""), PictureError),
    "a script that runs when it is opened": (
        lambda: with_script(b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), UnsafePdfError,
    ),
    "a script with a name": (
        lambda: with_script(b"/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(1)>>]>>>>"), UnsafePdfError,
    ),
    "a program to start": (lambda: with_script(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), UnsafePdfError),
    "a file inside": (
        lambda: with_script(b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)>>]>>>>"), UnsafePdfError,
    ),
    "cut off": (lambda: GOOD[: len(GOOD) // 2], BrokenPdfError),
    "cut off by a few bytes": (lambda: GOOD[:-8], BrokenPdfError),
    "cut out of the middle": (lambda: GOOD[:2000] + GOOD[30_000:], StatementError),
    "nothing but a name": (lambda: b"%PDF-1.7\n%%EOF", BrokenPdfError),
    "noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 400 + b"%%EOF", BrokenPdfError),
    "half a gigabyte of nothing in a small file": (a_bomb, StatementError),
    "forms within forms": (lambda: a_nest_of_forms(16, 10), StatementError),
    "deep arrays": (lambda: a_page(b"[" * 1_000_000 + b"]" * 1_000_000), StatementError),
    "deep objects": (lambda: a_file(b"<</Type/Catalog/Pages " + b"<</A" * 200_000 + b">>"), StatementError),
    "a tree of pages that is its own branch": (
        lambda: a_file(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 9/Kids[2 0 R 2 0 R]>>"), StatementError,
    ),
    "two thousand million pages": (
        lambda: a_file(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2147483647/Kids[]>>"), StatementError,
    ),
    "more pages than any statement": (
        lambda: a_file(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 3000/Kids[%s]>>" % (b"3 0 R " * 3000),
                       b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"), StatementError,
    ),
    "more letters on a page than it has room for": (lambda: too_many_letters(), StatementError),
}  # fmt: skip


def too_many_letters() -> bytes:
    paper = Paper(size=2)
    for row in range(800):
        paper.put(10 + row % 7, row, f"{row:03d}" * 28)
    return paper.pdf()


@pytest.mark.parametrize("case", BAD)
def test_a_hostile_paper_is_refused_in_bounds(case: str) -> None:
    make, error = BAD[case]
    content = make()
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, _computed()
    with pytest.raises(error):
        registry.read(content, "statement.pdf", today=TODAY)
    assert _computed() - begun < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < KILOBYTES


def _computed() -> float:
    """Seconds of computing by this process and its children, which a busy machine does not stretch."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def test_without_its_limits_a_bomb_would_be_felt() -> None:
    """The control: the same bomb, read in a process without limits, takes far more than is allowed."""
    reader = (
        "import resource, sys; from fund.bank.importers import pdf_worker\n"
        "try: list(pdf_worker.pages(sys.stdin.buffer.read(), None))\nexcept Exception: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", reader], input=a_bomb(), capture_output=True, check=True, timeout=60)
    assert int(done.stdout) > pdf_worker.MEMORY_BYTES >> 10


def test_the_child_may_read_a_long_paper_but_no_endless_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 0)
    with pytest.raises(BrokenPdfError):
        pdf.opened(GOOD)


def test_more_words_than_any_statement_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LARGEST_WORDS", 1000)
    with pytest.raises(BrokenPdfError):
        pdf.opened(GOOD)


def test_a_file_cannot_pass_for_an_open_paper() -> None:
    opened = pdf.opened(GOOD)
    assert pdf.is_open(opened)
    forged = opened.replace(opened.split(b"\n")[0], b"words of a PDF 00")
    assert not pdf.is_open(forged)


def test_a_paper_with_another_files_name_is_refused_unopened() -> None:
    with pytest.raises(FileTypeError):
        registry.read(GOOD, "statement.csv", today=TODAY)


def _served(content: bytes, password: str | None = None) -> list[bytes]:
    """What the child's loop answers, in this process and without its limits."""
    asked, answered = BytesIO(), BytesIO()
    frames.write(asked, json.dumps(password).encode())
    frames.write(asked, content)
    asked.seek(0)
    pdf_worker.serve(asked, answered, lambda seconds: None)
    answered.seek(0)
    found = []
    while answered.tell() < len(answered.getvalue()):
        found.append(frames.read(answered))
    return found


@pytest.mark.parametrize(
    ("content", "password", "last"),
    [
        (GOOD, None, b""),
        (pdf_samples.kbank(MADE).pdf("secret"), None, b"locked"),
        (pdf_samples.kbank(MADE).pdf("secret"), "other", b"wrong"),
        (a_scan(), None, b"picture"),
        (b"%PDF-1.7\nnoise", None, b"broken"),
        (too_many_letters(), None, b"heavy"),
        (with_script(b"/OpenAction<</S/JavaScript/JS(1)>>"), None, b"unsafe"),
    ],
)
def test_the_child_says_in_one_word_why_it_stops(content: bytes, password: str | None, last: bytes) -> None:
    assert _served(content, password)[-1] == last


def test_words_stand_in_the_order_of_the_page_however_they_were_written() -> None:
    paper = Paper()
    for x, y, text in ((300, 100.5, "ขวา"), (50, 200, "ล่าง"), (50, 100, "ซ้าย กลาง")):
        paper.put(x, y, text)
    (page, _) = _served(paper.pdf())
    assert [[word for _, word in words] for _, words in json.loads(page)] == [["ซ้าย", "กลาง", "ขวา"], ["ล่าง"]]


def test_no_password_is_ever_seen_from_outside(tmp_path: Path) -> None:
    """Neither among the arguments nor in the surroundings of the child."""
    seen: list[tuple[object, object]] = []
    original = subprocess.Popen.__init__

    def watched(self: object, arguments: object, **more: object) -> None:
        seen.append((arguments, more.get("env")))
        original(self, arguments, **more)  # type: ignore[call-overload]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", watched)
        pdf.opened(pdf_samples.kbank(MADE).pdf("canary-19112569"), "canary-19112569")
    assert seen and "canary" not in repr(seen)
