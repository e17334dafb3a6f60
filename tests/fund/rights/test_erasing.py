"""Erasure: proposed by the clock or for who asked, confirmed by two others, kept off what the law wants kept."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from fund import clock, outbox, profile, sealed
from fund.audit import Actor
from fund.bank.told.models import CallbackRow
from fund.db import Database
from fund.donations.models import PledgeRow, SlipRow
from fund.donors import queries as donors
from fund.people import staff
from fund.people.duties import Side
from fund.people.errors import OtherSideError
from fund.people.models import PersonRow
from fund.people.powers import Grant
from fund.rights import erasing, periods, requests
from fund.rights.kinds.table import KINDS
from fund.rights.models import DecisionRow, ErasureRow
from fund.sealed import KeyRow
from fund.settings import Settings
from ledger import book
from ledger.identifiers import new_id
from receipts import queries as receipts
from tests.fund.browsing import a_person
from tests.fund.donations.builders import found
from tests.fund.rights.builders import (
    DESK,
    DONOR,
    a_gift,
    a_given_fund,
    a_request,
    as_one,
    desk,
    proposals,
    send,
)

ROOT = Path(__file__).parents[3]
LATER = datetime(2035, 1, 2, 3, tzinfo=UTC)


def by(session: Session, name: str, role: str = "core_team") -> Actor:
    """Somebody who may confirm."""
    row = staff.named(session, name)
    return Actor(name, row.id if row else a_person(session, name, Grant(role)).id)


def confirmed(database: Database, proposal_id: UUID) -> bool:
    """Both confirmations; whether it was erased."""
    with database.write() as session:
        first = erasing.confirm(session, proposal_id, by=by(session, "one"))
        return not first and erasing.confirm(session, proposal_id, by=by(session, "two"))


def proposed(database: Database) -> dict[str, erasing.Proposal]:
    """What the clock proposes now, by kind."""
    erasing.propose_overdue(database, Settings())
    with database.read() as session:
        return {one.kind.name: one for one in erasing.proposed(session)}


def test_the_clock_proposes_and_two_people_confirm(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    assert proposed(database) == {}
    with desk(database_url) as client, clock.at(LATER):
        receipt = f"{DESK}/erasures/{proposed(database)['receipt'].id}"
        assert "by the clock" in as_one(client, "core one").get(receipt).text
        assert proposals(client) and send(client, f"{receipt}/confirm").status_code == 303
        assert "1 of 2" in client.get(DESK).text
        assert send(client, f"{receipt}/confirm").status_code == 409
        assert send(as_one(client, "treasurer one"), f"{receipt}/confirm").status_code == 303
        assert "1 erased on" in client.get(receipt).text
    with database.read() as session:
        assert donors.contacts(session, [contact_id]) == {}
        assert receipts.by_number(session, number).is_donor_erased
        assert [(row.subject, row.what) for row in session.exec(select(ErasureRow))] == [(contact_id, "key")]


@pytest.mark.parametrize("name", ["finance one", "auditor one", "watcher one"])
def test_who_may_not_confirm_does_not(database: Database, database_url: str, name: str) -> None:
    a_given_fund(database)
    with clock.at(LATER):
        one = proposed(database)["receipt"]
    with desk(database_url) as client:
        assert send(as_one(client, name), f"{DESK}/erasures/{one.id}/confirm").status_code == 403


def test_who_proposes_for_somebody_confirms_nothing(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number, "erasure")
        assert send(as_one(client, "core one"), f"{address}/erase").status_code == 303
        (proposal,) = proposals(client, address)
        refused = send(client, f"{proposal}/confirm")
        assert (refused.status_code, "core one" in refused.text) == (403, True)
        for name in ("core two", "treasurer one"):
            assert send(as_one(client, name), f"{proposal}/confirm").status_code == 303
        assert "Receipts stay until" in client.get(as_one(client, "finance one").get(address).url.path).text
    with database.read() as session:
        assert donors.contacts(session, [contact_id]) == {}
        assert receipts.by_number(session, number).facts.donor_tax_id == DONOR.tax_id  # the law wants it kept
        assert [(row.subject, row.what) for row in session.exec(select(ErasureRow))] == [(contact_id, "contact")]


def test_a_donor_without_a_receipt_is_erased_whole_and_the_money_stays(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        contact_id, _ = a_gift(session, wants_receipt=False)
        before = book.entries(session)
    with desk(database_url) as client:
        address = a_request(client, DONOR.email, "erasure")
        send(client, f"{address}/erase")
        (proposal,) = proposals(client, address)
    assert confirmed(database, UUID(proposal.rpartition("/")[2]))
    with database.read() as session:
        assert session.get(KeyRow, contact_id) is None
        assert book.entries(session) == before


def test_the_database_refuses_a_decision_without_two_people(database: Database) -> None:
    a_given_fund(database)
    with clock.at(LATER):
        one = proposed(database)["receipt"]
    with database.write() as session:
        erasing.confirm(session, one.id, by=by(session, "one"))
    facts: dict[str, Any] = {
        "chain": f"erasure:{one.id}",
        "is_erased": True,
        "version": 1,
        "count": 1,
        "decided_at": clock.now(),
    }
    for slots in ({"first": 1, "second": 1}, {"first": 1, "second": 2}, {"first": None, "second": None}):
        with pytest.raises(IntegrityError), database.write() as session:
            facts["decided_by"] = by(session, "one").person_id
            session.add(DecisionRow(proposal_id=one.id, **facts, **slots))
            session.flush()


def test_the_database_refuses_one_person_on_both_sides(database: Database) -> None:
    _, number = a_given_fund(database)
    with database.write() as session:
        me = by(session, "one")
        asked = requests.take(
            session, "erasure", number, identified_by="known", received_on=clock.today(), words="", by=me
        )
        proposal = erasing.propose(session, asked, by=me)
    with pytest.raises(OtherSideError), database.write() as session:
        erasing.confirm(session, proposal, by=me)
    part = "INSERT INTO duties_participant (chain, person, side, taken_on, taken_at)"
    part += f" SELECT chain, person, '{Side.APPROVE}', taken_on, taken_at FROM duties_participant"
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text(part))


def test_slips_go_with_their_donor_and_what_banks_told_goes_by_the_clock(database: Database) -> None:
    contact_id, number = a_given_fund(database)
    slip, day = new_id(), new_id()
    with database.write() as session:
        pledge = session.exec(select(PledgeRow.id).where(PledgeRow.contact_id == contact_id)).one()
        whose: dict[str, Any] = {"claimed_at": clock.now(), "claimed_by": "donor", "sha256": "0" * 64}
        session.add(SlipRow(id=slip, pledge_id=pledge, sending_bank="004", reference="2026112300001", **whose))
        told: dict[str, Any] = {"occurred_at": clock.now(), "told_at": clock.now(), "sealed": b"", "digest": "0" * 64}
        session.add(CallbackRow(id=new_id(), bank="scb", identity="0" * 64, amount_satang=1, subject=day, **told))
        for subject in (slip, day):
            sealed.seal(session, subject, "test", subject, "who it was")
        me = by(session, "three")
        asked = requests.take(
            session, "erasure", number, identified_by="known", received_on=clock.today(), words="", by=me
        )
        proposal = erasing.propose(session, asked, by=me)
    assert confirmed(database, proposal)
    with database.read() as session:
        assert (session.get(KeyRow, slip), session.get(KeyRow, day) is None) == (None, False)
    with clock.at(LATER):
        assert proposed(database)["callback"].subjects == (day,)


def test_what_is_declined_rests_until_its_day(database: Database, database_url: str) -> None:
    a_given_fund(database)
    with clock.at(LATER):
        one = proposed(database)["receipt"]
        with desk(database_url) as client:
            address = f"{DESK}/erasures/{one.id}/decline"
            for day in ("", "2035-01-02", "2099-01-01"):
                assert send(as_one(client, "core one"), address, not_before=day).status_code == 400
            assert send(client, address, not_before="2036-01-01").status_code == 303
            assert send(as_one(client, "core two"), f"{DESK}/erasures/{one.id}/confirm").status_code == 409
        assert "receipt" not in proposed(database)
    with clock.at(LATER + timedelta(days=364)):
        assert "receipt" in proposed(database)


def test_who_came_back_meanwhile_is_left_alone(database: Database) -> None:
    found(database)
    with clock.at(datetime(2020, 1, 1, tzinfo=UTC)), database.write() as session:
        _, token = staff.invite(session, "gone", [], email="gone@example.org", by=Actor("operator"))
        gone = staff.accept(session, token, "x").id
    one = proposed(database)["staff"]
    assert gone in one.subjects
    with database.write() as session:
        staff.give(session, gone, Grant("storekeeper"), by=Actor("operator"))
    assert confirmed(database, one.id)
    with database.read() as session:
        assert session.get_one(PersonRow, gone).email == "gone@example.org"
        assert erasing.one(session, one.id).decision.count == len(one.subjects) - 1  # type: ignore[union-attr]


def test_who_left_keeps_a_name_and_nothing_else(database: Database) -> None:
    found(database)
    with clock.at(datetime(2020, 1, 1, tzinfo=UTC)), database.write() as session:
        person_id, _ = staff.invite(session, "gone", [], email="gone@example.org", by=Actor("operator"))
    assert confirmed(database, proposed(database)["staff"].id)
    with database.read() as session:
        row = session.get_one(PersonRow, person_id)
        assert (row.name, row.email, row.email_key, row.password_hash) == ("gone", "", None, "")


def test_an_answered_request_loses_its_words_after_its_time(database: Database) -> None:
    _, number = a_given_fund(database)
    with database.write() as session:
        me = by(session, "one")
        asked = requests.take(
            session, "access", number, identified_by="known", received_on=clock.today(), words="ขอดู", by=me
        )
        requests.answer(session, asked, "done", "ส่งแล้ว", by=me)
    with clock.at(datetime.now(UTC) + timedelta(days=3 * 366)):
        one = proposed(database)["request"]
        assert one.subjects == (asked,) and confirmed(database, one.id)
    with database.read() as session:
        left = requests.one(session, asked)
        assert (left.words, left.answer.words, left.answer.outcome) == (None, None, "done")  # type: ignore[union-attr]


def test_nothing_is_proposed_twice_nor_before_its_time(database: Database) -> None:
    a_given_fund(database)
    with clock.at(datetime(2034, 9, 30, 16, tzinfo=UTC)):
        assert set(proposed(database)) == {"contact"}
    with clock.at(datetime(2034, 9, 30, 17, tzinfo=UTC)):  # the first of October in Bangkok
        first = proposed(database)
        assert set(first) == {"contact", "receipt"}
        assert {one.id for one in proposed(database).values()} == {one.id for one in first.values()}


def test_those_who_confirm_are_written_to(database: Database) -> None:
    a_given_fund(database)
    with database.write() as session:
        wanted = [by(session, "one"), by(session, "two", "treasurer")]
        by(session, "three", "finance")
    with clock.at(LATER):
        proposed(database)
    with database.read() as session:
        rows = session.exec(select(outbox.OutboxRow.subject).where(outbox.OutboxRow.kind == "notice.approval")).all()
    assert {row.partition(" ")[0] for row in rows} == {str(one.person_id) for one in wanted}


def test_an_unfounded_database_proposes_nothing(database: Database) -> None:
    assert proposed(database) == {}


@pytest.mark.parametrize(
    ("starts_month", "day", "until"),
    [
        (10, date(2026, 11, 23), date(2034, 9, 30)),
        (10, date(2026, 9, 30), date(2033, 9, 30)),
        (10, date(2026, 10, 1), date(2034, 9, 30)),
        (1, date(2026, 12, 31), date(2033, 12, 31)),
        (1, date(2027, 1, 1), date(2034, 12, 31)),
    ],
)
def test_accounting_papers_are_kept_to_the_last_day_of_their_time(
    database: Database, starts_month: int, day: date, until: date
) -> None:
    found(database, fiscal_year_starts_month=starts_month)
    with database.read() as session:
        fund = profile.current(session)
    assert periods.kept_until(fund, day) == until
    assert periods.first_kept(fund, until) <= day
    assert periods.first_kept(fund, until + timedelta(days=1)) > day


SEALING = {
    "fund/bank/handing_in.py": "statement",
    "fund/cases/handing/evidence.py": "grant_words",
    "fund/cases/handing/sealing.py": "grant_words",
    "fund/bank/saying.py": "statement",
    "fund/bank/teaching.py": "rule",
    "fund/bank/service.py": "statement",
    "fund/bank/stated.py": "passbook",
    "fund/bank/texts.py": "statement",
    "fund/bank/told/inbox.py": "callback",
    "fund/collections/bundles.py": "collected",
    "fund/collections/drafts.py": "collected",
    "fund/collections/service.py": "collected",
    "fund/cash/carrying.py": "paying_in",
    "fund/cases/consents.py": "case",
    "fund/cases/in_kind/service.py": "case",
    "fund/cases/records.py": "case",
    "fund/cases/sealing.py": "case",
    "fund/donations/slips.py": "slip",
    "fund/donors/service.py": "contact",
    "fund/goods/holding.py": "goods_paper",
    "fund/goods/receiving.py": "goods_paper",
    "fund/goods/offers/service.py": "offer",
    "fund/grants/advances.py": "grant_words",
    "fund/grants/payees.py": "payee",
    "fund/grants/runs.py": "payment_file",
    "fund/grants/steps.py": "grant_words",
    "fund/jobs.py": "receipt",
    "fund/people/factors.py": "staff",
    "fund/people/stand_in_papers.py": "appointment",
    "fund/rights/desk.py": "request",
}
"""Every module that seals something, and the kind of record that it is."""

MACHINERY = {"fund/files.py", "fund/old_files.py", "fund/sealed.py"}


def sealing() -> set[str]:
    """The modules that seal, read from the code."""
    calls = re.compile(r"\b(sealed\.(seal|seal_many)|files\.store)\(")
    modules = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (ROOT / "fund").rglob("*.py")}
    return {name for name, source in modules.items() if calls.search(source) and "migrations" not in name}


def test_everything_that_is_sealed_is_of_a_kind_in_the_table() -> None:
    assert sealing() - MACHINERY == set(SEALING)
    assert set(SEALING.values()) <= set(KINDS)


def test_a_leap_day_has_its_years_too(database: Database) -> None:
    found(database)
    with database.read() as session:
        assert periods.before(KINDS["contact"], profile.current(session), date(2028, 2, 29)) == date(2026, 2, 28)


def test_every_kind_says_all_that_the_law_asks_and_its_page_shows_it(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        page = as_one(client, "watcher one").get(f"{DESK}/records").text
    for kind in KINDS.values():
        told = (kind.whose, kind.what, kind.purpose, kind.basis, kind.lies, kind.seen_by, kind.kept, kind.ends)
        assert all(told) and kind.what in page
    assert "7 years after the fiscal year of the receipt" in page and "Test fund" in page
