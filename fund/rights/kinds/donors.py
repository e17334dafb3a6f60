"""What we hold on donors, and on whom a school, temple or office collected from."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from fund.audit import Actor
from fund.donations.models import PledgeRow, SlipRow
from fund.goods.models import ArrivalRow
from fund.goods.offers.models import OfferRow
from fund.rights import effects, periods
from fund.rights.kinds.kind import Kind


def _end_contact(session: Session, contact_id: UUID, by: Actor) -> None:
    slips = select(col(SlipRow.id)).join(PledgeRow, col(PledgeRow.id) == col(SlipRow.pledge_id))
    for slip_id in session.execute(slips.where(col(PledgeRow.contact_id) == contact_id)).scalars():
        effects.apply(session, slip_id, "key", by=by)
    offers = select(col(OfferRow.id)).where(col(OfferRow.contact_id) == contact_id)
    for offer_id in session.execute(offers).scalars():
        effects.apply(session, offer_id, "key", by=by)
    effects.apply(session, contact_id, "contact" if periods.is_held(session, contact_id) else "key", by=by)


def _end_offer(session: Session, offer_id: UUID, by: Actor) -> None:
    """The offer's own key; who offered goes with it unless they gave, and are a donor."""
    contact_id = session.get_one(OfferRow, offer_id).contact_id
    came = select(col(ArrivalRow.id)).where(col(ArrivalRow.contact_id) == contact_id).limit(1)
    effects.apply(session, offer_id, "key", by=by)
    if session.execute(came).first() is None and not periods.is_held(session, contact_id):
        effects.apply(session, contact_id, "key", by=by)


DONORS: Final = (
    Kind(
        "unpaid",
        whose="Donors",
        what="Name, tax ID and e-mail of who announced a gift and never gave it",
        purpose="To thank, and to write the receipt",
        basis="Consent: the donor chose to tell us (section 24)",
        lies="Donors' contacts, sealed under the donor's own key",
        seen_by="Finance officers; core team when asked",
        kept="30 days after the QR expired",
        ends="The worker destroys the donor's key by itself",
    ),
    Kind(
        "collected",
        whose="People whom a school, temple or office collected from",
        what="Names, classes and e-mail addresses on a collection's lists, and its receipts as files to print",
        purpose="To write each person's receipt when the one transfer comes, and to hand it over",
        basis="Our interest, and theirs, in a gift recorded as theirs (section 24(5)); told by the collector",
        lies="Donors' contacts, lists and files, each sealed under a key of its own",
        seen_by="The collector of that school; finance officers; auditor",
        kept="A list a week until it is confirmed, then 30 days after its QR expired; files to print a week",
        ends="Each key is destroyed by itself; who gave is kept as a donor",
    ),
    Kind(
        "contact",
        whose="Donors",
        what="Name to thank, name on the receipt, tax ID and e-mail of who gave",
        purpose="To thank, to write the receipt, to ask when something in it is not clear,"
        " and to tell the tax office where they agreed",
        basis="Consent: the donor chose to tell us (section 24)",
        lies="Donors' contacts, sealed under the donor's own key",
        seen_by="Finance officers; core team when asked",
        kept="{contact_years} years after the gift, or until the donor asks",
        ends="The contact is emptied and slips go; the donor's key too is destroyed where no receipt needs it",
        overdue="""
            SELECT c.id FROM donors_contact c JOIN donations_pledge p ON p.contact_id = c.id
            WHERE c.sealed IS NOT NULL AND p.expires_at < :moment
              AND :moment > (SELECT max(d.received_at) FROM donations_donation d WHERE d.pledge_id = p.id)
        """,
        erase=_end_contact,
    ),
    Kind(
        "receipt",
        whose="Donors",
        what="Name and tax ID as they stand on receipts that were issued, and the papers",
        purpose="To prove gifts, to the donor and to the tax office",
        basis="Law: accounts and copies of receipts must be kept (section 24(6); Revenue Code section 105 bis)",
        lies="The donors' parts of receipts and the stored papers, sealed under the donor's own key",
        seen_by="Whoever has the receipt's link; finance officers; auditors and tax officers where the law says so",
        kept="{accounts_years} years after the fiscal year of the receipt; the law forbids erasing before",
        ends="The donor's key is destroyed; number, amount, day and a salted digest stay",
        overdue="""
            SELECT s.owner AS id FROM receipts_private s JOIN receipts_receipt r ON r.number = s.number
            JOIN sealed_key k ON k.subject = s.owner GROUP BY s.owner HAVING max(r.issued_at) < :moment
        """,
        is_accounting=True,
    ),
    Kind(
        "offer",
        whose="Who offers goods",
        what="Name, phone, e-mail, and what they wrote and photographed of what they offer",
        purpose="To answer, and to fetch what fits",
        basis="Consent: they chose to tell us (section 24)",
        lies="Offers and photos, sealed under a key of each offer; the donor's contact under its own",
        seen_by="Storekeepers, valuers, core team, auditor; whoever has the offer's link",
        kept="{contact_years} years after the offer, or until they ask",
        ends="The offer's key is destroyed, and the contact's where nothing was given; number, count and answer stay",
        overdue="""
            SELECT o.id FROM goods_offer o JOIN sealed_key k ON k.subject = o.id WHERE o.made_at < :moment
        """,
        erase=_end_offer,
    ),
    Kind(
        "slip",
        whose="Donors",
        what="Slips that donors sent",
        purpose="To find a gift before the bank's statement comes",
        basis="Consent: the donor chose to send it (section 24)",
        lies="Stored pictures, each sealed under a key of its own",
        seen_by="Finance officers, treasurer, auditor",
        kept="{contact_years} years after it came, or until the donor asks",
        ends="The picture's key is destroyed; bank, number and moment stay",
        overdue="""
            SELECT s.id FROM donations_slip s JOIN sealed_key k ON k.subject = s.id WHERE s.claimed_at < :moment
        """,
    ),
)
