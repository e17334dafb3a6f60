"""Tag, length, value: how EMVCo QR codes are written, and the check sum that seals them.

Knows two-digit tags and lengths and CRC-16/CCITT-FALSE. Refuses everything a careful scanner would: lengths that
over-run, a tag that comes twice, anything after the check sum, a check sum in lower case or not of these characters.
"""

from collections.abc import Iterable
from typing import Final

from receipts.errors import QrError

LONGEST: Final = 512
PAYMENT_SEAL: Final = "63"
SLIP_SEAL: Final = "91"


def checksum(text: str) -> str:
    """CRC-16/CCITT-FALSE (0x1021 from FFFF, unreflected) as four upper-case hex digits."""
    crc = 0xFFFF
    for byte in text.encode("ascii"):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return f"{crc:04X}"


def write(fields: Iterable[tuple[str, str]]) -> str:
    """The fields one after the other; those with an empty value are left out."""
    return "".join(f"{tag}{_length(value)}{value}" for tag, value in fields if value)


def sealed(fields: Iterable[tuple[str, str]]) -> str:
    """A whole payment payload: the fields and their check sum."""
    head = f"{write(fields)}{PAYMENT_SEAL}04"
    return head + checksum(head)


def fields(text: str) -> dict[str, str]:
    """The fields of a template, in their order. Raises QrError."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        tag, length = text[position : position + 2], text[position + 2 : position + 4]
        if not _is_number(tag) or not _is_number(length) or length == "00":
            raise QrError("length")
        value = text[position + 4 : position + 4 + int(length)]
        if len(value) < int(length):
            raise QrError("length")
        if tag in found:
            raise QrError("duplicate")
        found[tag] = value
        position += 4 + int(length)
    return found


def unsealed(payload: str, seal: str = PAYMENT_SEAL) -> dict[str, str]:
    """The fields of a whole payload, after its characters, lengths and check sum were found right.

    `seal` is the tag of the check sum, which must come last.
    """
    if not payload:
        raise QrError("empty")
    if len(payload) > LONGEST:
        raise QrError("too-long")
    if not payload.isascii() or not payload.isprintable():
        raise QrError("not-ascii")
    found = fields(payload)
    if seal not in found:
        raise QrError("missing")
    if list(found)[-1] != seal:
        raise QrError("trailing")
    if checksum(payload[:-4]) != found[seal]:
        raise QrError("checksum")
    return found


def _length(value: str) -> str:
    if len(value) > 99:
        raise QrError("too-long")
    return f"{len(value):02d}"


def _is_number(two: str) -> bool:
    return len(two) == 2 and two.isdecimal() and two.isascii()
