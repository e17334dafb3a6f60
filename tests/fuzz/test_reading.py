"""Every reader against a fuzzer guided by coverage, a minute each by night; what it found is read again by day."""

import base64
import subprocess
import sys
import time as clocks
from collections.abc import Iterator
from pathlib import Path

import pytest

from fund.bank.importers import pdf, registry
from receipts import qr
from tests.fund.bank.builders import SAMPLES
from tests.fund.bank.made_files import MADE
from tests.fund.bank.test_pdf_statements import MADE as PAPER
from tests.fund.bank.test_pdf_statements import PRINTS
from tests.fund.bank.told.builders import kbank, scb
from tests.fund.donations.test_slips import a_picture, payload

CORPUS = Path(__file__).parents[1] / "corpus" / "reading"
TOLD = ["callback-scb", "callback-kbank", "qr", "slip", "slip-picture"]
NAMES = [*(one.NAME for one in registry.IMPORTERS), "columns", "workbook", *TOLD]
SECONDS = 60
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str"><v>x</v></c><c r="B1"><v>10.5</v></c></row></sheetData></worksheet>'  # fmt: skip  # noqa: E501


def seeds(name: str) -> Iterator[bytes]:
    """Whole files that the reader takes, to begin with."""
    from tests.fuzz import reading

    if name in MADE:
        yield MADE[name].content
    elif name in PRINTS:
        yield reading.as_text(pdf.opened(PRINTS[name](PAPER).pdf()))
    elif name == "workbook":
        yield SHEET
    elif name in TOLD:
        yield _told(name)
    for sample in SAMPLES.iterdir():
        if sample.suffix != ".jsonl" and name in (one.NAME for one in registry.IMPORTERS):
            importer = next(one for one in registry.IMPORTERS if name == one.NAME)
            if importer.identify(sample.read_bytes()):
                yield sample.read_bytes()


def _told(name: str) -> bytes:
    bill = qr.bill_payment("099400000000601", "D123", "KK4001", amount_satang=1_000)
    codes = {"qr": b"+" + bill[:-8].encode(), "slip": b"+" + payload()[:-8].encode()}
    bodies = {"callback-scb": scb("D123"), "callback-kbank": kbank("123")}
    return (codes | bodies).get(name) or a_picture(size=(320, 320))


def fuzz(name: str, folder: Path, seconds: int) -> "subprocess.CompletedProcess[str]":
    """Let the fuzzer loose on a reader, from its seeds and what was found before; new inputs stay in `folder`."""
    folder.mkdir(exist_ok=True)
    known = [*seeds(name), *found_before(name)] if name != "planted" else [b"x"]
    for number, content in enumerate(known):
        (folder / f"seed-{number}").write_bytes(content)
    limits = [f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=1024", "-max_len=6000", "-print_final_stats=1"]
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.reading", name, *limits, f"-artifact_prefix={folder}/broken-", str(folder)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=seconds + 120, check=False,
    )  # fmt: skip


def found_before(name: str) -> list[bytes]:
    """What earlier runs found worth keeping: one input a line."""
    file = CORPUS / f"{name}.txt"
    return [base64.b64decode(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.nightly
@pytest.mark.parametrize("name", NAMES)
def test_a_minute_of_fuzzing_breaks_no_reader(name: str, tmp_path: Path) -> None:
    ended = fuzz(name, tmp_path / "corpus", SECONDS)
    assert ended.returncode == 0, ended.stderr[-3000:]


@pytest.mark.nightly
def test_a_planted_defect_is_found_within_the_minute(tmp_path: Path) -> None:
    """The control."""
    ended = fuzz("planted", tmp_path / "corpus", SECONDS)
    assert ended.returncode != 0
    assert "planted" in ended.stdout + ended.stderr


@pytest.mark.parametrize("name", NAMES)
def test_what_was_found_before_is_taken_or_refused_at_once(name: str) -> None:
    from tests.fuzz import reading

    target = reading.targets()[name]
    contents = [*seeds(name), *found_before(name)]
    for content in contents:
        begin = clocks.process_time()
        reading.feed(target, content)
        assert clocks.process_time() - begin < 2
    assert contents
