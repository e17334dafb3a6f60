"""A gift is given back: asked by one, decided by another, paid to where it came from, sometimes returned."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import date
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import clock, postings
from fund.audit import Actor
from fund.bank import explaining, queries, settling, undoing
from fund.bank.matching import Waits
from fund.bank.models import LineRow, MatchRow
from fund.donations import refunds
from fund.donations.models import DonationRow
from fund.donations.refunds import AlreadyRefundedError, RefundNotFoundError, RefundReasonError
from fund.donations.states import NotInThisStateError
from fund.errors import FundError
from fund.people import duties
from fund.people.duties import Side
from fund.people.errors import NobodyError, OtherSideError
from fund.people.models import PersonRow
from fund.postings import Money
from ledger import book
from ledger.errors import NotEnoughError
from receipts import queries as receipts
from tests.fund.bank.builders import OFFICER, OPENING, Fund, a_csv, a_gift, a_payment
from tests.fund.bank.test_undoing import all_is_well, only_line, undo

PAYER = "X1234 นาย ตัวอย่าง ก++"


@pytest.fixture
def office(fund: Fund) -> tuple[Actor, Actor]:
    """Two people."""
    people = [PersonRow(name=name, name_key=name, made_at=clock.now(), made_by="operator") for name in ("นก", "ต้น")]
    with fund.database.write() as session:
        session.add_all(people)
        session.flush()
        return Actor("นก", people[0].id), Actor("ต้น", people[1].id)


@pytest.fixture
def gift(fund: Fund) -> DonationRow:
    """A gift with a receipt, from an account that the bank half names."""
    pledge = fund.pledge(1000)
    fund.take_and_settle(a_csv([a_gift(1000, f"จาก {PAYER}", day=2)], last=2))
    with fund.database.write() as session:
        explaining.name_line(session, only_line(fund), pledge.reference, reason="โทรมา", by=OFFICER)
    with fund.database.read() as session:
        return session.exec(select(DonationRow)).one()


def give_back(fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    with fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])


def bank_says(fund: Fund, amount_satang: int, detail: str, day: int, opening_satang: int) -> None:
    lines = [a_gift(amount_satang, detail, day=day)]
    fund.take_and_settle(a_csv(lines, opening_satang=opening_satang, first=day, last=day))


def test_a_refund_that_was_decided_is_payable_and_voids_the_receipt(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    give_back(fund, gift, office)
    assert (fund.balance("4900", "GEN"), fund.balance("2110", "GEN")) == (1000, -1000)
    with fund.database.read() as session:
        assert receipts.by_number(session, gift.receipt_number or "").is_void
        assert [one.donation_id for one in refunds.decided(session)] == [gift.id]
        assert [one.state for one in refunds.stories(session)] == ["payable"]
    assert all_is_well(fund)


def test_nobody_decides_what_they_asked_for_and_nobody_without_a_name(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
        assert [(one.state, one.reason) for one in refunds.stories(session)] == [("asked", "โอนผิด")]
    for by, refusal in ((office[0], OtherSideError), (OFFICER, NobodyError)):
        with pytest.raises(refusal), fund.database.write() as session:
            refunds.decide(session, gift.id, by=by)


def refused(fund: Fund, refusal: type[FundError], gift: DonationRow, by: Actor, reason: str = "x") -> None:
    with pytest.raises(refusal), fund.database.write() as session:
        refunds.ask(session, gift.id, reason=reason, by=by)


def test_a_gift_is_given_back_once(fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]) -> None:
    refused(fund, RefundReasonError, gift, office[0], " ")
    with pytest.raises(RefundNotFoundError), fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    refused(fund, AlreadyRefundedError, gift, office[0])
    with fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
    refused(fund, NotInThisStateError, gift, office[0])
    with pytest.raises(NotInThisStateError), fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
    with pytest.raises(NotInThisStateError):
        undo(fund, only_line(fund))


def test_a_gift_that_was_taken_back_is_not_given_back(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    undo(fund, only_line(fund))
    refused(fund, NotInThisStateError, gift, office[0])


def test_the_line_that_pays_it_is_known_by_the_account_it_came_from(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    give_back(fund, gift, office)
    bank_says(fund, -1000, f"โอนไป {PAYER}", 23, OPENING + 1000)
    assert (fund.balance("2110", "GEN"), fund.balance("1110.01", "GEN")) == (0, 0)
    with fund.database.read() as session:
        assert session.exec(select(MatchRow.kind).where(MatchRow.about != "")).all() == ["refund-left"]
    assert all_is_well(fund)


def test_as_much_to_somebody_else_waits_and_offers_the_refund(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    give_back(fund, gift, office)
    bank_says(fund, -1000, "โอนไป X9999 นาย อื่น", 23, OPENING + 1000)
    with fund.database.read() as session:
        (line,) = queries.waiting_lines(session, limit=9)
        found = settling.candidates(session, line)
    assert isinstance(found, Waits)
    assert [one.kind for one in found.candidates] == ["refund-left"]


def test_a_refund_that_the_bank_returns_is_payable_again_and_paid_again(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with clock.at(clock.now().replace(day=10)):
        give_back(fund, gift, office)
    bank_says(fund, -1000, f"โอนไป {PAYER}", 11, OPENING + 1000)
    bank_says(fund, 1000, f"จาก {PAYER}", 12, OPENING)
    assert fund.balance("2110", "GEN") == -1000
    bank_says(fund, -1000, f"โอนไป {PAYER}", 13, OPENING + 1000)
    assert (fund.balance("2110", "GEN"), fund.balance("2100", "U")) == (0, 0)
    assert all_is_well(fund)
    with fund.database.read() as session:
        paid = session.exec(select(LineRow.id).where(LineRow.occurred_on == date(2026, 11, 11))).one()
    with fund.database.write() as session:
        assert len(undoing.undo_match(session, paid, reason="x", by=OFFICER)) == 3
    assert fund.balance("2110", "GEN") == -1000
    assert all_is_well(fund)


def test_what_the_fund_has_not_got_is_not_promised_back(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with fund.database.write() as session:
        spent = Money("spent", "1110.01", 1, clock.today(), clock.today())
        book.post(session, postings.running_cost_paid(spent, "GEN"), by=OFFICER.name)
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    with pytest.raises(NotEnoughError), fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])


def test_a_refund_that_was_declined_changes_nothing_and_may_be_asked_for_again(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    for by, reason, refusal in ((office[0], "x", OtherSideError), (office[1], " ", RefundReasonError)):
        with pytest.raises(refusal), fund.database.write() as session:
            refunds.decline(session, gift.id, reason=reason, by=by)
    with fund.database.write() as session:
        refunds.decline(session, gift.id, reason="ชื่อบัญชีไม่ตรง", by=office[1])
    with pytest.raises(NotInThisStateError), fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
    assert fund.balance("2110", "GEN") == 0
    give_back(fund, gift, office)
    with fund.database.read() as session:
        told = [(one.state, one.declined_because) for one in refunds.of_donation(session, gift.id)]
    assert told == [("payable", ""), ("declined", "ชื่อบัญชีไม่ตรง")]
    assert all_is_well(fund)


ANSWER = """
INSERT INTO donations_refund_answer (donation_id, number, entry_id, declined_because, decided_by, decided_person,
                                     decided_at, chain, side)
SELECT a.donation_id, a.number, (SELECT id FROM ledger_entry LIMIT 1), '', 'x', {who}, a.asked_at, {chain}, {side}
FROM donations_refund_ask a
"""
PART = """
INSERT INTO duties_participant (chain, person, side, taken_on, taken_at)
SELECT chain, asked_person, 'approve', {day}, asked_at FROM donations_refund_ask
"""
OTHER_CHAIN = "INSERT INTO duties_chain (chain, case_code) VALUES ('refund:x', '')"
BY_SQL = {
    "who asked": [ANSWER.format(who="a.asked_person", chain="a.chain", side="'approve'")],
    "who asked, standing on the other side as well": [
        PART,
        ANSWER.format(who="a.asked_person", chain="a.chain", side="'approve'"),
    ],
    "who asked, as the side that asks": [ANSWER.format(who="a.asked_person", chain="a.chain", side="a.side")],
    "who asked, in another matter": [
        OTHER_CHAIN,
        PART.replace("SELECT chain", "SELECT 'refund:x'"),
        ANSWER.format(who="a.asked_person", chain="'refund:x'", side="'approve'"),
    ],
    "who has no part in it": [
        ANSWER.format(who="(SELECT id FROM people_person WHERE name = 'ต้น')", chain="a.chain", side="'approve'")
    ],
    "a changed asker": ["UPDATE donations_refund_ask SET asked_person = (SELECT id FROM people_person LIMIT 1)"],
}


@pytest.mark.parametrize("way", BY_SQL)
def test_no_sql_approves_what_somebody_asked_for_themselves(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor], way: str
) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    day = "'2026-11-23'" if fund.database.is_sqlite else "DATE '2026-11-23'"
    with pytest.raises(DBAPIError), fund.database.write() as session:
        for statement in BY_SQL[way]:
            session.execute(text(statement.format(day=day)))


def test_the_same_sql_by_somebody_else_is_taken(fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]) -> None:
    """The control: it is the human that is refused, not the statement."""
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
        duties.take_part(session, f"refund:{gift.id}", Side.APPROVE, by=office[1])
        (statement,) = BY_SQL["who has no part in it"]
        assert session.connection().execute(text(statement)).rowcount == 1
        session.rollback()


def test_what_was_asked_of_a_gift_that_is_gone_since_is_declined_and_waits_no_more(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    undo(fund, only_line(fund))
    with pytest.raises(NotInThisStateError), fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
    with fund.database.write() as session:
        refunds.decline(session, gift.id, reason="รายการนี้ยกเลิกแล้ว", by=office[1])
        assert [one.state for one in refunds.stories(session)] == ["declined"]


def test_no_gift_is_taken_back_while_its_refund_is_being_decided(fund: Fund, office: tuple[Actor, Actor]) -> None:
    """On SQLite there is no second writer."""
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code)], last=2))
    line = only_line(fund)
    with fund.database.write() as session:
        gift = session.exec(select(DonationRow.id)).one()
        refunds.ask(session, gift, reason="โอนผิด", by=office[0])
    with ThreadPoolExecutor(1) as pool:
        with fund.database.write() as session:
            refunds.decide(session, gift, by=office[1])
            undone = pool.submit(copy_context().run, partial(undo, fund, line))
            wait([undone], timeout=2)
        assert isinstance(undone.exception(), NotInThisStateError)
    assert (fund.balance("2110", "GEN"), fund.balance("1110.01", "GEN")) == (-1000, 1000)


def test_of_two_who_ask_at_once_the_second_hears_that_it_was_asked(
    fund: Fund, gift: DonationRow, office: tuple[Actor, Actor]
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with fund.database.write() as session:
            refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
            second = pool.submit(copy_context().run, _ask, fund, gift, office[1])
            wait([second], timeout=0.5)
        assert isinstance(second.exception(), AlreadyRefundedError)


def _ask(fund: Fund, gift: DonationRow, by: Actor) -> None:
    with fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนซ้ำ", by=by)
