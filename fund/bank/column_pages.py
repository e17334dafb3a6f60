"""Staff's page of a table that no importer knows: its first rows as they are, and which column says what."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import profile, web
from fund.bank import handing_in, mappings, saying
from fund.bank.errors import AccountUnsaidError, StatementError
from fund.bank.handing_in import Delimiter
from fund.bank.importers import mapped
from fund.bank.importers.mapped import Mapping
from fund.db import Database
from fund.errors import MalformedError
from fund.people import door
from fund.settings import Settings
from fund.sheets.tables import Row
from fund.web import AnyRequest

SHOWN_ROWS: Final = 15
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]
ONE: Final = ("day", "time", "amount", "came", "went", "balance", "reference", "payer", "channel")


class ColumnsForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each column says, first to last; which row holds the headings (0: none)."""

    column: list[Short] = []
    account: Short = ""
    heading: Annotated[int, msgspec.Meta(ge=0, le=mapped.PREVIEWED_ROWS)] = 0
    footer: Short = ""
    delimiter: Delimiter | None = None
    era: Literal["0", "543"] = "0"
    order: Literal["day first", "month first"] = "day first"
    newest_first: Short = ""
    csrf_token: Short = ""

    def mapping(self, rows: list[Row]) -> Mapping:
        """The mapping that was made on these rows."""
        told: dict[str, Any] = {name: self.column.index(name) + 1 for name in ONE if name in self.column}
        return Mapping(
            day=told.pop("day", 0),
            **told,
            text=tuple(place for place, name in enumerate(self.column, start=1) if name == "text"),
            headings=tuple(rows[self.heading - 1].cells) if 0 < self.heading <= len(rows) else (),
            footer=self.footer.strip(),
            delimiter=_delimiter(self),
            era=543 if self.era == "543" else 0,
            order=self.order,
            is_newest_first=bool(self.newest_first),
        )


@get("/staff/statements/columns/{handed_in:uuid}", guards=[door.require("statements.import")], sync_to_thread=True)
def columns(
    request: AnyRequest,
    handed_in: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    delimiter: FromQuery[Delimiter | None] = None,
) -> Response[str]:
    """The first rows of the table, parted as is asked or as they seem to be, and a choice for each column."""
    return _columns(request, database, settings, handed_in, ColumnsForm(delimiter=delimiter))


@post("/staff/statements/columns/{handed_in:uuid}", guards=[door.require("statements.import")], sync_to_thread=True)
def name_columns(
    request: AnyRequest,
    handed_in: FromPath[UUID],
    data: URLEncodedBody[ColumnsForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Remember the mapping for the account, and have the file read by it."""
    actor = door.actor(request)
    try:
        with database.write() as session:
            if data.account not in {one.account for one in profile.current(session).accounts}:
                raise AccountUnsaidError()
            told = handing_in.content(session, settings, handed_in)
            data = _parted(data, told)
            rows = mapped.preview(told, _delimiter(data))
            mappings.remember(session, data.account, data.mapping(rows), by=actor)
            handing_in.again(session, handed_in, data.account, by=actor)
    except (MalformedError, StatementError) as refusal:
        return _columns(request, database, settings, handed_in, data, web.message_of(refusal, web.language(request)))
    return Redirect("/staff/statements", status_code=303)


def _parted(typed: ColumnsForm, told: bytes) -> ColumnsForm:
    """The form, with what parts the cells where nobody has said it."""
    return msgspec.structs.replace(typed, delimiter=typed.delimiter or handing_in.delimiter_of(told))


def _delimiter(typed: ColumnsForm) -> Delimiter:
    return typed.delimiter or handing_in.DELIMITERS[0]


def _columns(
    request: AnyRequest, database: Database, settings: Settings, handed_in: UUID, typed: ColumnsForm, error: str = ""
) -> Response[str]:
    with database.read() as session:
        accounts = profile.current(session).accounts
        told = handing_in.content(session, settings, handed_in)
    typed = _parted(typed, told)
    try:
        rows = mapped.preview(told, _delimiter(typed))[:SHOWN_ROWS]
    except StatementError as refusal:
        rows, error = [], error or web.message_of(refusal, web.language(request))
    return web.page(
        request,
        "bank/columns.html",
        status=400 if error else 200,
        handed_in=handed_in,
        rows=rows,
        width=max((len(row.cells) for row in rows), default=0),
        typed=typed,
        account_choices=[(one.account, f"{one.bank} …{one.number[-4:]}") for one in accounts],
        error=error,
    )


ROUTES = [columns, name_columns]
