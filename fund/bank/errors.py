"""What the bank room refuses: files that are not whole, and acts that no longer fit a line.

Every refusal of a file names the place: `line` is the line of the file, in XML the number of the entry.
"""

from typing import TypeAlias

from fund.errors import ForbiddenError, MalformedError, NotFoundError, StateError, TooLargeError, WrongTypeError
from fund.sheets.errors import SheetError
from fund.sheets.errors import TruncatedError as TruncatedError

StatementError: TypeAlias = SheetError
"""A statement file that cannot be taken; nothing of it was imported. It may be wrong as any table may be."""


class StatementTooLargeError(StatementError, TooLargeError):
    message = "The file is larger than {limit} MB. Export a shorter period."


class FileTypeError(StatementError, WrongTypeError):
    message = "The content of the file is not what its name says: {name}"


class MalformedStatementError(StatementError, MalformedError):
    """The kind of refusal in which the file itself is wrong."""


class UnknownFormatError(MalformedStatementError):
    message = "This is not a statement of a kind we know. Say which column is which, or export it in another format."


class UnknownBankError(MalformedStatementError):
    message = "There is no importer named {bank}. Known: {known}"


class EmptyStatementError(MalformedStatementError):
    message = "The file holds no bank lines."


class MissingPartError(MalformedStatementError):
    message = "The file does not say its {part}. Export it again."


class BrokenLineError(MalformedStatementError):
    message = "Line {line}: {column} cannot be read: {value}"


class BrokenBalanceError(MalformedStatementError):
    message = "Line {line}: the balance should be {expected} but is {found}. A line is missing or changed."


class BrokenTotalError(MalformedStatementError):
    message = "The file says {expected} for {part}, but its lines make {found}. A line is missing or changed."


class BrokenEntryError(MalformedStatementError):
    message = "Line {line}: its parts make {found}, but the line says {expected}."


class WrongEraError(MalformedStatementError):
    message = "Line {line}: the year {year} is of the wrong era for this bank. Did it mean {meant}?"


class FutureDateError(MalformedStatementError):
    message = "Line {line}: {day} lies in the future."


class OutsidePeriodError(MalformedStatementError):
    message = "Line {line}: {day} lies outside the period that the file says it covers."


class WrongCurrencyError(MalformedStatementError):
    message = "The file is in {currency}; our accounts are in baht."


class TwoAccountsError(MalformedStatementError):
    message = "The file holds more than one account. Export one account at a time."


class WrongAccountError(MalformedStatementError):
    message = "The file is of the account ending in {last_digits}, which is not one of ours."


class MappingError(MalformedError):
    message = "Say which column is the day, and which the amount: one with its sign, or two."


class AccountUnsaidError(MalformedStatementError):
    message = "The file does not say its account. Say of which account it is."


class BeginsElsewhereError(MalformedStatementError):
    message = (
        "Line {line}: before it the account held {found}, but the file before ended on {day} with {expected}."
        " Lines in between are missing: import a file from {day} on."
    )


class EndsElsewhereError(MalformedStatementError):
    message = (
        "Line {line}: the file ends with {found}, but the next one begins on {day} with {expected}."
        " It is cut off, or lines in between are missing."
    )


class EndUntoldError(MalformedStatementError):
    message = "The file covers {day}, but lacks a line of that day which an earlier file told."


class ForbiddenXmlError(MalformedStatementError):
    message = "A DTD is not allowed in a statement."


class BrokenXmlError(MalformedStatementError):
    message = "Line {line}: the XML is broken or cut off. Download the file again."


class PasswordNeededError(MalformedStatementError):
    message = "This PDF is locked. Type its password."


class WrongPasswordError(MalformedStatementError):
    message = "This is not the password of this PDF."


class PictureError(MalformedStatementError):
    message = "This PDF is a picture without text. Ask the bank for the text PDF, or for a CSV file."


class UnsafePdfError(MalformedStatementError):
    message = "This PDF holds a script or another file, which no statement does. Download it from the bank again."


class BrokenPdfError(MalformedStatementError):
    message = "This PDF is cut off, broken or too heavy to read. Download it again, for a shorter period."


class OtherFormatError(MalformedStatementError):
    """Two formats identify their lines differently: taking a day from both would count it twice."""

    message = "{day} was already imported from a file of another format. Use one format for one account."


class ContradictionError(MalformedStatementError):
    message = "Line {line} contradicts what an earlier file said of the same moment and balance."


class UnknownLineError(NotFoundError):
    message = "There is no such waiting line."


class AlreadySettledError(StateError):
    message = "This line was already settled."


class WrongDirectionError(StateError):
    message = "This explanation does not fit the direction of the money."


class UnequalError(StateError):
    message = "The amounts differ: {out} went out, {came} had come in."


class OtherAccountError(StateError):
    message = "The two lines are of different bank accounts."


class ReturnedTooEarlyError(StateError):
    message = "It cannot have gone back before it came."


class ReasonMissingError(MalformedError):
    message = "Say in a few words why."


class UnknownReferenceError(MalformedError):
    message = "No gift has the reference {reference}, and no campaign has it as its code."


class UnknownExplanationError(MalformedError):
    message = "Choose what this line is."


class NoCandidateError(StateError):
    message = "This is not offered for this line any more. Look at the line again."


class PartsError(MalformedError):
    message = "The parts make {parts}; the line is {line}."


class PartUnclearError(MalformedError):
    message = "Part {line}: write a reference or a code, a blank, and an amount in baht."


class NoPartsError(MalformedError):
    message = "Divide a line into two parts or more, each more than nothing."


class OneLineError(MalformedError):
    message = "Choose two lines or more, each once."


class NothingToUndoError(StateError):
    message = "Nothing settles this line that could be taken back."


class StatementUndoneError(StateError):
    message = "This import was already taken back."


class StatementStandsError(StateError):
    message = "This import was not taken back."


class NotAskedError(MalformedError):
    message = "Choose a colleague who may read the line."


class NoSuchRuleError(NotFoundError):
    message = "There is no such rule, or it is switched off already."


class RuleWordsError(MalformedError):
    message = "Give the words by which such lines are known: three letters to two hundred."


class RuleAmountsError(MalformedError):
    message = "The least amount is more than nothing and not more than the most."


class RuleCampaignError(MalformedError):
    message = "Choose a campaign for gifts, and none for anything else."


class MonthShutError(MalformedStatementError):
    """A file of nothing but closed days, or with a late line: then the month was not whole, and must be opened."""

    message = (
        "The file begins on {day}, and {month} of this account is closed."
        " Take a file that begins later, or have the month opened again."
    )


class ClosedDayDiffersError(MonthShutError):
    message = (
        "{month} of this account is closed, and of {day} the file tells something else than what was taken in."
        " Take a file that begins later, or have the month opened again."
    )


class MonthHeldError(StateError):
    message = "{month} of the account {account} is closed, and this would change it. Have the month opened again first."


class MonthRunningError(StateError):
    message = "This month is not over."


class EarlierMonthOpenError(StateError):
    message = "{month} of this account is still open. Close it first."


class LaterMonthClosedError(StateError):
    message = "{month} of this account is closed too. Have it opened again first."


class BooksClosedError(StateError):
    message = "The books of this month are closed. Have them opened again first."


class WishWithdrawnError(StateError):
    message = "Whoever asked for this has withdrawn it."


class NotYourWishError(ForbiddenError):
    message = "Only who asked for this can withdraw it."


class YearClosedError(StateError):
    message = "The year is closed: its months are not opened again. Book what is found out now in the present month."


class MonthNotClosedError(StateError):
    message = "This month is not closed, or somebody has asked already to have it opened again."


class AccountMonthsOpenError(StateError):
    message = "These accounts' months are not closed yet: {accounts}. Reconcile and close them first."


class BalanceDayError(MalformedError):
    message = "Choose a day that is over, and not from before the books began."


class StatedByThemError(ForbiddenError):
    message = "You have stated this month's balance: somebody else reconciles it."


class MonthUnprovenError(StateError):
    message = "This month does not meet yet: see what is missing, then try again."


class MonthNotReconciledError(StateError):
    message = "Somebody must reconcile this month first, as it stands now."


class MonthClosedError(StateError):
    message = "This month of the account is closed."
