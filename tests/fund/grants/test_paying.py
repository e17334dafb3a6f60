"""Tranches after the award: paid, returned, given up, held, cancelled; advances; and what the books say of each."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from fund.audit import Actor, AuditRow, ReasonError
from fund.grants import payees, paying, queries
from fund.grants.errors import (
    AboveRestError,
    GrantNotFoundError,
    NotInThisStateError,
    OtherAmountError,
    PayeeError,
)
from fund.grants.payees import Payee
from fund.people.errors import NobodyError
from fund.postings import GRANTS_PAID
from fund.rights import effects
from ledger.errors import NotEnoughError
from tests.fund.grants.office import BANK, Office, money

GIVEN = 2_000_000
COMMITTED, PAYABLE, LENT = "9100", "2200", "1300"


def books(office: Office) -> tuple[int, ...]:
    """Promised, payable, lent, paid and left to spend, of everybody's fund."""
    return (*(office.on(account) for account in (COMMITTED, PAYABLE, LENT, GRANTS_PAID)), office.free())


def state(office: Office, request_id: UUID, number: int = 1) -> str:
    return str(office.ask(queries.tranches, request_id)[number - 1].state)


@pytest.fixture(autouse=True)
def sound(office: Office) -> Iterator[None]:
    """After each test the books say what the states say."""
    yield
    assert office.wrong() == []


def test_a_payment_is_promised_payable_and_gone(office: Office) -> None:
    request_id = office.awarded(300_000)
    assert books(office) == (300_000, 0, 0, 0, GIVEN - 300_000)
    office.act(paying.prepare, request_id, 1, by=office.fah)
    office.act(paying.authorise, request_id, 1, by=office.tree)
    assert books(office) == (0, -300_000, 0, 300_000, GIVEN - 300_000)
    office.act(paying.left, request_id, 1, money(300_000), by=office.fai)
    assert books(office) == (0, 0, 0, 300_000, GIVEN - 300_000)
    assert office.on(BANK) == GIVEN - 300_000 and state(office, request_id) == "left"


def test_what_came_back_is_payable_again_and_is_sent_again_or_given_up(office: Office) -> None:
    request_id = office.paid(300_000)
    office.act(paying.came_back, request_id, 1, money(300_000), by=office.fai)
    assert books(office) == (0, -300_000, 0, 300_000, GIVEN - 300_000)
    office.act(paying.prepare, request_id, 1, by=office.fah)
    office.act(paying.authorise, request_id, 1, by=office.tree)
    office.act(paying.left, request_id, 1, money(300_000), by=office.fai)
    office.act(paying.came_back, request_id, 1, money(300_000), by=office.fai)
    office.act(paying.give_up, request_id, 1, "ปิดบัญชีแล้ว", by=office.tree)
    assert books(office) == (0, 0, 0, 0, GIVEN) and state(office, request_id) == "given_up"


def test_a_payment_that_the_bank_refused_is_prepared_anew(office: Office) -> None:
    request_id = office.authorised(300_000)
    office.act(paying.stayed, request_id, 1, "ธนาคารปฏิเสธไฟล์", by=office.fai)
    assert state(office, request_id) == "came_back" and office.on(PAYABLE) == -300_000
    office.act(paying.prepare, request_id, 1, by=office.fah)
    office.act(paying.turn_down, request_id, 1, "ดูบัญชีอีกครั้ง", by=office.tree)
    assert state(office, request_id) == "came_back"


def test_a_promise_is_cancelled_before_it_is_authorised_only(office: Office) -> None:
    for acts in ((), ("prepare",), ("hold",)):
        request_id = office.awarded(300_000)
        if "prepare" in acts:
            office.act(paying.prepare, request_id, 1, by=office.fah)
        if "hold" in acts:
            office.act(paying.hold, request_id, 1, "ย้ายโรงเรียน", by=office.nok)
        office.act(paying.cancel, request_id, 1, "ได้จากที่อื่น", by=office.ton)
        assert books(office) == (0, 0, 0, 0, GIVEN)
    with pytest.raises(NotInThisStateError):
        office.act(paying.cancel, office.authorised(1_000), 1, "สาย", by=office.ton)


def test_each_tranche_goes_its_own_way(office: Office) -> None:
    request_id = office.paid(200_000, 150_000, 100_000)
    office.act(paying.cancel, request_id, 3, "พอแล้ว", by=office.ton)
    assert [one.state for one in office.ask(queries.tranches, request_id)] == ["left", "awarded", "cancelled"]
    assert books(office) == (150_000, 0, 0, 200_000, GIVEN - 350_000)


def test_a_consent_taken_back_between_award_and_payment_stops_what_can_be_stopped(office: Office) -> None:
    prepared, ordered, asked = office.awarded(1_000, 1_000), office.authorised(1_000), office.request(1_000)
    office.act(paying.prepare, prepared, 1, by=office.fah)
    held = office.act(paying.hold_case, "C7K2M9QXH4", "ถอนความยินยอม", by=Actor("worker"))
    assert held == 3 and office.ask(queries.request, asked).state == "questioned"
    assert [one.state for one in office.ask(queries.tranches, prepared)] == ["held", "held"]
    assert state(office, ordered) == "authorised"
    for verb, by in ((paying.authorise, office.tree), (paying.prepare, office.fah)):
        with pytest.raises(NotInThisStateError):
            office.act(verb, prepared, 1, by=by)
    with pytest.raises(NotInThisStateError):
        office.approve(asked)
    office.act(paying.release, prepared, 1, "ยินยอมใหม่แล้ว", by=office.ton)
    assert state(office, prepared) == "awarded"


def test_the_bank_s_amount_must_be_the_payment_s(office: Office) -> None:
    request_id = office.authorised(300_000)
    for wrong in (299_999, 300_001):
        with pytest.raises(OtherAmountError):
            office.act(paying.left, request_id, 1, money(wrong), by=office.fai)
    office.act(paying.left, request_id, 1, money(300_000), by=office.fai)
    office.act(paying.return_unspent, request_id, 1, money(100), by=office.fai)
    with pytest.raises(OtherAmountError):
        office.act(paying.came_back, request_id, 1, money(300_000), by=office.fai)
    with pytest.raises(AboveRestError):
        office.act(paying.return_unspent, request_id, 1, money(299_901), by=office.fai)
    assert books(office) == (0, 0, 0, 299_900, GIVEN - 299_900)


def test_one_bank_line_is_one_payment_s(office: Office) -> None:
    line, first, second = money(1_000), office.authorised(1_000), office.authorised(1_000)
    office.act(paying.left, first, 1, line, by=office.fai)
    with pytest.raises(Exception, match="already booked"):
        office.act(paying.left, second, 1, line, by=office.fai)
    assert state(office, second) == "authorised"


def an_advance(office: Office, amount: int = 300_000) -> UUID:
    return office.authorised(amount, payee_id=office.payee(kind="cash", bank="", account=""))


def test_an_advance_is_issued_accounted_for_in_parts_and_cleared(office: Office) -> None:
    request_id = an_advance(office)
    assert state(office, request_id) == "allowed" and books(office) == (300_000, 0, 0, 0, GIVEN - 300_000)
    office.act(paying.issue_advance, request_id, 1, money(300_000), by=office.fai)
    assert books(office) == (0, 0, 300_000, 0, GIVEN - 300_000)
    for _ in range(2):
        office.act(paying.account_for, request_id, 1, 120_000, by=office.fah)
    assert office.ask(queries.advance_satang, request_id, 1) == 60_000 and state(office, request_id) == "issued"
    for verb, what, by in ((paying.account_for, 60_001, "fah"), (paying.return_rest, money(60_001), "fai")):
        with pytest.raises(AboveRestError):
            office.act(verb, request_id, 1, what, by=office.people[by])
    office.act(paying.return_rest, request_id, 1, money(60_000), by=office.fai)
    assert books(office) == (0, 0, 0, 240_000, GIVEN - 240_000) and state(office, request_id) == "cleared"
    office.act(paying.return_unspent, request_id, 1, money(40_000), by=office.fai)
    assert books(office) == (0, 0, 0, 200_000, GIVEN - 200_000)


def test_cash_that_nobody_fetched_is_a_promise_again(office: Office) -> None:
    request_id = an_advance(office)
    for verb in (paying.left, paying.came_back):
        with pytest.raises(NotInThisStateError):
            office.act(verb, request_id, 1, money(300_000), by=office.fai)
    office.act(paying.stayed, request_id, 1, "ไม่มารับ", by=office.fai)
    assert state(office, request_id) == "awarded"
    with pytest.raises(NotInThisStateError):
        office.act(paying.issue_advance, office.authorised(1_000), 1, money(1_000), by=office.fai)


def test_what_came_back_and_had_been_unidentified_leaves_that_name(office: Office) -> None:
    request_id = office.paid(300_000)
    line = money(300_000)
    office.unidentified(line)
    office.act(paying.came_back, request_id, 1, line, was_unidentified=True, by=office.fai)
    assert office.on("2100", "U") == 0 and books(office) == (0, -300_000, 0, 300_000, GIVEN - 300_000)


def test_a_fund_that_a_fact_drove_below_zero_awards_nothing_and_pays_what_is_ordered(office: Office) -> None:
    request_id = office.authorised(300_000)
    with pytest.raises(NotEnoughError):
        office.lose(GIVEN, kind="choice")
    office.lose(GIVEN, kind="fact")
    waits = office.request(1_000_000)
    assert office.approve(waits, "ton", "kaew").funds == ()
    office.act(paying.left, request_id, 1, money(300_000), by=office.fai)
    assert state(office, request_id) == "left"
    office.give(GIVEN)


def test_who_is_not_here_or_nobody_pays_nothing(office: Office) -> None:
    for verb, more in ((paying.prepare, ()), (paying.left, (money(1),)), (paying.cancel, ("x",))):
        with pytest.raises(GrantNotFoundError):
            office.act(verb, UUID(int=1), 1, *more, by=office.fai)
    with pytest.raises(NobodyError):
        office.act(paying.left, office.authorised(1_000), 1, money(1_000), by=Actor("settler"))


# Payees.


def test_a_payee_is_sealed_seen_with_a_purpose_and_never_changed(office: Office) -> None:
    payee_id = office.payee(name=" ยาย  มา ", account="081-234-5678")
    with office.database.write() as session:
        told = payees.payee(session, payee_id, purpose="payment", by=office.fah)
        for wrong in ("", "curious"):
            with pytest.raises(ReasonError):
                payees.payee(session, payee_id, purpose=wrong, by=office.fah)
    assert told == Payee("guardian", "ยาย มา", "PROMPTPAY", "0812345678")
    with office.database.read() as session:
        seen = session.exec(select(AuditRow.actor, AuditRow.reason).where(AuditRow.action == "payee.viewed")).all()
        stored = session.connection().execute(text("SELECT * FROM grants_payee")).all()
    assert seen == [("fah", "payment")] and "ยาย" not in str(stored) and "0812345678" not in str(stored)


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "teacher"},
        {"name": " "},
        {"name": "ก\x00"},
        {"bank": "KTB", "account": "123"},
        {"bank": "ktb"},
        {"bank": ""},
        {"account": "812345678"},
        {"kind": "cash"},
    ],
)
def test_a_payee_without_a_name_or_a_way_to_pay_is_refused(told: dict[str, str]) -> None:
    good = {"kind": "guardian", "name": "ยายมา", "bank": "PROMPTPAY", "account": "0812345678"}
    with pytest.raises(PayeeError):
        Payee(**{**good, **told})


def test_a_payee_who_is_erased_is_met_again_no_more(office: Office) -> None:
    payee_id = office.payee()
    office.act(effects.apply, payee_id, "key", by=office.kaew)
    with office.database.write() as session:
        assert payees.payee(session, payee_id, purpose="payment", by=office.fah) is None
        assert session.connection().execute(text("SELECT same_as FROM grants_payee")).scalar() is None
