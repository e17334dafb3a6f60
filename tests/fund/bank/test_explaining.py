"""What staff say a waiting line is, and what they are refused."""

from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from fund import clock
from fund.audit import AuditRow
from fund.bank import explaining, queries
from fund.bank.errors import (
    AlreadySettledError,
    OtherAccountError,
    ReasonMissingError,
    ReturnedTooEarlyError,
    UnequalError,
    UnknownCampaignError,
    UnknownExplanationError,
    UnknownLineError,
    WrongDirectionError,
)
from fund.bank.models import InboxRow, MatchRow
from fund.bank.queries import InboxLine
from fund.donations.models import DonationRow
from fund.errors import FundError
from tests.fund.bank.builders import OFFICER, OPENING, OTHER, Fund, a_camt, a_csv, a_fee, a_gift


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
        (UnknownCampaignError, lambda: name(fund, came.id, "KK9999X")),
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
        explaining.try_again(session, line_id, by=OFFICER)
    assert fund.settle().unidentified == 1
    with pytest.raises(AlreadySettledError), fund.database.write() as session:
        explaining.try_again(session, line_id, by=OFFICER)


def test_money_that_the_books_had_refused_is_named_as_if_it_came_now(fund: Fund) -> None:
    fund.take(a_csv([a_gift(detail="?")]))
    with fund.database.write() as session:
        row = session.exec(select(InboxRow)).one()
        row.state = "refused"
        session.add(row)
    name(fund, waiting(fund)[0].id, fund.campaign().code)
    assert (fund.balance("4110", "GEN"), fund.balance("2100", "U")) == (-1000, 0)
