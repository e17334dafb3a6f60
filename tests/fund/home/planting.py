"""Work that takes more than one to come about: collections, months to open again, payments and advances."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.bank import reopening
from fund.collections import rosters, service
from fund.donations import queries as gifts
from fund.grants import paying, run_views, runs
from fund.people.powers import Grant
from ledger import periods
from ledger.identifiers import new_id
from tests.builders import OFFICER
from tests.fund.bank.builders import Fund
from tests.fund.browsing import a_person
from tests.fund.collections.builders import a_list, confirm
from tests.fund.grants.office import BANK, PEOPLE, Office, money

CLOSED: Final = date(2026, 10, 1)


def plant_collection(session: Session) -> None:
    """A school's collection that awaits its money; what came for it is too little."""
    school = next(one for one in gifts.campaigns(session) if one.parent_id)
    table = rosters.table(a_list("10", "20").encode())
    made = confirm(session, service.begin(session, school.id, table, by=OFFICER))
    service.note_unmet(session, made.id, new_id(), 1_000, clock.today(), by=OFFICER)


def plant_month(session: Session) -> None:
    """A month of the books that was closed, and that somebody asks to open again."""
    periods.close_month(session, CLOSED, by="treasurer")
    person = a_person(session, "asks to open", Grant("treasurer"))
    reopening.ask(session, reopening.BOOKS, CLOSED, reason="ธนาคารแก้รายการ", by=Actor(person.name, person.id))


def plant_payments(fund: Fund) -> None:
    """A payment that is due, one in a run, one at the bank; an advance to be allowed, and one that is out."""
    office = an_office_of(fund)
    office.give(1_000_000)
    office.awarded(1_000)
    a_run(office, fund)
    run_id = a_run(office, fund)
    office.act(runs.authorise, fund.settings, run_id, office.ask(run_views.run, run_id).digest, by=office.tree)
    office.act(paying.prepare, office.awarded(1_000, payee_id=cash(office)), 1, by=office.fah)
    out = office.authorised(2_000, payee_id=cash(office))
    office.act(paying.issue_advance, out, 1, money(2_000), by=office.fai)


def an_office_of(fund: Fund) -> Office:
    """People who award and pay in a fund that is there."""
    with fund.database.write() as session:
        scopes = {"case_manager": "district:4001"}
        named = [a_person(session, name, Grant(role, scopes.get(role, ""))) for name, role in PEOPLE.items()]
    return Office(fund.database, {one.name: Actor(one.name, one.id) for one in named})


def a_run(office: Office, fund: Fund) -> UUID:
    """A run of one payment, prepared."""
    chosen = [(office.awarded(1_000), 1)]
    return UUID(str(office.act(runs.prepare, fund.settings, chosen, BANK, "table", clock.today(), by=office.fah)))


def cash(office: Office) -> UUID:
    """Cash instead of a payee."""
    return office.payee(kind="cash", bank="", account="")
