"""A box is counted by two who do not see each other's figures; alike it is one gift, else both count again."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import checks
from fund.audit import Actor
from fund.cash import boxes, carrying, counting, pieces
from fund.cash.errors import (
    BoxNotEmptyError,
    BoxNotFoundError,
    BoxWordsError,
    CountedBeforeError,
    CountOpenError,
    CountReasonError,
    NotNowError,
    PiecesError,
)
from fund.donations import refunds
from fund.donations.models import DonationRow
from fund.donations.refunds import CashGiftError
from fund.errors import FundError
from fund.people import duties
from fund.people.duties import Side
from fund.people.errors import NobodyError
from ledger.identifiers import new_id
from tests.fund.cash.builders import HUNDRED, TODAY, Cash

OTHER = pieces.of({5_000: 2})  # as much, in other notes


def test_what_two_people_find_alike_is_one_gift_of_nobody_we_know(cash: Cash) -> None:
    assert cash.count(HUNDRED, 0).state == "half"
    assert cash.fund.balance("1120.01", "GEN") == 0
    agreed = cash.count(HUNDRED, 1)
    assert (agreed.state, agreed.amount_satang) == ("agreed", 10_000)
    assert (cash.fund.balance("1120.01", "GEN"), cash.fund.balance("4110", "GEN")) == (10_000, -10_000)
    with cash.fund.database.read() as session:
        (gift,) = session.exec(select(DonationRow)).all()
        assert (gift.id, gift.pledge_id, gift.receipt_number) == (agreed.donation_id, None, None)
        assert checks.run(session) == []


@pytest.mark.parametrize("found", [OTHER, pieces.of({10_000: 2})], ids=["other notes", "another amount"])
def test_where_they_differ_both_count_again_and_the_difference_stays(cash: Cash, found: pieces.Pieces) -> None:
    cash.count(HUNDRED, 0)
    assert cash.count(found, 1).state == "differs"
    assert cash.fund.balance("1120.01", "GEN") == 0
    cash.count(HUNDRED, 1)
    agreed = cash.count(HUNDRED, 0)
    assert (agreed.state, [one.round for one in agreed.tallies]) == ("agreed", [1, 1, 2, 2])
    assert agreed.differences == [found.amount_satang - 10_000]


def test_nobody_counts_twice_in_one_round(cash: Cash) -> None:
    cash.count(HUNDRED, 0)
    with pytest.raises(CountedBeforeError):
        cash.count(HUNDRED, 0)
    with pytest.raises(NobodyError), cash.fund.database.write() as session:
        counting.count(session, cash.box, HUNDRED, by=Actor("somebody"))
    assert cash.count(HUNDRED, 2).state == "agreed"


def test_an_empty_box_is_counted_and_nothing_is_booked(cash: Cash) -> None:
    agreed = cash.fill(pieces.of({}))
    assert (agreed.state, agreed.amount_satang, agreed.donation_id) == ("agreed", 0, None)


def test_a_count_that_is_broken_off_stays_written(cash: Cash) -> None:
    cash.count(HUNDRED, 0)
    with cash.fund.database.write() as session:
        for reason, refusal in (("", CountReasonError), ("x" * 501, CountReasonError)):
            with pytest.raises(refusal):
                counting.drop(session, cash.box, reason=reason, by=cash.people[0])
        counting.drop(session, cash.box, reason="ไฟดับ", by=cash.people[0])
        with pytest.raises(NotNowError):
            counting.drop(session, cash.box, reason="ไฟดับ", by=cash.people[0])
        (dropped,) = counting.of_box(session, cash.box)
    assert (dropped.state, dropped.tallies[0].pieces, dropped.is_over) == ("dropped", HUNDRED, True)
    assert cash.fill(HUNDRED).number == 2


def test_cash_of_nobody_we_know_is_given_back_to_nobody(cash: Cash) -> None:
    gift = cash.fill(HUNDRED).donation_id
    assert gift is not None
    with pytest.raises(CashGiftError), cash.fund.database.write() as session:
        refunds.ask(session, gift, reason="ขอคืน", by=cash.people[0])


def test_an_empty_box_is_closed_and_counted_no_more(cash: Cash) -> None:
    with cash.fund.database.write() as session:
        boxes.close(session, cash.box, by=cash.people[0])
    with pytest.raises(NotNowError):
        cash.count(HUNDRED, 0)
    assert cash.seen().is_closed


def close_refused(cash: Cash, refusal: type[FundError]) -> None:
    with pytest.raises(refusal), cash.fund.database.write() as session:
        boxes.close(session, cash.box, by=cash.people[0])


def test_a_box_that_holds_anything_or_is_being_counted_is_not_closed(cash: Cash) -> None:
    cash.count(HUNDRED, 0)
    close_refused(cash, CountOpenError)
    cash.count(HUNDRED, 1)
    close_refused(cash, BoxNotEmptyError)


def test_a_box_needs_a_name_and_a_place_and_gets_an_account(cash: Cash) -> None:
    with pytest.raises(BoxWordsError):
        cash.add_box(" ")
    second = cash.add_box("วัดกลาง", "mueang-khon-kaen")
    assert (cash.seen(second).account, cash.seen(second).fund) == ("1120.02", "D4001")
    with pytest.raises(BoxNotFoundError):
        cash.seen(new_id())


@pytest.mark.parametrize("typed", [{10_000: "1.5"}, {10_000: "-1"}, {7: "1"}, {10_000: "100001"}, {10_000: "x"}])
def test_only_whole_notes_and_coins_are_counted(typed: dict[int, str]) -> None:
    with pytest.raises(PiecesError):
        pieces.read(typed)


def test_pieces_are_read_as_they_are_typed() -> None:
    found = pieces.read({100_000: " ๓ ", 10_000: "1,000", 25: "2", 50: ""})
    assert found.amount_satang == 3 * 100_000 + 1_000 * 10_000 + 2 * 25
    assert pieces.parse(found.written()) == found


def test_what_was_counted_longest_ago_and_is_still_there_is_known(cash: Cash) -> None:
    cash.fill(HUNDRED)
    cash.fill(HUNDRED)
    with cash.fund.database.read() as session:
        assert counting.unbanked_since(session, boxes.box(session, cash.box)) == TODAY
        assert carrying.on_the_way(session) == []


TALLY = """
INSERT INTO cash_tally (count_id, round, side, chain, pieces, amount_satang, counted_by, counted_person, counted_at)
SELECT count_id, round, {side}, {chain}, pieces, amount_satang, 'x', {who}, counted_at FROM cash_tally
"""
COUNTED = """
INSERT INTO cash_counted (count_id, round, first, second, pieces, amount_satang, entry_id, donation_id, agreed_at)
SELECT count_id, round, 'receive', {second}, pieces, 0, NULL, NULL, counted_at FROM cash_tally
"""
PART = """
INSERT INTO duties_participant (chain, person, side, taken_on, taken_at)
SELECT {chain}, counted_person, 'approve', {day}, counted_at FROM cash_tally
"""
CHAIN = "INSERT INTO duties_chain (chain, case_code) VALUES ('cash-count:x', '')"
BY_SQL = {
    "the same person on the other side": [TALLY.format(side="'approve'", chain="chain", who="counted_person")],
    "with a part made for it": [
        PART.replace("{chain}", "chain"),
        TALLY.format(side="'approve'", chain="chain", who="counted_person"),
    ],
    "in another chain": [
        CHAIN,
        PART.replace("{chain}", "'cash-count:x'"),
        TALLY.format(side="'approve'", chain="'cash-count:x'", who="counted_person"),
    ],
    "somebody who has no part": [
        TALLY.format(side="'approve'", chain="chain", who="(SELECT id FROM people_person WHERE name = 'ต้น')")
    ],
    "agreed by one": [COUNTED.format(second="'approve'")],
    "agreed with oneself": [COUNTED.format(second="'receive'")],
    "figures changed": ["UPDATE cash_tally SET amount_satang = 1"],
    "figures taken out": ["DELETE FROM cash_tally"],
}


@pytest.mark.parametrize("way", BY_SQL)
def test_no_sql_counts_for_two(cash: Cash, way: str) -> None:
    cash.count(pieces.of({}), 0)
    day = "'2026-11-23'" if cash.fund.database.is_sqlite else "DATE '2026-11-23'"
    with pytest.raises(DBAPIError), cash.fund.database.write() as session:
        for statement in BY_SQL[way]:
            session.execute(text(statement.replace("{day}", day)))


def test_the_same_sql_by_two_people_is_taken(cash: Cash) -> None:
    """The control: it is the human that is refused, not the statement."""
    begun = cash.count(pieces.of({}), 0)
    with cash.fund.database.write() as session:
        duties.take_part(session, f"cash-count:{begun.id}:1", Side.APPROVE, by=cash.people[1])
        (tally,), (counted,) = BY_SQL["somebody who has no part"], BY_SQL["agreed by one"]
        session.execute(text(tally))
        session.execute(text(f"{counted} WHERE side = 'receive'"))
    with cash.fund.database.read() as session:
        assert counting.one(session, begun.id).state == "agreed"


def test_a_count_broken_off_does_not_tell_the_next_one_what_it_found(cash: Cash) -> None:
    """Else who is second breaks the first one's count off, reads it, and finds the same."""
    cash.count(HUNDRED, 0)
    with cash.fund.database.write() as session:
        counting.drop(session, cash.box, reason="ไฟดับ", by=cash.people[1])
        assert [one.is_blind for one in counting.of_box(session, cash.box)] == [True]
    cash.fill(HUNDRED)
    with cash.fund.database.read() as session:
        assert [one.is_blind for one in counting.of_box(session, cash.box)] == [False, False]
