"""An office to award in: people of each role, a fund with money, and the verbs in units of work of their own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text

from fund import clock
from fund.audit import Actor
from fund.db import Database
from fund.grants import payees, paying, service
from fund.grants.payees import Payee
from fund.grants.service import Outcome, PlannedPart, Wanted
from fund.invariants import books, grants
from fund.people.models import GrantRow, PersonRow
from fund.postings import Gift, Money, donation_received, fee_taken, unidentified_received
from ledger import balances, book
from ledger.journal import Entry
from tests.builders import a_founded_fund
from tests.ledger.disarmed import disarm

TODAY: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
DAY: Final = date(2026, 11, 23)
LIMIT: Final = 500_000
BANK: Final = "1110.01"
PEOPLE: Final = {
    "nok": "case_manager",
    "nim": "case_manager",
    "ton": "core_team",
    "kaew": "core_team",
    "fon": "core_team",
    "fah": "finance",
    "fai": "finance",
    "tree": "treasurer",
    "thip": "treasurer",
    "aud": "auditor",
}
HELD_UP: Final = (
    *grants.READ_ALL,
    books.books_balance_in_every_fund,
    books.entries_are_whole,
    books.no_fund_is_overspent,
)
_numbers = count(1)


@dataclass
class Office:
    """People by name, their books, and what they do."""

    database: Database
    people: dict[str, Actor]

    def __getattr__(self, name: str) -> Actor:
        if name not in PEOPLE:
            raise AttributeError(name)
        return self.people[name]

    def act(self, verb: Callable[..., Any], *words: Any, **more: Any) -> Any:
        """One verb in a unit of work of its own."""
        with self.database.write() as session:
            return verb(session, *words, **more)

    def ask(self, verb: Callable[..., Any], *words: Any, **more: Any) -> Any:
        """One question."""
        with self.database.read() as session:
            return verb(session, *words, **more)

    def employ(self, name: str, *roles: str) -> None:
        """Further roles of somebody."""
        given: dict[str, Any] = {"given_at": TODAY, "given_by": "operator", "person_id": self.people[name].person_id}
        with self.database.write() as session:
            session.add_all(GrantRow(role=role, scope=_scope(role), **given) for role in roles)

    def give(self, amount_satang: int, fund: str = "GEN") -> None:
        """A gift that a statement line has brought."""
        self.act(book.post, gift(amount_satang, fund), by="bank")

    def lose(self, amount_satang: int, kind: str) -> None:
        """The bank takes so much from everybody's fund: as a fact, or as somebody's choice."""
        what = fee_taken(money(amount_satang), "GEN")
        self.act(book.post, what if kind == "fact" else replace(what, kind="refund"), by="bank")

    def unidentified(self, line: Money) -> None:
        """A line that nobody could name at first."""
        self.act(book.post, unidentified_received(line), by="bank")

    def payee(self, by: str = "nok", **changes: Any) -> UUID:
        told = {"kind": "guardian", "name": "ยายมา", "bank": "PROMPTPAY", "account": f"08{next(_numbers):08}"}
        return UUID(str(self.act(payees.add, Payee(**{**told, **changes}), by=self.people[by])))

    def request(self, *amounts: int, by: str = "nok", **changes: Any) -> UUID:
        return UUID(str(self.act(service.request, self.wanted(*amounts, **changes), by=self.people[by])))

    def wanted(self, *amounts: int, **changes: Any) -> Wanted:
        """What is asked for, of a new payee unless one is named."""
        told = {"case_code": "C7K2M9QXH4", "district": "4001", "purpose": "uniform", "term": "2569/2"}
        payee_id = changes.pop("payee_id", None) or self.payee()
        return Wanted(plan=plan(*amounts), payee_id=payee_id, **{**told, **changes})

    def approve(self, request_id: UUID, *names: str, version: int = 1) -> Outcome:
        """These people one after the other; what the last one's approval came to."""
        for name in names or ("ton",):
            outcome = self.act(service.approve, request_id, version, by=self.people[name])
        assert isinstance(outcome, Outcome)
        return outcome

    def awarded(self, *amounts: int, **changes: Any) -> UUID:
        """A grant of these parts, approved by as many as it takes."""
        request_id = self.request(*amounts, **changes)
        names = ("ton",) if sum(amounts) < LIMIT else ("ton", "kaew")
        assert self.approve(request_id, *names).is_awarded
        return request_id

    def authorised(self, *amounts: int, **changes: Any) -> UUID:
        request_id = self.awarded(*amounts, **changes)
        self.act(paying.prepare, request_id, 1, by=self.people["fah"])
        self.act(paying.authorise, request_id, 1, by=self.people["tree"])
        return request_id

    def paid(self, *amounts: int, **changes: Any) -> UUID:
        request_id = self.authorised(*amounts, **changes)
        self.act(paying.left, request_id, 1, money(amounts[0]), by=self.people["fai"])
        return request_id

    def on(self, account: str, fund: str = "GEN") -> int:
        return int(self.ask(balances.balance, account, fund))

    def free(self, fund: str = "GEN") -> int:
        return int(self.ask(balances.spendable, fund))

    def wrong(self) -> list[str]:
        """What the invariants of the books and of grants find."""
        with self.database.read() as session:
            return [f"{look.__name__}: {what}" for look in HELD_UP for what in look(session)]

    def sql(self, statement: str, **values: Any) -> int:
        """What somebody writes past the service."""
        with self.database.write() as session:
            return int(session.connection().execute(text(statement), values).rowcount)


def money(amount_satang: int, identity: str | None = None) -> Money:
    """A line of our bank account."""
    return Money(identity or f"{next(_numbers):064}", BANK, amount_satang, DAY, DAY)


def gift(amount_satang: int, fund: str) -> Entry:
    """A gift that a statement line has brought."""
    return donation_received(Gift(f"gift-{next(_numbers)}", fund, "4100"), money(amount_satang))


def plan(*amounts: int) -> tuple[PlannedPart, ...]:
    """One part of each amount, a month between them."""
    return tuple(PlannedPart(satang, DAY + timedelta(days=30 * place)) for place, satang in enumerate(amounts))


def an_office(database: Database) -> Office:
    """People of each role and a founded fund without money for children yet."""
    with clock.at(TODAY):
        a_founded_fund(database)
        rows = {name: PersonRow(name=name, name_key=name, made_at=TODAY, made_by="operator") for name in PEOPLE}
        with database.write() as session:
            session.add_all(rows.values())
        office = Office(database, {name: Actor(name, row.id) for name, row in rows.items()})
        for name, role in PEOPLE.items():
            office.employ(name, role)
    return office


def _scope(role: str) -> str:
    return "district:4001" if role == "case_manager" else ""


@contextmanager
def without_references(office: Office) -> Iterator[Connection]:
    """A database whose foreign keys and triggers are switched off; what is done there is not kept."""
    with office.database.engine.connect() as connection:
        if office.database.is_sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        disarm(connection)
        yield connection
        connection.rollback()
        connection.invalidate()
