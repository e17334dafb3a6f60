"""The child process that looks at a picture: `python -m fund.cases.handing.likeness_worker`, driven by `pictures`.

Knows limits on its own memory and computing time, set before it touches a byte. Tells how the picture looks in four
parts of 16 bits, nothing where it is plain, or that it cannot be read.
"""

import json
import sys
import warnings
from io import BytesIO
from itertools import pairwise
from typing import Final

from receipts import cage, frames

MEMORY_BYTES: Final = 512 << 20
SECONDS: Final = 5
MOST_PIXELS: Final = 50_000_000
_NOISE: Final = 4
"""Differences of grey that a camera or another compression makes by itself."""
_FEWEST: Final = 6
"""A picture with fewer edges than this (a signature on white) looks like any other."""


def bands(content: bytes) -> list[int]:
    """How a picture looks: at each of 8 × 8 places whether it is brighter than to its right. Raises ValueError."""
    from PIL import Image, ImageFile, ImageOps

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("size")
            picture.draft("L", (512, 512))
            grey = ImageOps.exif_transpose(picture).convert("L").resize((9, 8), Image.Resampling.BOX)
    except (OSError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError, Warning):
        raise ValueError("broken") from None
    rows = [list(grey.crop((0, y, 9, y + 1)).tobytes()) for y in range(8)]
    bits = [int(left > right + _NOISE) for row in rows for left, right in pairwise(row)]
    if sum(bits) < _FEWEST:
        return []
    return [int("".join(map(str, bits[place : place + 16])), 2) for place in range(0, 64, 16)]


def answer(content: bytes) -> list[int] | None:
    """What the parent is told; None where it cannot be read."""
    try:
        return bands(content)
    except (ValueError, MemoryError):
        return None


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES)
    cage.limit_computing(SECONDS)
    frames.write(cage.own_pipe(), json.dumps(answer(frames.read(sys.stdin.buffer))).encode())
