"""Slips: a donor's or an officer's claim that a pledge was paid, kept with its sealed picture. Never money.

Knows a slip by its bank's reference, once for ever. Refuses a reference that was used for another pledge: both wait for
an officer.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from fund import audit, clock, files
from fund.audit import Actor
from fund.donations.models import DonationRow, PledgeRow, ReversalRow, SlipDoubtRow, SlipRow
from fund.errors import NotFoundError, StateError
from ledger.identifiers import new_id
from receipts.qr import Slip


class SlipUsedError(StateError):
    message = "We are looking into this slip. Nothing more is needed of you."


@dataclass(frozen=True, slots=True)
class SlipView:
    """A slip as staff see it: for which pledge, and which others it was shown for too."""

    id: UUID
    pledge_id: UUID
    pledge: str  # its reference
    sending_bank: str
    reference: str
    claimed_at: datetime
    claimed_by: str
    doubts: tuple[str, ...] = ()  # references of other pledges


def claim(session: Session, folder: Path, pledge_id: UUID, slip: Slip, picture: bytes, *, by: Actor) -> bool:
    """Keep a slip as a claim on a pledge; False where another pledge has it already: then it is kept as a doubt.

    The same slip for the same pledge once more changes nothing.
    """
    row = _kept(session, slip)
    if row is None:
        row = _keep(session, folder, pledge_id, slip, picture, by)
    if row.pledge_id == pledge_id:
        return True
    _doubt(session, row, pledge_id, by)
    return False


def waiting(session: Session, *, limit: int = 100) -> list[SlipView]:
    """The slips of pledges that no money has arrived for, and those shown for several pledges; the newest first."""
    rows = session.exec(_unsettled().order_by(col(SlipRow.claimed_at).desc()).limit(limit)).all()
    return _views(session, rows)


def slip(session: Session, slip_id: UUID) -> SlipRow:
    """One slip. Raises NotFoundError."""
    row = session.get(SlipRow, slip_id)
    if row is None:
        raise NotFoundError()
    return row


def picture(session: Session, folder: Path, slip_id: UUID) -> bytes:
    """The picture of a slip. Raises NotFoundError."""
    row = slip(session, slip_id)
    return files.load(session, folder, row.sha256, row.id)


def pledges_by_slip(session: Session, references: Collection[str]) -> dict[str, UUID]:
    """The pledges that slips with these references were shown for; a reference that is in doubt is left out."""
    if not references:
        return {}
    doubted = select(SlipDoubtRow.slip_id).where(col(SlipDoubtRow.slip_id) == col(SlipRow.id)).exists()
    rows = session.exec(
        select(SlipRow.reference, SlipRow.pledge_id).where(col(SlipRow.reference).in_(references), ~doubted)
    ).all()
    times = Counter(reference for reference, _ in rows)  # two banks may give the same: then nobody knows whose it is
    return {reference: pledge_id for reference, pledge_id in rows if times[reference] == 1}


def shown_for(session: Session, pledge_ids: Collection[UUID]) -> set[UUID]:
    """Which of these pledges a slip was shown for."""
    rows = select(SlipRow.pledge_id).where(col(SlipRow.pledge_id).in_(pledge_ids))
    doubts = select(SlipDoubtRow.pledge_id).where(col(SlipDoubtRow.pledge_id).in_(pledge_ids))
    return {*session.exec(rows), *session.exec(doubts)} if pledge_ids else set()


def _kept(session: Session, slip: Slip) -> SlipRow | None:
    known = select(SlipRow).where(SlipRow.sending_bank == slip.sending_bank, SlipRow.reference == slip.reference)
    return session.exec(known).first()


def _keep(session: Session, folder: Path, pledge_id: UUID, slip: Slip, picture: bytes, by: Actor) -> SlipRow:
    slip_id = new_id()
    row = {
        "id": slip_id,
        "pledge_id": pledge_id,
        "sending_bank": slip.sending_bank,
        "reference": slip.reference,
        "sha256": files.store(session, folder, picture, slip_id),
        "claimed_at": clock.now(),
        "claimed_by": by.name,
    }
    if _insert(session, SlipRow, row):  # who sends the same at this moment waits here, and finds it
        audit.record(session, by, "slip.claimed", slip_id)
    kept = _kept(session, slip)
    assert kept is not None
    return kept


def _doubt(session: Session, row: SlipRow, pledge_id: UUID, by: Actor) -> None:
    if session.get(SlipDoubtRow, (row.id, pledge_id)):
        return
    doubt = {"slip_id": row.id, "pledge_id": pledge_id, "claimed_at": clock.now(), "claimed_by": by.name}
    if _insert(session, SlipDoubtRow, doubt):
        audit.record(session, by, "slip.doubted", row.id)


def _insert(session: Session, table: type[SlipRow] | type[SlipDoubtRow], row: dict[str, object]) -> bool:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(table).on_conflict_do_nothing().returning(col(table.claimed_at))
    return session.connection().execute(made, row).first() is not None


def _unsettled() -> SelectOfScalar[SlipRow]:
    paid = (
        select(DonationRow.id)
        .join(ReversalRow, col(ReversalRow.donation_id) == col(DonationRow.id), isouter=True)
        .where(col(DonationRow.pledge_id) == col(SlipRow.pledge_id), col(ReversalRow.donation_id).is_(None))
    )
    doubted = select(SlipDoubtRow.slip_id).where(col(SlipDoubtRow.slip_id) == col(SlipRow.id))
    return select(SlipRow).where(~paid.exists() | doubted.exists())


def _views(session: Session, rows: Collection[SlipRow]) -> list[SlipView]:
    doubts = session.exec(
        select(SlipDoubtRow.slip_id, SlipDoubtRow.pledge_id).where(
            col(SlipDoubtRow.slip_id).in_([row.id for row in rows])
        )
    ).all()
    pledges = {row.pledge_id for row in rows} | {pledge_id for _, pledge_id in doubts}
    names = dict(session.exec(select(PledgeRow.id, PledgeRow.reference).where(col(PledgeRow.id).in_(pledges))).all())
    return [
        SlipView(
            id=row.id,
            pledge_id=row.pledge_id,
            pledge=names[row.pledge_id],
            sending_bank=row.sending_bank,
            reference=row.reference,
            claimed_at=row.claimed_at,
            claimed_by=row.claimed_by,
            doubts=tuple(names[pledge_id] for slip_id, pledge_id in doubts if slip_id == row.id),
        )
        for row in rows
    ]
