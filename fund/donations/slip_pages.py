"""Slips handed in: by a donor on the gift's own page, by an officer for a donor; and the officers' list of them.

Refuses nothing about money: a slip moves none.
"""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.response import Redirect

from fund import audit, codes, limits, walls, web
from fund.audit import Actor
from fund.db import Database
from fund.donations import queries, references, slip_reader, slips
from fund.donations.queries import GiftNotFoundError
from fund.donations.slip_reader import LARGEST_BYTES
from fund.donations.slips import SlipUsedError
from fund.donations.views import gift_view
from fund.errors import FundError
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest

SLIPS: Final = "/staff/slips"
PRIVATE: Final = {"Cache-Control": "no-store"}
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
_KINDS: Final = {b"\xff\xd8": "image/jpeg", b"\x89P": "image/png", b"RI": "image/webp"}


class SlipForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A donor's slip."""

    picture: UploadFile


class StaffSlipForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slip that a donor has shown to an officer."""

    picture: UploadFile
    reference: Annotated[str, msgspec.Meta(max_length=references.LONGEST)] = ""
    csrf_token: str = ""


@post(
    "/gift/{reference:str}/{token:str}/slip",
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def send_slip(
    request: AnyRequest,
    reference: FromPath[str],
    token: FromPath[str],
    data: MultipartBody[SlipForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """The donor's slip for this gift."""
    link = f"/gift/{reference}/{token}"
    with database.read() as session:
        pledge = queries.pledge_by_link(session, reference, token)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"pledge:{pledge.reference}", f"address:{walls.subscriber(request)}")
    try:
        _claim(database, settings, pledge.id, data.picture.file.read(LARGEST_BYTES + 1), audit.DONOR)
    except FundError as refusal:
        with database.read() as session:
            shown = gift_view(session, pledge, for_its_donor=True)
        said = web.message_of(refusal, web.language(request))
        answer = web.page(
            request, "donations/gift.html", status=web.status_of(refusal), gift=shown, pledge=pledge, private_path=link,
            slip_error=said, error=said,
        )  # fmt: skip
        answer.headers.update(PRIVATE)
        return answer
    return Redirect(f"{link}#slip", status_code=303, headers=PRIVATE)


@get(SLIPS, guards=[door.require("slips.see")], sync_to_thread=True)
def list_slips(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The slips whose money has not been found, and those shown for more than one gift."""
    return _list(request, database)


@post(
    SLIPS,
    guards=[door.require("slips.claim")],
    sync_to_thread=True,
    request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES,
)
def take_slip(
    request: AnyRequest,
    data: MultipartBody[StaffSlipForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A slip that an officer got from a donor."""
    actor = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{actor.name}", f"address:{walls.subscriber(request)}")
    try:
        with database.read() as session:
            folded = codes.fold(data.reference)
            pledge = queries.pledges_by_reference(session, [folded]).get(folded)
        if pledge is None:
            raise GiftNotFoundError()
        _claim(database, settings, pledge.id, data.picture.file.read(LARGEST_BYTES + 1), actor)
    except FundError as refusal:
        return _list(request, database, refusal, data.reference)
    return Redirect(SLIPS, status_code=303)


@get("/staff/slips/{slip_id:uuid}/picture", guards=[door.require("slips.see")], sync_to_thread=True)
def slip_picture(
    request: AnyRequest,
    slip_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A slip's picture; it names people, so the look is noted."""
    with database.write() as session:
        content = slips.picture(session, settings.files_path, slip_id)
        audit.viewed(session, door.actor(request), "slip", slip_id)
    return Response(content, media_type=_KINDS.get(content[:2], "application/octet-stream"), headers=PRIVATE)


def _claim(database: Database, settings: Settings, pledge_id: UUID, picture: bytes, by: Actor) -> None:
    """Read the slip, then keep it. Raises SlipUsedError where it is another pledge's, and the reader's refusals."""
    slip = slip_reader.read(picture)
    with database.write() as session:
        is_theirs = slips.claim(session, settings.files_path, pledge_id, slip, picture, by=by)
    if not is_theirs:
        raise SlipUsedError()


def _list(
    request: AnyRequest, database: Database, refusal: FundError | None = None, reference: str = ""
) -> Response[str]:
    with database.read() as session:
        waiting = slips.waiting(session)
    return web.page(
        request,
        "donations/slips.html",
        status=web.status_of(refusal),
        slips=waiting,
        reference=reference,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
    )


ROUTES = [send_slip, list_slips, take_slip, slip_picture]
