"""Thai names as they sound, so that one name written in two ways is found to be one.

Knows titles, tone marks, silenced letters, letters of one sound, doubled letters and short for long vowels; names in
Latin letters without their accents. Refuses nothing: what is no name folds to nothing. Nothing of it is kept.
"""

import re
import unicodedata
from enum import IntEnum
from typing import Final

from fund.sheets.tables import compose

_CONSONANT: Final = "[\u0e01-\u0e2e]"
_TITLES: Final = (
    r"เด็กชาย|เด็กหญิง|นางสาว|สามเณร|ด\.\s?[ชญ]\.|ด[ชญ]\.|น\.\s?ส\.|นส\.|ส\.\s?ณ\.|น้อง|เณร|นาย|นาง"
    r"|master\b|miss\b|mrs?\b|ms\b|boy\b|girl\b"
)
_TITLE: Final = re.compile(rf"^(?:(?:{_TITLES})\.?\s*(?![\u0e30-\u0e3a\u0e45-\u0e4e]))+", re.IGNORECASE)
_SILENCED: Final = re.compile(rf"{_CONSONANT}[\u0e34\u0e38]?\u0e4c")  # พันธุ์, ศักดิ์
_UNHEARD: Final = re.compile("[\u0e2f\u0e30\u0e45-\u0e4e]")  # tone marks, MAITAIKHU, SARA A, what repeats and shortens
_RO_HAN_END: Final = re.compile(rf"รร(?!{_CONSONANT})")
_AI: Final = re.compile(f"[ใไ]({_CONSONANT})ย?")
_DOUBLED: Final = re.compile(f"({_CONSONANT})\\1+")
_LAST_SHORT: Final = re.compile(rf"(?<={_CONSONANT})[\u0e34\u0e38]$")  # กิตติ, ธาตุ
_CLOSING_YO: Final = re.compile("(?<=[\u0e31\u0e34])ญ")  # ธัญญา, เชิญ
_SOUNDS: Final = str.maketrans("ฆฅฃฌญฎฏฐฑฒธณภศษซฬรีืู", "คคขชยดตถทททนพสสสลลิึุ")


class Alike(IntEnum):
    """How two names stand to each other."""

    UNKNOWN = 0
    OTHER = 1
    NEAR = 2
    SAME = 3


def words(name: str) -> list[str]:
    """The words of a name without titles, each as it sounds: given name first, then the family's."""
    plain = _TITLE.sub("", compose(name).strip())
    folded = (_sound(word) for word in re.split(r"[\s\-‐–]+", plain))
    return [word for word in folded if word]


def is_one_name(one: str, other: str) -> bool:
    """Whether two names sound the same, whatever titles or gaps they have; what has no letters is nobody's name."""
    return "".join(words(one)) == "".join(words(other)) != ""


def alike(one: str, other: str) -> Alike:
    """How two folded words stand to each other; of one that is missing nothing is said."""
    if not one or not other:
        return Alike.UNKNOWN
    if one == other:
        return Alike.SAME
    shortest = min(len(one), len(other))
    most = 2 if shortest >= 7 else 1 if shortest >= 3 else 0
    return Alike.NEAR if most and _distance(one, other) <= most else Alike.OTHER


def _sound(word: str) -> str:
    heard = _SILENCED.sub("", "".join(letter for letter in _bare(word) if unicodedata.category(letter)[0] in "LMN"))
    heard = _RO_HAN_END.sub("ัน", heard).replace("รร", "ั").replace("\u0e33", "ัม").replace("ฤ", "ริ")
    heard = _CLOSING_YO.sub("น", _LAST_SHORT.sub("", _UNHEARD.sub("", heard)))
    return _DOUBLED.sub("\\1", _AI.sub("\\1ัย", heard).translate(_SOUNDS))


def _bare(word: str) -> str:
    """Lower case, and Latin letters without accents; Thai marks stay."""
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(letter for letter in apart if not 0x300 <= ord(letter) <= 0x36F).replace("ํา", "\u0e33")


def _distance(one: str, other: str) -> int:
    """How many letters must be put in, taken out, exchanged or swapped with their neighbour."""
    before, last = [0] * (len(other) + 1), list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for place, wanted in enumerate(other, start=1):
            steps = [last[place] + 1, now[place - 1] + 1, last[place - 1] + (letter != wanted)]
            if row > 1 < place and letter == other[place - 2] and one[row - 2] == wanted:
                steps.append(before[place - 2] + 1)
            now.append(min(steps))
        before, last = last, now
    return last[-1]
