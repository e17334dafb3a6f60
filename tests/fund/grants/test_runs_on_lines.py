"""Bank lines of grants' payments: offered, and said by another than who asked, approved, prepared or authorised."""

from collections.abc import Iterator
from datetime import date, time
from uuid import UUID

import pytest

from fund.bank import explaining, handing_in, queries, settling, undoing
from fund.bank.matching import Match
from fund.bank.queries import InboxLine
from fund.bank.sample_files import SampleLine
from fund.errors import FundError
from fund.grants import paying, run_states, run_views, runs, states
from fund.grants import queries as grants
from fund.people.errors import OtherSideError
from fund.settings import Settings
from ledger import balances
from tests.fund.grants.office import DAY, Office
from tests.fund.grants.test_runs import authorised, seen
from tests.fund.grants.test_runs import settings as settings  # a fixture
from tests.stories.people import kbank

REASON = "ตรงกับใบสั่งจ่าย"
PAID_ON = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def everything_holds(office: Office) -> Iterator[None]:
    yield
    assert office.wrong() == []


def told(office: Office, settings: Settings, *lines: tuple[int, str]) -> list[InboxLine]:
    """The waiting lines after the bank told these (satang, + in) of the day."""
    made = [SampleLine(PAID_ON, satang, text, time(11, place)) for place, (satang, text) in enumerate(lines)]
    content = kbank(*made, from_on=PAID_ON, to_on=PAID_ON)
    handing_in.read_and_take(office.database, settings, content, "november.csv", None, by=office.fai)
    settling.settle_waiting(office.database, by=office.fai)
    return waiting(office)


def waiting(office: Office) -> list[InboxLine]:
    return list(office.ask(queries.waiting_lines, limit=20))


def offered(office: Office, line: InboxLine) -> dict[str, tuple[str, set[str]]]:
    """Each candidate of a line by what it is about, with its kind and what speaks for it."""
    found = office.ask(settling.candidates, line)
    assert not isinstance(found, Match)
    return {one.subject: (one.kind, {why.what for why in one.reasons}) for one in found.candidates}


def accept(office: Office, line: InboxLine, about: str, by: str = "fai") -> None:
    kind, _ = offered(office, line)[about]
    office.act(explaining.accept, line.id, kind, about, reason=REASON, by=office.people[by])


def state(office: Office, request_id: UUID) -> str:
    return str(office.ask(grants.tranches, request_id)[0].state)


def test_a_payment_is_offered_with_its_proofs_and_never_taken_by_the_machine(
    office: Office, settings: Settings
) -> None:
    payee_id = office.payee(bank="KBANK", account="1234567890", name="ยายมา ใจดี")
    paid = office.awarded(100_000, payee_id=payee_id)
    run = authorised(office, settings, paid)
    lines = told(office, settings, (-100_000, f"โอนไป 123-4-56789-0 {run.reference}"), (-100_000, "โอนไป ยายมา ใจดี"))
    about = f"grant:{paid}:1"
    assert state(office, paid) == states.AUTHORISED and len(lines) == 2
    assert offered(office, lines[0])[about] == ("payment-left", {"reference", "payee", "amount"})
    assert offered(office, lines[1])[about] == ("payment-left", {"name", "amount"})


@pytest.mark.parametrize("name", ["nok", "ton", "fah", "tree"])
def test_nobody_reconciles_who_asked_approved_prepared_or_authorised(
    office: Office, settings: Settings, name: str
) -> None:
    paid = office.awarded(100_000)
    authorised(office, settings, paid)
    if name != "fah":
        office.employ(name, "finance")
    (line,) = told(office, settings, (-100_000, "โอนเงิน"))
    with pytest.raises(OtherSideError):
        accept(office, line, f"grant:{paid}:1", by=name)
    assert (state(office, paid), len(waiting(office))) == (states.AUTHORISED, 1)


def test_another_officer_reconciles_and_the_line_is_settled(office: Office, settings: Settings) -> None:
    paid = office.awarded(100_000)
    run = authorised(office, settings, paid)
    (line,) = told(office, settings, (-100_000, "โอนเงิน"))
    accept(office, line, f"grant:{paid}:1")
    assert (waiting(office), state(office, paid)) == ([], states.LEFT)
    assert seen(office, run.id).state == run_states.SETTLED


def test_a_whole_run_may_leave_in_one_sum_and_be_taken_back(office: Office, settings: Settings) -> None:
    paid = [office.awarded(amount) for amount in (100_000, 50_050, 20_000)]
    run = authorised(office, settings, *paid)
    (line,) = told(office, settings, (-170_050, f"BULK {run.reference}"))
    accept(office, line, f"run:{run.id}")
    assert {state(office, one) for one in paid} == {states.LEFT} and waiting(office) == []
    office.act(undoing.undo_match, line.id, reason="คนละชุด", by=office.fai)
    assert {state(office, one) for one in paid} == {states.AUTHORISED}
    (again,) = waiting(office)
    accept(office, again, f"run:{run.id}")
    assert {state(office, one) for one in paid} == {states.LEFT}


def test_what_comes_back_is_due_again_and_both_can_be_taken_back(office: Office, settings: Settings) -> None:
    paid = office.awarded(100_000, payee_id=office.payee(bank="KTB", account="9876543210"))
    authorised(office, settings, paid)
    out, back = told(office, settings, (-100_000, "โอนเงิน"), (100_000, "คืนเงินโอน 9876543210"))
    about = f"grant:{paid}:1"
    assert about not in offered(office, back)  # it has not left yet
    accept(office, out, about)
    (back,) = waiting(office)
    assert offered(office, back)[about] == ("payment-came-back", {"payee", "amount"})
    accept(office, back, about)
    assert state(office, paid) == states.CAME_BACK
    assert [one.tranche.request_id for one in office.ask(run_views.due, DAY)] == [paid]
    office.act(undoing.undo_match, out.id, reason="คนละรายการ", by=office.fai)
    assert (state(office, paid), len(waiting(office))) == (states.AUTHORISED, 2)


def test_a_payment_that_was_prepared_anew_is_not_taken_back_from_under_its_run(
    office: Office, settings: Settings
) -> None:
    paid = office.awarded(100_000)
    authorised(office, settings, paid)
    out, back = told(office, settings, (-100_000, "โอนเงิน"), (100_000, "คืนเงินโอน ยายมา"))
    accept(office, out, f"grant:{paid}:1")
    accept(office, waiting(office)[0], f"grant:{paid}:1")
    authorised(office, settings, paid)
    with pytest.raises(FundError):
        office.act(undoing.undo_match, back.id, reason="ผิด", by=office.fai)
    assert state(office, paid) == states.AUTHORISED


def test_gifts_of_the_same_amount_are_gifts(office: Office, settings: Settings) -> None:
    paid = office.awarded(100_000)
    authorised(office, settings, paid)
    (out,) = told(office, settings, (-100_000, "โอนเงิน"))
    accept(office, out, f"grant:{paid}:1")
    content = kbank(SampleLine(PAID_ON, 100_000, "ฝากเงิน", time(15)), from_on=PAID_ON, to_on=PAID_ON)
    handing_in.read_and_take(office.database, settings, content, "later.csv", None, by=office.fai)
    settling.settle_waiting(office.database, by=office.fai)
    assert offered(office, waiting(office)[0]) == {}


def test_an_advance_is_issued_and_its_rest_comes_back_on_lines(office: Office, settings: Settings) -> None:
    cash = office.awarded(100_000, payee_id=office.payee(kind="cash", bank="", account="", name="นก ใจดี"))
    office.act(paying.prepare, cash, 1, by=office.fah)
    office.act(paying.authorise, cash, 1, by=office.tree)
    out, rest = told(office, settings, (-100_000, "ถอนเงินสด"), (30_000, "ฝากคืน นก ใจดี"))
    accept(office, out, f"grant:{cash}:1")
    office.act(paying.account_for, cash, 1, 70_000, by=office.fah)
    accept(office, waiting(office)[0], f"grant:{cash}:1")
    assert state(office, cash) == states.CLEARED
    office.act(undoing.undo_match, rest.id, reason="ผิด", by=office.fai)
    assert state(office, cash) == states.ISSUED
    assert office.ask(grants.advance_satang, cash, 1) == 30_000
    accept(office, waiting(office)[0], f"grant:{cash}:1")
    assert state(office, cash) == states.CLEARED


def test_what_a_payee_did_not_need_comes_back_in_parts_and_is_taken_back(office: Office, settings: Settings) -> None:
    paid = office.awarded(100_000, payee_id=office.payee(bank="KTB", account="9876543210"))
    authorised(office, settings, paid)
    lines = (-100_000, "โอนเงิน"), (30_000, "โอนจาก 987-654-3210"), (70_000, "9876543210"), (30_000, "ฝากเงิน")
    out, *_ = told(office, settings, *lines)
    accept(office, out, f"grant:{paid}:1")
    first, second, stranger = waiting(office)
    about = f"grant:{paid}:1"
    assert offered(office, first)[about] == ("unspent-returned", {"payee", "amount"})
    assert offered(office, stranger) == {}
    with pytest.raises(OtherSideError):
        accept(office, first, about, by="fah")  # who prepared it
    accept(office, first, about)
    accept(office, second, about)
    assert spent(office, about) == 0
    office.act(undoing.undo_match, second.id, reason="คนละราย", by=office.fai)
    assert (spent(office, about), state(office, paid)) == (70_000, states.LEFT)
    accept(office, waiting(office)[0], about)


def spent(office: Office, subject: str) -> int:
    """What a part of a grant has cost, by the books."""
    known: dict[str, int] = office.ask(balances.by_subject, "5100")
    return known.get(subject, 0)


def test_what_the_bank_did_not_carry_out_is_due_again(office: Office, settings: Settings) -> None:
    paid = office.awarded(100_000)
    run = authorised(office, settings, paid)
    office.act(runs.stayed, run.id, 1, "บัญชีปิด", by=office.fai)
    (line,) = told(office, settings, (-100_000, "โอนเงิน"))
    assert f"grant:{paid}:1" not in offered(office, line)
