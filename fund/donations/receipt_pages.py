"""A receipt for who holds its link, and the check that anyone who holds the paper may make.

Knows two doors: number and token open the receipt, number and check code confirm amount and date. Refuses
everything else with one answer.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from fund import files, limits, papers, signing, walls, web
from fund.db import Database
from fund.donations.forms import VerifyForm
from fund.errors import NotFoundError
from fund.settings import Settings
from fund.web import AnyRequest
from ledger import log
from receipts import codes, proofs
from receipts import service as receipts
from receipts.errors import ReceiptNotFoundError
from receipts.leaves import RECEIPTS

PRIVATE = {"Cache-Control": "no-store"}
_NO_RECEIPT = ReceiptNotFoundError()


class PaperNotMadeError(NotFoundError):
    message = "The paper is still being made. Try again in a minute."


@get("/r/{number:str}/{token:str}", sync_to_thread=True)
def receipt(
    request: AnyRequest, number: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """What the receipt says, and its paper once it is made."""
    try:
        with database.read() as session:
            opened = receipts.open_receipt(session, number, token)
            is_made = papers.of(session, opened.number) is not None
            is_logged = log.position(session, RECEIPTS.kind, opened.number) is not None
    except ReceiptNotFoundError:
        return _not_found(request)
    answer = web.page(
        request,
        "donations/receipt.html",
        receipt=opened,
        is_made=is_made,
        private_path=f"/r/{number}/{token}",
        proof_path=f"/api/receipts/{number}/{token}/proof" if is_logged else "",
    )
    answer.headers.update(PRIVATE)
    return answer


@get("/r/{number:str}/{token:str}/state", sync_to_thread=True)
def receipt_state(number: FromPath[str], token: FromPath[str], database: NamedDependency[Database]) -> Response[Any]:
    """Whether the paper is made, for the page that waits for it."""
    try:
        with database.read() as session:
            opened = receipts.open_receipt(session, number, token)
            is_made = papers.of(session, opened.number) is not None
    except ReceiptNotFoundError:
        raise NotFoundError() from None
    return Response({"is_made": is_made}, headers=PRIVATE)


@get("/r/{number:str}/{token:str}/receipt.pdf", sync_to_thread=True)
def receipt_paper(
    request: AnyRequest,
    number: FromPath[str],
    token: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The receipt's PDF as it was made once."""
    try:
        with database.read() as session:
            opened = receipts.open_receipt(session, number, token)
            sha256 = papers.of(session, opened.number)
            if sha256 is None:
                raise PaperNotMadeError()
            paper = files.load(session, settings.files_path, sha256, opened.owner or files.NOBODY)
    except ReceiptNotFoundError:
        return _not_found(request)  # type: ignore[return-value]
    headers = {"Content-Disposition": f'attachment; filename="{opened.number}.pdf"', **PRIVATE}
    return Response(paper, media_type="application/pdf", headers=headers)


@get("/verify", sync_to_thread=True)
def verify_form(request: AnyRequest) -> Response[str]:
    """Ask for the number and the check code."""
    return web.page(request, "donations/verify.html", form=VerifyForm(), error="")


@post("/verify", sync_to_thread=True, status_code=200)
def verify(request: AnyRequest, data: URLEncodedBody[VerifyForm], database: NamedDependency[Database]) -> Response[str]:
    """Whether amount and date on this paper are genuine."""
    return _checked(request, database, data)


@get("/v/{number:str}/{code:str}", sync_to_thread=True)
def verify_scanned(
    request: AnyRequest, number: FromPath[str], code: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """The same, from the QR on the paper."""
    return _checked(request, database, VerifyForm(number, code))


@get("/v/{number:str}/{code:str}/proof", sync_to_thread=True)
def verified_proof(
    request: AnyRequest, number: FromPath[str], code: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """The proof of a paper of an open kind, for whoever holds it."""
    try:
        with limits.guessing(database, walls.subscriber(request), ReceiptNotFoundError) as session:
            checked = receipts.check(session, number, code)
            if checked.facts is None:
                raise ReceiptNotFoundError()
            told = proofs.receipt_file(session, checked.number)
    except ReceiptNotFoundError:
        return _not_found(request)
    headers = {"Content-Disposition": f'attachment; filename="{checked.number}.json"', **PRIVATE}
    return Response(told, media_type="application/json", headers=headers)


def _checked(request: AnyRequest, database: Database, form: VerifyForm) -> Response[str]:
    try:
        with limits.guessing(database, walls.subscriber(request), ReceiptNotFoundError) as session:
            checked = receipts.check(session, form.number, form.code)
            is_logged = log.position(session, RECEIPTS.kind, checked.number) is not None
            certificates = signing.names(session)
    except ReceiptNotFoundError:
        return _not_found(request, form)
    template = "donations/verified.html" if checked.facts is None else "donations/verified_paper.html"
    answer = web.page(
        request,
        template,
        checked=checked,
        code=codes.fold(form.code),
        is_logged=is_logged,
        certificates=certificates,
    )
    answer.headers.update(PRIVATE)
    return answer


def _not_found(request: AnyRequest, form: VerifyForm | None = None) -> Response[str]:
    """One answer for an unknown number, a wrong token and a wrong code."""
    said = web.message_of(_NO_RECEIPT, web.language(request))
    answer = web.page(request, "donations/verify.html", status=404, form=form or VerifyForm(), error=said)
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [receipt, receipt_state, receipt_paper, verify_form, verify, verify_scanned, verified_proof]
