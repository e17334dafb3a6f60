"""Staff's pages of offers: what waits for an answer, one offer and what is done with it, one noted for somebody.

Opening an offer shows who offers, and is noted. An answer goes to the giver as a letter and stands on their own page.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, limits, walls, web
from fund.audit import Actor
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.donations.service import new_form_key
from fund.errors import FundError, MalformedError, StateError
from fund.goods import things
from fund.goods.errors import QuantityError
from fund.goods.offers import choosing, forms, photos, queries, service, states, told
from fund.goods.offers.errors import ChoiceMissingError, OfferNotFoundError, PartError
from fund.goods.offers.forms import AnswerForm, StaffOfferForm, StaffPhotoForm
from fund.goods.offers.photos import LARGEST_BYTES
from fund.goods.states import CONDITIONS
from fund.people import door, places
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/offers"
ONE: Final = HOME + "/{number:str}"
PRIVATE: Final = {"Cache-Control": "no-store"}
ENVELOPE_BYTES: Final = 64 * 1024
OPEN: Final = (states.OFFERED, states.ACCEPTED, states.PART_ACCEPTED, states.EXPECTED)
ENDED: Final = (states.RECEIVED, states.DECLINED, states.WITHDRAWN)
_SEE, _MAKE, _ANSWER = door.require("offers.see"), door.require("offers.make"), door.require("offers.answer")


@get(HOME, guards=[_SEE], sync_to_thread=True)
def offers(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The offers, by what is to be done with them; none is opened by it."""
    with database.read() as session:
        known, districts = things.things(session), places.districts(session)
        by_state = {state: queries.in_states(session, state) for state in OPEN}
        ended = queries.in_states(session, *ENDED)
    return _page(
        request, "goods/offers.html", by_state=by_state, ended=ended[-20:][::-1], things=known, districts=districts
    )


@get(HOME + "/new", guards=[_MAKE], sync_to_thread=True)
def own_form(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form for an offer that came by telephone or at the door."""
    return _form(request, database, StaffOfferForm(), {})


@post(HOME + "/new", guards=[_MAKE], sync_to_thread=True)
def note_offer(
    request: AnyRequest, data: URLEncodedBody[StaffOfferForm], database: NamedDependency[Database]
) -> Response[str]:
    """Keep it, and lead there."""
    with database.read() as session:
        reading = forms.read(data, things.things(session), places.districts(session))
    if reading.offer is None or reading.giver is None:
        return _form(request, database, data, reading.errors)
    key = data.form_key if data.has_form_key else new_form_key()
    with database.write() as session:
        number, _ = service.offer(
            session, reading.offer, reading.giver, form_key=key, channel="staff", by=door.actor(request)
        )
    return Redirect(f"{HOME}/{number}", status_code=303, headers=PRIVATE)


@get(ONE, guards=[_SEE], sync_to_thread=True)
def one_offer(request: AnyRequest, number: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """What one offer says, who offers, and what can be done with it."""
    return _one(request, database, number)


@post(ONE + "/{act:str}", guards=[_ANSWER], sync_to_thread=True)
def act(
    request: AnyRequest,
    number: FromPath[str],
    act: FromPath[str],
    data: URLEncodedBody[AnswerForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Accept it, a part of it, decline it; note that it is on its way, or that it was taken back."""
    try:
        with database.write() as session:
            _do(session, number, act, data, by=door.actor(request))
    except (PartError, QuantityError) as refusal:
        return _one(request, database, number, data, {f"{act}_accepted": refusal})
    except ChoiceMissingError as refusal:
        return _one(request, database, number, data, {f"{act}_reason": refusal})
    except (MalformedError, StateError) as refusal:
        return _one(request, database, number, data, {f"{act}_words": refusal})
    return Redirect(f"{HOME}/{number}", status_code=303, headers=PRIVATE)


@post(ONE + "/photos", guards=[_MAKE], sync_to_thread=True, request_max_body_size=LARGEST_BYTES + ENVELOPE_BYTES)
def add_photo(
    request: AnyRequest,
    number: FromPath[str],
    data: MultipartBody[StaffPhotoForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A photo that somebody sent to staff."""
    actor = door.actor(request)
    with database.write() as session:
        queries.one(session, number)
        limits.count(session, limits.UPLOADS, f"account:{actor.name}", f"address:{walls.subscriber(request)}")
    try:
        photo = photos.read(data.photo.file.read(LARGEST_BYTES + 1))
        with database.write() as session:
            service.add_photo(session, settings.files_path, number, photo, by=actor)
    except FundError as refusal:
        return _one(request, database, number, errors={"photo": refusal})
    return Redirect(f"{HOME}/{number}#photos", status_code=303, headers=PRIVATE)


@get(ONE + "/photos/{position:int}", guards=[_SEE], sync_to_thread=True)
def photo(
    request: AnyRequest,
    number: FromPath[str],
    position: FromPath[int],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """A photo of an offer; people may be seen on it, so the look is noted."""
    with database.write() as session:
        content = queries.photo(session, settings.files_path, number, position)
        audit.viewed(session, door.actor(request), "offer_photo", number)
    return Response(content, media_type="image/jpeg", headers=PRIVATE)


def _do(session: Session, number: str, act: str, form: AnswerForm, *, by: Actor) -> None:
    """The act that was chosen. Raises what the verbs of offers do, OfferNotFoundError for an act that is none."""
    if act == states.EXPECT:
        service.expect(session, number, form.words, by=by)
    elif act == states.WITHDRAW:
        service.withdraw(session, number, form.reason, by=by)
    elif act in states.ANSWERS:
        count = told.parse_quantity(form.accepted) if act == states.PART else None
        service.answer(session, number, act, form.reason, form.words, accepted=count, by=by)
    else:
        raise OfferNotFoundError()


def _one(
    request: AnyRequest,
    database: Database,
    number: str,
    form: AnswerForm | None = None,
    errors: Mapping[str, Refusal] | None = None,
) -> Response[str]:
    visitor = door.visitor(request)
    with database.write() as session:
        found = queries.opened(session, number, by=visitor.actor)
        known, districts = things.things(session), places.districts(session)
    return _page(
        request,
        "goods/staff_offer.html",
        status=web.status_of(next(iter((errors or {}).values()), None)),
        found=found,
        offer=found.offer,
        thing=known.get(found.offer.thing_id) if found.offer.thing_id else None,
        districts=districts,
        may=states.acts_from(found.offer.state) if visitor.may("offers.answer") else [],
        reasons=states.REASONS,
        form=form or AnswerForm(),
        errors=said(errors or {}, web.language(request)),
    )


def _form(
    request: AnyRequest, database: Database, form: StaffOfferForm, errors: Mapping[str, Refusal]
) -> Response[str]:
    language = web.language(request)
    with database.read() as session:
        shown = choosing.choices(session, language)
    return _page(
        request,
        "goods/new_offer.html",
        status=400 if errors else 200,
        form=form,
        form_key=new_form_key(),
        errors=said(errors, language),
        **shown,
    )


def _page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """A page that only whoever asked for it keeps."""
    words: dict[str, Any] = {"states": states.STATES, "conditions": CONDITIONS} | context
    answer = web.page(request, template, status=status, **words)
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [offers, own_form, note_offer, one_offer, act, add_photo, photo]
