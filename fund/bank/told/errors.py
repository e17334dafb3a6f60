"""What is refused about money that a bank told us of."""

from fund.errors import NotFoundError, StateError


class UnknownCallbackError(NotFoundError):
    message = "There is no such payment."


class NotOpenError(StateError):
    message = "This payment no longer waits for its line."


class TooEarlyError(StateError):
    message = "Its line may still come: this can be done {days} days after the payment."


class NothingConfirmedError(StateError):
    message = "Nothing that this bank confirmed on that day waits any more."


class NotThisSumError(StateError):
    message = "These payments are {confirmed} baht together; a line of {line} baht cannot be theirs."


class NotThisAccountError(StateError):
    message = "This line is on an account where payments of that bank do not arrive."
