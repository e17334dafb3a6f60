"""What the fund refuses, one small class per refusal; the base of every feature's own errors.

Knows nothing of HTTP (`web` has the one table) and of languages (`message` is a catalogue's source text).
"""

from typing import Any, ClassVar


class FundError(Exception):
    """Anything the fund refuses. `facts` fill the braces of `message`."""

    message: ClassVar[str] = "This cannot be done."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class MalformedError(FundError):
    """What came in cannot be understood."""

    message = "This could not be understood."


class NotFoundError(FundError):
    """It is not there, or it is not yours: the answer is the same."""

    message = "There is nothing at this address."


class ForbiddenError(FundError):
    message = "You may not do this."


class UnknownVisitorError(FundError):
    """Who asks must first say who they are."""


class UnavailableError(FundError):
    """It cannot be answered now, whoever asks."""


class StateError(FundError):
    """The act does not fit the state of things."""

    message = "This no longer fits. Reload the page and look again."


class TooLargeError(FundError):
    message = "This is too large."


class WrongTypeError(FundError):
    message = "The file is not of the type its name says."


class RequestReusedError(FundError):
    """The same idempotency key came with another request."""

    message = "This form was already sent with other contents."


class TooManyError(FundError):
    """Throttled: `retry_minutes` for people, `retry_seconds` for programs."""

    message = "Wait {retry_minutes} minutes and try again."
