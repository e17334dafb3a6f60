"""What is refused about reports, the links to report by, and class lists. No message repeats what was typed."""

from fund.errors import MalformedError, NotFoundError, StateError


class ReportNotFoundError(NotFoundError):
    """No such report, or of none of their districts: the answer is the same."""


class LinkNotFoundError(NotFoundError):
    """No school has this link."""


class WhoMissingError(MalformedError):
    message = "Write a name, a nickname, or where to find the child."


class SignMissingError(MalformedError):
    message = "Choose what worries you, or write it in your own words."


class DistrictMissingError(MalformedError):
    message = "Choose the district."


class SchoolMissingError(MalformedError):
    message = "Choose the school."


class EndReasonError(MalformedError):
    message = "Say why, with one of the reasons offered."


class ReportEndedError(StateError):
    message = "Somebody has dealt with this report meanwhile."


class ReportErasedError(StateError):
    message = "What this report said was erased after its time. It can only be closed."


class LinkEndedError(StateError):
    message = "This link was ended already."


class ListTakenError(StateError):
    message = "This class list was handed in already, with the same marks."


class NobodyAtRiskError(StateError):
    message = "None of these children meets what you chose. Nothing was kept."


class NoColumnError(MalformedError):
    message = "Say which column holds the names."


class NoMarkError(MalformedError):
    message = "Say by what a child is at risk: absences, income or a mark, and in which column it stands."


class ListTooLongError(MalformedError):
    message = "This is longer than a class: {most} rows at most."


class RowError(MalformedError):
    """Which row cannot be read; never what stands there."""

    message = "Row {row} cannot be read. Nothing was taken."


class RowNameError(RowError):
    message = "Row {row} has no name, or one that cannot be read. Nothing was taken."


class RowIdError(RowError):
    message = "Row {row}: the ID number is not right. Nothing was taken."


class RowBirthError(RowError):
    message = "Row {row}: the birthday is no day, as 5/6/2558. Nothing was taken."


class RowAbsencesError(RowError):
    message = "Row {row}: the absences are no whole number. Nothing was taken."


class RowIncomeError(RowError):
    message = "Row {row}: the income is no amount in baht. Nothing was taken."
