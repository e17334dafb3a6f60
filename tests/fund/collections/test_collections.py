"""A collection from its roster to everybody's gift: what meets, what waits, what is taken back, what is forgotten."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from fund import clock
from fund.audit import WORKER
from fund.bank import explaining, offering, undoing
from fund.bank import queries as bank
from fund.bank.models import StatementRow
from fund.collections import drafts, queries, rosters, service
from fund.collections.errors import (
    ChosenSumError,
    CollectionChangedError,
    CollectionSettledError,
    DraftChangedError,
    RosterWrongError,
)
from fund.collections.queries import CollectionView
from fund.db import Database
from fund.donations import payment
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donations.states import NotInThisStateError
from fund.invariants import collections as invariants
from fund.invariants import gifts as gift_invariants
from fund.profile import PromptPay
from fund.settings import Settings
from ledger.money import format_plain_baht
from receipts import queries as receipts
from tests.builders import OFFICER
from tests.fund.collections.builders import Bank, a_collection, a_list, again, confirm, line_ids

WHY = "ผู้รวบรวมยืนยันทางโทรศัพท์"


@pytest.fixture
def banked(database: Database, tmp_path: Path) -> Bank:
    return Bank(database, tmp_path)


def holds(session: Session) -> bool:
    """Whether every invariant of collections, and of lines and gifts that hang on them, holds."""
    looks = (
        invariants.collections_are_paid_by_their_peoples_gifts,
        invariants.rosters_are_the_sum_of_their_people,
        gift_invariants.every_line_is_in_one_state,
        gift_invariants.settled_lines_are_booked_whole,
        gift_invariants.every_gift_is_matched_or_undone,
        gift_invariants.undone_matches_are_reversed,
        gift_invariants.receipt_numbers_have_no_gap,
        gift_invariants.every_receipt_proves_a_donation,
        gift_invariants.donors_parts_are_unaltered,
    )
    return [finding for look in looks for finding in look(session)] == []


def made(database: Database, *amounts: str, receipt: str = "ใช่") -> CollectionView:
    with database.write() as session:
        return a_collection(session, *amounts, receipt=receipt)


def now(database: Database, of: CollectionView) -> CollectionView:
    with database.read() as session:
        assert holds(session)
        return again(session, of)


def numbers(session: Session, of: CollectionView) -> list[str]:
    return [number for one in of.arrivals for number in queries.receipts_of(session, of, one)]


def test_one_transfer_is_everybodys_gift_with_a_receipt_of_their_own(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20.50", "๓๐")
    assert (of.state, of.open_satang, of.people) == ("open", 6_050, 3)
    assert banked.tells((6_050, of.reference)).matched == 1
    of = now(database, of)
    assert (of.state, of.open_satang) == ("settled", 0)
    with database.read() as session:
        issued = [receipts.by_number(session, number) for number in numbers(session, of)]
        people = queries.persons(session, of, limit=10)
    assert [one.facts.donor_name for one in issued] == ["คนที่ 1", "คนที่ 2", "คนที่ 3"]
    assert [one.facts.amount_satang for one in issued] == [1_000, 2_050, 3_000]
    assert [(one.group, one.is_here) for one in people] == [("ป.1", True), ("ป.2", True), ("ป.3", True)]


def test_who_wants_no_receipt_gets_none(database: Database, banked: Bank) -> None:
    of = made(database, "10", "10", receipt="ไม่")
    banked.tells((2_000, of.reference))
    with database.read() as session:
        assert numbers(session, again(session, of)) == []


@pytest.mark.parametrize(("came", "difference"), [(2_900, -100), (3_100, 100)])
def test_another_sum_waits_and_both_sides_know_the_difference(
    database: Database, banked: Bank, came: int, difference: int
) -> None:
    of = made(database, "10", "20")
    banked.tells((came, of.reference))
    of = now(database, of)
    assert (of.state, [one.amount_satang - of.open_satang for one in of.unmet]) == ("open", [difference])
    with database.read() as session:
        [line] = bank.waiting_lines(session, limit=5)
        [[offer]] = offering.offers(session, [line])
    assert (offer.kind, offer.subject) == ("collection", of.reference)
    assert [(one.what, one.agrees, one.value) for one in offer.reasons][1] == ("sum", False, "30.00")
    assert line.is_booked  # as unidentified: the books agree with the bank


def test_the_right_list_handed_in_later_meets_the_money_that_waits(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_500, of.reference))
    with database.write() as session:
        service.hand_in(session, of.id, rosters.table(a_list("10", "20", "5").encode()), by=OFFICER)
        assert confirm(session, of.id).version == 2
    explaining.meet_again(database, Settings(), str(of.id))
    of = now(database, of)
    assert (of.state, of.unmet, of.open_people) == ("settled", (), 0)


def test_what_is_left_over_becomes_an_unnamed_gift_if_an_officer_says_so(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_100, of.reference))
    with database.write() as session:
        [line_id] = line_ids(session)
        with pytest.raises(ChosenSumError):
            explaining.gather(session, line_id, of.reference, reason=WHY, by=OFFICER)
        received = explaining.gather(session, line_id, of.reference, may_leave_rest=True, reason=WHY, by=OFFICER)
    assert [(one.amount_satang, one.pledge_id is None) for one in received] == [
        (1_000, False),
        (2_000, False),
        (100, True),
    ]
    assert now(database, of).state == "settled"


def test_what_was_looked_at_before_the_collection_changed_is_not_booked(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_100, of.reference))
    seen = now(database, of).stand
    with database.write() as session:
        drafts.keep(session, of.id, rosters.table(a_list("10", "15").encode()), by=OFFICER)
        confirm(session, of.id)
    with database.write() as session:
        [line_id] = line_ids(session)
        gather = partial(explaining.gather, session, line_id, of.reference, may_leave_rest=True, reason=WHY, by=OFFICER)
        with pytest.raises(CollectionChangedError) as refusal:
            gather(shown=seen)
        assert refusal.value.facts == {"people": 2, "amount": "25.00"}
        assert len(gather(shown=now(database, of).stand)) == 3


def test_money_of_some_leaves_the_others_awaited(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20", "30")
    banked.tells((4_000, of.reference))
    with database.write() as session:
        first, _, third = queries.open_places(session, of)
        [line_id] = line_ids(session)
        with pytest.raises(ChosenSumError):
            explaining.gather(session, line_id, of.reference, chosen=[first.id], reason=WHY, by=OFFICER)
        explaining.gather(session, line_id, of.reference, chosen=[first.id, third.id], reason=WHY, by=OFFICER)
    assert [(one.state, one.open_satang) for one in [now(database, of)]] == [("part", 2_000)]
    banked.tells((2_000, of.reference))
    assert now(database, of).state == "settled"


@pytest.mark.parametrize("is_at_once", [True, False])
def test_a_second_transfer_of_the_same_collection_waits(database: Database, banked: Bank, is_at_once: bool) -> None:
    of = made(database, "10", "20")
    twice = ((3_000, of.reference), (3_000, f"{of.reference} again"))
    for told in [twice] if is_at_once else [twice[:1], twice[1:]]:
        banked.tells(*told)
    of = now(database, of)
    assert (of.state, len(of.arrivals), len(of.unmet)) == ("settled", 1, 1)


def test_taking_the_match_back_reverses_all_and_voids_every_receipt(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_000, of.reference))
    with database.write() as session:
        issued = numbers(session, again(session, of))
        [line_id] = line_ids(session)
        undoing.undo_match(session, line_id, reason=WHY, by=OFFICER)
        assert all(receipts.by_number(session, number).is_void for number in issued)
    assert [(one.state, one.open_satang) for one in [now(database, of)]] == [("open", 3_000)]
    with database.write() as session:
        explaining.name_line(session, line_id, of.reference, reason=WHY, by=OFFICER)
    of = now(database, of)
    with database.read() as session:
        assert of.state == "settled" and len(set(numbers(session, of)) - set(issued)) == 2


def test_money_after_its_day_is_taken_and_after_thirty_more_days_waits_without_names(
    database: Database, banked: Bank
) -> None:
    late, forgotten = made(database, "10"), made(database, "20")
    with clock.at(late.expires_at + timedelta(days=1)):
        banked.tells((1_000, late.reference))
        assert now(database, late).state == "settled"
        assert now(database, forgotten).state == "expired"
    with clock.at(late.expires_at + timedelta(days=32)), database.write() as session:
        assert service.forget_over(session, clock.now() - service.FORGOTTEN_AFTER, by=WORKER) == 1
        assert [one.name for one in queries.persons(session, forgotten, limit=5)] == [""]
    with clock.at(late.expires_at + timedelta(days=33)):
        banked.tells((2_000, forgotten.reference))
    assert [(one.state, len(one.unmet)) for one in [now(database, forgotten)]] == [("withdrawn", 1)]


def test_a_new_version_forgets_the_names_of_the_one_before(database: Database, banked: Bank) -> None:
    of = made(database, "10")
    with database.write() as session:
        service.hand_in(session, of.id, rosters.table(a_list("10", "10").encode()), by=OFFICER)
        newer = confirm(session, of.id)
        assert [one.name for one in queries.persons(session, of, limit=5)] == [""]
        assert [one.name for one in queries.persons(session, newer, limit=5)] == ["คนที่ 1", "คนที่ 2"]
        assert (newer.reference, newer.version, newer.open_satang) == (of.reference, 2, 2_000)


def test_no_new_version_and_no_withdrawal_once_the_money_is_here(database: Database, banked: Bank) -> None:
    of = made(database, "10")
    banked.tells((1_000, of.reference))
    with database.write() as session:
        with pytest.raises(CollectionSettledError):
            service.hand_in(session, of.id, rosters.table(a_list("5").encode()), by=OFFICER)
        with pytest.raises(NotInThisStateError):
            service.withdraw(session, of.id, by=OFFICER)


def test_only_the_list_that_was_looked_at_is_confirmed_and_only_whole(database: Database, banked: Bank) -> None:
    with database.write() as session:
        campaign = gifts.campaigns(session)[1]
        began = service.begin(session, campaign.id, rosters.table(a_list("10", "0").encode()), by=OFFICER)
        with pytest.raises(RosterWrongError):
            confirm(session, began)
        with pytest.raises(DraftChangedError):
            service.confirm(session, began, "another", by=OFFICER)
        assert queries.collection(session, began).state == "draft"


def test_a_list_nobody_confirms_is_gone_after_a_week(database: Database, banked: Bank) -> None:
    with database.write() as session:
        began = service.begin(session, gifts.campaigns(session)[1].id, rosters.table(b"a,b\nx,1"), by=OFFICER)
    with clock.at(clock.now() + timedelta(days=8)), database.write() as session:
        drafts.let_go_old(session)
        assert drafts.draft(session, began) is None


def test_names_and_classes_lie_sealed(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    with database.read() as session:
        tables = ("collections_person", "collections_draft", "donors_contact")
        kept = [str(row) for table in tables for row in session.connection().execute(text(f"SELECT * FROM {table}"))]
        assert of.people == 2 and kept and not any("คนที่" in row or "ป.1" in row for row in kept)


def test_without_a_biller_what_may_be_a_collection_is_no_pledges(database: Database, tmp_path: Path) -> None:
    banked = Bank(database, tmp_path, promptpay=PromptPay(tax_id="0994000160771"))
    of = made(database, "10", "20")
    early = clock.now().replace(hour=1)  # 8 in Bangkok, before the line of the same day
    with clock.at(early - timedelta(days=early > clock.now())), database.write() as session:
        campaign = gifts.campaigns(session)[1]
        donations.pledge(session, PledgeRequest(campaign.id, 3_000, donations.new_form_key()), by=OFFICER)
        assert not payment.of_reference(banked.profile.promptpay, of.reference, 3_000, campaign).has_reference
    banked.tells((3_000, "โอนเงิน"))
    with database.read() as session:
        [line] = bank.waiting_lines(session, limit=5)
        assert {one.kind for one in offering.offers(session, [line])[0]} == {"collection", "pledge"}


def test_a_transfer_without_a_reference_waits_with_the_collection_offered(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_000, "โอนเงิน"))
    assert now(database, of).state == "open"
    with database.write() as session:
        [line] = bank.waiting_lines(session, limit=5)
        assert (offering.offers(session, [line])[0][0].subject) == of.reference
        offering.choose(session, line.id, "collection", of.reference, reason=WHY, by=OFFICER)
    assert now(database, of).state == "settled"


_SATANG = st.lists(st.integers(1, 10**7), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rosters_of=st.lists(_SATANG, min_size=1, max_size=3))
def test_whatever_the_rosters_they_settle_exactly(
    database: Database, banked: Bank, rosters_of: Sequence[list[int]]
) -> None:
    settles_exactly(database, banked, rosters_of, lambda satang: satang)


def settles_exactly(
    database: Database, banked: Bank, rosters_of: Sequence[list[int]], pay: Callable[[int], int]
) -> None:
    """Collections of these amounts, each paid by one transfer, are settled by each one's amount."""
    made_now = [made(database, *map(format_plain_baht, amounts)) for amounts in rosters_of]
    banked.tells(*((pay(sum(amounts)), of.reference) for amounts, of in zip(rosters_of, made_now, strict=True)))
    for amounts, of in zip(rosters_of, made_now, strict=True):
        of = now(database, of)
        assert of.state == "settled"
        with database.read() as session:
            booked = [receipts.by_number(session, number).facts.amount_satang for number in numbers(session, of)]
        assert booked == amounts


def test_the_control_a_satang_too_much_is_seen(database: Database, banked: Bank) -> None:
    with pytest.raises(AssertionError):
        settles_exactly(database, banked, [[1_000, 2_000]], lambda satang: satang + 1)


def test_money_of_an_import_that_is_taken_back_waits_no_more(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((2_000, of.reference))
    with database.write() as session:
        statement_id = session.exec(select(StatementRow.id)).one()
        undoing.undo_import(session, statement_id, reason=WHY, by=OFFICER)
    assert now(database, of).unmet == ()
