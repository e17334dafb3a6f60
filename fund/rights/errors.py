"""What the data desk refuses."""

from fund.errors import MalformedError, NotFoundError, StateError


class RequestNotFoundError(NotFoundError):
    message = "There is no such request."


class ProposalNotFoundError(NotFoundError):
    message = "There is no such proposal."


class BreachNotFoundError(NotFoundError):
    message = "There is no such breach in the register."


class ChoiceError(MalformedError):
    message = "Choose one of what is offered."


class WordsError(MalformedError):
    message = "Write it in {longest} characters at most, and at least one."


class MomentError(MalformedError):
    message = "Write day and time, not later than now and not before it was noticed."


class ReceivedError(MalformedError):
    message = "Write the day on which the request came, today at the latest."


class CountError(MalformedError):
    message = "Write how many people it may be about, as a number."


class NobodyFoundError(StateError):
    message = "Nothing is held under this. Ask for the receipt's number or link, or for the gift's reference."


class AnsweredError(StateError):
    message = "This request has its answer. For more, take a new one."


class StillProposedError(StateError):
    message = "An erasure that was proposed for this request still waits. Confirm it, or keep it until a day, first."


class NotTheirsError(StateError):
    message = "This is not what the request is about, or it was erased."


class DecidedError(StateError):
    message = "This was decided before."


class BreachClosedError(StateError):
    message = "This breach is closed. If more is known, report it as a new one."


class StillToTellError(StateError):
    message = "Before it is closed, the office is told of any risk, and the people of a high one."


class ListForgedError(MalformedError):
    """A list of erasures that this log's key did not sign: nothing was erased by it."""

    message = "This is not a list of erasures that this fund's log has signed. Nothing was changed."
