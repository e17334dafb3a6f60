"""The book as a child would keep it: dicts of whole satang, and a list of what was written.

Says of every entry which refusal the database owes it, or none. Written from the domain's rules and not from the
guards; knows no SQL, no ids and no clock.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ledger.errors import (
    AccountBelowZeroError,
    AlreadyReversedError,
    KeyReusedError,
    LedgerError,
    NotAMirrorError,
    NotEnoughError,
    PeriodClosedError,
    PurposeNotAllowedError,
    SubjectMissingError,
    UnbalancedError,
    UnknownAccountError,
    UnknownFundError,
    UnknownKindError,
)
from ledger.journal import Entry
from tests.ledger.builders import CHART, FUNDS, KINDS

Refusal = type[LedgerError] | None
ACCOUNTS: Final = {account.code: account for account in CHART}
FUNDS_BY_CODE: Final = {fund.code: fund for fund in FUNDS}
NATURES: Final = {kind.code: kind.nature for kind in KINDS}


@dataclass(slots=True)
class Written:
    """An entry in the model's book; `undoes` and `undone_by` are numbers of entries."""

    entry: Entry
    undoes: int | None = None
    undone_by: int | None = None
    has_details: bool = False


class Model:
    """Accepts and refuses; `write` only what `refusal` let pass."""

    def __init__(self) -> None:
        self.written: list[Written] = []
        self.closed: set[date] = set()
        self.has_begun = False  # whether a month was ever closed
        self.sums: Counter[tuple[str, str]] = Counter()  # account, fund
        self.of_subject: Counter[tuple[str, str, str]] = Counter()  # account, fund, subject

    def number_of(self, key: str) -> int | None:
        """The entry that stands under a key."""
        return next((number for number, one in enumerate(self.written) if one.entry.key == key), None)

    def mirror(self, number: int, day: date, key: str, reason: str) -> Entry:
        """The entry that undoes another."""
        wrong = self.written[number].entry
        postings = tuple(replace(p, amount_satang=-p.amount_satang) for p in wrong.postings)
        return replace(wrong, booked_on=day, postings=postings, key=key, reason=reason, details={})

    def refusal(self, entry: Entry) -> Refusal:
        """Which refusal this entry meets; None also for one that stands there already, word for word."""
        number = self.number_of(entry.key)
        if number is not None:
            return None if self.asks_the_same(self.written[number].entry, entry) else KeyReusedError
        return self.misfit(entry) or self.floor(entry)

    def refusal_to_undo(self, number: int, mirror: Entry) -> Refusal:
        """The same for a reversal of the entry `number`."""
        wrong = self.written[number]
        if wrong.undoes is not None or mirror.booked_on < wrong.entry.booked_on:
            return NotAMirrorError
        if wrong.undone_by is not None:
            return self.refusal_to_undo_again(self.written[wrong.undone_by].entry, mirror)
        return self.refusal(mirror)

    def refusal_to_undo_again(self, first: Entry, second: Entry) -> Refusal:
        """The same request under the same key is answered; any other second reversal is refused."""
        return None if first.key == second.key and self.asks_the_same(first, second) else AlreadyReversedError

    def asks_the_same(self, one: Entry, other: Entry) -> bool:
        """Private details are no part of what is asked."""
        return replace(one, details={}) == replace(other, details={})

    def misfit(self, entry: Entry) -> Refusal:
        """What is wrong with the entry whatever stands in the book."""
        if self.is_closed(entry.booked_on):
            return PeriodClosedError
        if entry.kind not in NATURES:
            return UnknownKindError
        if any(p.account not in ACCOUNTS for p in entry.postings):
            return UnknownAccountError
        if not all(self.is_fund(p.fund, entry.booked_on) for p in entry.postings):
            return UnknownFundError
        if any(ACCOUNTS[p.account].guarded == "subject" and not p.subject for p in entry.postings):
            return SubjectMissingError
        if any(p.purpose for p in entry.postings):  # the small book allows none
            return PurposeNotAllowedError
        return UnbalancedError if self.is_unbalanced(entry) else None

    def is_closed(self, day: date) -> bool:
        return day.replace(day=1) in self.closed

    def is_fund(self, code: str, day: date) -> bool:
        fund = FUNDS_BY_CODE.get(code)
        return fund is not None and (fund.valid_from or date.min) <= day <= (fund.valid_to or date.max)

    def is_unbalanced(self, entry: Entry) -> bool:
        sums: Counter[tuple[str, bool]] = Counter()
        for p in entry.postings:
            sums[p.fund, ACCOUNTS[p.account].type == "memorandum"] += p.amount_satang
        return any(sums.values())

    def floor(self, entry: Entry) -> Refusal:
        """What a choice may not lower: the spendable of a fund, a guarded account, a guarded subject."""
        if NATURES[entry.kind] == "fact":
            return None
        spends: Counter[str] = Counter()
        lowers: Counter[tuple[str, str]] = Counter()
        settles: Counter[tuple[str, str, str]] = Counter()
        for p in entry.postings:
            spends[p.fund] += p.amount_satang if ACCOUNTS[p.account].is_spendable else 0
            lowers[p.account, p.fund] += self.normal(p.account, p.amount_satang, "fund")
            settles[p.account, p.fund, p.subject] += self.normal(p.account, p.amount_satang, "subject")
        if any(amount < 0 and self.spendable(fund) + amount < 0 for fund, amount in spends.items()):
            return NotEnoughError
        if any(change < 0 and self.normal(p[0], self.sums[p], "fund") + change < 0 for p, change in lowers.items()):
            return AccountBelowZeroError
        if any(c < 0 and self.normal(s[0], self.of_subject[s], "subject") + c < 0 for s, c in settles.items()):
            return AccountBelowZeroError
        return None

    def normal(self, account: str, amount: int, guarded: str) -> int:
        """An amount seen from the account's normal side; 0 where it is not guarded in this way."""
        if ACCOUNTS[account].guarded != guarded:
            return 0
        return amount if ACCOUNTS[account].side == "debit" else -amount

    def spendable(self, fund: str) -> int:
        """What a fund may choose to spend."""
        there = sum(amount for (account, of), amount in self.sums.items()
                    if of == fund and ACCOUNTS[account].is_spendable)  # fmt: skip
        return there - FUNDS_BY_CODE[fund].principal_satang

    def write(self, entry: Entry, undoes: int | None = None) -> None:
        """Put an accepted entry into the book."""
        if undoes is not None:
            self.written[undoes].undone_by = len(self.written)
        self.written.append(Written(entry, undoes, has_details=bool(entry.details)))
        for p in entry.postings:
            self.sums[p.account, p.fund] += p.amount_satang
            self.of_subject[p.account, p.fund, p.subject] += p.amount_satang

    def trial_balance(self) -> list[tuple[str, str, int]]:
        """Every account of every fund that was ever booked on."""
        places = {(p.account, p.fund) for one in self.written for p in one.entry.postings}
        return sorted((*place, self.sums[place]) for place in places)


class ForgetsALeg(Model):
    """The planted defect: a reversal undoes its first posting only."""

    def write(self, entry: Entry, undoes: int | None = None) -> None:
        super().write(entry, undoes)
        for p in entry.postings[1:] if undoes is not None else ():
            self.sums[p.account, p.fund] -= p.amount_satang


class SpendsAnything(Model):
    """The planted defect: choices have no floor."""

    def floor(self, entry: Entry) -> Refusal:
        return None


class RefusesFacts(Model):
    """The planted defect: facts have a floor as choices have."""

    def floor(self, entry: Entry) -> Refusal:
        return super().floor(replace(entry, kind="payment"))


class ForgetsThePrincipal(Model):
    """The planted defect: an endowment may be spent whole."""

    def spendable(self, fund: str) -> int:
        return super().spendable(fund) + FUNDS_BY_CODE[fund].principal_satang


class SpendsPromises(Model):
    """The planted defect: promised money may be spent again."""

    def spendable(self, fund: str) -> int:
        return super().spendable(fund) - self.sums["9190", fund]


class BooksInClosedMonths(Model):
    """The planted defect: a closed month refuses nothing."""

    def is_closed(self, day: date) -> bool:
        return False


class TakesAnyKey(Model):
    """The planted defect: a key answers whatever is asked under it."""

    def asks_the_same(self, one: Entry, other: Entry) -> bool:
        return True


class UndoesTwice(Model):
    """The planted defect: an entry is undone as often as it is asked."""

    def refusal_to_undo_again(self, first: Entry, second: Entry) -> Refusal:
        return self.refusal(second)


DEFECTS: Final = (
    ForgetsALeg,
    SpendsAnything,
    RefusesFacts,
    ForgetsThePrincipal,
    SpendsPromises,
    BooksInClosedMonths,
    TakesAnyKey,
    UndoesTwice,
)
