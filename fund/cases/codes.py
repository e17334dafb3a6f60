"""The code of a child's case: what the case is called outside the case store. There is nothing in it.

Knows its shape, as in `C7K2M9QXH4`: a C, eight random characters (38 bits), a check character.
"""

import re
from typing import Final

from fund import codes
from fund.codes import ALPHABET

LENGTH: Final = 10
_CODE: Final = re.compile(f"C[{ALPHABET}]{{{LENGTH - 1}}}", re.ASCII)


def new_code() -> str:
    """A code for a new case: no district, year or name can be read from it."""
    return codes.new("C", LENGTH)


def is_valid(code: str) -> bool:
    """Whether this, exactly as written, can be the code of a case."""
    return _CODE.fullmatch(code) is not None and codes.is_checked(code)


def fold(text: str) -> str:
    """What a code is looked up by, however it was copied."""
    return codes.fold(text)
