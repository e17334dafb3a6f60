"""What the ledger refuses, one small class per refusal, in the words of a bookkeeper.

Knows nothing of HTTP or of languages: `message` is the English source text of a catalogue entry,
`facts` fill its braces. Whoever shows it translates it.
"""

from typing import Any, ClassVar


class LedgerError(Exception):
    """Anything the ledger refuses."""

    message: ClassVar[str] = "The ledger refused this."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class AmountError(LedgerError):
    """A text that is not an amount of baht."""

    message = "Write the amount in figures, for example 10 or 10.50."


class AmountNotPositiveError(AmountError):
    message = "The amount must be more than 0 baht."


class AmountTooFineError(AmountError):
    message = "Baht have two decimals at most."


class AmountTooLargeError(AmountError):
    message = "The amount is above {limit} baht. Please call us for a large gift."


class UnbalancedError(LedgerError):
    """Debits and credits differ in one fund and class, or a posting is missing."""

    message = "This entry does not balance in every fund."


class NotEnoughError(LedgerError):
    """A choice would spend what the fund does not have, must keep, or has promised."""

    message = "The fund {fund} does not have enough for this."


class PeriodClosedError(LedgerError):
    message = "The books of {booked_on} are closed. Book it in an open month."


class KeyReusedError(LedgerError):
    """The same idempotency key came with another request."""

    message = "This was already booked with other contents."


class AlreadyReversedError(LedgerError):
    message = "This entry was already reversed."


class UnknownAccountError(LedgerError):
    message = "There is no open account {account}."


class UnknownFundError(LedgerError):
    message = "There is no open fund {fund}."


class UnknownEntryError(LedgerError):
    message = "There is no entry {entry}."


class AppendOnlyError(LedgerError):
    message = "What is booked is never changed or deleted."
