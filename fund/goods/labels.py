"""Labels of lots: a short code with a check character, and sheets of small labels whose QR a phone opens.

Knows the lot by its code alone. A label says what is in the box, and nothing of who gave it or for whom it is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from markupsafe import Markup
from sqlmodel import Field, Session, SQLModel, select

from fund import audit, clock, codes
from fund.audit import Actor
from fund.goods import things
from fund.goods.errors import LotNotFoundError
from fund.goods.models import ArrivalRow, LotRow
from fund.goods.things import Thing
from fund.people import turns
from ledger.columns import Instant, Uid
from receipts import pictures, press, sheets, words

A_SHEET: Final = 24
MOST: Final = 240
_LENGTH: Final = 8


class LabelRow(SQLModel, table=True):
    """The code of a lot, from its first label on."""

    __tablename__ = "goods_label"
    code: str = Field(primary_key=True)
    lot_id: UUID = Field(sa_type=Uid)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed on a lot's labels."""

    code: str
    lot_id: UUID
    thing: Thing
    size: str
    quantity: int
    expires_on: date | None
    condition: str


def make(session: Session, lot_id: UUID, *, by: Actor) -> Label:
    """The label of a lot, which keeps the code of its first one. Raises LotNotFoundError."""
    turns.wait_for(session, f"label {lot_id}")
    if session.get(LotRow, lot_id) is None:
        raise LotNotFoundError()
    row = session.exec(select(LabelRow).where(LabelRow.lot_id == lot_id)).first()
    if row is None:
        row = LabelRow(code=codes.new("W", _LENGTH), lot_id=lot_id, made_at=clock.now(), made_by=by.name)
        session.add(row)
        audit.record(session, by, "goods_label.made", row.code)
        session.flush()
    return _label(session, row)


def of_code(session: Session, code: str) -> Label:
    """The label with this code, as it is typed or scanned. Raises LotNotFoundError."""
    row = session.get(LabelRow, codes.fold(code)[:_LENGTH])
    if row is None:
        raise LotNotFoundError()
    return _label(session, row)


def sheet_pdf(label: Label, count: int, *, address: str, seconds: int = 30) -> bytes:
    """So many labels on A4 sheets of 24. Raises RenderError."""
    return press.pdf("labels", sheet_html(label, count, address=address), seconds=seconds)


def sheet_html(label: Label, count: int, *, address: str) -> str:
    """The sheets before they are printed."""
    picture = Markup(pictures.svg(f"{address}/staff/goods/l/{label.code}", label=label.code))  # our own drawing
    shown = min(max(count, 1), MOST)
    filled = [range(min(A_SHEET, shown - begun)) for begun in range(0, shown, A_SHEET)]
    grouped = f"{label.code[:4]} {label.code[4:]}"
    expires = words.thai_date(label.expires_on) if label.expires_on else ""
    return sheets.html("labels", label=label, sheets=filled, picture=picture, grouped=grouped, expires=expires)


def _label(session: Session, row: LabelRow) -> Label:
    lot, arrival = session.get_one(LotRow, row.lot_id), session.get_one(ArrivalRow, row.lot_id)
    thing = things.things(session)[arrival.thing_id]
    return Label(row.code, lot.id, thing, arrival.size, lot.quantity, arrival.expires_on, arrival.condition)
