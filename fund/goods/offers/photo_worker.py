"""The child process that draws a photo anew: `python -m fund.goods.offers.photo_worker`, driven by `photos`.

Knows limits on its own memory, files and computing time, set before it touches a byte of the photo. What comes out is a
plain JPEG of what is seen: no place, no camera, no name, nothing hidden behind it. Refuses, by one word to its parent.
"""

import sys
import warnings
from io import BytesIO
from typing import Final

from receipts import cage, frames

MEMORY_BYTES: Final = 640 << 20
SECONDS: Final = 3
MOST_PIXELS: Final = 50_000_000
SIDE: Final = 1600
KINDS: Final = ("JPEG", "PNG", "WEBP")
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 100


def drawn(content: bytes) -> bytes:
    """The photo as a JPEG of at most `SIDE` pixels a side. Raises ValueError("type"), ("size") or ("broken")."""
    from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if content.count(_SCAN) > _MOST_SCANS:
        raise ValueError("size")
    try:
        with Image.open(BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("size")
            picture.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SIDE, SIDE))
            plain = Image.new("RGB", upright.size, "white")
            opaque = upright.convert("RGBA")
            plain.paste(opaque, mask=opaque.getchannel("A"))
    except UnidentifiedImageError:
        raise ValueError("type") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise ValueError("size") from None
    except (OSError, SyntaxError, EOFError):
        raise ValueError("broken") from None
    made = BytesIO()
    plain.save(made, "JPEG", quality=85)
    return made.getvalue()


def answer(content: bytes) -> tuple[str, bytes]:
    """What the parent is told: an empty word and the photo, or why there is none."""
    try:
        return "", drawn(content)
    except MemoryError:
        return "size", b""
    except ValueError as refusal:
        return (str(refusal) if str(refusal) in ("type", "size") else "broken"), b""


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES)
    cage.compute_at_most(SECONDS)
    pipe, (refused, photo) = cage.own_pipe(), answer(frames.read(sys.stdin.buffer))
    frames.write(pipe, refused.encode())
    frames.write(pipe, photo)
