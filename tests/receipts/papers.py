"""Reading papers back the way other people's programs do: poppler, pdfium and a QR scanner."""

import re
import subprocess
import unicodedata
import zlib
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]


def fold(text: str) -> str:
    """Text for comparing: NFC, ํ + า as ำ, and no spaces, because extractors break lines where they like."""
    composed = unicodedata.normalize("NFC", text).replace("\u0e4d\u0e32", "\u0e33")
    return "".join(composed.split())


def texts(pdf: bytes, folder: Path) -> dict[str, str]:
    """What each extractor reads, by its name."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    poppler = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    document = pypdfium2.PdfDocument(pdf)
    pdfium = "\n".join(document[page].get_textpage().get_text_range() for page in range(len(document)))
    document.close()
    return {"poppler": fold(poppler), "pdfium": fold(pdfium)}


def attached(pdf: bytes) -> dict[str, bytes]:
    """The files that come with the document, by their names."""
    document = pypdfium2.PdfDocument(pdf)
    files = [document.get_attachment(number) for number in range(document.count_attachments())]
    found = {file.get_name(): bytes(file.get_data()) for file in files}
    document.close()
    return found


def unpacked(pdf: bytes) -> bytes:
    """The document with its compressed parts opened beside it."""
    packed = re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"\n".join([pdf, *(zlib.decompress(part) for part in packed)])


def without_actual_text(pdf: bytes) -> bytes:
    """The same document, of the same length, for a reader that ignores /ActualText."""
    drawn = max(re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", pdf, re.DOTALL), key=_spans)
    assert _spans(drawn) > 0
    packed = zlib.compress(zlib.decompress(drawn).replace(b"/ActualText", b"/OtherText_"), 9)
    return pdf.replace(drawn, packed.ljust(len(drawn), b"\0"))


def _spans(packed: bytes) -> int:
    return zlib.decompress(packed).count(b"/ActualText")


def dark_width(pdf: bytes, box: tuple[int, int, int, int]) -> float:
    """How much of the page's width the dark marks inside `box` (in points) span."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0].render(scale=1).to_pil().convert("L")
    document.close()
    left, _, right, _ = page.crop(box).point(lambda value: 255 * (value < 100)).getbbox()
    return float((right - left) / page.width)


def picture(pdf: bytes, folder: Path, *, dpi: int = 150, is_grey: bool = False) -> Path:
    """The first page as a PNG, as a printer would see it."""
    path = folder / "seen.pdf"
    path.write_bytes(pdf)
    colours = ["-gray"] if is_grey else []
    command = ["pdftoppm", "-r", str(dpi), "-png", "-singlefile", *colours, str(path), str(folder / "seen")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "seen.png"


def scanned(path: Path) -> list[str]:
    """What a QR scanner reads on a picture."""
    command = ["zbarimg", "-q", "--raw", "--nodbus", str(path)]
    read = subprocess.run(command, capture_output=True, text=True, check=True)
    return read.stdout.strip().splitlines()


def facts_of(pdf: bytes, folder: Path) -> dict[str, str]:
    """What `pdfinfo` says of the document."""
    path = folder / "about.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdfinfo", str(path)], capture_output=True, text=True, check=True).stdout
    pairs = (line.partition(":") for line in told.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def fonts_of(pdf: bytes, folder: Path) -> list[tuple[str, str]]:
    """The fonts used, as name and whether they are embedded."""
    path = folder / "fonts.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in told.splitlines()[2:]]
    return [(row[0], row[-5]) for row in rows]
