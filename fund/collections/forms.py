"""What the forms of collections send, read: a campaign, a list as a file or as pasted rows, what its columns hold."""

from typing import Annotated

import msgspec
from litestar.datastructures import UploadFile

from fund.collections import rosters
from fund.collections.errors import NoRosterError, TwoRostersError
from fund.collections.rosters import COLUMNS, Layout
from fund.donations import references

Short = Annotated[str, msgspec.Meta(max_length=500)]
Pasted = Annotated[str, msgspec.Meta(max_length=rosters.MOST_BYTES)]


class ListForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A list: a file, or rows pasted from a spreadsheet."""

    pasted: Pasted = ""
    csrf_token: Short = ""
    file: UploadFile | None = None  # last: a field before it that is no text leaves no file open

    def table(self) -> str:
        """The list as `rosters.table` makes it. Raises NoRosterError, TwoRostersError, SheetError."""
        content = self.file.file.read(rosters.MOST_BYTES + 1) if self.file else b""
        pasted = self.pasted.strip("\r\n")
        if content and pasted.strip():
            raise TwoRostersError()
        if not (content or pasted.strip()):
            raise NoRosterError()
        return rosters.table(content or pasted.encode())


class NewForm(ListForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same, for a new collection of the campaign with this code."""

    campaign: Annotated[str, msgspec.Meta(max_length=references.LONGEST)] = ""


class ColumnsForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each column holds, which row has the headings, and whether everybody gets a receipt."""

    column: list[Short] | Short = []
    heading_row: Annotated[int, msgspec.Meta(ge=0, le=rosters.MOST_PEOPLE)] = 0
    for_all: Short = ""
    csrf_token: Short = ""

    @property
    def layout(self) -> Layout:
        columns = [self.column] if isinstance(self.column, str) else self.column
        known = tuple(column if column in COLUMNS else "" for column in columns)
        return Layout(rosters.each_once(known), self.heading_row, bool(self.for_all))


class DraftForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list that was looked at."""

    draft: Short = ""
    csrf_token: Short = ""


class PlainForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A button."""

    csrf_token: Short = ""
