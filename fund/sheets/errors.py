"""What is refused in a table that somebody hands in: always with the place, nothing of it taken."""

from fund.errors import FundError, MalformedError, TooLargeError


class SheetError(FundError):
    """A file that cannot be taken."""

    message = "This file cannot be read."


class MalformedSheetError(SheetError, MalformedError):
    """The kind of refusal in which the file itself is wrong."""


class UndecodableError(MalformedSheetError):
    message = "Line {line}: these bytes are not Thai text. Export the file again."


class MixedEncodingError(MalformedSheetError):
    message = "Line {line}: the text is stored in two ways in one file. Export the file again."


class LongLineError(MalformedSheetError):
    message = "Line {line} is too long for a line of a statement. Export the file again."


class TruncatedError(MalformedSheetError):
    message = "The file is cut off at line {line}. Download it again."


class FormulaError(MalformedSheetError):
    message = "Line {line}, column {column}: a formula stands here. Save the table as values only."


class ManySheetsError(MalformedSheetError):
    message = "The workbook has rows on more than one sheet. Keep one sheet."


class BrokenWorkbookError(MalformedSheetError):
    message = "This workbook cannot be opened. Save it again as XLSX or CSV."


class HeavyWorkbookError(SheetError, TooLargeError):
    """A file that unpacks to far more than it is: a mistake, or meant to do harm."""

    message = "This workbook unpacks to far more than a table. Save it again as CSV."
