"""The child process that reads codes in a picture: `python -m fund.donations.slip_worker`, driven by `slip_reader`.

Knows limits on its own memory, files and computing time, set before it touches a byte of the picture. Refuses, by one
word to its parent, what is no JPEG, PNG or WebP by its contents, is too large, or cannot be read.
"""

import json
import sys
import warnings
from io import BytesIO
from typing import Final

from receipts import cage, frames

MEMORY_BYTES: Final = 384 << 20
SECONDS: Final = 0.8  # not money: of computing; a photo of 12 megapixels takes a quarter of it
MOST_PIXELS: Final = 12_000_000
KINDS: Final = ("JPEG", "PNG", "WEBP")
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 100  # a JPEG may make us draw the same picture over and over; cameras take about ten
_MOST_CODES: Final = 8
_LONGEST_CODE: Final = 512


def codes(content: bytes) -> list[str]:
    """What the QR codes in a picture say. Raises ValueError("type"), ("size") or ("broken")."""
    import zxingcpp
    from PIL import Image, ImageFile, UnidentifiedImageError

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if content.count(_SCAN) > _MOST_SCANS:
        raise ValueError("size")
    try:
        with Image.open(BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("size")
            picture.draft("L", None)  # a JPEG's colours are not even decoded
            grey = picture.convert("L")
    except UnidentifiedImageError:
        raise ValueError("type") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise ValueError("size") from None
    except (OSError, SyntaxError, EOFError):
        raise ValueError("broken") from None
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [code.text[:_LONGEST_CODE] for code in found[:_MOST_CODES]]


def answer(content: bytes) -> dict[str, object]:
    """What the parent is told."""
    try:
        return {"codes": codes(content)}
    except MemoryError:
        return {"refused": "size"}
    except ValueError as refusal:
        return {"refused": str(refusal) if str(refusal) in ("type", "size") else "broken"}


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES)
    cage.compute_at_most(SECONDS)
    frames.write(cage.own_pipe(), json.dumps(answer(frames.read(sys.stdin.buffer))).encode())
