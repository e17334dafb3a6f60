"""What WeasyPrint computes anew for every paper although it is the same, remembered: lines and pictures once drawn,
fonts once cut down, streams once packed.

What is drawn is kept with the box it was drawn of, and drawn the same whatever stands before it. Replaces functions of
WeasyPrint and pydyf in the process that calls `install`; refuses nothing.
"""

import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any, Final

import pydyf  # type: ignore[import-untyped]
import weasyprint.draw
import weasyprint.images
import weasyprint.pdf
import weasyprint.pdf.fonts
import weasyprint.svg

_RUN: Final = re.compile(r"M(\d+) (\d+)h(\d+)v1h-\d+z")
_FONT: Final = re.compile(rb"/(\S+) \S+ Tf")
_STATE: Final = re.compile(rb"/(\S+) gs")
_RUNS: Final = re.compile(rf"({_RUN.pattern})+")


class Written(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF that is finished, as bytes: pydyf asks for them twice."""

    data: bytes = b""
    compressible: bool = False

    def __init__(self, one: Any) -> None:
        self.number, self.offset, self.generation, self.free = one.number, one.offset, one.generation, one.free
        self.data, self.compressible = one.data, one.compressible


class _Packing:
    """What pydyf asks zlib for, with the larger answers remembered."""

    @staticmethod
    def compressobj(level: int) -> Any:
        return _Packer(level)


class _Packer:
    def __init__(self, level: int) -> None:
        self._level = level

    def compress(self, content: bytes) -> bytes:
        return _packed(content, self._level)

    def flush(self) -> bytes:
        return b""


@lru_cache(maxsize=64)
def _packed(content: bytes, level: int) -> bytes:
    return zlib.compress(content, level)


def install() -> None:
    """Have every PDF that this process makes from now on made with less work. Once is enough."""
    if weasyprint.svg.TAGS["path"].__module__ == __name__:
        return
    weasyprint.svg.TAGS["path"] = with_rectangles(weasyprint.svg.TAGS["path"])
    weasyprint.draw.draw_text = drawn_once(weasyprint.draw.draw_text)
    weasyprint.images.SVGImage.draw = picture_once(weasyprint.images.SVGImage.draw)
    weasyprint.pdf.fonts.Font.subset = with_memory(weasyprint.pdf.fonts.Font.subset)
    weasyprint.pdf.ColorProfile = profile_once(weasyprint.pdf.ColorProfile)
    pydyf.zlib = _Packing


def with_rectangles(draw_path: Callable[..., None]) -> Callable[..., None]:
    """The drawing of a path, in which the runs of a QR code are rectangles."""

    def draw(svg: Any, node: Any, font_size: Any) -> None:
        path = node.get("d", "")
        if not _RUNS.fullmatch(path):
            return draw_path(svg, node, font_size)
        drawn = (f"{x} {y} {wide} 1 re" for x, y, wide in _RUN.findall(path))
        svg.stream.stream.append("\n".join(drawn).encode())
        return None

    return draw


class Drawn:
    """What one box came to on a page: the marks, and the fonts and transparencies that they name."""

    def __init__(self, stream: Any, draw: Callable[[], None]) -> None:
        start = len(stream.stream)
        _forget_state(stream)
        draw()
        self._marks = b"\n".join(pydyf._to_bytes(mark) for mark in stream.stream[start:])
        known = stream._resources["ExtGState"]
        self._states = {name: known[name] for name in map(bytes.decode, _STATE.findall(self._marks))}
        named = set(map(bytes.decode, _FONT.findall(self._marks)))
        self._fonts = {key: font for key, font in stream._fonts.items() if font.hash in named}
        del stream.stream[start:]

    def draw(self, stream: Any) -> None:
        """Draw it again."""
        stream.stream.append(self._marks)
        for key, font in self._fonts.items():
            stream._fonts.setdefault(key, font)
        stream._resources["ExtGState"].update(self._states)
        _forget_state(stream)


def _forget_state(stream: Any) -> None:
    stream._current_color = stream._current_color_stroke = None
    stream._current_alpha = stream._current_alpha_stroke = stream._current_font = None


def drawn_once(draw_text: Callable[..., None]) -> Callable[..., None]:
    """The drawing of a line of text, which the same line on a later page is spared."""

    def draw(stream: Any, textbox: Any, *rest: Any) -> None:
        if not hasattr(textbox, "drawn"):
            textbox.drawn = Drawn(stream, lambda: draw_text(stream, textbox, *rest))
        textbox.drawn.draw(stream)

    return draw


def picture_once(draw_picture: Callable[..., None]) -> Callable[..., None]:
    """The drawing of a picture, which the same picture of the same size on a later page is spared."""

    def draw(image: Any, stream: Any, width: Any, height: Any, style: Any) -> None:
        drawn = image.__dict__.setdefault("drawn", {})
        if (width, height) not in drawn:
            drawn[width, height] = Drawn(stream, lambda: draw_picture(image, stream, width, height, style))
        drawn[width, height].draw(stream)

    return draw


def profile_once(read_profile: Callable[..., Any]) -> Callable[..., Any]:
    """The reading of a colour profile, done once for the same name, and its file closed."""
    kept: dict[str, Any] = {}

    def read(file: IO[bytes], name: str, *rest: Any) -> Any:
        with file:
            if name not in kept:
                kept[name] = read_profile(file, name, *rest)
                kept[name].name, kept[name].content  # Pillow writes it otherwise once it was asked
        return kept[name]

    return read


def with_memory(subset: Callable[..., None]) -> Callable[..., None]:
    """The cutting down of a font to its glyphs, done once for the same glyphs."""
    kept: dict[tuple[bytes, frozenset[int], bool], bytes] = {}

    def subset_once(font: Any, to_unicode: dict[int, str], hinting: bool) -> None:
        font.__dict__.setdefault("whole", font.file_content)
        asked = (font.whole, frozenset(to_unicode), hinting)
        if asked not in kept:
            font.file_content = font.whole
            subset(font, to_unicode, hinting)
            if len(kept) >= 16:
                kept.clear()
            kept[asked] = font.file_content
        font.file_content = kept[asked]

    return subset_once
