"""A list that was handed in and not confirmed: kept sealed under a key of its own, looked at, changed, let go.

Knows which column somebody said holds what. Refuses to keep a list longer than it is needed: with the next one, with
the roster that it becomes, or after a week its key is gone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, profile, sealed
from fund.audit import Actor
from fund.collections import rosters
from fund.collections.models import DraftRow
from fund.collections.rosters import Layout, Roster, Rows
from ledger.identifiers import new_id

KEPT_FOR: Final = timedelta(days=7)
_PLACE: Final = "collections_draft.sealed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A list as it was handed in, what its columns hold, and what was read by that."""

    id: UUID
    rows: Rows
    layout: Layout
    roster: Roster

    @property
    def width(self) -> int:
        return max(map(len, self.rows))

    @property
    def text(self) -> str:
        """The list as a spreadsheet would paste it."""
        return "\n".join("\t".join(cells) for cells in self.rows)


def keep(session: Session, collection_id: UUID, table: str, *, by: Actor) -> None:
    """Keep this table (of `rosters.table`) in place of the one before."""
    let_go(session, collection_id)
    _store(session, collection_id, table, rosters.recognise(rosters.rows_of(table)), by)
    audit.record(session, by, "collection.list_handed_in", collection_id)


def lay_out(session: Session, collection_id: UUID, layout: Layout, *, by: Actor) -> None:
    """Say what the columns of the list hold; the other way of the same list is another draft."""
    row = session.get(DraftRow, collection_id)
    if row is None:
        return
    table = _opened(session, row)
    let_go(session, collection_id)
    _store(session, collection_id, table, layout, by)
    audit.record(session, by, "collection.columns_said", collection_id)


def draft(session: Session, collection_id: UUID) -> Draft | None:
    """The list that waits to be confirmed, if there is one."""
    row = session.get(DraftRow, collection_id)
    if row is None:
        return None
    rows = rosters.rows_of(_opened(session, row))
    layout = Layout(tuple(row.columns.split(",")), row.heading_row, row.for_all)
    largest = profile.current(session).largest_gift_satang
    return Draft(row.id, rows, layout, rosters.read(rows, layout, largest_satang=largest))


def let_go(session: Session, collection_id: UUID) -> None:
    """Destroy the list and its key, if there is one."""
    row = session.get(DraftRow, collection_id)
    if row is not None:
        sealed.destroy(session, row.id)
        session.delete(row)
        session.flush()


def let_go_old(session: Session) -> None:
    """The same for every list that nobody has confirmed for a week."""
    old = select(DraftRow.collection_id).where(col(DraftRow.kept_at) < clock.now() - KEPT_FOR)
    for collection_id in session.exec(old).all():
        let_go(session, collection_id)


def _store(session: Session, collection_id: UUID, table: str, layout: Layout, by: Actor) -> None:
    draft_id = new_id()
    row = DraftRow(
        collection_id=collection_id,
        id=draft_id,
        sealed=sealed.seal(session, draft_id, _PLACE, draft_id, table),
        columns=",".join(layout.columns),
        heading_row=layout.heading_row,
        for_all=layout.for_all,
        kept_by=by.name,
        kept_at=clock.now(),
    )
    session.add(row)
    session.flush()


def _opened(session: Session, row: DraftRow) -> str:
    told = sealed.unseal(session, row.id, _PLACE, row.id, row.sealed)
    assert told is not None, "a list and its key go together"
    return told
