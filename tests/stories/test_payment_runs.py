"""Grants paid by the office's pages: a run by one, authorised by another, found on the statement by a third."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.grants import payees, queries, service
from fund.grants.payees import Payee
from fund.grants.service import PlannedPart, Wanted
from fund.people import demo_people, staff
from fund.settings import Settings
from tests.fund.browsing import served
from tests.stories import people
from tests.stories.pages import Page, Visitor

PAYEE, ACCOUNT = "ยายคำปัน ทองสุข", "1234567890"
REASON = "ตรงกับใบสั่งจ่าย"


@pytest.fixture
def awarded(donor: Visitor, officer: Visitor, database: Database) -> list[UUID]:
    """Two grants of 60 and 40 baht out of a gift of 100."""
    gift = people.give(donor, choice="100")
    people.hand_in(officer, people.kbank(people.paid(gift.payment)))
    return [award(database, satang, place) for place, satang in enumerate((6_000, 4_000))]


def award(database: Database, satang: int, place: int, **changes: str) -> UUID:
    told = {"kind": "guardian", "name": PAYEE, "bank": "KBANK", "account": f"{ACCOUNT[:-1]}{place}"} | changes
    with database.write() as session:
        by, other = (actor(session, role) for role in ("case_manager", "core_team"))
        payee_id = payees.add(session, Payee(**told), by=by)
        plan = (PlannedPart(satang, clock.today()),)
        request_id = service.request(session, Wanted("C7K2M9QXH4", "4001", "uniform", payee_id, "2569/2", plan), by=by)
        assert service.approve(session, request_id, 1, by=other).is_awarded
    return request_id


def actor(session: Session, role: str) -> Actor:
    row = staff.named(session, demo_people.name_of(role))
    assert row
    return Actor(row.name, row.id)


@contextmanager
def signed_in(settings: Settings, role: str) -> Iterator[Visitor]:
    with served(settings, tells_errors=True) as client:
        visitor = Visitor(client)
        people.sign_in(visitor, demo_people.name_of(role))
        yield visitor


def prepared(finance: Visitor, *requests: UUID, layout: str = "table") -> Page:
    page = finance.open("/staff/runs/new")
    page.form("/new").fields.update(tranche=[f"{one}:1" for one in requests], layout=layout)  # type: ignore[call-overload]
    return finance.send(page, "/new")


def on_the_bank(officer: Visitor, satang: int, text: str, *, opening: int) -> None:
    day = clock.today()
    line = SampleLine(day, satang, text, time(9, 30))
    people.hand_in(officer, people.kbank(line, opening_satang=opening, from_on=day, to_on=day), "later.csv")


def state(database: Database, request_id: UUID) -> str:
    with database.read() as session:
        return queries.tranches(session, request_id)[0].state


def test_a_run_goes_from_what_is_due_to_the_bank_and_is_found_on_its_statement(
    officer: Visitor, settings: Settings, database: Database, awarded: list[UUID]
) -> None:
    with signed_in(settings, "finance") as finance, signed_in(settings, "treasurer") as treasurer:
        page = prepared(finance, *awarded)
        assert "100.00" in page.words and "Waits for the treasurer" in page.words
        refused = finance.open(page.address + "/authorise")
        assert refused.status == 405
        seen = treasurer.open(page.address)
        assert PAYEE in seen.words and "demo-core-team" in seen.words and "C7K2M9QXH4" in seen.words
        assert "At the bank" in treasurer.send(seen, "/authorise").words
        again = treasurer._client.post(seen.form("/authorise").action, data=seen.form("/authorise").fields)
        assert again.status_code == 409
        taken = finance.send(finance.open(page.address), "/file")
        assert PAYEE in taken.content.decode("utf-8-sig") and "sum,2," in taken.content.decode("utf-8-sig")
    on_the_bank(officer, -10_000, "BULK PAYMENT", opening=people.KBANK_OPENING + 10_000)
    lines = officer.open("/staff/lines")
    assert "It is a whole payment run" in lines.words and PAYEE not in lines.source
    officer.send(lines, "/choose")
    assert {state(database, one) for one in awarded} == {"left"}
    assert "Settled" in officer.open(page.address).words


def test_whoever_prepared_a_run_neither_authorises_nor_reconciles_it(
    officer: Visitor, settings: Settings, database: Database, awarded: list[UUID]
) -> None:
    page = prepared(officer, awarded[0])  # who has every role of the office
    refused = officer.send(officer.open(page.address), "/authorise")
    assert (refused.status, "demo" in refused.words) == (403, True)
    assert state(database, awarded[0]) == "prepared"
    with signed_in(settings, "treasurer") as treasurer:
        treasurer.send(treasurer.open(page.address), "/authorise")
    on_the_bank(officer, -6_000, "โอนเงิน", opening=people.KBANK_OPENING + 10_000)
    officer.send(officer.open("/staff/lines"), "/choose")
    assert state(database, awarded[0]) == "authorised"


def test_one_payment_is_taken_out_and_a_name_that_does_not_fit_is_told_by_its_line(
    settings: Settings, database: Database, awarded: list[UUID]
) -> None:
    with signed_in(settings, "finance") as finance, signed_in(settings, "treasurer") as treasurer:
        page = prepared(finance, *awarded, layout="krungthai")
        out = treasurer.send(treasurer.open(page.address), "/lines/1/out", reason="บัญชีผิด")
        assert "Taken out" in out.words
        treasurer.send(treasurer.open(page.address), "/send-back", reason="วันหยุด")
        assert "Sent back" in finance.open("/staff/runs").words
    assert {state(database, one) for one in awarded} == {"awarded"}


def test_an_advance_is_allowed_by_another_and_accounted_for_with_its_paper(
    donor: Visitor, officer: Visitor, settings: Settings, database: Database
) -> None:
    people.hand_in(officer, people.kbank(people.paid(people.give(donor, choice="100").payment)))
    cash = award(database, 3_000, 9, kind="cash", bank="", account="", name="เงินสดให้ผู้ปกครอง")
    with signed_in(settings, "finance") as finance, signed_in(settings, "treasurer") as treasurer:
        finance.send(finance.open("/staff/advances"), "/prepare")
        assert "May be fetched" in treasurer.send(treasurer.open("/staff/advances"), "/allow").words
        on_the_bank(officer, -3_000, "ถอนเงินสด", opening=people.KBANK_OPENING + 10_000)
        officer.send(officer.open("/staff/lines"), "/choose")
        page = finance.open("/staff/advances")
        assert "To account for by" in page.words and "30.00" in page.words
        assert finance.upload(page, "/account", "", b"", field="paper", amount="30").status == 400
        refused = finance.upload(page, "/account", "v.pdf", b"%PDF-1.7", field="paper", amount="30.01")
        assert (refused.status, "No more than 30.00 baht" in refused.words) == (409, True)
        with clock.at(people.NOW + timedelta(days=31)):
            people.sign_in(finance, demo_people.name_of("finance"))
            assert "Overdue since" in finance.open("/staff/advances").words
        people.sign_in(finance, demo_people.name_of("finance"))
        page = finance.open("/staff/advances")
        finance.upload(page, "/account", "v.pdf", b"%PDF-1.7", field="paper", amount="30")
    assert state(database, cash) == "cleared"
