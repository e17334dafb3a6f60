"""Secret codes that people can read aloud and type: 28 characters without look-alikes, over 128 bits.

Knows how they are drawn, grouped for print and folded when they come back. Refuses nothing: a wrong code
just equals no other.
"""

import re
import secrets
from typing import Final

ALPHABET: Final = "0123456789ACDEFGHJKMNPQRTVWXY"
"""29 characters; B, I, L, O, S, U and Z are read as the ones they look like."""

LENGTH: Final = 28  # 28 characters of 29 are 136 bits

_LOOK_ALIKES: Final = str.maketrans("OILBSZU", "011852V")
_SEPARATORS: Final = re.compile(r"[\s\-–—.·_]+")
_KNOWN: Final = re.compile(f"^[{ALPHABET}]{{{LENGTH}}}$")


def new_code() -> str:
    """A fresh secret, drawn from the system's randomness."""
    value = secrets.randbelow(len(ALPHABET) ** LENGTH)
    characters = []
    for _ in range(LENGTH):
        value, position = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[position])
    return "".join(characters)


def grouped(code: str) -> str:
    """The code in groups of four, as it is printed: `K7Q2 …`."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def fold(text: str) -> str:
    """What somebody typed or scanned as a code: spaces, dashes, lower case and look-alikes forgiven.

    What cannot be a code becomes the empty text, which equals no code.
    """
    folded = _SEPARATORS.sub("", text[:200]).upper().translate(_LOOK_ALIKES)
    return folded if _KNOWN.match(folded) else ""


def is_same(code: str, typed: str) -> bool:
    """Whether `typed` is this code, taking as long for a near miss as for a far one."""
    return secrets.compare_digest(code.encode(), fold(typed).encode())
