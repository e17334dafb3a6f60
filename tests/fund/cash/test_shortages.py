"""Cash that is short: its fund bears the loss when two say so who had none of it in hand."""

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from fund import checks, clock
from fund.audit import Actor
from fund.cash import boxes, carrying, shortages
from fund.cash.boxes import person_of
from fund.cash.errors import HandsError, NotNowError, ShortAmountError, ShortAskedError, ShortNotFoundError
from fund.cash.models import ShortAnswerRow, ShortAskRow
from fund.cash.shortages import ShortageView
from fund.errors import FundError
from fund.people.errors import OtherSideError
from fund.people.models import PersonRow
from ledger.identifiers import new_id
from tests.fund.cash.builders import HUNDRED, Cash

WHY = "ธนาคารนับได้ 98 บาท"
FON = 2  # who neither counts nor carries


@pytest.fixture
def dao(cash: Cash) -> Actor:
    """A fourth person, who has nothing to do with the cash."""
    row = PersonRow(name="ดาว", name_key="ดาว", made_at=clock.now(), made_by="operator")
    with cash.fund.database.write() as session:
        session.add(row)
        session.flush()
        return Actor(row.name, row.id)


def banked_short(cash: Cash) -> None:
    """The bank has 98 of the 100 baht that two people counted."""
    cash.fill(HUNDRED)
    cash.carry({cash.box: 9_800})
    cash.bank_says(9_800)


def ask(cash: Cash, by: Actor, amount_satang: int = 200) -> UUID:
    with cash.fund.database.write() as session:
        return shortages.ask(session, cash.box, amount_satang, reason=WHY, by=by)


def seen(cash: Cash) -> list[ShortageView]:
    with cash.fund.database.read() as session:
        return shortages.of_box(session, cash.box)


def refused(cash: Cash, refusal: type[FundError], ask_id: UUID, by: Actor) -> None:
    with pytest.raises(refusal), cash.fund.database.write() as session:
        shortages.decide(session, ask_id, by=by)


def test_what_is_short_is_its_fund_s_loss_and_the_box_can_be_closed(cash: Cash, dao: Actor) -> None:
    banked_short(cash)
    asked = ask(cash, cash.people[FON])
    with cash.fund.database.write() as session:
        shortages.decide(session, asked, by=dao)
        boxes.close(session, cash.box, by=dao)
    assert [cash.fund.balance(account, "GEN") for account in ("1120.01", "5600", "4110")] == [0, 200, -10_000]
    (told,) = seen(cash)
    assert (told.state, told.reason, told.answered_by) == ("booked", WHY, "ดาว")
    with cash.fund.database.read() as session:
        assert checks.run(session) == []
    refused(cash, NotNowError, asked, dao)


def test_neither_who_counted_or_carried_nor_one_alone_decides(cash: Cash, dao: Actor) -> None:
    banked_short(cash)
    for hand in cash.people[:2]:
        with pytest.raises(HandsError):
            ask(cash, hand)
    asked = ask(cash, cash.people[FON])
    for hand in cash.people[:2]:
        refused(cash, HandsError, asked, hand)
    refused(cash, OtherSideError, asked, cash.people[FON])
    refused(cash, ShortNotFoundError, new_id(), dao)
    assert cash.fund.balance("5600", "GEN") == 0


def test_who_counted_before_the_box_was_last_empty_may_say_so(cash: Cash, dao: Actor) -> None:
    cash.count(HUNDRED, FON)
    cash.count(HUNDRED, 0)
    cash.carry({cash.box: 10_000})
    cash.bank_says(10_000)
    cash.fill(HUNDRED)
    assert ask(cash, cash.people[FON], 10_000)


def test_no_more_is_short_than_is_there_and_one_matter_at_a_time(cash: Cash, dao: Actor) -> None:
    cash.fill(HUNDRED)
    way = cash.carry({cash.box: 9_800})
    for amount_satang in (0, -1, 201):
        with pytest.raises(ShortAmountError):
            ask(cash, dao, amount_satang)
    asked = ask(cash, cash.people[FON])
    with pytest.raises(ShortAskedError):
        ask(cash, dao)
    with cash.fund.database.write() as session:
        carrying.withdraw(session, way, reason="ยังไม่ไป", by=dao)
    cash.carry({cash.box: 10_000})
    refused(cash, ShortAmountError, asked, dao)
    with cash.fund.database.write() as session:
        shortages.decline(session, asked, reason="พบเงินแล้ว", by=dao)
    assert [one.state for one in seen(cash)] == ["declined"]


@pytest.mark.parametrize("row", [ShortAskRow, ShortAnswerRow])
def test_the_database_refuses_the_hands_too(cash: Cash, row: type[ShortAskRow] | type[ShortAnswerRow]) -> None:
    banked_short(cash)
    asked = ask(cash, cash.people[FON])
    hand = cash.people[0]
    with pytest.raises(DBAPIError, match="in hand"), cash.fund.database.write() as session:
        told = session.get_one(ShortAskRow, asked)
        if row is ShortAnswerRow:
            session.add(
                ShortAnswerRow(
                    ask_id=told.id,
                    declined_because=WHY,
                    decided_by=hand.name,
                    decided_person=person_of(hand),
                    decided_at=clock.now(),
                    chain=told.chain,
                )
            )
        else:
            again = told.model_dump() | {"id": new_id(), "asked_person": hand.person_id}
            session.add(ShortAskRow(**again))
