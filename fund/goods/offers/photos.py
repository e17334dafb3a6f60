"""A photo that somebody sends, drawn anew in a limited child process: what is seen, and nothing else that was in it.

Refuses what is no JPEG, PNG or WebP, what is too large, and what cannot be read in time.
"""

import threading
from typing import Final

from fund.goods.offers.errors import PhotoBrokenError, PhotoTooLargeError, PhotoTypeError
from receipts import cage, frames

LARGEST_BYTES: Final = 8 << 20
SECONDS: Final = 10
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_REFUSALS: Final = {b"type": PhotoTypeError, b"size": PhotoTooLargeError, b"broken": PhotoBrokenError}


def read(content: bytes) -> bytes:
    """The photo as a plain JPEG. Raises PhotoTypeError, PhotoTooLargeError, PhotoBrokenError."""
    if len(content) > LARGEST_BYTES:
        raise PhotoTooLargeError()
    with _AT_ONCE, cage.child("fund.goods.offers.photo_worker", seconds=SECONDS) as (requests, answers):
        try:
            frames.write(requests, content)
            refused, photo = frames.read(answers), frames.read(answers)
        except (EOFError, BrokenPipeError):  # it was ended: it took more than a photo may
            raise PhotoTooLargeError() from None
    if refused:
        raise _REFUSALS[refused]()
    return photo
