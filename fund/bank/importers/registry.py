"""Which importer reads a file, and the refusals that need no parser: size, emptiness, a type that lies.

Knows file signatures. The name of a file only ever makes us stricter: what it is, its content says.
"""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path, PurePath
from typing import Final

from fund.bank.errors import (
    AccountUnsaidError,
    EmptyStatementError,
    FileTypeError,
    StatementTooLargeError,
    UnknownBankError,
    UnknownFormatError,
)
from fund.bank.importers import (
    baac_pdf,
    bbl_pdf,
    camt053,
    gsb_pdf,
    kbank_corporate,
    kbank_kcyber,
    kbank_pdf,
    krungthai_pdf,
    ktb_business,
    ktb_netbank,
    mt940,
    pdf,
    scb_business,
    scb_easynet,
)
from fund.bank.importers.mapped import Mapped
from fund.bank.importers.protocol import Importer
from fund.bank.importers.proving import StatementFile, Tell, prove
from fund.sheets import workbooks

IMPORTERS: Final[tuple[Importer, ...]] = (
    kbank_corporate,
    kbank_kcyber,
    scb_business,
    scb_easynet,
    ktb_netbank,
    ktb_business,
    camt053,
    mt940,
    kbank_pdf,
    krungthai_pdf,
    bbl_pdf,
    gsb_pdf,
    baac_pdf,
)
LARGEST_MB: Final = 64
LARGEST_BYTES: Final = LARGEST_MB * 1024 * 1024

_SIGNATURES = (
    b"MZ",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"\xff\xfe",
    b"\xfe\xff",
)
_HTML = (b"<html", b"<!doctype html", b"<head", b"<body", b"<table")


def load(path: Path) -> bytes:
    """The content of a file that is not too large; a larger one is refused before it is read."""
    with path.open("rb") as file:
        if file.seek(0, 2) > LARGEST_BYTES:
            raise StatementTooLargeError(limit=LARGEST_MB)
        file.seek(0)
        return file.read(LARGEST_BYTES + 1)


def read(
    content: bytes,
    name: str,
    *,
    today: date,
    bank: str | None = None,
    password: str | None = None,
    mapped: Sequence[Importer] = (),
    tell: Tell | None = None,
) -> StatementFile:
    """The statement in `content`, proved by the importer it looks like, or by the one `bank` names.

    `name` is the file's name, `bank` an importer's or a bank's name, `password` a locked PDF's; `mapped` are importers
    for what no other knows; `tell` hears how many lines are read. Raises StatementError.
    """
    check_size(content)
    candidates = _candidates(bank)
    if not candidates:
        raise UnknownBankError(bank=bank, known=", ".join(importer.NAME for importer in IMPORTERS))
    if workbooks.is_workbook(content):
        _check_extension(name, (".xlsx",))
        return _read_mapped(workbooks.as_csv(content), mapped, today, tell)
    if pdf.is_pdf(content):
        _check_extension(name, kbank_pdf.EXTENSIONS)
        content = pdf.opened(content, password)
    for importer in candidates:
        if importer.identify(content):
            _check_extension(name, importer.EXTENSIONS)
            return prove(importer, content, today, tell)
    _refuse_lies(content, name)
    return _read_mapped(content, mapped, today, tell)


def _read_mapped(content: bytes, mapped: Sequence[Importer], today: date, tell: Tell | None) -> StatementFile:
    fitting = [importer for importer in mapped if importer.identify(content)]
    if len(fitting) > 1:
        raise AccountUnsaidError()
    if not fitting:
        raise UnknownFormatError()
    return prove(fitting[0], content, today, tell)


def check_size(content: bytes) -> None:
    """Refuse what is too large or empty."""
    if len(content) > LARGEST_BYTES:
        raise StatementTooLargeError(limit=LARGEST_MB)
    if not content or content.isspace():
        raise EmptyStatementError()


def _refuse_lies(content: bytes, name: str) -> None:
    """Refuse, as what it is, a file that no importer knows and that is plainly no statement."""
    beginning = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if content.startswith(_SIGNATURES) or beginning.startswith(_HTML):
        raise FileTypeError(name=name[:100])
    _check_extension(name, {*Mapped.EXTENSIONS, *(one for importer in IMPORTERS for one in importer.EXTENSIONS)})


def _check_extension(name: str, allowed: Collection[str]) -> None:
    extension = PurePath(name).suffix.lower()
    if extension and extension not in allowed:
        raise FileTypeError(name=name[:100])


def _candidates(bank: str | None) -> list[Importer]:
    """The importers a name stands for: its own, and for a bank's name the formats that any bank may use."""
    if bank is None:
        return list(IMPORTERS)
    if any(bank.upper() == importer.BANK for importer in IMPORTERS if importer.BANK):
        return [importer for importer in IMPORTERS if importer.BANK in ("", bank.upper())]
    return [importer for importer in IMPORTERS if bank.lower() == importer.NAME]
