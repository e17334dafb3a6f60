"""Every Thai syllable there can be copies, searches and reads aloud as it was written, in every weight."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from fund import demo_year
from receipts import fonts, press_worker
from tests.receipts import papers
from tests.receipts.papers import fold

CONSONANTS = [chr(code) for code in range(0x0E01, 0x0E2F) if chr(code) not in "ฤฦ"]
TONES = ("", "\u0e48", "\u0e49", "\u0e4a", "\u0e4b")
VOWELS = (
    *("{}{}ะ", "{}ั{}ก", "{}{}า", "{}ิ{}", "{}ี{}", "{}ึ{}", "{}ื{}", "{}ุ{}", "{}ู{}", "{}{}ำ"),
    *("เ{}{}", "แ{}{}", "โ{}{}", "ใ{}{}", "ไ{}{}", "เ{}{}า", "เ{}ี{}ย", "เ{}ื{}อ", "{}็{}", "{}{}์"),
)
NAMES = [f"{first} {last}" for first, last in product(demo_year.FIRST_NAMES, demo_year.LAST_NAMES)]


def syllables() -> list[str]:
    """A line for every consonant and vowel, with every tone."""
    return [" ".join(vowel.format(one, tone) for tone in TONES) for one in CONSONANTS for vowel in VOWELS]


def page(lines: list[str]) -> str:
    written = "".join(f'<p style="font-weight: {weight}">{line}</p>' for line in lines for weight in (400, 600, 700))
    return f'<html lang="th"><head><title>t</title></head><body style="height: auto">{written}</body></html>'


def misread(lines: list[str], text: str) -> list[str]:
    """The lines that do not come back three times, one for each weight."""
    return [line for line in lines if fold(line) * 3 not in text]


@pytest.fixture(scope="module")
def printer() -> press_worker.Printer:
    return press_worker.Printer()


def test_every_consonant_vowel_and_tone_and_every_demo_name_copies_right(
    printer: press_worker.Printer, tmp_path: Path
) -> None:
    lines = [*NAMES, *syllables()]
    pdf, warnings = printer.print("receipt", page(lines))
    assert warnings == [] and len(lines) == 80 + 44 * 20
    assert {reader: misread(lines, text) for reader, text in papers.texts(pdf, tmp_path).items()} == {
        "poppler": [],
        "pdfium": [],
    }


def test_without_our_layer_names_copy_wrong(tmp_path: Path) -> None:
    """The control: WeasyPrint's own text."""
    style = f"<style>{fonts.font_faces()} body {{ font-family: Sarabun }}</style>"
    alone = "import sys, weasyprint; sys.stdout.buffer.write(weasyprint.HTML(string=sys.stdin.read()).write_pdf())"
    command = [sys.executable, "-c", alone]
    pdf = subprocess.run(command, input=(style + page(NAMES)).encode(), capture_output=True, check=True).stdout
    assert all(len(misread(NAMES, text)) > 10 for text in papers.texts(pdf, tmp_path).values())
