"""What the overview refuses."""

from fund.errors import NotFoundError, StateError


class NotOverError(StateError):
    message = "A report is made of a school term that is over. This one is not, or is no term."


class NoReportError(NotFoundError):
    message = "There is no such report."
