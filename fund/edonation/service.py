"""Verbs on the export for e-Donation: hand a month's gifts out, save their table, say what was taken back.

Knows that each gift is handed out once. A table is made when it is saved, from what lies sealed, and kept nowhere.
Refuses a table after `SAVED_FOR_DAYS`, and names in it nobody who was erased, took consent back or got the gift back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor, ReasonError
from fund.donors import queries as donors
from fund.edonation import standing, tables
from fund.edonation.errors import (
    ExportNotFoundError,
    ExportOverError,
    FormError,
    HandedOutBeforeError,
    MonthNotFoundError,
    NothingReadyError,
    NotToTakeBackError,
)
from fund.edonation.models import ExportedRow, ExportRow, TakenBackRow
from fund.edonation.standing import Gift
from fund.edonation.tables import Keyed, Layout
from fund.people.errors import NobodyError
from fund.settings import Settings
from ledger.identifiers import new_id

SAVED_FOR_DAYS: Final = 7
_WRITERS: Final[dict[str, Callable[[Layout, Sequence[Keyed]], bytes]]] = {
    "csv": tables.as_csv,
    "xlsx": tables.as_xlsx,
}


@dataclass(frozen=True, slots=True)
class Export:
    """Gifts that were handed out together; its table may be saved until `saved_until`."""

    id: UUID
    month: date
    gifts: int
    amount_satang: int
    made_by: str
    made_at: datetime

    @property
    def saved_until(self) -> datetime:
        return self.made_at + timedelta(days=SAVED_FOR_DAYS)

    @property
    def is_open(self) -> bool:
        return clock.now() < self.saved_until


@dataclass(frozen=True, slots=True)
class Table:
    """A file to save; its name names nobody."""

    name: str
    content: bytes


def hand_out(session: Session, month: date, *, by: Actor) -> UUID:
    """Hand out what is ready of a month, to be keyed in. Raises NothingReadyError and HandedOutBeforeError."""
    person = _person(by)
    if month > clock.today():
        raise MonthNotFoundError()
    ready = [one for one in standing.month(session, month).gifts if one.state == standing.READY]
    if not ready:
        raise NothingReadyError()
    export_id, amount = new_id(), sum(one.amount_satang for one in ready)
    session.add(
        ExportRow(
            id=export_id,
            month=month,
            gifts=len(ready),
            amount_satang=amount,
            made_by=by.name,
            made_person=person,
            made_at=clock.now(),
        )
    )
    session.flush()
    session.add_all(_exported(export_id, position, one) for position, one in enumerate(ready, start=1))
    audit.record(session, by, "edonation.handed_out", export_id)
    try:
        session.flush()
    except IntegrityError as refusal:  # somebody else handed one of them out since we looked
        raise HandedOutBeforeError() from refusal
    return export_id


def save(session: Session, settings: Settings, export_id: UUID, form: str, reason: str, *, by: Actor) -> Table:
    """The table of gifts that were handed out, each look at a donor noted with its reason.

    Raises ExportNotFoundError, ExportOverError, FormError, ReasonError and ColumnsError.
    """
    row = session.get(ExportRow, export_id)
    if row is None:
        raise ExportNotFoundError()
    if not _export(row).is_open:
        raise ExportOverError(days=SAVED_FOR_DAYS)
    if form not in _WRITERS:
        raise FormError()
    if reason not in audit.REASONS:
        raise ReasonError()
    chosen = tables.layout(settings.edonation_path)
    gifts = [one for one in standing.of_export(session, export_id) if one.state == standing.EXPORTED]
    keyed, seen = _keyed(session, gifts)
    audit.viewed_each(session, by, "contact", seen, reason=reason)
    audit.record(session, by, "edonation.saved", export_id, reason=reason)
    session.flush()
    return Table(f"edonation-{row.month:%Y-%m}-{export_id.hex[-6:]}.{form}", _WRITERS[form](chosen, keyed))


def take_back(session: Session, donation_id: UUID, *, by: Actor) -> None:
    """Say that a gift was taken out of e-Donation again. Raises NotToTakeBackError."""
    person = _person(by)
    found = standing.gift(session, donation_id)
    if found is None or found.state != standing.TO_TAKE_BACK:
        raise NotToTakeBackError()
    session.add(
        TakenBackRow(
            donation_id=donation_id, taken_back_by=by.name, taken_back_person=person, taken_back_at=clock.now()
        )
    )
    audit.record(session, by, "edonation.taken_back", donation_id)
    session.flush()


def exports(session: Session, month: date) -> list[Export]:
    """What was handed out of a month, the last first."""
    rows = select(ExportRow).where(ExportRow.month == month).order_by(col(ExportRow.made_at).desc())
    return [_export(row) for row in session.exec(rows)]


def _export(row: ExportRow) -> Export:
    return Export(row.id, row.month, row.gifts, row.amount_satang, row.made_by, row.made_at)


def _exported(export_id: UUID, position: int, one: Gift) -> ExportedRow:
    assert one.contact_id is not None and one.rule is not None
    return ExportedRow(
        donation_id=one.id, export_id=export_id, position=position, contact_id=one.contact_id, chain=one.rule.chain
    )


def _keyed(session: Session, gifts: Sequence[Gift]) -> tuple[list[Keyed], list[UUID]]:
    """The rows of those whose donor still has a name and a tax ID here, and whose they are."""
    told = donors.contacts(session, {one.contact_id for one in gifts if one.contact_id})
    keyed: list[Keyed] = []
    seen: list[UUID] = []
    for one in gifts:
        donor = told.get(one.contact_id) if one.contact_id else None
        if donor is None or not donor.tax_id or one.rule is None or one.contact_id is None:
            continue
        seen.append(one.contact_id)
        unit = one.rule.unit
        keyed.append(
            Keyed(
                len(keyed) + 1,
                one.occurred_on,
                donor.name or donor.public_name,
                donor.tax_id,
                one.amount_satang,
                one.receipt_number,
                one.reference,
                one.campaign_th,
                unit.rate,
                unit.donee_th,
                unit.donee_tax_id,
                unit.ground_th,
            )
        )
    return keyed, seen


def _person(by: Actor) -> UUID:
    if by.person_id is None:
        raise NobodyError()
    return by.person_id
