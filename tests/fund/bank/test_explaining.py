"""What staff say a waiting line is, and what they are refused."""

import re
from datetime import date, datetime, time
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from fund import clock
from fund.audit import AuditRow
from fund.bank import explaining, queries, reasons, saying
from fund.bank.errors import (
    AlreadySettledError,
    OtherAccountError,
    ReasonMissingError,
    ReturnedTooEarlyError,
    UnequalError,
    UnknownExplanationError,
    UnknownLineError,
    UnknownReferenceError,
    WrongDirectionError,
)
from fund.bank.models import InboxRow, MatchRow
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.bank.sample_files import SampleLine
from fund.donations import queries as gifts
from fund.donations.models import DonationRow
from fund.donations.queries import PledgeView
from fund.errors import FundError
from ledger import balances, book, periods
from tests.fund.bank.builders import OFFICER, OPENING, OTHER, Fund, a_camt, a_csv, a_fee, a_gift, a_payment


def waiting(fund: Fund) -> list[InboxLine]:
    with fund.database.read() as session:
        return queries.waiting_lines(session, limit=10)


def name(fund: Fund, line_id: UUID, code: str, reason: str = "the donor called") -> None:
    with fund.database.write() as session:
        explaining.name_line(session, line_id, code, reason=reason, by=OFFICER)


def explain(fund: Fund, line_id: UUID, kind: str) -> None:
    with fund.database.write() as session:
        explaining.explain_line(session, line_id, kind, reason="the bank's letter", by=OFFICER)


def send_back(fund: Fund, line_id: UUID, waiting_id: UUID) -> None:
    with fund.database.write() as session:
        explaining.send_back(session, line_id, waiting_id, reason="sent by mistake", by=OFFICER)


def close(fund: Fund, *months: int) -> None:
    with fund.database.write() as session:
        for month in months:
            periods.close_month(session, date(2026, month, 1), by=OFFICER.name)


def test_named_money_leaves_the_technical_fund_for_its_campaigns(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    (line,) = waiting(fund)
    name(fund, line.id, fund.campaign("mueang-khon-kaen").code.lower())
    assert waiting(fund) == []
    assert (fund.balance("2100", "U"), fund.balance("1110.01", "U")) == (0, 0)
    assert fund.balance("4110", "D4001") == -1000
    with fund.database.read() as session:
        kinds = session.exec(select(MatchRow.kind, MatchRow.words).order_by(col(MatchRow.id))).all()
        assert kinds == [("unidentified", ""), ("named", "the donor called")]
        acts = session.exec(select(AuditRow.actor, AuditRow.subject).where(AuditRow.action == "line.explained_named"))
        assert acts.all() == [(OFFICER.name, str(line.id))]


def test_money_is_named_by_the_reference_of_its_pledge_however_spelled(fund: Fund) -> None:
    pledge = fund.pledge(1000, slug="mueang-khon-kaen")
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    (line,) = waiting(fund)
    name(fund, line.id, f" {pledge.reference[:4]}-{pledge.reference[4:].lower().replace('0', 'o')} ")
    assert (fund.balance("2100", "U"), fund.balance("4110", "D4001")) == (0, -1000)
    with fund.database.read() as session:
        donation = session.exec(select(DonationRow)).one()
        match = session.exec(select(MatchRow).where(MatchRow.kind == "named")).one()
        assert gifts.pledges_by_id(session, [pledge.id])[pledge.id].state == "settled"
    assert (donation.pledge_id, match.donation_id) == (pledge.id, donation.id)
    assert donation.receipt_number
    assert [reason.what for reason in reasons.from_json(match.reasons)] == ["said", "reference", "amount"]


@pytest.mark.parametrize(("kind", "account"), [("fee", "5300"), ("tax-withheld", "5310"), ("running-cost", "5400")])
def test_an_explained_cost_is_booked_on_its_account(fund: Fund, kind: str, account: str) -> None:
    fund.take_and_settle(a_csv([a_fee()]))
    explain(fund, waiting(fund)[0].id, kind)
    assert fund.balance(account, "OPS") == 1500
    assert fund.balance("1110.01", "OPS") == OPENING - 1500
    assert waiting(fund) == []


def test_money_found_to_be_interest_leaves_the_technical_fund(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1234, "INT")]))
    explain(fund, waiting(fund)[0].id, "interest")
    assert (fund.balance("4300", "OPS"), fund.balance("2100", "U")) == (-1234, 0)
    assert fund.balance("1110.01", "OPS") == OPENING + 1234


def test_money_sent_back_settles_both_lines(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?"), a_fee(-1000)]))
    came, went = waiting(fund)
    with fund.database.read() as session:
        assert queries.may_be_returned(session, went) == [came]
    send_back(fund, went.id, came.id)
    assert waiting(fund) == []
    assert (fund.balance("2100", "U"), fund.balance("1110.01", "U")) == (0, 0)
    with fund.database.read() as session:
        assert sorted(session.exec(select(MatchRow.kind))) == ["returned", "sent-back", "unidentified"]
        assert queries.proofs(session, fund.profile.accounts)[0].meets


def test_what_is_found_out_later_is_booked_on_the_day_it_is_found(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    name(fund, waiting(fund)[0].id, fund.campaign().code)
    with fund.database.read() as session:
        donation = session.exec(select(DonationRow)).one()
    assert (donation.occurred_on.day, donation.booked_on) == (2, clock.today())


def test_a_settled_line_is_not_settled_again(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    (line,) = waiting(fund)
    name(fund, line.id, fund.campaign().code)
    with pytest.raises(AlreadySettledError):
        name(fund, line.id, fund.campaign().code)
    assert fund.balance("4110", "GEN") == -1000


def test_a_refused_explanation_changes_nothing(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?"), a_fee()]))
    came, went = waiting(fund)
    refused: list[tuple[type[FundError], object]] = [
        (ReasonMissingError, lambda: name(fund, came.id, fund.campaign().code, "  ")),
        (UnknownReferenceError, lambda: name(fund, came.id, "KK9999X")),
        (UnknownReferenceError, lambda: name(fund, came.id, "")),
        (UnknownLineError, lambda: name(fund, uuid4(), fund.campaign().code)),
        (WrongDirectionError, lambda: name(fund, went.id, fund.campaign().code)),
        (WrongDirectionError, lambda: explain(fund, came.id, "fee")),
        (WrongDirectionError, lambda: explain(fund, went.id, "interest")),
        (UnknownExplanationError, lambda: explain(fund, went.id, "nonsense")),
        (UnequalError, lambda: send_back(fund, went.id, came.id)),
        (WrongDirectionError, lambda: send_back(fund, came.id, went.id)),
        (WrongDirectionError, lambda: send_back(fund, went.id, went.id)),
    ]
    for error, act in refused:
        with pytest.raises(error):
            act()  # type: ignore[operator]
    assert waiting(fund) == [came, went]


def test_money_is_not_sent_back_before_it_came_nor_from_another_account(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_fee(-1000, day=1), a_gift(detail="?", day=2)]))
    went, came = waiting(fund)
    with pytest.raises(ReturnedTooEarlyError):
        send_back(fund, went.id, came.id)
    fund.take_and_settle(a_camt([a_fee(-1000)], account=OTHER), "x.xml")
    other = waiting(fund)[-1]
    with pytest.raises(OtherAccountError):
        send_back(fund, other.id, came.id)
    with fund.database.read() as session:
        assert queries.may_be_returned(session, went) == queries.may_be_returned(session, other) == []


def test_a_refused_line_is_tried_again_once(fund: Fund) -> None:
    fund.take(a_csv([a_gift(detail="?")]))
    with fund.database.write() as session:
        row = session.exec(select(InboxRow)).one()
        row.state, line_id = "refused", row.line_id
        session.add(row)
    with fund.database.write() as session:
        saying.try_again(session, line_id, by=OFFICER)
    with pytest.raises(AlreadySettledError), fund.database.write() as session:
        saying.try_again(session, line_id, by=OFFICER)
    assert fund.settle().unidentified == 1


def test_money_that_the_books_had_refused_is_named_as_if_it_came_now(fund: Fund) -> None:
    fund.take(a_csv([a_gift(detail="?")]))
    with fund.database.write() as session:
        row = session.exec(select(InboxRow)).one()
        row.state = "refused"
        session.add(row)
    name(fund, waiting(fund)[0].id, fund.campaign().code)
    assert (fund.balance("4110", "GEN"), fund.balance("2100", "U")) == (-1000, 0)


def test_a_pledge_named_with_another_amount_is_told_and_booked_as_it_came(fund: Fund) -> None:
    pledge = fund.pledge(2000)
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    name(fund, waiting(fund)[0].id, pledge.reference)
    with fund.database.read() as session:
        match = session.exec(select(MatchRow).where(MatchRow.kind == "named")).one()
        assert session.exec(select(DonationRow.amount_satang)).one() == 1000
    assert reasons.from_json(match.reasons)[-1] == Reason("amount", False, "20.00")


def pledge_at(fund: Fund, made_at: datetime, amount_satang: int = 1000) -> PledgeView:
    with clock.at(made_at):
        return fund.pledge(amount_satang, key=made_at.isoformat())


def moment(day: int, hour: int, minute: int) -> datetime:
    """A moment of November 2569, by Bangkok's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=clock.BANGKOK)


@pytest.mark.parametrize(
    ("made_at", "amount_satang", "is_offered"),
    [
        (moment(27, 9, 4), 1000, True),
        (moment(27, 9, 6), 1000, True),
        (moment(27, 9, 8), 1000, False),
        (moment(24, 9, 6), 1000, True),
        (moment(24, 9, 4), 1000, False),
        (moment(27, 9, 4), 1001, False),
    ],
)
def test_open_pledges_of_the_amount_in_the_days_before_are_offered(
    fund: Fund, made_at: datetime, amount_satang: int, is_offered: bool
) -> None:
    pledge = pledge_at(fund, made_at, amount_satang)
    with clock.at(moment(28, 12, 0)):
        fund.take_and_settle(a_csv([a_gift(1000, "?", day=27, at=time(9, 5, 1))], last=28))
    with fund.database.read() as session:
        offered = queries.may_be_pledges(session, waiting(fund)[0], limit=5)
    assert [one.reference for one in offered] == [pledge.reference] * is_offered


@pytest.mark.parametrize("told", [b"<Dt>2026-11-23</Dt>", b"<DtTm>2026-11-23T00:00:00+07:00</DtTm>"])
def test_a_line_without_a_time_is_offered_the_pledges_of_its_whole_day(fund: Fund, told: bytes) -> None:
    pledge = pledge_at(fund, moment(23, 23, 59))
    file = a_camt([SampleLine(date(2026, 11, 23), 1000, "?")])
    fund.take_and_settle(re.sub(rb"(<BookgDt>).*?(</BookgDt>)", rb"\1" + told + rb"\2", file), "x.xml")
    with fund.database.read() as session:
        offered = queries.may_be_pledges(session, waiting(fund)[0], limit=5)
    assert [one.id for one in offered] == [pledge.id]


def test_paid_pledges_are_not_offered_and_the_last_made_come_first(fund: Fund) -> None:
    made = [pledge_at(fund, moment(23, 8, minute)).reference for minute in range(4)]
    fund.take_and_settle(a_csv([a_payment(made[2], day=23, at=time(9)), a_gift(detail="?", day=23)]))
    with fund.database.read() as session:
        (line,) = queries.waiting_lines(session, limit=10)
        offered = [one.reference for one in queries.may_be_pledges(session, line, limit=2)]
    assert offered == [made[3], made[1]]


@pytest.mark.parametrize(("closed", "booked_on"), [((11,), date(2026, 12, 1)), ((10, 11, 12), date(2027, 1, 1))])
def test_what_is_found_out_in_a_closed_month_is_booked_on_the_first_open_day(
    fund: Fund, closed: tuple[int, ...], booked_on: date
) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    close(fund, *closed)
    name(fund, waiting(fund)[0].id, fund.campaign().code)
    with fund.database.read() as session:
        donation = session.exec(select(DonationRow)).one()
    assert (donation.occurred_on, donation.booked_on) == (date(2026, 11, 2), booked_on)


def test_a_fee_of_a_closed_month_is_booked_on_the_first_open_day(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_fee()]))
    close(fund, 11)
    explain(fund, waiting(fund)[0].id, "fee")
    with fund.database.read() as session:
        entry = book.entry(session, session.exec(select(MatchRow.entry_id)).one())
    assert (entry.occurred_on, entry.booked_on) == (date(2026, 11, 3), date(2026, 12, 1))


def open_again(fund: Fund, month: int) -> None:
    with fund.database.write() as session:
        day = date(2026, month, 1)
        periods.open_month(session, day, reason="a late file", approved_by="treasurer", by=OFFICER.name)


def unidentified(fund: Fund, on: date) -> int:
    with fund.database.read() as session:
        return balances.balance(session, "2100", "U", on=on)


def test_money_is_not_named_nor_sent_back_in_books_before_it_was_unidentified(fund: Fund) -> None:
    close(fund, 11)
    fund.take_and_settle(a_csv([a_gift(detail="?"), a_gift(2000, detail="?", day=3), a_fee(-2000, day=4)]))
    open_again(fund, 11)
    named, came, went = waiting(fund)
    name(fund, named.id, fund.campaign().code)
    send_back(fund, went.id, came.id)
    assert [unidentified(fund, date(2026, *day)) for day in ((11, 30), (12, 1))] == [0, 0]
