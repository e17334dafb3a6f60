"""A storm: every payment told one to five times in any order, two overlapping statements, slips; each gift is one."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from fund.bank.sample_files import SampleLine
from fund.bank.told import inbox
from fund.bank.told.inquiry import BankAwayError
from fund.donations import slips
from fund.donations.queries import PledgeView
from receipts.qr import Slip
from tests import examples
from tests.fund.bank.builders import OFFICER, a_csv, a_payment
from tests.fund.bank.told.builders import Told, scb

PAYMENTS = 150
RESENT_AFTER = timedelta(seconds=12)


def amount(number: int) -> int:
    return 1000 + number % 3 * 500  # few amounts: equals abound


def line(number: int, pledge: PledgeView) -> SampleLine:
    moment = datetime(2026, 11, 23, 8, tzinfo=UTC) + timedelta(seconds=20 * number)
    return a_payment(pledge.reference, amount_satang=amount(number), day=23, at=moment.time())


def callback(number: int, pledge: PledgeView) -> bytes:
    satang = amount(number)
    return scb(pledge.reference, f"{satang // 100}.{satang % 100:02d}", f"scb-{number}")


def storm(told: Told, seed: int, count: int = PAYMENTS) -> int:
    """Let it all come in, in an order of its own; how many payments there were, told or not."""
    count = examples.count(count)
    seeded = Random(seed)
    pledges = [told.fund.pledge(amount(number), key=f"form-{number:020d}") for number in range(count // 2)]
    of = [pledges[number % len(pledges)] for number in range(count)]  # each is paid twice
    lines = [line(number, of[number]) for number in range(count)]
    told.bank.amounts = {f"scb-{number}": amount(number) for number in range(count)}
    acts: list[tuple[int, Callable[[], object]]] = []
    for number in range(count):
        for again in range(seeded.randint(1, 5)):
            body = callback(number, of[number])
            begins = seeded.randrange(60) + again * int(RESENT_AFTER.total_seconds())
            acts.append((begins, lambda body=body: told.tell(body)))  # type: ignore[misc]
    acts += [(seeded.randrange(110), lambda: settle(told)) for _ in range(6)]
    acts.append((seeded.randrange(110), lambda: told.fund.take_and_settle(a_csv(lines[: 2 * count // 3]), "one.csv")))
    acts.append((110, lambda: told.fund.take_and_settle(a_csv(lines), "two.csv")))
    acts.append((seeded.randrange(110), lambda: slip(told, pledges[0])))
    for _, act in sorted(acts, key=lambda one: one[0]):
        act()
    settle(told)
    return count


def settle(told: Told) -> None:
    told.file()
    try:
        told.ask()
    except BankAwayError:
        pytest.fail("the bank answers in this storm")


def slip(told: Told, pledge: PledgeView) -> None:
    with told.fund.database.write() as session:
        slips.claim(session, told.fund.folder, pledge.id, Slip("014", "013071152533APM07736"), b"picture", by=OFFICER)


def require_each_once(told: Told, count: int) -> None:
    gifts = [one.amount_satang for one in told.donations()]
    assert (len(gifts), sum(gifts)) == (count, sum(amount(number) for number in range(count)))
    assert -(told.balance("4100") + told.balance("4110")) == sum(gifts)
    assert told.balance("1110.01") == sum(gifts)  # every line came in the end
    assert told.balance("1130") == 0
    assert set(told.states) <= {"cleared", "on-statement"}
    assert told.findings() == []


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_told_how_often_each_payment_is_one_gift(told: Told, seed: int) -> None:
    count = storm(told, seed)
    require_each_once(told, count)
    print(f"\n{count} payments: {Counter(told.states)}")  # noqa: T201


def test_told_apart_by_delivery_the_same_storm_would_count_twice(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an identity of each delivery instead of the bank's number."""
    deliveries = iter(range(10**6))
    monkeypatch.setattr(inbox, "_hex", lambda blind, _: blind("delivery", str(next(deliveries))).hex())
    count = storm(told, 1, 20)
    with pytest.raises(AssertionError):
        require_each_once(told, count)
