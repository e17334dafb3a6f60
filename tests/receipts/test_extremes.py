"""Every numbered kind of paper at its extremes: one satang and the largest sum, long and hostile words."""

import logging
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from receipts import fonts, kinds, render, words
from receipts.errors import FactsError
from receipts.facts import Facts
from receipts.queries import Receipt
from tests.receipts import papers
from tests.receipts.builders import a_receipt, a_voucher, an_audit, in_kind, some_facts
from tests.receipts.papers import fold

ADDRESS: Final = "https://fund.example"
SITE: Final = "https://fund.example/complaint/YABCDEFGHJ2345"
WORDS: Final = {
    "long": ("บริษัท ขอนแก่นทอไหมมัดหมี่เพื่อการศึกษา จำกัด (มหาชน) " * 4)[:200],
    "unbroken": "W" * 200,
    "unbroken Thai": "ก" * 200,
    "emoji": "😀 王小明 ศรีสุข",
    "right to left": "\u202eevil\u2066gnihton\u200b مدرسة",
    "markup": "<script>alert(1)</script>",
    "a file": '"><img src="file://CANARY">',
    "a style": "<style>@import url(file://CANARY)</style>",
    "an attachment": '<link rel="attachment" href="file://CANARY">',
    "a template": "{{ 7*7 }}{% include 'file://CANARY' %}",
    "a formula": "= HYPERLINK(1)",
    "entities": "&lt;&#0;&amp;",
}
SUMS: Final = {"one satang": 1, "the largest": 999_999_999_999}


def numbered(facts: Facts) -> Receipt:
    return replace(a_receipt(), facts=facts, number=kinds.series_of(facts).number(123))


def printed(facts: Facts) -> bytes:
    return render.receipt_pdf(numbered(facts), address=ADDRESS, is_demo=False)


def voucher(said: str, satang: int = 100) -> bytes:
    paper = numbered(a_voucher(amount_satang=satang))
    return render.voucher_pdf(paper, said, SITE, address=ADDRESS, is_demo=False)


SAYING: Final[dict[str, Callable[[str], bytes]]] = {
    "donation": lambda said: printed(
        some_facts(donor_name=said, purpose_th=said, place_th=said, permit_number=said[:40])
    ),
    "in-kind": lambda said: printed(in_kind(donor_name=said, thing_th=said, quantity=999_999_999)),
    "voucher": voucher,
    "audit": lambda said: printed(an_audit(purpose_th=said, fund_name_th=said)),
}
COMING_TO: Final[dict[str, Callable[[int], bytes]]] = {
    "donation": lambda satang: printed(some_facts(amount_satang=satang, donor_name=WORDS["long"])),
    "voucher": lambda satang: voucher(WORDS["long"], satang),
}

ENDS: Final = {"donation": ("satang|baht", "Kanchana"), "voucher": ("With a problem", "Receiver")}
"""What stands lowest of what is said, and highest of where it is signed."""


@pytest.fixture(autouse=True)
def _no_warnings(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.WARNING)
    yield
    assert caplog.messages == []


def test_every_kind_is_here() -> None:
    assert set(SAYING) == set(kinds.KINDS)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("kind", SAYING)
def test_whatever_somebody_writes_is_only_ever_words(kind: str, name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY-CONTENT")
    said = WORDS[name].replace("CANARY", str(canary))[:200]
    pdf = SAYING[kind](said)
    inside = papers.unpacked(pdf)
    assert b"/Catalog" in inside and b"CANARY-CONTENT" not in inside and inside.count(b"/EmbeddedFile ") <= 1
    assert int(papers.facts_of(pdf, tmp_path)["Pages"]) <= (2 if kind == "audit" else 1)
    shown = unhyphened(fonts.printable(said))
    assert all(shown in unhyphened(text) for text in papers.texts(pdf, tmp_path).values())


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("kind", COMING_TO)
def test_a_sum_stands_in_words_above_where_somebody_signs(kind: str, name: str, tmp_path: Path) -> None:
    pdf = COMING_TO[kind](SUMS[name])
    assert all(fold(words.baht_words(SUMS[name])) in text for text in papers.texts(pdf, tmp_path).values())
    assert papers.facts_of(pdf, tmp_path)["Pages"] == "1"
    above, signing = ENDS[kind]
    assert lowest(pdf, above, tmp_path) < highest(pdf, signing, tmp_path)


def test_no_sum_at_all_is_refused() -> None:
    with pytest.raises(FactsError):
        a_voucher(amount_satang=0)


def unhyphened(text: str) -> str:
    """One of the readers takes a hyphen at the end of a line for a break in a word."""
    return re.sub("[-\ufffe]", "", fold(text))


def lowest(pdf: bytes, word: str, folder: Path) -> float:
    return max(bottom for _, bottom in _places(pdf, word, folder))


def highest(pdf: bytes, word: str, folder: Path) -> float:
    return min(top for top, _ in _places(pdf, word, folder))


def _places(pdf: bytes, word: str, folder: Path) -> list[tuple[float, float]]:
    """Top and bottom of each place where a word stands, in points from above."""
    path = folder / "placed.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, check=True).stdout.decode()
    found = re.findall(rf'yMin="([\d.]+)".*?yMax="([\d.]+)">[^<]*(?:{word})', told)
    return [(float(top), float(bottom)) for top, bottom in found]
