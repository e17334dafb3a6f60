"""What is refused about collections, one small class per refusal; a row's own refusals name the row and the cell."""

from fund.errors import MalformedError, NotFoundError, StateError, TooLargeError


class CollectionNotFoundError(NotFoundError):
    """It is not there, or of another school: the answer is the same."""

    message = "There is no such collection."


class NoRosterError(MalformedError):
    message = "Choose a file, or paste the rows of your list."


class TwoRostersError(MalformedError):
    message = "Either choose a file or paste rows, not both."


class TooManyPeopleError(TooLargeError):
    message = "A collection has {most} people at most. Make two."


class TooManyColumnsError(TooLargeError):
    message = "A list has {most} columns at most. Take out the others."


class RosterTooLargeError(TooLargeError):
    message = "A list has 4 MB at most. Take out pictures and other sheets."


class RosterWrongError(StateError):
    message = "Something in the list must be changed first."


class CollectionChangedError(StateError):
    message = (
        "The collection was changed meanwhile: {people} people are awaited now, {amount} baht together."
        " Look at it again."
    )


class DraftChangedError(StateError):
    message = "The list was changed meanwhile. Look at it again."


class CollectionSettledError(StateError):
    message = "The money of this collection is here already. Make a new collection for other people."


class NobodyChosenError(MalformedError):
    message = "Choose whose money this is."


class ChosenSumError(MalformedError):
    message = "Those you chose make {chosen} baht, but {came} came."


class RowError(MalformedError):
    """A cell that cannot be taken."""

    message = "This cannot be read."


class NameMissingError(RowError):
    message = "Write a name."


class ReceiptUnclearError(RowError):
    message = "Write yes or no."


class SumBetweenError(RowError):
    message = "This looks like a sum between the rows. Take this row out."


class SumDiffersError(RowError):
    message = "This row says {said} baht, but the rows above make {counted}."


class NoColumnError(RowError):
    message = "Say which column holds it."


class BundleNotMadeError(NotFoundError):
    message = "The papers are still being made. Try again in a minute."
