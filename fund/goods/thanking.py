"""The in-kind receipt of goods that came in: issued with their entry, void once what it says is no longer with us.

Knows that one lot has one paper that counts. Refuses nothing.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund import audit, clock, outbox, profile
from fund.audit import Actor
from fund.donations import receipting
from fund.donations.booking import RENDER_JOB
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.goods import things
from fund.goods.models import ArrivalRow, LotRow
from fund.people import places
from receipts import queries as receipts
from receipts import service as numbered
from receipts.in_kind import InKindFacts
from receipts.queries import Receipt

KIND: Final = "in-kind"
GIVEN_BACK: Final = "goods were given back"


def issue(session: Session, lot: LotRow, *, by: Actor) -> Receipt:
    """Issue the paper of a lot that has just come into the books; its PDF is made by a job."""
    arrival = session.get_one(ArrivalRow, lot.id)
    owners = {lot.entry_id: arrival.contact_id} if arrival.contact_id else None
    (issued,) = numbered.issue_many(session, [(_facts(session, arrival, lot), lot.entry_id)], owners=owners)
    outbox.add(session, RENDER_JOB, issued.number)
    audit.record(session, by, "in_kind_receipt.issued", issued.number)
    return issued


def of_lot(session: Session, lot_id: UUID) -> Receipt | None:
    """The newest paper of a lot."""
    entry_id = session.exec(select(LotRow.entry_id).where(LotRow.id == lot_id)).first()
    found = receipts.proving(session, [entry_id], KIND) if entry_id else []
    return found[-1] if found else None


def give_back(session: Session, lot_id: UUID, quantity: int, *, by: Actor) -> None:
    """So much went back to the giver: the paper is void, and one for the rest, if any, takes its place."""
    found = of_lot(session, lot_id)
    if found is None or found.is_void or not isinstance(found.facts, InKindFacts):
        return
    left, lot = found.facts.quantity - quantity, session.get_one(LotRow, lot_id)
    if left <= 0:
        numbered.void(session, found.number, reason=GIVEN_BACK, by=by.name)
        audit.record(session, by, "in_kind_receipt.voided", found.number)
        return
    today = clock.today()
    rest = replace(
        found.facts,
        quantity=left,
        amount_satang=left * lot.value_satang,
        issued_on=today,
        fiscal_year=profile.current(session).fiscal_year(today),
    )
    issued = numbered.replace(session, found.number, rest, reason=GIVEN_BACK, by=by.name)
    outbox.add(session, RENDER_JOB, issued.number)
    audit.record(session, by, "in_kind_receipt.replaced", issued.number)


def of_offer(session: Session, number: str) -> list[Receipt]:
    """The papers of what came in of an offer, that count."""
    lots = select(LotRow.entry_id).join(ArrivalRow, ArrivalRow.id == LotRow.id)  # type: ignore[arg-type]
    entries = session.exec(lots.where(ArrivalRow.offer == number)).all()
    return [one for one in receipts.proving(session, entries, KIND) if not one.is_void]


def _facts(session: Session, arrival: ArrivalRow, lot: LotRow) -> InKindFacts:
    fund, today, thing = profile.current(session), clock.today(), things.things(session)[arrival.thing_id]
    known = donors.contacts(session, {arrival.contact_id}) if arrival.contact_id else {}
    donor = known.get(arrival.contact_id, ContactDetails()) if arrival.contact_id else ContactDetails()
    name = donor.name or donor.public_name
    place_th, place_en = places.districts(session).get(arrival.for_district, ("", ""))
    return InKindFacts(
        book=fund.receipt_book,
        fiscal_year=fund.fiscal_year(today),
        issuer=receipting.issuer(fund.issuer),
        amount_satang=lot.quantity * lot.value_satang,
        given_on=arrival.received_on,
        issued_on=today,
        fund_name_th=fund.name_th,
        fund_name_en=fund.name_en,
        thing_th=thing.name_th,
        thing_en=thing.name_en,
        unit_th=thing.unit_th,
        unit_en=thing.unit_en,
        size=arrival.size,
        condition=arrival.condition,
        quantity=lot.quantity,
        place_th=place_th,
        place_en=place_en,
        donor_name=name,
        donor_tax_id=donor.tax_id if name else "",
    )
