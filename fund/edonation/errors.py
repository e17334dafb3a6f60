"""What the export for e-Donation refuses."""

from fund.errors import MalformedError, NotFoundError, StateError


class MonthNotFoundError(NotFoundError):
    message = "There is no such month here."


class NothingReadyError(StateError):
    message = "No gift of this month waits to be handed out."


class HandedOutBeforeError(StateError):
    message = "Somebody has just handed out one of these gifts. Look at the list again."


class ExportNotFoundError(NotFoundError):
    message = "There is no such table."


class ExportOverError(StateError):
    message = "{days} days have passed since these gifts were handed out: their table can no longer be saved."


class NotToTakeBackError(StateError):
    message = "This gift is not one to take back."


class FormError(MalformedError):
    message = "Choose CSV or XLSX."


class ColumnsError(StateError):
    """For whoever keeps the layout: what is wrong in it."""

    message = "The table's layout cannot be used: {reason}"
