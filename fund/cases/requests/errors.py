"""What requests of a case refuse. No message repeats what was typed."""

from fund.errors import ForbiddenError, MalformedError, StateError


class AskedBeforeError(StateError):
    """The same purpose in the same term: allowed with a reason, which is kept."""

    message = "This was asked for in this term already. Say why once more, or ask for something else."


class NotForThisError(MalformedError):
    """No fund may be used for this purpose in this district."""

    message = "No fund may be used for this here. Choose another purpose."


class TooOldError(StateError):
    message = "The child is {age} or older: the fund helps until then."


class OwnRequestError(ForbiddenError):
    message = "You cannot ask or decide for a child whom you answer for, nor for money to yourself. A colleague does."


class TermError(MalformedError):
    message = "Choose one of these terms."


class PartError(MalformedError):
    message = "Each part needs an amount and a day. Leave both empty where there is none."


class PartDayError(MalformedError):
    message = "Look at the day again: today or later, within two years."


class PayeeChoiceError(MalformedError):
    message = "Choose whom to pay, or write down a new one."
