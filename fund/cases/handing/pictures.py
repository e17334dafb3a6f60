"""Pictures as evidence: their true type by content, what cameras write beside them taken off, and their likeness.

What is kept shows the same pixels, bit for bit: only what lies beside them goes (where and when it was taken, by which
camera, thumbnails, films), but for which side is up. A PDF is kept as it came. Refuses what is neither, too large, or
cannot be read; what decodes a picture does so in a limited child process.
"""

import json
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fund.cases.handing.errors import EvidenceMissingError, PictureBrokenError
from fund.people import stand_in_papers
from fund.people.stand_in_papers import Paper
from receipts import cage, frames

SECONDS: Final = 8
ALIKE: Final = 4
"""So many of 64 bits may differ where two pictures look alike."""

_AT_ONCE: Final = threading.BoundedSemaphore(2)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND")
_SCAN, _END = 0xDA, 0xD9
_KEPT_BESIDE: Final = ((0xE0, b"JFIF"), (0xE2, b"ICC_PROFILE"), (0xEE, b"Adobe"))
_ORIENTATION: Final = 0x0112


@dataclass(frozen=True, slots=True)
class Picture:
    """A paper to keep, and four parts of how it looks; none where nothing can be told."""

    paper: Paper
    bands: tuple[int, ...] = ()


def read(content: bytes) -> Picture:
    """A picture or PDF as it is kept. Raises EvidenceMissingError, PictureBrokenError and a paper's own refusals."""
    if not content:
        raise EvidenceMissingError()
    paper = cleaned(content)
    return Picture(paper) if paper.ending == "pdf" else Picture(paper, _bands(paper.content))


def cleaned(content: bytes) -> Paper:
    """A paper without what a camera wrote beside it. Raises PictureBrokenError and a paper's own refusals."""
    paper = stand_in_papers.read(content)
    if paper.ending == "pdf":
        return paper
    clean = _clean_jpeg if paper.ending == "jpg" else _clean_png
    return Paper(clean(content), paper.media_type, paper.ending)


def distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many bits of two likenesses differ."""
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def _clean_jpeg(content: bytes) -> bytes:
    kept = [b"\xff\xd8"]
    for marker, segment in _segments(content):
        if marker == 0xE1:
            kept.append(_upright(segment))
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE) or any(
            marker == known and segment[4:].startswith(name) for known, name in _KEPT_BESIDE
        ):
            kept.append(segment)
    return b"".join(kept)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with all that belongs to it, up to the picture's end; what lies behind it is not told."""
    at = 2
    while at + 4 <= len(content) + 2:
        if content[at : at + 1] != b"\xff" or at + 2 > len(content):
            raise PictureBrokenError()
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == _END:
            yield marker, content[at : at + 2]
            return
        size = int.from_bytes(content[at + 2 : at + 4])
        end = _end_of_scan(content, at + 2 + size) if marker == _SCAN else at + 2 + size
        if size < 2 or end > len(content):
            raise PictureBrokenError()
        yield marker, content[at:end]
        at = end
    raise PictureBrokenError()


def _end_of_scan(content: bytes, at: int) -> int:
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 1:
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7:
            return at
        at += 2
    raise PictureBrokenError()


def _upright(segment: bytes) -> bytes:
    """A camera's notes with nothing in them but which side is up; nothing where they do not say so."""
    tiff = segment[10:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if segment[4:10] != b"Exif\0\0" or order is None:
        return b""
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for place in range(first + 2, first + 2 + 12 * min(count, 200), 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, place)
            if tag == _ORIENTATION and 2 <= value <= 8:
                noted = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", tag, 3, 1, value, 0) + b"\0\0\0\0"
                return b"\xff\xe1" + struct.pack(">H", len(noted) + 8) + b"Exif\0\0" + noted
    except struct.error:
        return b""
    return b""


def _clean_png(content: bytes) -> bytes:
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        name = content[at + 4 : at + 8]
        if end > len(content):
            break
        if name in _PNG_KEPT:
            kept.append(content[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise PictureBrokenError()


def _bands(content: bytes) -> tuple[int, ...]:
    with _AT_ONCE, cage.child("fund.cases.handing.likeness_worker", seconds=SECONDS) as (requests, answers):
        try:
            frames.write(requests, content)
            told: list[int] | None = json.loads(frames.read(answers))
        except (EOFError, BrokenPipeError):  # it was ended: it took more than a picture may
            raise PictureBrokenError() from None
    if told is None:
        raise PictureBrokenError()
    return tuple(told)
