"""Verbs on offers of goods: make one, answer it, expect and receive it, take it back; add a photo.

Knows the table of `states`; an answer has a reason and brings a letter to whoever offered. Refuses an act that the
table or the person's roles do not have; the database refuses the first too.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from fund import audit, clock, codes, files, outbox, sealed
from fund.audit import Actor
from fund.donors import service as donors
from fund.donors.details import ContactDetails
from fund.goods import things
from fund.goods.errors import NotNowError
from fund.goods.offers import states
from fund.goods.offers.errors import (
    ChoiceMissingError,
    OfferErasedError,
    OfferNotFoundError,
    PartError,
    PhotoKnownError,
    TooManyPhotosError,
)
from fund.goods.offers.models import OfferPhotoRow, OfferRow, OfferStepRow
from fund.goods.offers.told import Giver, Offer, Told, parse_words
from fund.grants import roles
from fund.people import turns
from ledger.identifiers import new_id

GIVER: Final = Actor("giver")
"""Who offers without an account."""

TOLD: Final = "goods_offer.sealed"
LETTER: Final = "goods_offer_step.sealed"
ANSWERED: Final = "notice.offer"  # the letter's subject: the offer's number, the step's
MOST_PHOTOS: Final = 6
_LENGTH: Final = 10
_PAST: Final = {
    states.ACCEPT: "offer.accepted",
    states.PART: "offer.part_accepted",
    states.DECLINE: "offer.declined",
    states.EXPECT: "offer.expected",
    states.RECEIVE: "offer.received",
    states.WITHDRAW: "offer.withdrawn",
}


def offer(
    session: Session,
    told: Offer,
    giver: Giver,
    *,
    form_key: str,
    channel: str = "open",
    language: str = "th",
    by: Actor = GIVER,
) -> tuple[str, str]:
    """Keep an offer, sealed; its number and the secret of its page. The same form again leads to the same page.

    Raises ThingNotFoundError.
    """
    known, token = _of_form(session, form_key), _token(form_key)
    if known is not None:
        return known, token
    if told.thing_id is not None:
        things.require_size(session, told.thing_id, told.size)
    try:
        with session.begin_nested():
            number = codes.new("G", _LENGTH)
            offer_id = new_id()
            contact_id = donors.keep(session, ContactDetails(giver.name, giver.name, email=giver.email), by=by)
            assert contact_id is not None  # a giver has a name
            said = Told(told.what, told.unit, told.where, told.words, giver.phone, token)
            row = OfferRow(
                id=offer_id,
                number=number,
                form_key_sha256=_digest(form_key),
                token_sha256=_digest(token),
                contact_id=contact_id,
                channel=channel,
                giver=giver.kind,
                language=language,
                thing_id=told.thing_id,
                size=told.size,
                quantity=told.quantity,
                condition=told.condition,
                for_district=told.for_district,
                wanted_by=told.wanted_by,
                sealed=sealed.seal(session, offer_id, TOLD, number, msgspec.json.encode(said).decode()),
                made_at=clock.now(),
                made_by=by.name,
            )
            session.add(row)
            session.flush()
    except IntegrityError:  # the same form at this moment
        known = _of_form(session, form_key)
        if known is None:
            raise
        return known, token
    session.add(_step(number, None, states.OFFER, by))
    audit.record(session, by, "offer.made", number)
    session.flush()
    return number, token


def answer(
    session: Session, number: str, act: str, reason: str, words: str = "", *, accepted: int | None = None, by: Actor
) -> None:
    """Accept an offer, a part of it (`accepted`), or decline it, with a reason; whoever offered gets a letter.

    Raises OfferNotFoundError, NotNowError, ChoiceMissingError, PartError, WordsTooLongError, OfferErasedError.
    """
    row, last = _taken(session, number)
    if act not in states.ANSWERS or reason not in states.REASONS[act]:
        raise ChoiceMissingError()
    _require_role(session, act, by)
    states.after(last.next, act)
    count = row.quantity if act == states.ACCEPT else accepted if act == states.PART else None
    if act == states.PART and not (count and 0 < count < row.quantity):
        raise PartError()
    step = _step(number, last, act, by, reason)
    step.accepted, step.sealed = count, _written(session, row, step.step, words)
    _take(session, step, by)
    outbox.add(session, ANSWERED, f"{number} {step.step}")


def expect(session: Session, number: str, words: str = "", *, by: Actor) -> None:
    """Note that it is on its way, with what was agreed. Raises as `answer` does."""
    row, last = _taken(session, number)
    _require_role(session, states.EXPECT, by)
    step = _step(number, last, states.EXPECT, by)
    step.sealed = _written(session, row, step.step, words)
    _take(session, step, by)
    outbox.add(session, ANSWERED, f"{number} {step.step}")


def note_received(session: Session, number: str, *, by: Actor) -> None:
    """Note that something of it has come in, counted. Raises OfferNotFoundError, NotNowError."""
    _, last = _taken(session, number)
    _require_role(session, states.RECEIVE, by)
    _take(session, _step(number, last, states.RECEIVE, by), by)


def withdraw(session: Session, number: str, reason: str = "giver", *, by: Actor = GIVER) -> None:
    """Take an offer back: whoever offered by their link, or staff for them. Raises NotNowError, ChoiceMissingError."""
    _, last = _taken(session, number)
    if reason not in states.REASONS[states.WITHDRAW]:
        raise ChoiceMissingError()
    if by != GIVER:
        _require_role(session, states.WITHDRAW, by)
    _take(session, _step(number, last, states.WITHDRAW, by, reason), by)


def add_photo(session: Session, folder: Path, number: str, photo: bytes, *, by: Actor) -> None:
    """Keep a photo of an offer that still waits or comes, as `photos.read` has drawn it anew.

    Raises OfferNotFoundError, NotNowError, TooManyPhotosError, PhotoKnownError, OfferErasedError.
    """
    row, last = _taken(session, number)
    if last.next in (states.DECLINED, states.WITHDRAWN):
        raise NotNowError()
    _require_key(session, row)
    kept = session.exec(select(OfferPhotoRow.sha256).where(OfferPhotoRow.number == number)).all()
    if len(kept) >= MOST_PHOTOS:
        raise TooManyPhotosError(most=MOST_PHOTOS)
    if hashlib.sha256(photo).hexdigest() in kept:
        raise PhotoKnownError()
    sha256 = files.store(session, folder, photo, row.id)
    position = len(kept) + 1
    row_of_photo = OfferPhotoRow(number=number, position=position, sha256=sha256, kept_at=clock.now(), kept_by=by.name)
    session.add(row_of_photo)
    audit.record(session, by, "offer_photo.kept", number)
    session.flush()


def is_secret(row: OfferRow | None, token: str) -> bool:
    """Whether this opens the offer's page; takes as long for an offer that is not there."""
    return hmac.compare_digest(row.token_sha256 if row else "", _digest(token)) and row is not None


def _taken(session: Session, number: str) -> tuple[OfferRow, OfferStepRow]:
    """An offer and its last step; who else acts on it at this moment waits."""
    turns.wait_for(session, f"offer {number}")
    row = session.exec(select(OfferRow).where(OfferRow.number == number)).first()
    if row is None:
        raise OfferNotFoundError()
    newest = select(func.max(OfferStepRow.step)).where(OfferStepRow.number == number).scalar_subquery()
    steps = select(OfferStepRow).where(OfferStepRow.number == number, col(OfferStepRow.step) == newest)
    return row, session.exec(steps).one()


def _step(number: str, last: OfferStepRow | None, act: str, by: Actor, reason: str = "") -> OfferStepRow:
    state = last.next if last else ""
    return OfferStepRow(
        number=number,
        step=last.step + 1 if last else 1,
        before=last.step if last else None,
        state=state,
        act=act,
        next=states.after(state, act),
        reason=reason,
        taken_at=clock.now(),
        taken_by=by.name,
        taken_person=by.person_id,
    )


def _take(session: Session, step: OfferStepRow, by: Actor) -> None:
    session.add(step)
    audit.record(session, by, _PAST[step.act], step.number)
    session.flush()


def _written(session: Session, row: OfferRow, step: int, words: str) -> bytes | None:
    """What is written to whoever offered, sealed under the offer's key."""
    said = parse_words(words)
    if not said:
        return None
    _require_key(session, row)
    return sealed.seal(session, row.id, LETTER, f"{row.number} {step}", said)


def _require_key(session: Session, row: OfferRow) -> None:
    if session.exec(select(sealed.KeyRow.subject).where(sealed.KeyRow.subject == row.id)).first() is None:
        raise OfferErasedError()


def _require_role(session: Session, act: str, by: Actor) -> None:
    roles.require(session, states.ROLES[act], who=by)


def _of_form(session: Session, form_key: str) -> str | None:
    return session.exec(select(OfferRow.number).where(OfferRow.form_key_sha256 == _digest(form_key))).first()


def _token(form_key: str) -> str:
    """The link's secret, 128 bits made from the form's: a form sent again leads to the same link."""
    return urlsafe_b64encode(hashlib.sha256(b"offer-link:" + form_key.encode()).digest()[:16]).rstrip(b"=").decode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
