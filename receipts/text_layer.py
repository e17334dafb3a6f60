"""The text under the ink: makes WeasyPrint's Thai copy, search and read aloud as it was written.

WeasyPrint names a glyph after the first cluster it was seen in, so บาท copies as บ้ำท. Two cures, because readers
differ: each line is marked with its own text (/Span with /ActualText), and glyphs are named by their font.
Both replace a function of WeasyPrint in the process that calls `install`; nothing else of it is touched.
"""

import io
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import pydyf  # type: ignore[import-untyped]
import weasyprint.draw
import weasyprint.pdf.fonts
from fontTools import agl  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

_RING: Final = "\u0e4d"
_USUAL: Final = re.compile("[ -~\u00a0\u0e01-\u0e5b·–—‘’“”\ufb00-\ufb04]+")

Draw = Callable[..., None]


class GlyphNames(dict[int, str]):
    """What each glyph used stands for: what its font says, else what WeasyPrint saw."""

    def __init__(self, own: Mapping[int, str]) -> None:
        super().__init__()
        self._own = own

    def __setitem__(self, glyph: int, seen: str) -> None:
        super().__setitem__(glyph, self._own.get(glyph, seen))


def install() -> None:
    """Give every PDF that this process makes from now on a true text layer. Once is enough."""
    if weasyprint.draw.draw_text.__module__ == __name__:
        return
    weasyprint.draw.draw_text = with_actual_text(weasyprint.draw.draw_text)
    weasyprint.pdf.fonts.Font.__init__ = with_own_names(weasyprint.pdf.fonts.Font.__init__)


def with_actual_text(draw_text: Draw) -> Draw:
    """The drawing of one line of text, wrapped in a span that says what the line is."""

    def draw_marked(stream: Any, textbox: Any, *rest: Any) -> None:
        if not textbox.text.strip():
            return draw_text(stream, textbox, *rest)
        said = pydyf.Dictionary({"ActualText": pydyf.String(textbox.text)})
        if textbox.style["lang"] not in (None, "th"):
            said["Lang"] = pydyf.String(textbox.style["lang"])
        stream.begin_marked_content("Span", said)
        draw_text(stream, textbox, *rest)
        stream.end_marked_content()
        return None

    return draw_marked


def with_own_names(prepare: Draw) -> Draw:
    """The preparing of one font, after which its glyphs are named by the font itself."""

    def prepare_named(font: Any, *rest: Any) -> None:
        prepare(font, *rest)
        font.to_unicode = GlyphNames(glyph_names(font.file_content))
        for glyph, (text, width) in usual_glyphs(font.file_content).items():
            font.to_unicode[glyph], font.widths[glyph] = text, width
        font.usual = len(font.to_unicode)

    return prepare_named


@lru_cache(maxsize=8)
def glyph_names(font_file: bytes) -> Mapping[int, str]:
    """What each glyph of a font stands for: by its character map, its name, or the glyph it may replace."""
    font = TTFont(io.BytesIO(font_file), lazy=True)
    named = {name: chr(code) for code, name in sorted(font.getBestCmap().items(), reverse=True)}
    for glyph in font.getGlyphOrder():
        if glyph not in named and agl.toUnicode(glyph):
            named[glyph] = agl.toUnicode(glyph)
    replacing = {glyph: named[original] for original, glyph in _replacements(font) if original in named}
    return {font.getGlyphID(glyph): _as_typed(text) for glyph, text in {**replacing, **named}.items()}


@lru_cache(maxsize=8)
def usual_glyphs(font_file: bytes) -> Mapping[int, tuple[str, int]]:
    """The glyphs in the fonts of every paper, whatever its words: what each says, and its width."""
    font = TTFont(io.BytesIO(font_file), lazy=True)
    widths, scale = font["hmtx"], 1000 / font["head"].unitsPerEm
    usual = {glyph: text for glyph, text in glyph_names(font_file).items() if _USUAL.fullmatch(text)}
    return {glyph: (text, round(widths[font.getGlyphName(glyph)][0] * scale)) for glyph, text in sorted(usual.items())}


def _as_typed(text: str) -> str:
    """A ring drawn under a tone mark is the beginning of an am, which is typed after the tone mark."""
    return text[::-1] if text[0] == _RING and len(text) == 2 else text


def _replacements(font: TTFont) -> list[tuple[str, str]]:
    """The font's one-to-one substitutions, e.g. a letter's form above a vowel."""
    if "GSUB" not in font:
        return []
    tables = [table for lookup in font["GSUB"].table.LookupList.Lookup for table in lookup.SubTable]
    return [pair for table in tables if table.LookupType == 1 for pair in table.mapping.items()]
