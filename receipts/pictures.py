"""QR codes as pictures: PNG to save and print, SVG to stand in a page.

Knows modules and the quiet zone of four around them, without which many scanners fail.
"""

import io
from html import escape
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

QUIET_ZONE: Final = 4


def png(payload: str, *, width: int = 1024) -> bytes:
    """A black and white PNG at most `width` pixels wide (but never under two pixels a module)."""
    code = _code(payload)
    code.box_size = max(2, width // (code.modules_count + 2 * QUIET_ZONE))
    kept = io.BytesIO()
    code.make_image().save(kept, "PNG")
    return kept.getvalue()


def svg(payload: str, *, label: str = "QR") -> str:
    """An inline SVG without any style: a white ground, and all dark modules in one path."""
    rows = _code(payload).get_matrix()
    side = len(rows)
    path = "".join(_runs(row, y) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}"'
        f' shape-rendering="crispEdges"><title>{escape(label)}</title>'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )


def _code(payload: str) -> "qrcode.QRCode[PilImage]":
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, image_factory=PilImage)
    code.add_data(payload)
    code.make()
    return code


def _runs(row: list[bool], y: int) -> str:
    """The dark runs of one row as sub-paths."""
    drawn, start = [], None
    for x, is_dark in enumerate([*row, False]):
        if is_dark and start is None:
            start = x
        elif not is_dark and start is not None:
            drawn.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            start = None
    return "".join(drawn)
