"""Staff's pages of audit receipts: paid tranches with their paper or what they lack, one paper, its proof, its copies.

Knows no child. The version with the child's name is made for who may see the case and says why, noted, and kept
nowhere; whoever may not see the case gets the answer of a page that is not there.
"""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from fund import audit, clock, files, papers, profile, web
from fund import language as words
from fund.audit_receipts import queries
from fund.audit_receipts.queries import Sought
from fund.cases import case_page
from fund.cases import queries as cases
from fund.cases.children import NEEDS
from fund.db import Database
from fund.errors import NotFoundError
from fund.people import door
from fund.people.powers import ACTIONS
from fund.settings import Settings
from fund.web import AnyRequest
from ledger import accounts
from receipts import proofs, render
from receipts.queries import Receipt
from receipts.render import Named

HOME: Final = "/staff/audit-receipts"
ONE: Final = HOME + "/{number:str}"
SEE: Final = "audit_receipts.see"
NO_STORE: Final = {"Cache-Control": "no-store"}
Short = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00]*$")]


class WhyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody wants the child's name on it."""

    why: Short = ""
    csrf_token: Short = ""


class NoAuditReceiptError(NotFoundError):
    message = "There is no such audit receipt."


@get(HOME, guards=[door.require(SEE)], sync_to_thread=True)
def all_receipts(
    request: AnyRequest,
    database: NamedDependency[Database],
    show: FromQuery[Short] = "",
    fund: FromQuery[Short] = "",
    about: FromQuery[Short] = "",
    after: FromQuery[Short] = "",
) -> Response[str]:
    """Paid tranches of their districts, with their papers or what is missing."""
    sought = Sought(show if show in queries.STATES else "", fund, about)
    person = door.visitor(request).person
    with database.read() as session:
        found = queries.paid(session, sought, _districts(person), after=after if _is_id(after) else "")
        funds = accounts.funds(session)
    return web.page(
        request, "audit_receipts/all.html", found=found, sought=sought, funds=funds, states=queries.STATES,
        lacks=queries.LACKS, purposes=NEEDS, is_full=len(found) == queries.AT_ONCE,
    )  # fmt: skip


@get(ONE, guards=[door.require(SEE)], sync_to_thread=True)
def one_receipt(request: AnyRequest, number: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """One audit receipt: what it says, and its copies."""
    found = _theirs(request, database, number)
    with database.read() as session:
        replaced_by = queries.replaced_by(session, found.number)
        is_made = papers.of(session, found.number) is not None
    return web.page(
        request, "audit_receipts/one.html", receipt=found, replaced_by=replaced_by, is_made=is_made,
        reasons=audit.REASONS,
    )  # fmt: skip


@get(ONE + "/receipt.pdf", guards=[door.require(SEE)], sync_to_thread=True)
def paper(
    request: AnyRequest,
    number: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Its PDF, as it was made once; of a void one a copy that says so."""
    found = _theirs(request, database, number)
    with database.read() as session:
        sha256, is_demo = papers.of(session, found.number), profile.is_demo(session)
        kept = files.load(session, settings.files_path, sha256, files.NOBODY) if sha256 else b""
    if found.is_void or not kept:
        kept = _printed(found, settings, is_demo=is_demo)
    return _pdf(kept, found.number)


@get(ONE + "/proof", guards=[door.require(SEE)], sync_to_thread=True)
def proof(request: AnyRequest, number: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """The proof of it, as a file that `verify_receipt.py` checks offline."""
    found = _theirs(request, database, number)
    with database.read() as session:
        told = proofs.receipt_file(session, found.number)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.json"', **NO_STORE}
    return Response(told, media_type="application/json", headers=headers)


@post(ONE + "/named.pdf", guards=[door.require(SEE)], sync_to_thread=True, status_code=200)
def named_paper(
    request: AnyRequest,
    number: FromPath[str],
    data: URLEncodedBody[WhyForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The version with the child's name, for this purpose; it is printed now and kept nowhere."""
    found = _theirs(request, database, number)
    case_page.theirs(request, database, found.facts.case_code)
    by = door.actor(request)
    with database.write() as session:
        who = cases.child_of(session, found.facts.case_code, purpose=data.why, by=by).child
        audit.viewed(session, by, "audit_receipt", found.number, reason=data.why)
        is_demo = profile.is_demo(session)
    if who is None:
        raise NoAuditReceiptError()
    return _pdf(_printed(found, settings, is_demo=is_demo, child=_named(who.name, by.name, data.why)), found.number)


def _theirs(request: AnyRequest, database: Database, number: str) -> Receipt:
    """An audit receipt of a district of theirs. Raises NoAuditReceiptError, the same for every miss."""
    with database.read() as session:
        found = queries.one(session, number)
        if found is not None and door.visitor(request).may(SEE, queries.place_of(session, found)):
            return found
    raise NoAuditReceiptError()


def _districts(person: Any) -> set[str] | None:
    """Where this person may see them; None for everywhere."""
    scopes = {grant.scope for grant in person.grants if grant.role in ACTIONS[SEE].roles}
    return None if "" in scopes else {scope.removeprefix("district:") for scope in scopes}


def _named(name: str, printed_by: str, why: str) -> Named:
    now, reason = clock.now(), audit.REASONS[why]
    return Named(
        name, printed_by, words.moment("th", now), words.moment("en", now), words.gettext("th", reason), reason
    )


def _printed(found: Receipt, settings: Settings, *, is_demo: bool, child: Named | None = None) -> bytes:
    return render.receipt_pdf(
        found,
        address=settings.address,
        is_demo=is_demo,
        is_copy=True,
        child=child,
        seconds=int(settings.render_seconds),
    )


def _pdf(content: bytes, number: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{number}.pdf"', **NO_STORE}
    return Response(content, media_type="application/pdf", headers=headers)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


ROUTES = [all_receipts, one_receipt, paper, proof, named_paper]
