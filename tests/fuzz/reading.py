"""Feeds readers with what a fuzzer guided by coverage makes: `python -m tests.fuzz.reading TARGET [OPTIONS]`.

Knows every importer of the registry by its name, tables by a mapping (`columns`), workbooks, banks' callbacks, payment
QRs, slips' codes and pictures, and a reader with a defect (`planted`). Anything that is neither taken nor refused ends
the run with status 77 and leaves the input behind.
"""

import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Final

import atheris  # type: ignore[import-untyped]
import openpyxl

with atheris.instrument_imports(include=["fund.bank", "fund.sheets", "fund.donations", "receipts"]):
    from fund.bank.importers import pdf, registry
    from fund.bank.importers.mapped import Mapped, Mapping
    from fund.bank.importers.protocol import Importer
    from fund.bank.importers.proving import prove
    from fund.bank.told import bodies
    from fund.bank.told.bodies import BodyError
    from fund.donations import slip_worker
    from fund.sheets import workbook_worker, workbooks
    from fund.sheets.errors import SheetError
    from receipts import qr, tlv
    from receipts.errors import QrError

TODAY: Final = date(2026, 11, 23)
Target = Callable[[bytes], object]
_REFUSED = (SheetError, BodyError, QrError, workbook_worker.Refusal, zipfile.BadZipFile)


def targets() -> dict[str, Target]:
    """Each reader by its name."""
    importers: list[Importer] = [*registry.IMPORTERS, Mapped(Mapping(day=1, text=(2,), went=3, came=4, balance=5), "")]
    found: dict[str, Target] = {
        one.NAME.split("-")[0] if "columns" in one.NAME else one.NAME: _of(one) for one in importers
    }
    return found | {
        "workbook": _workbook,
        "callback-scb": lambda content: bodies.read("scb", content),
        "callback-kbank": lambda content: bodies.read("kbank", content),
        "qr": lambda content: qr.decode(_sealed(content, tlv.PAYMENT_SEAL)),
        "slip": lambda content: qr.slip(_sealed(content, tlv.SLIP_SEAL)),
        "slip-picture": slip_worker.answer,
        "planted": _planted,
    }


def feed(target: Target, content: bytes) -> bool:
    """Whether the reader took it; a refusal is as good. Whatever else happens is a defect."""
    try:
        target(content)
    except _REFUSED:
        return False
    return True


def _of(importer: Importer) -> Target:
    def read(content: bytes) -> object:
        content = as_words(content) if importer.NAME.endswith("-pdf") else content
        importer.identify(content)
        return prove(importer, content, TODAY)

    return read


def as_words(told: bytes) -> bytes:
    """A PDF that was opened, from a text that is easy to spoil: rows of `baseline`, then `left letters`, with tabs."""
    pages = [
        [row for line in page.split("\n") if (row := _row(line.split("\t")))[1]]
        for page in told.decode(errors="replace").split("\f")
    ]
    return pdf._MARK + b"".join(json.dumps(page).encode() + b"\n" for page in pages)


def as_text(words: bytes) -> bytes:
    """The text from which `as_words` makes these words again."""
    pages = [json.loads(page) for page in words.removeprefix(pdf._MARK).splitlines()]
    told = [
        "\n".join("\t".join([str(down), *(f"{left} {word}" for left, word in placed)]) for down, placed in page)
        for page in pages
    ]
    return "\f".join(told).encode()


def _row(cells: list[str]) -> list[object]:
    words = [(_number(cell.partition(" ")[0]), "".join(cell.split()[1:])) for cell in cells[1:]]
    return [_number(cells[0]), [word for word in words if word[1]]]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _sealed(content: bytes, seal: str) -> str:
    """What a QR says, its check sum made right for every other: a fuzzer would never find one."""
    text = content[1:].decode(errors="replace")
    head = f"{text}{seal}04"
    return head + tlv.checksum(head) if content[:1] == b"+" and text.isascii() else text


def _workbook(content: bytes) -> object:
    """One member of a workbook, written into a whole one: what packs it would only ever be broken."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_WORKBOOK)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == "xl/worksheets/sheet1.xml" else old.read(name))
    workbooks.check_archive(made.getvalue())
    answers = io.BytesIO()
    workbook_worker.serve(io.BytesIO(struct.pack(">I", len(made.getvalue())) + made.getvalue()), answers)
    return answers.getvalue()


def _a_workbook() -> bytes:
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    workbook.worksheets[0].append(["2026-11-01", 10])
    workbook.save(file)
    return file.getvalue()


_WORKBOOK: Final = _a_workbook()


@atheris.instrument_func  # type: ignore[untyped-decorator]
def _planted(content: bytes) -> object:
    if content[:1] == b"P" and content[1:2] == b"K":
        raise KeyError("planted")
    raise SheetError()


if __name__ == "__main__":
    chosen = targets()[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda content: (feed(chosen, content), None)[1])
    atheris.Fuzz()
