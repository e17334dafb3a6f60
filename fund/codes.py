"""The arithmetic of codes that people copy by hand: an alphabet, look-alikes folded, a check character.

Knows 29 characters in which no two look alike, and a check character that finds every single substitution and every
swap of two neighbours. Knows no kind of code: each room gives its own their first letter and length.
"""

import re
import secrets
import unicodedata
from typing import Final

ALPHABET: Final = "0123456789ACDEFGHJKMNPQRTVWXY"

WORD: Final = re.compile(r"[0-9A-Z]+", re.ASCII)
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LOOK_ALIKES = str.maketrans("OILBSZU", "011852V")


def plain(text: str) -> str:
    """A text in capitals, its look-alikes those of our alphabet."""
    return unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)


def fold(text: str) -> str:
    """What a code is compared by: capitals of our alphabet without spaces, dashes and look-alikes."""
    return "".join(WORD.findall(plain(text)))


def check_character(body: str) -> str:
    """The character that makes `body` (of our alphabet, at most 19 characters) a code when put behind it.

    Weights 2, 3, 4 … from the right: each is no multiple of the prime 29 and differs from its neighbours.
    """
    weighted = sum(weight * _VALUES[character] for weight, character in enumerate(reversed(body), start=2))
    return ALPHABET[-weighted % len(ALPHABET)]


def with_check(body: str) -> str:
    """`body`, folded, and its check character."""
    folded = fold(body)
    return folded + check_character(folded)


def is_checked(code: str) -> bool:
    """Whether a code of our alphabet ends with its check character."""
    return check_character(code[:-1]) == code[-1]


def new(letter: str, length: int) -> str:
    """A random code of this length: a letter, a check character, and nothing in between that means anything."""
    return with_check(letter + "".join(secrets.choice(ALPHABET) for _ in range(length - 2)))
