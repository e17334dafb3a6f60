"""What the mini-QR of a slip's picture says, read in a limited child process.

Knows pictures' true types by their first bytes. Refuses what is no JPEG, PNG or WebP, what is too large, what cannot be
read in time, and a picture without a slip's code.
"""

import json
import threading
from typing import Final

from fund.errors import MalformedError, TooLargeError, WrongTypeError
from receipts import cage, frames, qr
from receipts.errors import QrError
from receipts.qr import Slip

LARGEST_BYTES: Final = 8 << 20
SECONDS: Final = 6
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_KINDS: Final = {b"\xff\xd8\xff": 0, b"\x89PNG\r\n\x1a\n": 0, b"WEBP": 8}
"""How pictures that we read begin, and at which byte."""

_OF_APPLE: Final = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc")


class NoPictureError(WrongTypeError):
    message = "Choose a picture of the slip: JPEG, PNG or WebP."


class ApplePictureError(WrongTypeError):
    message = "This picture is HEIC, which we cannot read. Take a screenshot of the slip and send that."


class PictureTooLargeError(TooLargeError):
    message = "This picture is too large. Send a screenshot of the slip: up to 8 MB and 12 megapixels."


class PictureBrokenError(MalformedError):
    message = "This picture cannot be read. Save the slip anew and send it again."


class NoSlipError(MalformedError):
    message = "We found no slip's QR in this picture. Send the whole slip, sharp, as your bank's app saves it."


_REFUSALS: Final = {"type": NoPictureError, "size": PictureTooLargeError, "broken": PictureBrokenError}


def read(content: bytes) -> Slip:
    """The slip whose mini-QR is in this picture. Raises one of the refusals above."""
    _require_picture(content)
    for code in _codes(content):
        try:
            return qr.slip(code)
        except QrError:
            continue  # another code on the picture, e.g. the shop's
    raise NoSlipError()


def _require_picture(content: bytes) -> None:
    if len(content) > LARGEST_BYTES:
        raise PictureTooLargeError()
    if content[4:8] == b"ftyp" and content[8:12] in _OF_APPLE:
        raise ApplePictureError()
    if not any(content[at : at + len(start)] == start for start, at in _KINDS.items()):
        raise NoPictureError()


def _codes(content: bytes) -> list[str]:
    with _AT_ONCE, cage.child("fund.donations.slip_worker", seconds=SECONDS) as (requests, answers):
        try:
            frames.write(requests, content)
            told = json.loads(frames.read(answers))
        except (EOFError, BrokenPipeError):  # it was ended: it took more than a picture may
            raise PictureTooLargeError() from None
    if "refused" in told:
        raise _REFUSALS[told["refused"]]()
    return list(told["codes"])
