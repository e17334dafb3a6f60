"""Plain builders: a fund with two people, a box of its general campaign, and what they find in it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from fund import clock
from fund.audit import Actor
from fund.cash import boxes, carrying, counting, pieces
from fund.cash.boxes import BoxView
from fund.cash.counting import CountView
from fund.cash.pieces import Pieces
from fund.people.models import PersonRow
from tests.fund.bank.builders import OPENING, Fund, a_csv, a_gift

TODAY = date(2026, 11, 23)
HUNDRED = pieces.of({10_000: 1})
BANK = "1110.01"


@dataclass
class Cash:
    """A box in a founded fund, and two people (and a third) who work with it."""

    fund: Fund
    folder: Path

    def __post_init__(self) -> None:
        names = ("นก", "ต้น", "ฝน")
        rows = [PersonRow(name=name, name_key=name, made_at=clock.now(), made_by="operator") for name in names]
        with self.fund.database.write() as session:
            session.add_all(rows)
            session.flush()
            self.people = [Actor(row.name, row.id) for row in rows]
        self.box = self.add_box("ตลาดสด")

    def add_box(self, name: str, slug: str = "general") -> UUID:
        with self.fund.database.write() as session:
            return boxes.add(session, name, "ข้างทางเข้า", self.fund.campaign(slug).id, by=self.people[0])

    def count(self, found: Pieces, who: int, box: UUID | None = None) -> CountView:
        with self.fund.database.write() as session:
            return counting.count(session, box or self.box, found, by=self.people[who])

    def fill(self, found: Pieces, box: UUID | None = None) -> CountView:
        """Both find the same."""
        self.count(found, 0, box)
        return self.count(found, 1, box)

    def carry(self, amounts: dict[UUID, int], *, reference: str = "", day: int = 20) -> UUID:
        with self.fund.database.write() as session:
            on = date(2026, 11, day)
            return carrying.carry(session, self.folder, amounts, BANK, on, reference=reference, by=self.people[0])

    def bank_says(
        self, amount_satang: int, detail: str = "ฝากเงินสด", *, day: int = 21, opening_satang: int = OPENING
    ) -> None:
        lines = [a_gift(amount_satang, detail, day=day)]
        self.fund.take_and_settle(a_csv(lines, opening_satang=opening_satang, first=day, last=day))

    def seen(self, box: UUID | None = None) -> BoxView:
        with self.fund.database.read() as session:
            return boxes.box(session, box or self.box)

    def state(self, deposit: UUID) -> str:
        with self.fund.database.read() as session:
            return carrying.deposit(session, deposit).state
