"""The one typeface of our papers: which files it has, which characters it can print.

Knows Sarabun from its package, whole files only, so that no paper depends on what fonts a machine has.
Refuses nothing: what it cannot print becomes `?`, and marks that only turn the writing direction are left out.
"""

import unicodedata
from functools import lru_cache
from typing import Final

import fontpkg_sarabun
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

FAMILY: Final = "Sarabun"
FOLDER: Final = fontpkg_sarabun.ROOT / "files"
FILES: Final = {400: "Sarabun-Regular.ttf", 600: "Sarabun-SemiBold.ttf", 700: "Sarabun-Bold.ttf"}
URLS: Final = {weight: (FOLDER / name).as_uri() for weight, name in FILES.items()}


def font_faces() -> str:
    """The @font-face rules of every weight that our papers use."""
    rule = '@font-face {{ font-family: "{}"; font-weight: {}; src: url("{}") }}'
    return "\n".join(rule.format(FAMILY, weight, url) for weight, url in URLS.items())


def printable(text: str) -> str:
    """The text with every character that the typeface lacks as `?`; invisible marks are dropped."""
    known = _characters()
    kept = (character for character in text if unicodedata.category(character) != "Cf")
    return "".join(character if ord(character) in known else "?" for character in kept)


@lru_cache(maxsize=1)
def _characters() -> frozenset[int]:
    """The code points that all weights have."""
    with_weights = []
    for name in FILES.values():
        with TTFont(FOLDER / name, lazy=True) as font:
            with_weights.append(frozenset(font.getBestCmap()))
    return frozenset.intersection(*with_weights)
