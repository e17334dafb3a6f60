"""Goods from the door to a child: who does what, what is booked, which lot goes first, what is refused."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from fund import clock
from fund.goods import awards, holding, receiving, stock, thanking, things
from fund.goods.errors import (
    BeyondIssueError,
    CountOpenError,
    ExpiredError,
    KnownNameError,
    NotEnoughError,
    NotInStockError,
    NotNowError,
    PromisedError,
    QuantityError,
    RejectedError,
    SamePlaceError,
    ThingNotFoundError,
    WorthError,
)
from fund.goods.states import ACTS, TRANSITIONS
from fund.grants.errors import GrantRoleError
from fund.people.errors import OtherSideError
from tests.fund.goods.store import DAY, PAPER, TODAY, Store


def test_goods_are_in_the_books_once_another_has_valued_them(store: Store) -> None:
    arrival = store.counted_in(10, rejected=2, rejected_because="เปียกน้ำ")
    assert store.on("1200") == 0 and len(store.ask(lambda s: s.exec(stock.waiting_for_value()).all())) == 1
    store.act(receiving.value, store.folder, arrival, 20_000, "invoice", PAPER, by="wan")
    assert (store.on("1200"), store.on("4200"), store.stands(arrival)) == (200_000, -200_000, (10, 0))
    assert store.ask(lambda s: s.exec(stock.waiting_for_value()).all()) == [] and store.wrong() == []


def test_goods_for_a_district_are_its_fund_s(store: Store) -> None:
    store.lot(3, 1_000, for_district="4002")
    assert (store.on("1200", "D4002"), store.on("1200")) == (3_000, 0)


def test_who_received_goods_does_not_value_them_and_nobody_values_twice(store: Store) -> None:
    arrival = store.counted_in(by="aud")
    with pytest.raises(OtherSideError):
        store.act(receiving.value, store.folder, arrival, 1, "market", PAPER, by="aud")
    with pytest.raises(WorthError):
        store.act(receiving.value, store.folder, arrival, 0, "market", PAPER, by="wan")
    store.act(receiving.value, store.folder, arrival, 1, "market", PAPER, by="wan")
    with pytest.raises(NotNowError):
        store.act(receiving.value, store.folder, arrival, 2, "market", PAPER, by="wan")


def test_what_cannot_be_counted_in_is_refused(store: Store) -> None:
    for changes in ({"accepted": 0}, {"accepted": -1}, {"accepted": 10**6 + 1}):
        with pytest.raises(QuantityError):
            store.arrival(**changes)
    with pytest.raises(RejectedError):
        store.arrival(rejected=1)
    with pytest.raises(ThingNotFoundError):
        store.counted_in(size="XXL")
    with pytest.raises(ExpiredError):
        store.counted_in(expires_on=DAY - timedelta(days=1))
    with pytest.raises(KnownNameError):
        store.act(things.add_place, "store", "คลังจังหวัด", by="som")


def test_an_award_holds_what_expires_first_then_what_was_wished_then_what_came_first(store: Store) -> None:
    store.lot(1, thing_id=store.rice, size="", for_district="4002", expires_on=DAY)  # another district's
    first = store.lot(2, thing_id=store.rice, size="", expires_on=date(2026, 12, 1))
    last = store.lot(2, thing_id=store.rice, size="")
    wished = store.lot(2, thing_id=store.rice, size="", for_district="4001")
    request_id = store.awarded(5, thing_id=store.rice, size="")
    assert {lot for lot, _, _ in store.promised(request_id)} == {first, wished, last}
    assert [store.stands(lot) for lot in (first, wished, last)] == [(2, 2), (2, 2), (2, 1)]
    assert (store.on("5200"), store.wrong()) == (0, [])  # an award posts nothing


def test_what_is_not_in_store_is_not_awarded_and_the_request_waits(store: Store) -> None:
    store.lot(2, size="M")
    store.lot(1)
    request_id = store.request(2)
    with pytest.raises(NotInStockError, match="No more than 1 of 2"):
        store.act(awards.approve, request_id, by="ton")
    store.lot(1)
    assert store.act(awards.approve, request_id, by="ton")


def test_from_the_limit_on_two_approve_by_what_the_goods_are_worth(store: Store) -> None:
    store.lot(10, 250_000)
    dear, cheap = store.request(2), store.request(1)
    assert not store.act(awards.approve, dear, by="ton")
    assert store.stands(store.promised(store.awarded(1, case_code="C3PWD8RT62"))[0][0]) == (10, 1)
    assert store.act(awards.approve, cheap, by="ton") and store.act(awards.approve, dear, by="kaew")


def test_what_a_case_was_awarded_in_seven_days_counts_towards_the_limit(store: Store) -> None:
    store.lot(10, 250_000)
    first = store.awarded(1)
    again, third = store.request(1), store.request(1)
    assert not store.act(awards.approve, again, by="ton") and store.act(awards.approve, again, by="kaew")
    store.act(awards.cancel, first, "not_needed", by="ton")
    store.act(awards.cancel, again, "not_needed", by="ton")
    assert store.act(awards.approve, third, by="ton")


def test_what_is_stopped_lets_go_of_its_promises_and_gets_no_further(store: Store) -> None:
    lot = store.lot(5)
    awarded, asked, other = store.awarded(2), store.request(1), store.awarded(1, case_code="C3PWD8RT62")
    store.issued(1)
    assert store.act(awards.stop_case, "C7K2M9QXH4", by="nok") == 2
    assert store.stands(lot) == (4, 1) and store.promised(other) and store.wrong() == []
    for verb in (awards.approve, awards.cancel):
        with pytest.raises(NotNowError):
            store.act(verb, awarded, *(() if verb is awards.approve else ("left",)), by="ton")
    with pytest.raises(NotNowError):
        store.act(awards.approve, asked, by="ton")


def test_who_asked_or_approved_does_not_hand_out(store: Store) -> None:
    store.lot(5)
    request_id = store.request(by="aud")
    with pytest.raises(OtherSideError):
        store.act(awards.approve, request_id, by="aud")
    store.act(awards.approve, request_id, by="ton")
    (promise,) = store.promised(request_id)
    with pytest.raises(OtherSideError):
        store.act(awards.issue, request_id, *promise, by="aud")
    with pytest.raises(GrantRoleError):
        store.act(awards.issue, request_id, *promise, by="wan")
    assert store.act(awards.issue, request_id, *promise, by="som") == 1
    with pytest.raises(NotNowError):
        store.act(awards.issue, request_id, *promise, by="som")


def test_what_is_handed_out_is_booked_and_may_come_back_in_part(store: Store) -> None:
    lot = store.lot(5)
    request_id = store.issued(3)
    assert (store.on("5200"), store.on("1200"), store.stands(lot)) == (60_000, 40_000, (2, 0))
    store.act(awards.bring_back, request_id, 1, 2, store.places[1], by="som")
    with pytest.raises(BeyondIssueError):
        store.act(awards.bring_back, request_id, 1, 2, store.places[0], by="som")
    (one,) = store.ask(awards.issued, f"goods-grant:{request_id}")
    assert (one.number, one.quantity, one.returned, one.value_satang) == (1, 3, 2, 60_000)
    assert (store.on("5200"), store.stands(lot, 1), store.wrong()) == (20_000, (2, 0), [])


def test_what_came_in_has_one_paper_that_says_what_is_still_with_us(store: Store) -> None:
    lot = store.lot(5)
    store.act(holding.answer_removal, store.remove(lot, 2, "give_back"), is_done=True, by="sai")
    rest = store.ask(thanking.of_lot, lot)
    assert (rest.facts.quantity, rest.facts.amount_satang, rest.is_void) == (3, 60_000, False)
    store.act(holding.answer_removal, store.remove(lot, 3, "give_back"), is_done=True, by="sai")
    assert store.ask(thanking.of_lot, lot).is_void and store.wrong() == []


def test_an_award_that_is_cancelled_lets_go_of_what_it_held(store: Store) -> None:
    lot = store.lot(5)
    request_id = store.awarded(4)
    with pytest.raises(NotInStockError):
        store.awarded(2)
    store.act(awards.cancel, request_id, "elsewhere", by="kaew")
    assert (store.stands(lot), store.wrong()) == ((5, 0), [])
    with pytest.raises(NotNowError):
        store.act(awards.cancel, request_id, "elsewhere", by="kaew")


def test_what_is_promised_is_carried_to_where_it_is_handed_out(store: Store) -> None:
    lot = store.lot(5)
    request_id = store.awarded(4)
    store.act(awards.bring, request_id, *store.places[:2], by="som")
    assert (store.stands(lot), store.stands(lot, 1), store.wrong()) == ((1, 0), (4, 4), [])
    with pytest.raises(NotEnoughError):
        store.act(holding.move, lot, store.places[1], store.places[0], 1, by="som")
    with pytest.raises(SamePlaceError):
        store.act(holding.move, lot, store.places[0], store.places[0], 1, by="som")
    store.act(holding.move, lot, store.places[0], store.places[2], 1, by="som")
    assert store.on("1200") == 100_000 and store.wrong() == []


def test_expired_goods_are_neither_awarded_nor_handed_out(store: Store) -> None:
    store.lot(5, thing_id=store.rice, size="", expires_on=DAY)
    request_id = store.awarded(1, thing_id=store.rice, size="")
    with clock.at(TODAY + timedelta(days=1)):
        with pytest.raises(ExpiredError):
            store.act(awards.issue, request_id, *store.promised(request_id)[0], by="som")
        with pytest.raises(NotInStockError):
            store.awarded(1, thing_id=store.rice, size="")
    assert [one.on_hand for one in store.ask(stock.expiring, 0)] == [5]


def test_a_count_that_differs_is_explained_by_another_and_booked(store: Store) -> None:
    lot = store.lot(10)
    assert store.count(lot, 10)
    assert not store.count(lot, 8, by="aud")
    with pytest.raises(CountOpenError):
        store.count(lot, 8)
    (open_count,) = store.ask(holding.open_counts)
    with pytest.raises(OtherSideError):
        store.act(holding.explain, open_count.id, "หาย", by="aud")
    store.act(holding.explain, open_count.id, "หนูกัด", by="sai")
    assert (store.on("5500"), store.stands(lot), store.wrong()) == (40_000, (8, 0), [])
    store.count(lot, 9)
    store.act(holding.explain, store.ask(holding.open_counts)[0].id, "อยู่อีกชั้น", by="sai")
    assert (store.on("5500"), store.stands(lot), store.ask(holding.open_counts)) == (20_000, (9, 0), [])


def test_a_miscount_books_nothing_and_what_is_promised_cannot_be_missing(store: Store) -> None:
    lot = store.lot(10)
    store.awarded(9)
    store.count(lot, 8)
    open_count = store.ask(holding.open_counts)[0].id
    with pytest.raises(PromisedError):
        store.act(holding.explain, open_count, "หาย", by="sai")
    store.act(holding.explain, open_count, "นับผิด", is_miscounted=True, by="sai")
    assert (store.stands(lot), store.on("5500")) == ((10, 9), 0)
    with pytest.raises(NotNowError):
        store.act(holding.explain, open_count, "นับผิด", by="sai")


@pytest.mark.parametrize(("act", "account"), [("write_off", "5500"), ("give_back", "4900")])
def test_two_people_take_goods_out(store: Store, act: str, account: str) -> None:
    lot = store.lot(10)
    removal = store.remove(lot, 4, act, by="aud")
    assert store.stands(lot) == (10, 0)
    with pytest.raises(OtherSideError):
        store.act(holding.answer_removal, removal, is_done=True, by="aud")
    store.act(holding.answer_removal, removal, is_done=True, by="sai")
    assert (store.on(account), store.stands(lot), store.wrong()) == (80_000, (6, 0), [])
    with pytest.raises(NotNowError):
        store.act(holding.answer_removal, removal, is_done=True, by="sai")
    kept = store.remove(lot, 6, act)
    store.act(holding.answer_removal, kept, is_done=False, by="sai")
    assert store.stands(lot) == (6, 0)
    with pytest.raises(NotEnoughError):
        store.remove(lot, 7, act)


def test_the_database_knows_the_same_acts_and_steps(store: Store) -> None:
    acts = "SELECT count(*) FROM goods_act WHERE act = :act AND hand = :hand AND held = :held"
    steps = (
        "SELECT count(*) FROM goods_transition WHERE state = :state AND act = :act AND next = :next AND duty = :duty"
    )
    assert all(_one(store, acts, act=one.name, hand=one.hand, held=one.held) for one in ACTS.values())
    assert all(
        _one(store, steps, state=one.state, act=one.act, next=one.next, duty=one.duty.value) for one in TRANSITIONS
    )
    assert _one(store, "SELECT count(*) FROM goods_act") == len(ACTS)
    assert _one(store, "SELECT count(*) FROM goods_transition") == len(TRANSITIONS)


def _one(store: Store, question: str, **facts: object) -> int:
    with store.database.read() as session:
        return int(session.connection().execute(text(question), facts).scalar_one())
