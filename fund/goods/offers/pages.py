"""The public pages: what is needed, the form by which anybody offers goods, and each offer's own page.

Knows no account and sets no cookie; an offer's page opens by the secret in its address. Refuses one offer or photo too
many from an address (429, what was typed stays).
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect

from fund import limits, profile, walls, web
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.donations.service import new_form_key
from fund.errors import FundError, StateError, TooManyError
from fund.goods import given, label_pages, needs, thanking, things
from fund.goods.offers import choosing, forms, photos, queries, service, staff_pages, states
from fund.goods.offers.forms import OfferForm, PhotoForm
from fund.goods.offers.photos import LARGEST_BYTES
from fund.goods.offers.service import GIVER
from fund.limits import Limit
from fund.people import places
from fund.settings import Settings
from fund.web import AnyRequest

OFFER: Final = "/offer"
ONE: Final = OFFER + "/{number:str}/{token:str}"
OFFERS: Final = Limit("offer", 30)
PRIVATE: Final = {"Cache-Control": "no-store"}
ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file


@get("/needs", sync_to_thread=True)
def needed(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What children wait for, in counts that tell of no child."""
    with database.read() as session:
        profile.current(session)
        shown, day, districts = needs.needs(session), needs.counted_on(session), places.districts(session)
    return web.page(request, "goods/needs.html", needs=shown, day=day, districts=districts, kinds=needs.KINDS)


@get(OFFER, sync_to_thread=True)
def offer_form(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form, empty."""
    return _form(request, database, OfferForm())


@post(OFFER, sync_to_thread=True)
def send_offer(
    request: AnyRequest, data: URLEncodedBody[OfferForm], database: NamedDependency[Database]
) -> Response[str]:
    """Keep an offer, and lead to its own page."""
    with database.read() as session:
        profile.current(session)  # a fund that was not founded has nobody to read it
        reading = forms.read(data, things.things(session), places.districts(session))
    if reading.offer is None or reading.giver is None:
        return _form(request, database, data, errors=reading.errors, status=400)
    key = data.form_key if data.has_form_key else new_form_key()
    try:
        with database.write() as session:
            limits.count(session, OFFERS, walls.subscriber(request))
            number, token = service.offer(
                session, reading.offer, reading.giver, form_key=key, language=web.language(request)
            )
    except TooManyError as refusal:
        answer = _form(request, database, data, refused=refusal, status=429)
        answer.headers["Retry-After"] = str(refusal.facts["retry_seconds"])
        return answer
    return Redirect(f"{OFFER}/{number}/{token}", status_code=303, headers=PRIVATE)


@get(ONE, sync_to_thread=True)
def own_offer(
    request: AnyRequest, number: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """An offer as its giver sees it: where it stands, what we wrote, what became of it."""
    return _own(request, database, number, token)


@post(ONE + "/photo", sync_to_thread=True, request_max_body_size=LARGEST_BYTES + ENVELOPE_BYTES)
def send_photo(
    request: AnyRequest,
    number: FromPath[str],
    token: FromPath[str],
    data: MultipartBody[PhotoForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A photo of what is offered."""
    with database.read() as session:
        queries.by_link(session, number, token)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"offer:{number}", f"address:{walls.subscriber(request)}")
    try:
        photo = photos.read(data.photo.file.read(LARGEST_BYTES + 1))
        with database.write() as session:
            service.add_photo(session, settings.files_path, number, photo, by=GIVER)
    except FundError as refusal:
        return _own(request, database, number, token, refusal)
    return Redirect(f"{OFFER}/{number}/{token}#photos", status_code=303, headers=PRIVATE)


@post(ONE + "/withdraw", sync_to_thread=True)
def take_back(
    request: AnyRequest, number: FromPath[str], token: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """Its giver takes an offer back."""
    with database.read() as session:
        queries.by_link(session, number, token)
    try:
        with database.write() as session:
            service.withdraw(session, number)
    except StateError as refusal:
        return _own(request, database, number, token, refusal)
    return Redirect(f"{OFFER}/{number}/{token}", status_code=303, headers=PRIVATE)


def _own(
    request: AnyRequest, database: Database, number: str, token: str, refusal: FundError | None = None
) -> Response[str]:
    with database.read() as session:
        found = queries.by_link(session, number, token)
        issued = thanking.of_offer(session, number)
        became, known, districts = given.of_offer(session, number), things.things(session), places.districts(session)
    answer = web.page(
        request,
        "goods/own_offer.html",
        status=web.status_of(refusal),
        found=found,
        offer=found.offer,
        thing=known.get(found.offer.thing_id) if found.offer.thing_id else None,
        link=f"{OFFER}/{number}/{token}",
        became=became,
        receipts=issued,
        districts=districts,
        states=states.STATES,
        reasons=states.REASONS,
        most=service.MOST_PHOTOS,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
    )
    answer.headers.update(PRIVATE)
    return answer


def _form(
    request: AnyRequest,
    database: Database,
    form: OfferForm,
    *,
    errors: Mapping[str, Refusal] | None = None,
    refused: TooManyError | None = None,
    status: int = 200,
) -> Response[str]:
    """The form with what was typed; a form shown again has a key of its own."""
    language = web.language(request)
    with database.read() as session:
        profile.current(session)
        shown: dict[str, Any] = choosing.choices(session, language)
        wanted = needs.needs(session)[:3]
    answer = web.page(
        request,
        "goods/offer.html",
        status=status,
        form=form,
        form_key=new_form_key(),
        errors=said(errors or {}, language),
        refused=web.message_of(refused, language) if refused else "",
        needs=wanted,
        kinds=needs.KINDS,
        **shown,
    )
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [
    needed,
    offer_form,
    send_offer,
    own_offer,
    send_photo,
    take_back,
    *staff_pages.ROUTES,
    *label_pages.ROUTES,
]
