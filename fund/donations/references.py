"""References that people copy by hand and banks print badly: made, checked, and found again in bank texts.

Knows the shapes of a pledge's reference and of a campaign's code. Refuses nothing: a text that holds no reference
yields none.
"""

import re
from collections.abc import Iterator
from typing import Final

from fund import codes
from fund.codes import ALPHABET

LONGEST: Final = 20  # what a bill payment's ref1 and ref2 hold
PLEDGE_LENGTH: Final = 11
STEM_LENGTH: Final = 8  # as much of a reference as no two pledges share by chance

_PLEDGE = re.compile(f"D[{ALPHABET}]{{{PLEDGE_LENGTH - 1}}}", re.ASCII)
_CAMPAIGN = re.compile(f"[{ALPHABET}]{{1,8}}[0-9]{{4}}([0-9]{{3}})?[{ALPHABET}]", re.ASCII)
_BROKEN = re.compile(f"D[{ALPHABET}]{{{STEM_LENGTH - 1},{PLEDGE_LENGTH - 1}}}", re.ASCII)
_GAP = re.compile(r"[\s\-_.‐‑‒–—]*")
_MOST_PIECES: Final = 11  # a reference written in single characters


def new_reference() -> str:
    """A pledge's reference: D, nine random characters (43 bits), a check character."""
    return codes.new("D", PLEDGE_LENGTH)


def is_valid(reference: str) -> bool:
    """Whether this, exactly as written, is a pledge's reference or a campaign's code with the right check character."""
    shaped = _PLEDGE.fullmatch(reference) or _CAMPAIGN.fullmatch(reference)
    return bool(shaped) and len(reference) <= LONGEST and codes.is_checked(reference)


def found_in(text: str) -> list[str]:
    """Every valid reference in a bank's text, in the order of appearance, each once.

    Bears spaces and dashes inside, lower case, look-alikes, text glued before or behind a pledge's reference,
    and two references in one text. What it finds is well-formed, not yet known: look it up.
    """
    return list(dict.fromkeys(candidate for candidate in _candidates(codes.plain(text)) if is_valid(candidate)))


def broken_in(text: str) -> list[str]:
    """What may be left of pledges' references that were cut off behind, or whose last character was miscopied.

    Each begins with a whole stem; `found_in` finds those that are whole and right.
    """
    found = []
    for joined in _joined(codes.plain(text)):
        for start in range(len(joined) - STEM_LENGTH + 1):
            part = _BROKEN.match(joined, start)
            if part:
                found.append(part.group())
    return [one for one in dict.fromkeys(found) if not is_valid(one)]


def broken_alike(part: str, reference: str) -> bool:
    """Whether a broken part is the beginning of a reference, or differs from it in the last character alone."""
    return reference.startswith(part) or (len(part) == PLEDGE_LENGTH and reference[:-1] == part[:-1])


def _candidates(plain: str) -> Iterator[str]:
    for joined in _joined(plain):
        yield joined
        yield from _pledges_within(joined)


def _joined(plain: str) -> Iterator[str]:
    """Every run of words that may be one reference, written together."""
    words = list(codes.WORD.finditer(plain))
    for first in range(len(words)):
        joined = ""
        for word in _run_from(words, first, plain):
            joined += word
            yield joined
            if len(joined) > LONGEST:
                break


def _run_from(words: list[re.Match[str]], first: int, plain: str) -> Iterator[str]:
    """The words from `first` on, as long as only spaces and dashes stand between them."""
    for position in range(first, min(first + _MOST_PIECES, len(words))):
        if position > first and not _GAP.fullmatch(plain, words[position - 1].end(), words[position].start()):
            return
        yield words[position].group()


def _pledges_within(joined: str) -> Iterator[str]:
    for start, character in enumerate(joined):
        if character == "D":
            yield joined[start : start + PLEDGE_LENGTH]
