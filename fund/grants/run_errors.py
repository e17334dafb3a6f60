"""What payment runs and papers of advances refuse."""

from fund.errors import FundError, MalformedError, NotFoundError, StateError


class RunNotFoundError(NotFoundError):
    message = "There is no such payment run, or no such line in it."


class RunStateError(StateError):
    message = "This run is further than that. Reload the page and look again."


class NothingChosenError(MalformedError):
    message = "Choose 1 to {most} payments for a run."


class RunAccountError(MalformedError):
    message = "Choose the account of ours that the run is paid from."


class PayDayError(MalformedError):
    message = "Say on which day the bank is to pay: today or within {days} days."


class CashChosenError(StateError):
    message = "Line {line}: cash goes out as an advance, not in a payment file."


class PayeeGoneError(StateError):
    message = "Line {line}: who is paid here was erased. Take the line out."


class LineChangedError(StateError):
    """A tranche of the run cannot be prepared or authorised any more."""

    message = "Line {line} cannot be paid now: it was held, cancelled or paid meanwhile. Look again."


class RunChangedError(StateError):
    """What is there is not what was shown, or not what was authorised."""

    message = "This run is not what you were shown. Look at it again before you authorise it."


class RunTamperedError(FundError):
    message = "The run or its file is not what was authorised. Do not pay it, and tell the auditor: {reference}"


class PaperNeededError(MalformedError):
    message = "Add the paper that shows it: a PDF or a photo."
