"""Verbs on collections: begin one, confirm its roster, withdraw it, book the money that came for its people.

Knows that a roster is frozen once it is confirmed: a change is a new version, and only before any money is here. Each
person's gift is a donation of its own. Refuses a list with anything wrong in it, and to take part of one.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from fund import audit, clock, outbox, profile, sealed
from fund.audit import Actor
from fund.collections import bundles, drafts, queries, states
from fund.collections.errors import CollectionSettledError, DraftChangedError, RosterWrongError
from fund.collections.models import ArrivalRow, CollectionRow, PersonRow, RosterRow, UnmetRow, WithdrawnRow
from fund.collections.queries import CollectionView, Place
from fund.collections.rosters import Entry
from fund.donations import queries as gifts
from fund.donations import references
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.models import PledgeRow
from fund.donations.queries import DonationView
from fund.donations.service import CampaignClosedError
from fund.donors import service as contacts
from fund.donors.details import ContactDetails
from fund.people import turns
from fund.postings import Money
from ledger.identifiers import new_id
from ledger.private import Part

FORGOTTEN_AFTER: Final = timedelta(days=30)
"""After the day of a collection nobody paid, its names go, as those of pledges do."""

TRY_AGAIN: Final = "collection.try_again"
"""A job: money that waited because it did not meet may meet the new version."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Money that came for people of a collection: each one's part, and what is left over (None: nothing)."""

    collection: CollectionView
    people: Sequence[Place]
    parts: Sequence[Money]
    rest: Money | None = None
    is_named_later: bool = False


def begin(session: Session, campaign_id: UUID, table: str, *, by: Actor) -> UUID:
    """Begin a collection for a campaign with a list, not confirmed yet. Raises CampaignClosedError."""
    if not gifts.campaign(session, campaign_id).is_open():
        raise CampaignClosedError()
    row = CollectionRow(
        id=new_id(),
        reference=references.new_reference(),
        campaign_id=campaign_id,
        made_by=by.name,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, by, "collection.begun", row.reference)
    drafts.keep(session, row.id, table, by=by)
    return row.id


def hand_in(session: Session, collection_id: UUID, table: str, *, by: Actor) -> None:
    """Keep another list for the collection, to be confirmed as its next version. Raises CollectionSettledError."""
    _may_change(session, collection_id)
    drafts.keep(session, collection_id, table, by=by)


def confirm(session: Session, collection_id: UUID, draft_id: str, *, by: Actor) -> CollectionView:
    """Freeze the list as the collection's roster; the names of an earlier version are forgotten.

    `draft_id` is the list that was looked at. A closed campaign's is taken only for money that is here and waits.
    Raises CollectionSettledError, DraftChangedError, RosterWrongError, CampaignClosedError.
    """
    of = _may_change(session, collection_id)
    draft = drafts.draft(session, collection_id)
    if draft is None or str(draft.id) != draft_id:
        raise DraftChangedError()
    if draft.roster.problems:
        raise RosterWrongError()
    if not (of.unmet or gifts.campaign(session, of.campaign_id).is_open()):
        raise CampaignClosedError()
    _forget_open(session, of, by)
    roster = RosterRow(
        collection_id=collection_id,
        version=of.version + 1,
        people=len(draft.roster.entries),
        sum_satang=draft.roster.sum_satang,
        expires_at=clock.now() + timedelta(days=profile.current(session).pledge_days),
        confirmed_by=by.name,
        confirmed_at=clock.now(),
    )
    session.add(roster)
    session.flush()
    _keep_people(session, roster, draft.roster.entries, by)
    drafts.let_go(session, collection_id)
    if of.unmet:
        outbox.add(session, TRY_AGAIN, str(collection_id), key=f"{TRY_AGAIN}:{collection_id}:{roster.version}")
    audit.record(session, by, "collection.confirmed", f"{of.reference} {roster.version}")
    return queries.collection(session, collection_id)


def withdraw(session: Session, collection_id: UUID, *, by: Actor) -> None:
    """Await no more: who has not paid is forgotten, and money that still comes waits for a person.

    Raises NotInThisStateError.
    """
    of = locked(session, collection_id)
    states.after(of.state, "withdraw")
    _forget_open(session, of, by)
    drafts.let_go(session, collection_id)
    session.add(WithdrawnRow(collection_id=collection_id, withdrawn_by=by.name, withdrawn_at=clock.now()))
    audit.record(session, by, "collection.withdrawn", of.reference)
    session.flush()


def receive(session: Session, gathered: Gathered, *, by: Actor) -> list[DonationView]:
    """Book each person's gift, and what is left over as one that nobody is named for; receipts go out together.

    All or nothing. Raises NotInThisStateError.
    """
    of = gathered.collection
    is_whole = len(gathered.people) == of.open_people
    states.after(of.state, "settle" if is_whole else "settle in part")
    _pledge(session, of, gathered.people)
    arrivals = [
        Arrival(money, of.campaign_id, person.id, gathered.is_named_later)
        for person, money in zip(gathered.people, gathered.parts, strict=True)
    ]
    if gathered.rest:
        arrivals.append(Arrival(gathered.rest, of.campaign_id, None, gathered.is_named_later))
    received = [one.donation for one in donations.receive_many(session, arrivals, by=by)]
    row = ArrivalRow(
        id=new_id(),
        collection_id=of.id,
        version=of.version,
        people=len(gathered.people),
        amount_satang=sum(one.amount_satang for one in gathered.people),
        identity=gathered.parts[0].identity,
        occurred_on=gathered.parts[0].occurred_on,
        donation_id=received[0].id,
    )
    session.add(row)
    session.flush()
    bundles.ask(session, row.id, sum(one.receipt_number is not None for one in received))
    audit.record(session, by, "collection.received", of.reference)
    return received


def note_unmet(
    session: Session, collection_id: UUID, line_id: UUID, amount_satang: int, occurred_on: date, *, by: Actor
) -> None:
    """This money came with the collection's reference, and waits for a person because it is not what it awaits."""
    no_longer_wait(session, [line_id])
    session.add(
        UnmetRow(
            line_id=line_id,
            collection_id=collection_id,
            amount_satang=amount_satang,
            occurred_on=occurred_on,
            noted_at=clock.now(),
        )
    )
    audit.record(session, by, "collection.not_met", collection_id)
    session.flush()


def no_longer_wait(session: Session, line_ids: Sequence[UUID]) -> None:
    """These lines do not wait any more, or for another reason."""
    session.execute(delete(UnmetRow).where(col(UnmetRow.line_id).in_(line_ids)))


def forget_over(session: Session, before: datetime, *, by: Actor) -> int:
    """Withdraw every collection whose day was before a moment and for which nothing (more) came; how many."""
    found = [one for one in queries.awaiting(session) if one.expires_at < before]
    for one in found:
        withdraw(session, one.id, by=by)
    return len(found)


def locked(session: Session, collection_id: UUID) -> CollectionView:
    """A collection, while nobody else changes or settles it. Raises CollectionNotFoundError."""
    turns.wait_for(session, f"collection {collection_id}")
    return queries.collection(session, collection_id)


def _may_change(session: Session, collection_id: UUID) -> CollectionView:
    of = locked(session, collection_id)
    if of.arrivals:
        raise CollectionSettledError()
    states.after(of.state, "confirm")
    return of


def _forget_open(session: Session, of: CollectionView, by: Actor) -> None:
    """Forget those of the roster in force for whom nothing ever came; who had a receipt once is kept by its rules."""
    ever = select(PledgeRow.contact_id).where(col(PledgeRow.contact_id) == col(PersonRow.contact_id))
    unpaid = select(PersonRow.contact_id).where(
        PersonRow.collection_id == of.id, PersonRow.version == of.version, ~ever.exists()
    )
    contacts.forget_many(session, session.exec(unpaid).all(), by=by)


def _keep_people(session: Session, roster: RosterRow, entries: Sequence[Entry], by: Actor) -> None:
    told = [ContactDetails(name=entry.name, email=entry.email) for entry in entries]
    kept = contacts.keep_many(session, told, by=by)
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "collection_id": roster.collection_id,
            "version": roster.version,
            "place": place,
            "contact_id": contact_id,
            "sealed": None,
            "amount_satang": entry.amount_satang,
            "wants_receipt": entry.wants_receipt,
        }
        for place, (entry, contact_id) in enumerate(zip(entries, kept, strict=True), start=1)
    ]
    grouped = [(row, entry) for row, entry in zip(rows, entries, strict=True) if entry.group]
    parts = [Part(row["contact_id"], queries.CLASS, str(row["id"]), entry.group.encode()) for row, entry in grouped]
    for (row, _), closed in zip(grouped, sealed.seal_many(session, parts), strict=True):
        row["sealed"] = closed
    session.connection().execute(insert(PersonRow), rows)


def _pledge(session: Session, of: CollectionView, people: Sequence[Place]) -> None:
    """Each person's intended gift, over as soon as it is made: only this money settles it. Who has one keeps it."""
    known = gifts.pledges_by_id(session, [one.id for one in people])
    now = clock.now()
    rows = [
        {
            "id": one.id,
            "reference": references.new_reference(),
            "token_sha256": gifts.token_digest(secrets.token_urlsafe(16)),
            "form_key_sha256": hashlib.sha256(f"collection:{one.id}".encode()).hexdigest(),
            "campaign_id": of.campaign_id,
            "amount_satang": one.amount_satang,
            "contact_id": one.contact_id,
            "wants_receipt": one.wants_receipt,
            "language": "th",
            "made_at": now,
            "expires_at": now,
        }
        for one in people
        if one.id not in known
    ]
    if rows:
        session.connection().execute(insert(PledgeRow), rows)
