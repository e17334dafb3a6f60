"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562)."""

import secrets
import time
from typing import Final
from uuid import UUID

_VERSION: Final = 0x7 << 76 | 0x2 << 62
_RANDOM: Final = 0xFFF << 64 | (1 << 62) - 1


def new_id() -> UUID:
    """A fresh UUIDv7: 48 bits of milliseconds, then 74 random bits."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[UUID]:
    """As many fresh UUIDv7s of this moment, in rising order."""
    moment = (time.time_ns() // 1_000_000 << 80) | _VERSION
    return [UUID(int=moment | random) for random in sorted(secrets.randbits(80) & _RANDOM for _ in range(count))]
