"""What payment files refuse. A line is named by its number in the run, never by what stands in it."""

from fund.errors import NotFoundError, StateError


class LayoutError(StateError):
    """For whoever keeps the layouts: which one, and what is wrong in it."""

    message = "The layout {layout} cannot be used: {reason}"


class LayoutNotFoundError(NotFoundError):
    message = "There is no such layout of a payment file."


class NotCarriedError(StateError):
    """Something of a payment that the layout has no place for."""


class NameNotCarriedError(NotCarriedError):
    message = "Line {line}: the bank's file cannot carry this payee's name: too long, or a sign it lacks."


class AccountNotCarriedError(NotCarriedError):
    message = "Line {line}: the bank's file cannot carry this payee's account number."


class BankNotCarriedError(NotCarriedError):
    message = "Line {line}: the bank's file has no code for this payee's bank."


class WayNotCarriedError(NotCarriedError):
    message = "Line {line}: this kind of file cannot pay in this way. Choose another kind of file."


class FigureNotCarriedError(NotCarriedError):
    message = "Line {line}: the bank's file has no room for a figure of this payment."
