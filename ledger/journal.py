"""Entries as values: what a bookkeeper would write on one slip, before it reaches the book.

Knows postings, signs (debit +, credit −) and which request an entry is.
Refuses an entry that could not be booked anywhere: fewer than two postings, a zero, Σ ≠ 0 in a fund, a NUL in a text.
(Classes of accounts are the database's to check: see `guards`.)
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from ledger.errors import UnbalancedError, UnwritableTextError
from ledger.money import LARGEST_SATANG

_JSON: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: satang on one account of one fund, debit +, credit −."""

    account: str
    fund: str
    amount_satang: int
    subject: str = ""  # the grant, refund or advance, where the account is guarded per subject
    purpose: str = ""  # for tranches: what the fund must allow
    scope: str = "*"  # with a purpose: the district it is for, `*` for all

    def __post_init__(self) -> None:
        if type(self.amount_satang) is not int or self.amount_satang == 0:
            raise UnbalancedError()
        if abs(self.amount_satang) > LARGEST_SATANG:
            raise UnbalancedError()


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry to be booked. `key` makes it happen at most once, for ever."""

    kind: str
    occurred_on: date
    booked_on: date
    postings: tuple[Posting, ...]
    key: str
    subject: str = ""  # what it is about, e.g. `donation:0190…` or a case code; never a name
    reverses: UUID | None = None
    details: Mapping[str, str] = field(default_factory=dict)  # private, erasable, never in the open row
    reason: str = ""  # why, for a reversal; never a name

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise UnbalancedError()
        sums: dict[str, int] = defaultdict(int)
        for posting in self.postings:
            sums[posting.fund] += posting.amount_satang
        if any(sums.values()):
            raise UnbalancedError()
        if any("\0" in text for text in (self.key, self.subject, self.reason)):
            raise UnwritableTextError()

    def request_hash(self) -> bytes:
        """SHA-256 over everything open that is asked for: the same key with another hash is another request.

        Private details stay out: an unsalted digest would outlive their erasure and could be guessed.
        """
        asked = (
            self.kind,
            self.occurred_on,
            self.booked_on,
            self.subject,
            self.reverses,
            self.reason,
            [
                (p.account, p.fund, p.amount_satang, p.subject, p.purpose, p.scope if p.purpose else "")
                for p in self.postings
            ],
        )
        return hashlib.sha256(_JSON.encode(asked)).digest()


def move(amount_satang: int, fund: str, *, debit: str, credit: str, subject: str = "") -> tuple[Posting, ...]:
    """The two postings that move `amount_satang` from the credited to the debited account of one fund."""
    return (
        Posting(debit, fund, amount_satang, subject),
        Posting(credit, fund, -amount_satang, subject),
    )
