"""What the books refuse to programs that read them, and to who hands out keys."""

from fund.errors import MalformedError, NotFoundError, StateError, UnknownVisitorError


class AccessNeededError(UnknownVisitorError):
    """Neither a signed-in member of staff nor the holder of a key; which of them was wrong is not said."""

    message = "Sign in, or send an access key that was not revoked."


class UnknownParameterError(MalformedError):
    message = "Only these parameters are understood here: {allowed}."


class ParameterError(MalformedError):
    message = "The parameter {name} takes: {takes}."


class EraError(MalformedError):
    """A year of the Buddhist era, which would silently be a day of the far future."""

    message = "Days are written in the Christian era: {day}."


class CursorError(MalformedError):
    message = "This cursor is not one of this list. Begin without it."


class KeyNameError(MalformedError):
    message = "A key is named with 1 to 40 small letters, digits and hyphens, for example auditor-2570."


class KeyNameTakenError(StateError):
    message = "There was a key {name} before. A name is given once, so that it always says who read."


class NoSuchKeyError(NotFoundError):
    message = "There is no key {name}."


class KeyRevokedError(StateError):
    message = "The key {name} was revoked before."
