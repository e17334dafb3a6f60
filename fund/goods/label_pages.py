"""Pages of labels: print a lot's, and what a phone opens that scans one: what it is and where it lies."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import clock, web
from fund.db import Database
from fund.goods import labels, stock
from fund.goods.states import CONDITIONS
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest

LABEL: Final = "/staff/goods/l"
_SEE, _PRINT = door.require("labels.see"), door.require("labels.print")


class PrintForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many labels; a sheet has 24."""

    count: str = ""
    csrf_token: str = ""


@post("/staff/goods/lots/{lot_id:uuid}/label", guards=[_PRINT], sync_to_thread=True)
def make_label(
    request: AnyRequest, lot_id: FromPath[UUID], data: URLEncodedBody[PrintForm], database: NamedDependency[Database]
) -> Redirect:
    """Give a lot its code, once; its sheet is on the page that follows."""
    with database.write() as session:
        label = labels.make(session, lot_id, by=door.actor(request))
    return Redirect(f"{LABEL}/{label.code}", status_code=303)


@get(LABEL + "/{code:str}", guards=[_SEE], sync_to_thread=True)
def one_label(request: AnyRequest, code: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What a scanned label is of, and what can be done with it."""
    with database.read() as session:
        label = labels.of_code(session, code)
        piles = stock.of_lot(session, label.lot_id)
    return web.page(
        request, "goods/label.html", label=label, piles=piles, conditions=CONDITIONS,
        is_expired=label.expires_on is not None and label.expires_on < clock.today(), a_sheet=labels.A_SHEET,
    )  # fmt: skip


@post(LABEL + "/{code:str}/sheet", guards=[_PRINT], sync_to_thread=True)
def label_sheet(
    request: AnyRequest,
    code: FromPath[str],
    data: URLEncodedBody[PrintForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Labels to print, as a PDF."""
    with database.read() as session:
        label = labels.of_code(session, code)
    count = int(data.count) if data.count.isascii() and data.count.isdecimal() and len(data.count) < 4 else 1
    pdf = labels.sheet_pdf(label, count, address=settings.address, seconds=int(settings.render_seconds))
    named = {"Content-Disposition": f'attachment; filename="labels-{label.code}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=named)


ROUTES = [make_label, one_label, label_sheet]
