"""Cash boxes: add one (its account is opened with it), see what each holds, close one that is empty.

Knows what stands in a box by the books, and how much of it is on its way to the bank. Refuses to close a box that
holds anything, is being counted, or from which something is carried.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, chart, clock, postings
from fund.audit import Actor
from fund.cash import states
from fund.cash.errors import BoxNotEmptyError, BoxNotFoundError, BoxWordsError, CountOpenError
from fund.cash.models import (
    BoxClosedRow,
    BoxRow,
    CountedRow,
    CountRow,
    DepositPartRow,
    DroppedRow,
    WithdrawnRow,
)
from fund.donations import queries as gifts
from fund.donations.queries import CampaignView
from fund.people import turns
from fund.people.errors import NobodyError
from ledger import accounts, balances
from ledger.identifiers import new_id
from ledger.money import format_baht

LONGEST_NAME: Final = 100
LONGEST_PLACE: Final = 200


@dataclass(frozen=True, slots=True)
class BoxView:
    """A box: what stands in it by the books, and how much of that is on its way to the bank. Satang."""

    id: UUID
    account: str
    name: str
    place: str
    campaign: CampaignView
    holds_satang: int
    carried_satang: int
    open_count: UUID | None
    last_counted_at: datetime | None
    is_closed: bool

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return states.CLOSED if self.is_closed else states.OPEN

    @property
    def fund(self) -> str:
        """Whose money is in it."""
        return self.campaign.fund

    @property
    def to_carry_satang(self) -> int:
        """What is there and not on its way yet."""
        return self.holds_satang - self.carried_satang


def person_of(by: Actor) -> UUID:
    """Who acts, as a human that the database knows. Raises NobodyError."""
    if by.person_id is None:
        raise NobodyError()
    return by.person_id


def add(session: Session, name: str, place: str, campaign_id: UUID, *, by: Actor) -> UUID:
    """Add a box for a campaign and open its account (1120.nn). Raises BoxWordsError, CampaignNotFoundError."""
    name, place = " ".join(name.split()), " ".join(place.split())
    if not 0 < len(name) <= LONGEST_NAME or not 0 < len(place) <= LONGEST_PLACE:
        raise BoxWordsError()
    person_id, campaign = person_of(by), gifts.campaign(session, campaign_id)
    turns.wait_for(session, "cash boxes")
    account = chart.cash_box(session.exec(select(func.count()).select_from(BoxRow)).one() + 1, name)
    accounts.open_account(session, account)
    row = BoxRow(
        id=new_id(),
        account=account.code,
        name=name,
        place=place,
        campaign_id=campaign.id,
        added_by=by.name,
        added_person=person_id,
        added_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "cash_box.added", row.id)
    session.flush()
    return row.id


def close(session: Session, box_id: UUID, *, by: Actor) -> None:
    """Use a box no more. Raises BoxNotEmptyError, CountOpenError, NotNowError.

    Its account stays open: a banking that is undone later puts its money back where it was, to be carried from there.
    """
    found = taken(session, box_id, "close")
    if found.holds_satang:
        raise BoxNotEmptyError(amount=format_baht(found.holds_satang))
    if found.open_count:
        raise CountOpenError()
    session.add(BoxClosedRow(box_id=box_id, closed_by=by.name, closed_person=person_of(by), closed_at=clock.now()))
    audit.record(session, by, "cash_box.closed", box_id)
    session.flush()


def taken(session: Session, box_id: UUID, act: str) -> BoxView:
    """A box with which something is about to be done: nobody else does anything meanwhile.

    Raises BoxNotFoundError, NotNowError.
    """
    found = locked(session, box_id)
    states.after(states.BOX, found.state, act)
    return found


def locked(session: Session, box_id: UUID) -> BoxView:
    """A box, open or closed, that nobody else touches until this unit of work ends. Raises BoxNotFoundError."""
    turns.wait_for(session, f"cash box {box_id}")
    return box(session, box_id)


def box(session: Session, box_id: UUID) -> BoxView:
    """One box. Raises BoxNotFoundError."""
    row = session.get(BoxRow, box_id)
    if row is None:
        raise BoxNotFoundError()
    return _views(session, [row])[0]


def boxes(session: Session) -> list[BoxView]:
    """Every box, those in use first."""
    found = _views(session, list(session.exec(select(BoxRow).order_by(col(BoxRow.account)))))
    return sorted(found, key=lambda one: one.is_closed)


def _views(session: Session, rows: list[BoxRow]) -> list[BoxView]:
    campaigns = gifts.campaigns_by_id(session, {row.campaign_id for row in rows})
    closed = set(session.exec(select(BoxClosedRow.box_id)))
    counting, counted = _being_counted(session), _last_counted(session)
    return [
        BoxView(
            id=row.id,
            account=row.account,
            name=row.name,
            place=row.place,
            campaign=campaigns[row.campaign_id],
            holds_satang=balances.balance(session, row.account, campaigns[row.campaign_id].fund),
            carried_satang=_carried(session, row),
            open_count=counting.get(row.id),
            last_counted_at=counted.get(row.id),
            is_closed=row.id in closed,
        )
        for row in rows
    ]


def _being_counted(session: Session) -> dict[UUID, UUID]:
    """The counts that have not ended, by box."""
    open_counts = (
        select(CountRow.box_id, CountRow.id)
        .join(CountedRow, col(CountedRow.count_id) == col(CountRow.id), isouter=True)
        .join(DroppedRow, col(DroppedRow.count_id) == col(CountRow.id), isouter=True)
        .where(col(CountedRow.count_id).is_(None), col(DroppedRow.count_id).is_(None))
    )
    return dict(session.exec(open_counts).all())


def _last_counted(session: Session) -> dict[UUID, datetime]:
    agreed = select(CountRow.box_id, CountedRow.agreed_at).join(CountRow, col(CountRow.id) == col(CountedRow.count_id))
    return dict(session.exec(agreed.order_by(col(CountedRow.agreed_at))).all())


def _carried(session: Session, row: BoxRow) -> int:
    """What is on its way: carried, not withdrawn, and not yet on a line of the bank."""
    banked = balances.by_subject(session, row.account)
    parts = session.exec(
        select(DepositPartRow.deposit_id, DepositPartRow.amount_satang)
        .join(WithdrawnRow, col(WithdrawnRow.deposit_id) == col(DepositPartRow.deposit_id), isouter=True)
        .where(DepositPartRow.box_id == row.id, col(WithdrawnRow.deposit_id).is_(None))
    )
    return sum(amount for deposit_id, amount in parts if postings.cash_subject(str(deposit_id)) not in banked)
