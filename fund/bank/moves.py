"""Money that we expect to leave our accounts, or to come back to them: refunds, returns, transfers between our own.

Knows what proves that a line is one: our reference, the account it goes to, a number of ours. Refuses to take an equal
amount for a proof.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fund import codes
from fund.bank import reasons, rules
from fund.bank.reasons import Reason
from fund.donations import references

LASTS: Final = timedelta(days=45)
_DASHES: Final = re.compile(r"(?<=\d)[\s-](?=\d)")
_DIGITS: Final = re.compile(r"\d{9,}")


@dataclass(frozen=True, slots=True)
class ExpectedOut:
    """One movement that is due: how much, to (or from) whom, under which reference, not before which day."""

    kind: str  # of the match that it makes
    about: str
    amount_satang: int  # + comes in
    due: date
    payee: bytes | None = None  # a keyed digest of who gets it, or sends it back
    reference: str = ""
    account: str = ""  # ours; empty: any
    leaves: str = ""  # a transfer's: the account of ours that it has left
    number: str = ""  # of the account, or the PromptPay, of who gets it or sends it back
    name: str = ""  # theirs
    is_for_a_person: bool = False  # only somebody may say that a line is it, however well it is proved
    lasts: timedelta = LASTS

    def may_be(self, account: str, day: date) -> bool:
        """Whether a line of this account and day can be it at all."""
        is_here = self.account in ("", account) and self.leaves != account
        return is_here and self.due <= day <= self.due + self.lasts


def own_account(texts: Iterable[str], own_numbers: Mapping[str, str], account: str) -> str:
    """The code of another account of ours that the texts name by its whole number; empty if none or two."""
    named = {own_numbers[number] for number in _numbers(texts) if number in own_numbers} - {account}
    return named.pop() if len(named) == 1 else ""


def reasons_for(
    move: ExpectedOut, texts: Sequence[str], payer: bytes | None, own_numbers: Mapping[str, str]
) -> tuple[Reason, ...]:
    """What proves that a line with these texts is this movement; nothing where only the amount agrees."""
    told = []
    if move.reference and any(_holds(move, text) for text in texts):
        told.append(Reason(reasons.REFERENCE, True, move.reference))
    if (move.payee is not None and move.payee == payer) or (move.number and move.number in _numbers(texts)):
        told.append(Reason(reasons.PAYEE, True))
    elif move.name and any(rules.folded(move.name) in rules.folded(text) for text in texts):
        told.append(Reason(reasons.NAME, True))
    if move.leaves and own_account(texts, own_numbers, "") == move.leaves:
        told.append(Reason(reasons.OWN_ACCOUNT, True, move.leaves))
    return tuple(told)


def _holds(move: ExpectedOut, text: str) -> bool:
    """Whether the reference stands there; a payment run's wherever it stands, for a person looks."""
    found = references.found_in(text)
    return move.reference in found or (move.is_for_a_person and move.reference in codes.fold(text))


def _numbers(texts: Iterable[str]) -> list[str]:
    """Account numbers of nine digits and more, written in one piece or with dashes."""
    return [number for text in texts for number in _DIGITS.findall(_DASHES.sub("", text))]
