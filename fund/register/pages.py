"""Staff's pages of the register: a series with its numbers in order, one number, the table to take away, a print.

Knows no names but on the paper that is printed, which is noted.
"""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import clock, downloads, papers, web
from fund.db import Database
from fund.errors import NotFoundError
from fund.people import door
from fund.register import printing, queries
from fund.register.queries import Line, Series
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.money import format_baht
from receipts import kinds

HOME: Final = "/staff/receipts"
ONE: Final = HOME + "/{number:str}"
SEE: Final = "receipts.see"
KIND_NAMES: Final = {
    "donation": "Donation receipts",
    "audit": "Audit receipts",
    "in-kind": "In-kind receipts",
    "voucher": "Vouchers",
}
HEADING: Final = (
    *("number", "kind", "amount_baht", "given_on", "issued_on"),
    *("void_since", "void_because", "voided_by", "replaces", "replaced_by", "prints"),
)
Short = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00]*$")]


class PrintForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A button alone."""

    csrf_token: Short = ""


class NoSuchPaperError(NotFoundError):
    message = "There is no paper with this number."


@get(HOME, guards=[door.require(SEE)], sync_to_thread=True)
def register(
    request: AnyRequest,
    database: NamedDependency[Database],
    series: FromQuery[Short] = "",
    about: FromQuery[Short] = "",
    after: FromQuery[int] = 0,
) -> Response[str]:
    """The series, and the numbers of one of them; with a number, its own page."""
    with database.read() as session:
        if about and (found := queries.one(session, about)):
            return Redirect(f"{HOME}/{found.number}", status_code=303)
        known = queries.series(session)
        chosen = _chosen(known, series)
        lines = queries.lines(session, chosen, after=max(0, min(after, chosen.last))) if chosen else []
    return web.page(
        request, "register/register.html", known=known, chosen=chosen, lines=lines, kinds=KIND_NAMES, about=about,
        missed=NoSuchPaperError.message if about else "", is_full=len(lines) == queries.AT_ONCE,
    )  # fmt: skip


@get(HOME + "/register.csv", guards=[door.require(SEE)], sync_to_thread=True)
def table(database: NamedDependency[Database], series: FromQuery[Short] = "") -> Response[bytes]:
    """A whole series as a table."""
    with database.read() as session:
        chosen = _chosen(queries.series(session), series)
        lines = queries.lines(session, chosen, limit=chosen.last) if chosen else []
    name = f"register-{chosen.key}.csv" if chosen else "register.csv"
    return downloads.csv_answer(name, HEADING, map(_cells, lines))


@get(ONE, guards=[door.require(SEE)], sync_to_thread=True)
def one_paper(request: AnyRequest, number: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """One number: what it came to, what became of it, who printed it."""
    with database.read() as session:
        found = queries.one(session, number)
        if found is None:
            raise NoSuchPaperError()
        told = papers.printed(session, found.number)
        is_made = papers.of(session, found.number) is not None
    return web.page(
        request, "register/paper.html", paper=found, prints=told, kinds=KIND_NAMES,
        may_print=is_made and kinds.of(found.kind).is_kept,
    )  # fmt: skip


@post(ONE + "/print", guards=[door.require("receipts.print")], sync_to_thread=True, status_code=200)
def print_paper(
    request: AnyRequest,
    number: FromPath[str],
    data: URLEncodedBody[PrintForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Print it for who asks for it."""
    with database.read() as session:
        found = queries.one(session, number)
    if found is None:
        raise NoSuchPaperError()
    content = printing.printed(database, settings, found.number, by=door.actor(request))
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _chosen(known: Sequence[Series], key: str) -> Series | None:
    """The series with this key, else the first one."""
    return next((one for one in known if one.key == key), known[0] if known else None)


def _cells(line: Line) -> tuple[str, ...]:
    return (
        *(line.number, line.kind, format_baht(line.amount_satang).replace(",", ""), str(line.given_on)),
        str(clock.bangkok_day(line.issued_at)),
        str(clock.bangkok_day(line.voided_at)) if line.voided_at else "",
        *(line.void_reason, line.voided_by, line.replaces, line.replaced_by, str(line.prints)),
    )


ROUTES = [register, table, one_paper, print_paper]
