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


class UnwritableTextError(LedgerError):
    """A NUL: PostgreSQL cannot store it, and what one database takes the other must take too."""

    message = "This text has a character that cannot be stored."


class NotEnoughError(LedgerError):
    """A choice would spend what the fund does not have, must keep, or has promised."""

    message = "The fund {fund} does not have enough for this."


class AccountBelowZeroError(NotEnoughError):
    """A choice would take more from a guarded account than lies on it: from the till, or for one subject."""

    message = "The account {account} of the fund {fund} does not have enough for this."


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


class IncompleteError(UnbalancedError):
    """An entry does not have the postings it says it has, or one is not what a posting can be."""

    message = "This entry is not complete."


class UnknownKindError(LedgerError):
    message = "This kind of entry is not known to the books."


class SubjectMissingError(LedgerError):
    """The account is guarded for each subject (a grant, a refund, an advance) and the posting names none."""

    message = "A posting on the account {account} must say what it is for."


class PurposeNotAllowedError(LedgerError):
    message = "The fund {fund} may not be used for this purpose."


class NotAMirrorError(LedgerError):
    message = "A reversal must undo an entry posting by posting, and not before it was booked."


class CodeTakenError(LedgerError):
    message = "The code {code} is already in use for something else."


class FrozenError(LedgerError):
    """What an account, a fund or a kind of entry means is never changed: open a new one."""

    message = "This can no longer be changed. Open a new one instead."


class PeriodTurnError(LedgerError):
    """A month would be closed twice, opened while it is open, or turned when it is another month's turn."""

    message = "This month cannot be turned now."


class AlreadyClosedError(PeriodTurnError):
    message = "The month {month} is already closed."


class AlreadyOpenError(PeriodTurnError):
    message = "The month {month} is already open."


class EarlierMonthOpenError(PeriodTurnError):
    message = "The month {month} is still open. Close it first."


class LaterMonthClosedError(PeriodTurnError):
    message = "The month {month} is closed. Open it again first."


class BooksBeginLaterError(PeriodTurnError):
    """The first month that was ever closed begins the books: there is none before it."""

    message = "These books begin with the month {month}."


class TwoPeopleError(LedgerError):
    message = "A closed month is opened again by two people, with a reason."


class IsolationError(LedgerError):
    """The connection's isolation level would let two spends of the last baht both pass."""

    message = "The books are written under READ COMMITTED only."


class LogKeyError(LedgerError):
    """A text that is no key of a log, a key of another log, or not the key that signs now."""

    message = "This is not the key that signs this log."


class LogBrokenError(LedgerError):
    """What the log holds does not continue its last signed head: nothing is signed until it is explained."""

    message = "The log no longer continues what it signed before. Nothing more is signed: tell the auditor. ({what})"


class NotLoggedError(LedgerError):
    message = "This is not in the log yet."


class NotABookError(LedgerError):
    """A file that is no export of a book, or one that was cut short or changed."""

    message = "Line {line} of this file is not what the export of a book says there."


class BookNotEmptyError(LedgerError):
    message = "Only an empty book, or one that holds the beginning of this one, can take it in."


class OtherBookError(LedgerError):
    message = "The book is not the one of this file: line {line} says something else."
