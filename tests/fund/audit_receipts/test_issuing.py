"""Every payment that is proven has exactly one audit receipt that counts, and it says what is so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from fund import clock
from fund.audit_receipts import gathering, issuing, payments, queries
from fund.audit_receipts.gathering import NotWholeError
from fund.audit_receipts.queries import Sought
from fund.cases.handing import chores as handovers_chores
from fund.grants import service
from fund.invariants.audit_receipts import what_is_proven_has_one_audit_receipt
from fund.outbox import OutboxRow
from fund.people import duties
from fund.people.models import PersonRow
from tests.fund.audit_receipts.proving import AMOUNT, CHILD, GUARDIAN, VOUCHER_SHA, Proving, a_proving
from tests.fund.grants.office import DAY, TODAY, Office
from tests.fund.test_checks import guards_off


def test_a_payment_that_is_paid_received_and_evidenced_has_its_receipt(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    proving.job()
    (paper,) = proving.papers()
    facts = paper.facts
    assert paper.number == "KKA-2570-000001" and not paper.is_void
    assert (facts.amount_satang, facts.case_code, facts.fund, facts.line.amount_satang) == (
        AMOUNT, proving.case_code, "D4001", -AMOUNT,
    )  # fmt: skip
    assert [(one.act, one.name) for one in facts.hands] == [
        ("asked", "nok"), ("approved", "ton"), ("prepared", "fah"), ("authorised", "tree"), ("matched", "fai"),
        ("checked", "fon"),
    ]  # fmt: skip
    assert [(one.kind, one.sha256) for one in facts.evidence] == [("voucher", VOUCHER_SHA)]
    assert sum(one.end_satang - one.start_satang for one in facts.gifts) == AMOUNT
    assert (facts.received_by, facts.how, facts.entry.id) == ("guardian", "paper", str(paper.proves))
    assert facts.fund_name_en == "Gifts for one district"
    for name in (CHILD, GUARDIAN):
        assert name not in facts.canonical().decode()


def only_paid(proving: Proving) -> None:
    proving.pay()
    proving.seal()


def received_without_voucher(proving: Proving) -> None:
    proving.pay()
    proving.answer()
    proving.seal()


def nobody_looked_at_it(proving: Proving) -> None:
    proving.pay()
    proving.handed.file()
    proving.seal()


def it_was_sent_back(proving: Proving) -> None:
    proving.pay()
    proving.hand_over(is_accepted=False)
    proving.seal()


def no_line_of_the_bank(proving: Proving) -> None:
    proving.pay_without_a_line()
    proving.hand_over()
    proving.seal()


def not_in_the_log(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()


PARTS: dict[str, tuple[str, Callable[[Proving], None]]] = {
    "handover": (gathering.HANDOVER, only_paid),
    "voucher": (gathering.HANDOVER, received_without_voucher),
    "accepted": (gathering.HANDOVER, nobody_looked_at_it),
    "sent back": (gathering.HANDOVER, it_was_sent_back),
    "match": (gathering.MATCH, no_line_of_the_bank),
    "log": (gathering.LOG, not_in_the_log),
}


def test_what_is_not_paid_has_no_receipt(proving: Proving) -> None:
    proving.job()
    assert proving.papers() == []


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_issued_while_a_part_is_missing(proving: Proving, part: str) -> None:
    lack, so_far = PARTS[part]
    so_far(proving)
    with proving.office.database.write() as session:
        assert issuing.settle(session, proving.chain, 1) is None
        payment = payments.of_tranche(session, proving.chain, 1)
        assert payment is not None
        with pytest.raises(NotWholeError) as refused:
            gathering.facts(session, payment)
        assert refused.value.lack == lack
    assert proving.papers() == []


def in_cash(office: Office, folder: Path) -> Proving:
    proving = a_proving(office, folder, kind="cash")
    proving.give_cash(kept=70_000)
    proving.hand_over()
    return proving


def above_the_limit(office: Office, folder: Path) -> Proving:
    proving = a_proving(office, folder, 600_000, approve=lambda office, asked: office.approve(asked, "ton", "kaew"))
    proving.pay()
    proving.hand_over()
    return proving


def by_a_stand_in(office: Office, folder: Path) -> Proving:
    def approve(office: Office, request_id: UUID) -> None:
        whom, last = office.ton.person_id, DAY + timedelta(days=3)
        through = office.act(duties.appoint, office.fon.person_id, whom, DAY, last, "ab" * 32, by=office.kaew)
        office.act(service.approve, request_id, 1, stand_in=through, by=office.fon)

    proving = a_proving(office, folder, approve=approve)
    proving.pay()
    proving.hand_over(by="kaew")
    return proving


def paid_again(office: Office, folder: Path) -> Proving:
    proving = a_proving(office, folder)
    proving.pay()
    proving.hand_over()
    proving.job()
    proving.come_back(AMOUNT, "คืนเงินโอน 9876543210")
    proving.pay("โอนเงินอีกครั้ง")
    proving.job()
    assert [paper.is_void for paper in proving.papers()] == [True]  # what was signed then says nothing of this payment
    proving.hand_over("signed again")
    return proving


WAYS: dict[str, tuple[Callable[[Office, Path], Proving], int, list[str]]] = {
    "cash": (in_cash, 70_000, ["approved ton", "authorised tree", "matched fai", "checked fon"]),
    "two approve": (above_the_limit, 600_000, ["approved ton", "approved kaew", "authorised tree", "checked fon"]),
    "stand-in": (by_a_stand_in, AMOUNT, ["approved fon for ton", "authorised tree", "checked kaew"]),
    "paid again": (paid_again, AMOUNT, ["approved ton", "authorised tree", "checked fon"]),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_paying_ends_with_one_paper_that_says_who_did_what(
    office: Office, tmp_path: Path, way: str
) -> None:
    walk, amount, hands = WAYS[way]
    proving = walk(office, tmp_path)
    handovers_chores.look_after(office.database, proving.settings)
    with office.database.read() as session:
        asked = session.exec(select(OutboxRow.subject).where(OutboxRow.kind == "audit-receipt.issue")).all()
    assert f"{proving.chain} 1" in asked
    proving.job()
    paper = proving.papers()[-1]
    assert not paper.is_void and paper.facts.amount_satang == amount
    told = [
        f"{one.act} {one.name}" + f" for {one.stands_in_for}" * bool(one.stands_in_for) for one in paper.facts.hands
    ]
    assert [one for one in told if one in hands] == hands
    with office.database.read() as session:
        assert list(what_is_proven_has_one_audit_receipt(session)) == []


def test_it_is_issued_once_though_the_job_runs_often_and_at_once(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: proving.job(), range(6)))
    assert issuing.issue_missed(proving.office.database, proving.settings) == 0
    assert [paper.is_void for paper in proving.papers()] == [False]


def test_what_no_job_issued_is_found_by_the_chore(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    assert issuing.issue_missed(proving.office.database, proving.settings) == 1
    assert len(proving.papers()) == 1


def test_money_that_comes_back_voids_the_paper_and_a_part_of_it_replaces_it(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    proving.job()
    proving.come_back(30_000, "คืนส่วนที่ไม่ได้ใช้ 9876543210")
    with proving.office.database.read() as session:
        jobs = session.exec(select(OutboxRow.subject).where(OutboxRow.kind == "audit-receipt.issue")).all()
    assert f"{proving.chain} 1" in jobs
    proving.job()
    old, new = proving.papers()
    assert (old.is_void, new.is_void, new.replaces) == (True, False, old.number)
    assert (new.facts.amount_satang, new.facts.returned_satang) == (70_000, 30_000)


def test_a_payment_that_the_bank_returns_has_no_paper_that_counts(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    proving.job()
    proving.come_back(AMOUNT, "คืนเงินโอน 9876543210")
    proving.job()
    assert [paper.is_void for paper in proving.papers()] == [True]


def test_what_was_issued_says_the_same_when_people_change_their_names(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    proving.job()
    (before,) = proving.papers()
    with proving.office.database.write() as session:
        for row in session.exec(select(PersonRow)).all():
            row.name, row.name_key = f"{row.name}2", f"{row.name_key}2"
    proving.job()
    assert proving.papers() == [before]


WRONG = {
    "gifts": "UPDATE receipts_receipt SET facts = replace(facts, '\"start_satang\":', '\"start_satang\":1')",
    "amount": "UPDATE receipts_receipt SET facts = replace(facts, '\"amount_satang\":1', '\"amount_satang\":2')",
    "paper": "DELETE FROM receipts_receipt WHERE kind = 'audit'",
}


def test_a_paper_that_is_wrong_or_missing_is_found(proving: Proving) -> None:
    proving.pay()
    proving.hand_over()
    proving.job()
    for part, statement in WRONG.items():
        with clock.at(TODAY + timedelta(hours=2)), guards_off(proving.office.database) as session:
            assert list(what_is_proven_has_one_audit_receipt(session)) == []
            session.connection().exec_driver_sql(statement)
            assert len(list(what_is_proven_has_one_audit_receipt(session))) == 1, part


def test_all_that_was_paid_at_once_is_listed_and_counted(office: Office) -> None:
    paid = {f"grant:{office.paid(1_000)}:1" for _ in range(3)}
    with office.database.read() as session:
        first = queries.paid(session, Sought(), limit=2)
        rest = queries.paid(session, Sought(), after=str(first[-1].entry_id), limit=2)
        assert [one.paid_at for one in first + rest] == [TODAY] * 3
        assert (len(first), {one.tranche.replace(" ", ":") for one in first + rest}) == (2, paid)
        assert queries.unproven(session) == (3, TODAY)
        assert queries.unproven(session, {"4002"}) == (0, None)
