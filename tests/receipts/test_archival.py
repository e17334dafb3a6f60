"""Every paper can be kept, read aloud and read by programs: PDF/A-3 and PDF/UA-1, its facts attached.

No validator of these standards is among our packages: what they ask of such pages is looked for here, one by one.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from receipts import archival, fonts, render
from tests.receipts import papers
from tests.receipts.builders import a_receipt
from tests.receipts.test_render import a_poster

PAPERS: dict[str, Callable[[], bytes]] = {
    "receipt": lambda: render.receipt_pdf(a_receipt(), address="https://fund.example", is_demo=True),
    "poster": lambda: render.poster_pdf(a_poster(is_demo=True)),
}
WANTED = {
    "claims PDF/A-3": rb'pdfaid:part="3" pdfaid:conformance="A"',
    "claims PDF/UA-1": rb'pdfuaid:part="1"',
    "explains the schema of PDF/UA": rb"<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>",
    "says what its colours are": rb"/S /GTS_PDFA1/.*?/DestOutputProfile \d+ 0 R",
    "is marked": rb"/MarkInfo <</Marked true>>",
    "has a structure": rb"/StructTreeRoot \d+ 0 R",
    "shows its title": rb"/ViewerPreferences <</DisplayDocTitle true>>",
    "has a language": rb"/Lang \(th\)",
    "says which words are English": rb"/Lang \(en\)",
    "has an identity": rb"/ID \[",
    "names its facts": rb"/AF \[",
    "says what its facts are": rb"/AFRelationship /Data",
}
UNWANTED = (
    rb"/Encrypt",
    rb"/JavaScript",
    rb"/DeviceCMYK",
    rb"/LZWDecode",
    rb"/Interpolate true",
    rb"/Launch",
    rb"/URI",
)


def missing(pdf: bytes, folder: Path) -> list[str]:
    """What of the standards a paper does not keep."""
    inside = papers.unpacked(pdf)
    lacks = [name for name, pattern in WANTED.items() if not re.search(pattern, inside, re.DOTALL)]
    lacks += [pattern.decode() for pattern in UNWANTED if re.search(pattern, inside)]
    elements = re.findall(rb"/Type /StructElem /S /(\w+)(.*?)(?=/Type /StructElem|$)", inside, re.DOTALL)
    lacks += ["a picture without words" for kind, rest in elements if kind == b"Figure" and b"/Alt" not in rest[:600]]
    lacks += ["facts named twice"] if re.search(rb"/AF \[(\d+ 0 R) \1", inside) else []
    lacks += [] if b"acsp" in inside else ["no colour profile"]
    lacks += [name for name, embedded in papers.fonts_of(pdf, folder) if embedded != "yes"]
    return lacks


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_keeps_what_pdf_a_and_pdf_ua_ask_of_it(name: str, tmp_path: Path) -> None:
    pdf = PAPERS[name]()
    assert pdf.startswith(b"%PDF-1.7")
    assert missing(pdf, tmp_path) == []
    structure = subprocess.run(
        ["pdfinfo", "-struct-text", str(_kept(pdf, tmp_path))], capture_output=True, text=True, check=True
    ).stdout
    assert "Figure" in structure and re.search(r"\bH1\b", structure)


def test_plain_weasyprint_keeps_little_of_it(tmp_path: Path) -> None:
    """The control: the same page, without our doing."""
    html = render.poster_html(a_poster())
    alone = "import sys, weasyprint; sys.stdout.buffer.write(weasyprint.HTML(string=sys.stdin.read()).write_pdf())"
    style = f"<style>{fonts.font_faces()}body {{ font-family: Sarabun }}</style>"
    pdf = subprocess.run([sys.executable, "-c", alone], input=(style + html).encode(), capture_output=True, check=True)
    assert set(missing(pdf.stdout, tmp_path)) >= set(WANTED) - {"has a language"}


def test_the_facts_come_with_the_paper() -> None:
    receipt = a_receipt()
    (name, content), *more = papers.attached(PAPERS["receipt"]()).items()
    assert (name, more) == (archival.FACTS_NAME, [])
    told = json.loads(content)
    assert (told["number"], told["check_code"]) == (receipt.number, receipt.check_code)
    assert _canonical(told["facts"]) == receipt.facts.canonical()
    assert _canonical(told["private"]) == receipt.facts.private_part()
    assert receipt.token not in content.decode()


def test_the_facts_of_an_erased_donor_are_open_ones_alone() -> None:
    erased = a_receipt(is_donor_erased=True)
    pdf = render.receipt_pdf(erased, address="https://fund.example", is_demo=False)
    assert json.loads(papers.attached(pdf)[archival.FACTS_NAME])["private"] is None


def test_the_metadata_is_escaped() -> None:
    assert '<dc:title><rdf:Alt>\n<rdf:li xml:lang="x-default">a&lt;b&amp;</rdf:li>' in archival.metadata("a<b&", "x")


def _canonical(known: object) -> bytes:
    return json.dumps(known, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _kept(pdf: bytes, folder: Path) -> Path:
    path = folder / "kept.pdf"
    path.write_bytes(pdf)
    return path
