"""The identity of a bank line: the same line in two files is one, two equal lines in one file are two.

Knows the bank's own number where it is unique; else everything that is told of the line. Twins get an occurrence
number, so that none is lost. Refuses nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from fund.bank.importers.protocol import StatementLine


def identities(lines: Iterable[StatementLine], account: str, *, ids_are_unique: bool) -> list[str]:
    """SHA-256 digests in hexadecimal, one a line and in its order, of all lines that a file tells of a day.

    `account` is the bank's name and number of it. Day and amount stand beside the bank's number: some banks give a
    payment and its fee the same one.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for line in lines:
        told = (account, *_told(line, ids_are_unique))
        seen[told] += 1
        found.append(_digest(*told, seen[told]))
    return found


def otherwise(line: StatementLine, account: str) -> str | None:
    """The identity of the same money, had the bank told a booking of many gifts whole, or in its parts.

    What was told in one way is never new when it is told in the other; None where the bank has no number for it.
    """
    if not line.bank_id:
        return None
    kind, satang = ("part", line.amount_satang) if line.entry_satang is None else ("id", line.entry_satang)
    return _digest(account, kind, line.bank_id, line.occurred_on.isoformat(), satang, 1)


def place(line: StatementLine) -> tuple[str, str, int, int | None]:
    """Where a line stands on its account: day, time, amount, balance. Two texts for one place contradict each other."""
    return (line.occurred_on.isoformat(), time_text(line), line.amount_satang, line.balance_satang)


def time_text(line: StatementLine) -> str:
    """`HH:MM:SS`, or nothing where the bank tells no time."""
    return line.time.isoformat() if line.time else ""


def _told(line: StatementLine, ids_are_unique: bool) -> tuple[object, ...]:
    if ids_are_unique and line.bank_id and line.entry_satang is not None:
        return ("part", line.bank_id, line.occurred_on.isoformat(), line.entry_satang)
    if ids_are_unique and line.bank_id:
        return ("id", line.bank_id, line.occurred_on.isoformat(), line.amount_satang)
    return ("line", *place(line), line.text)


def _digest(*told: object) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
