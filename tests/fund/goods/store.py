"""A store to test against: people of each role, things, places, and the verbs in units of work of their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from fund.audit import Actor
from fund.db import Database
from fund.goods import awards, holding, receiving, steps, things
from fund.goods.awards import Wanted
from fund.goods.receiving import Arrival
from fund.goods.steps import Pile
from fund.invariants import books, goods
from fund.people.models import GrantRow, PersonRow
from fund.people.stand_in_papers import Paper
from ledger import balances
from tests.builders import a_founded_fund

TODAY: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY: Final = date(2026, 11, 23)
PAPER: Final = Paper(b"%PDF-1.4 price list", "application/pdf", "pdf")
PEOPLE: Final = {
    "nok": ("case_manager",),
    "ton": ("core_team",),
    "kaew": ("core_team",),
    "som": ("storekeeper",),
    "sai": ("storekeeper",),
    "wan": ("valuer",),
    "aud": ("case_manager", "core_team", "storekeeper", "valuer"),
}
HELD_UP: Final = (*goods.READ_ALL, books.books_balance_in_every_fund, books.entries_are_whole)


@dataclass
class Store:
    """People by name, what they handle and where."""

    database: Database
    folder: Path
    people: dict[str, Actor]
    uniform: UUID = field(default_factory=lambda: UUID(int=0))
    rice: UUID = field(default_factory=lambda: UUID(int=0))
    places: list[UUID] = field(default_factory=list)

    def act(self, verb: Callable[..., Any], *words: Any, by: str, **more: Any) -> Any:
        """One verb in a unit of work of its own."""
        with self.database.write() as session:
            return verb(session, *words, by=self.people[by], **more)

    def ask(self, verb: Callable[..., Any], *words: Any, **more: Any) -> Any:
        """One question."""
        with self.database.read() as session:
            return verb(session, *words, **more)

    def arrival(self, accepted: int = 10, **changes: Any) -> Arrival:
        told = {"thing_id": self.uniform, "size": "S", "place_id": self.places[0]}
        return Arrival(accepted=accepted, **{**told, **changes})

    def counted_in(self, accepted: int = 10, *, by: str = "som", **changes: Any) -> UUID:
        return UUID(str(self.act(receiving.receive, self.folder, self.arrival(accepted, **changes), by=by)))

    def lot(self, accepted: int = 10, value_satang: int = 20_000, **changes: Any) -> UUID:
        """Counted by one, valued by another."""
        lot_id = self.counted_in(accepted, **changes)
        self.act(receiving.value, self.folder, lot_id, value_satang, "invoice", PAPER, by="wan")
        return lot_id

    def wanted(self, quantity: int = 1, **changes: Any) -> Wanted:
        told = {"case_code": "C7K2M9QXH4", "district": "4001", "thing_id": self.uniform, "size": "S"}
        return Wanted(quantity=quantity, **{**told, **changes})

    def request(self, quantity: int = 1, *, by: str = "nok", **changes: Any) -> UUID:
        return UUID(str(self.act(awards.request, self.wanted(quantity, **changes), by=by)))

    def awarded(self, quantity: int = 1, **changes: Any) -> UUID:
        request_id = self.request(quantity, **changes)
        assert self.act(awards.approve, request_id, by="ton") or self.act(awards.approve, request_id, by="kaew")
        return request_id

    def promised(self, request_id: UUID) -> list[tuple[UUID, UUID, int]]:
        """What is promised to a request, as `issue` names it."""
        rows = self.ask(awards.promises, f"goods-grant:{request_id}")
        return [(row.lot_id, row.place_id, row.number) for row in rows]

    def issued(self, quantity: int = 1, **changes: Any) -> UUID:
        """Awarded, and all of it handed out."""
        request_id = self.awarded(quantity, **changes)
        for promise in self.promised(request_id):
            self.act(awards.issue, request_id, *promise, by="som")
        return request_id

    def remove(self, lot_id: UUID, quantity: int, act: str = "write_off", *, by: str = "som") -> UUID:
        words = (self.folder, lot_id, self.places[0], act, quantity, "หมดอายุ", PAPER)
        return UUID(str(self.act(holding.ask_removal, *words, by=by)))

    def count(self, lot_id: UUID, found: int, *, by: str = "som") -> bool:
        return bool(self.act(holding.count, lot_id, self.places[0], found, by=by))

    def pile(self, lot_id: UUID, place: int = 0) -> Pile:
        found = self.ask(steps.pile, lot_id, self.places[place])
        assert isinstance(found, Pile)
        return found

    def stands(self, lot_id: UUID, place: int = 0) -> tuple[int, int]:
        """How many are there, and how many of them are promised."""
        found = self.pile(lot_id, place)
        return found.on_hand, found.reserved

    def on(self, account: str, fund: str = "GEN") -> int:
        return int(self.ask(balances.balance, account, fund))

    def wrong(self) -> list[str]:
        """What the invariants of the books and of goods find."""
        with self.database.read() as session:
            return [f"{look.__name__}: {what}" for look in HELD_UP for what in look(session)]

    def sql(self, statement: str, **values: Any) -> int:
        """What somebody writes past the service."""
        with self.database.write() as session:
            return int(session.connection().execute(text(statement), values).rowcount)


def a_store(database: Database, folder: Path) -> Store:
    """A founded fund with people, uniforms and rice, the province's store, a district's room and a school."""
    a_founded_fund(database)
    return a_store_of(database, folder)


def a_store_of(database: Database, folder: Path, title: str = "") -> Store:
    """The same in a fund that is there."""
    rows = {
        name: PersonRow(name=title + name, name_key=title + name, made_at=TODAY, made_by="operator") for name in PEOPLE
    }
    with database.write() as session:
        session.add_all(rows.values())
    store = Store(database, folder, {name: Actor(title + name, row.id) for name, row in rows.items()})
    given: dict[str, Any] = {"given_at": TODAY, "given_by": "operator"}
    with database.write() as session:
        session.add_all(
            GrantRow(role=role, scope="district:4001" if role == "case_manager" else "", person_id=row.id, **given)
            for name, row in rows.items()
            for role in PEOPLE[name]
        )
    store.uniform = store.act(things.add_thing, "ชุดนักเรียน", "School uniform", "ชุด", "set", ("S", "M"), by="som")
    store.rice = store.act(things.add_thing, "ข้าวสาร", "Rice", "ถุง", "bag", by="som")
    for kind, name in (("store", "คลังจังหวัด"), ("district", "ห้องอำเภอเมือง"), ("school", "โรงเรียนบ้านนา")):
        store.places.append(store.act(things.add_place, kind, name, by="som"))
    return store
