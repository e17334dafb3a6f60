"""Requests and awards: which fund pays, what waits, who wins the last baht (T03), what an approval was for (T52)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from fund import clock
from fund.errors import FundError
from fund.grants import purposes, queries, rules, service
from fund.grants.errors import (
    EditedError,
    NotInThisStateError,
    PlanError,
    WantedError,
    WordsError,
)
from fund.grants.models import chain_of
from fund.grants.purposes import Why
from fund.grants.service import Outcome
from fund.people import duties
from fund.people.errors import ApprovedError, NoSlotError
from ledger import accounts
from ledger.errors import LedgerError
from tests.examples import count
from tests.fund.grants.office import DAY, LIMIT, TODAY, Office, plan
from tests.ledger.disarmed import disarm


def test_a_district_s_own_money_pays_before_everybody_s(office: Office) -> None:
    assert office.approve(office.request(60_000)) == Outcome(funds=("D4001",))
    assert office.approve(office.request(60_000)) == Outcome(funds=("GEN",))
    assert (office.free("D4001"), office.free("GEN"), office.on("9100")) == (40_000, 1_940_000, 60_000)


def test_tranches_are_commitments_of_their_own_and_may_be_paid_by_two_funds(office: Office) -> None:
    request_id = office.awarded(70_000, 70_000, 10_000)
    found = office.ask(queries.tranches, request_id)
    assert [(one.number, one.fund, one.amount_satang) for one in found] == [
        (1, "D4001", 70_000), (2, "GEN", 70_000), (3, "GEN", 10_000)
    ]  # fmt: skip
    assert [one.due_on for one in found] == [part.due_on for part in plan(1, 1, 1)]


def test_people_are_told_which_funds_may_pay_and_why_others_may_not(office: Office) -> None:
    def why(fund: str, *asked: Any) -> Why:
        return Why({one.fund: one.why for one in office.ask(purposes.which_funds, *asked)}[fund])

    assert [one.fund for one in office.ask(purposes.which_funds, "4001", "food", 1) if one.may_pay] == ["D4001", "GEN"]
    assert why("D4001", "4001", "food", 100_001) is Why.NOT_ENOUGH
    assert why("D4002", "4001", "food", 1) is Why.DISTRICT
    assert {why(fund, "4001", "food", 1) for fund in ("OPS", "U")} == {Why.PURPOSE}
    office.act(accounts.end_fund, "D4001", DAY - timedelta(days=1))
    assert why("D4001", "4001", "food", 1) is Why.NOT_OPEN
    assert office.approve(office.request(1_000)).funds == ("GEN",)


def test_what_no_fund_can_pay_waits_by_need_and_date_and_is_awarded_when_money_comes(office: Office) -> None:
    later, first, urgent = (office.request(3_000_000, urgency=urgency) for urgency in (3, 2, 1))
    second = office.request(4_000_000, urgency=2)
    for one in (later, first, urgent, second):
        assert office.approve(one, "ton", "kaew") == Outcome()
    queue = office.ask(queries.waiting)
    assert [one.id for one in queue] == [urgent, first, second, later]
    assert [one.id for one in office.ask(queries.waiting, after=queue[0], limit=2)] == [first, second]
    assert office.ask(queries.unmet_satang) == 13_000_000
    assert office.act(service.award, urgent, by=office.kaew) == Outcome()
    office.give(2_000_000)
    assert office.act(service.award, urgent, by=office.kaew) == Outcome(funds=("GEN",))
    assert office.ask(queries.unmet_satang) == 10_000_000 and office.wrong() == []


def test_a_grant_that_can_be_paid_in_part_only_is_not_awarded_at_all(office: Office) -> None:
    request_id = office.request(1_500_000, 1_500_000)
    assert office.approve(request_id, "ton", "kaew") == Outcome()
    assert office.ask(queries.tranches, request_id) == [] and office.on("9100") == 0


def test_words_that_stay_stand_beside_what_was_asked_back_or_declined(office: Office) -> None:
    request_id = office.request(1_000)
    office.act(service.ask_back, request_id, "ขอใบเสนอราคา", by=office.ton)
    with pytest.raises(NotInThisStateError):
        office.approve(request_id)
    office.act(service.edit, request_id, office.wanted(900), by=office.nok)
    office.act(service.decline, request_id, "ได้จากที่อื่นแล้ว", by=office.ton)
    said = [(one.act, one.reason) for one in office.ask(queries.history, request_id) if one.reason]
    assert said == [("ask_back", "ขอใบเสนอราคา"), ("decline", "ได้จากที่อื่นแล้ว")]
    for words in ("", " ", "ก" * 501, "ก\x00"):
        with pytest.raises(WordsError):
            office.act(service.decline, office.request(1_000), words, by=office.ton)


def test_a_request_that_says_too_little_is_refused(office: Office) -> None:
    payee = office.payee()
    for changes in ({"purpose": "phone"}, {"urgency": 0}, {"term": ""}, {"case_code": ""}, {"district": "9999"}):
        with pytest.raises((WantedError, FundError)):
            office.request(1_000, payee_id=payee, **changes)
    with pytest.raises(WantedError):
        office.request(1_000, payee_id=UUID(int=1))
    for amounts in ((), (0,), (1_000, -1), (1,) * 61, (10**15, 1)):
        with pytest.raises(PlanError):
            office.wanted(*amounts, payee_id=payee)
    with pytest.raises(PlanError):
        service.Wanted("C7", "4001", "food", payee, "1", plan(1, 1)[::-1])


# T52: what was approved is what is paid.


def test_an_approval_of_an_older_version_is_refused_and_counts_for_nothing(office: Office) -> None:
    request_id = office.request(LIMIT)
    office.approve(request_id, "ton")
    office.act(service.edit, request_id, office.wanted(LIMIT + 1), by=office.nok)
    with pytest.raises(EditedError):
        office.approve(request_id, "kaew", version=1)
    assert office.approve(request_id, "kaew", version=2).missing == 1
    with pytest.raises(ApprovedError):
        office.approve(request_id, "kaew", version=2)
    assert office.approve(request_id, "ton", version=2).is_awarded
    with pytest.raises(NotInThisStateError):
        office.act(service.edit, request_id, office.wanted(1), by=office.nok)


def test_an_edit_keeps_case_and_district(office: Office) -> None:
    request_id = office.request(1_000)
    for changes in ({"case_code": "C2"}, {"district": "4002"}):
        with pytest.raises(WantedError):
            office.act(service.edit, request_id, office.wanted(1_000, **changes), by=office.nok)


def together(*acts: Callable[[], object]) -> list[object]:
    """Everything at the same moment; what each came to."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        start.wait()
        with clock.at(TODAY):
            try:
                return act()
            except (FundError, LedgerError, IntegrityError) as refusal:
                return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_an_approval_and_an_edit_at_once_never_award_what_nobody_read(office: Office) -> None:
    for _ in range(count(8)):
        request_id = office.request(1_000)
        wanted = office.wanted(2_000)
        together(
            partial(office.approve, request_id, "ton"),
            partial(office.act, service.edit, request_id, wanted, by=office.nok),
        )
        found = office.ask(queries.request, request_id)
        amounts = {one.amount_satang for one in office.ask(queries.tranches, request_id)}
        assert (found.version, found.state, amounts) in [(1, "awarded", {1_000}), (2, "asked", set())]


def test_two_tabs_and_three_people_fill_two_places(office: Office) -> None:
    for _ in range(count(4)):
        request_id = office.request(LIMIT)
        found = together(*(partial(office.approve, request_id, name) for name in ("ton", "ton", "kaew", "fon")))
        assert len([one for one in found if isinstance(one, Outcome)]) == 2
        assert set(found) >= {ApprovedError} or NoSlotError in found or NotInThisStateError in found
        with office.database.read() as session:
            assert len(set(duties.approvals(session, chain_of(request_id), 1))) == 2


# T03: the last baht.


def spend_the_last(office: Office, rivals: int) -> list[object]:
    """As many grants at once as there are rivals, of all that everybody's fund has left; what each came to."""
    requests = [office.request(office.free("GEN")) for _ in range(rivals)]
    for one in requests:
        office.approve(one, "ton")
    return together(*(partial(office.approve, one, "kaew") for one in requests))


def race_for_the_last(office: Office, rounds: int) -> None:
    for _ in range(rounds):
        office.give(600_000)
        found = spend_the_last(office, 4)
        assert sorted(str(one) for one in found) == sorted([str(Outcome(funds=("GEN",)))] + [str(Outcome())] * 3)
        assert office.free("GEN") == 0
    assert office.wrong() == []


def test_of_awards_at_once_for_the_last_baht_one_wins_and_the_others_wait(office: Office) -> None:
    race_for_the_last(office, 3)


@pytest.mark.nightly
def test_of_five_hundred_such_races_each_has_one_winner(office: Office) -> None:
    race_for_the_last(office, 500)


def test_were_an_award_a_fact_the_last_baht_would_be_awarded_more_than_once(office: Office) -> None:
    """The control."""
    with office.database.engine.begin() as connection:
        disarm(connection, "ledger_kind")
        connection.exec_driver_sql("UPDATE ledger_kind SET nature = 'fact' WHERE code = 'award'")
    office.give(600_000)
    assert spend_the_last(office, 3).count(Outcome(funds=("D4001",))) == 3
    assert office.free("D4001") < 0


# Past the service.


def test_the_database_keeps_a_fund_to_its_purposes_and_districts(office: Office) -> None:
    request_id = office.request(50_000)
    office.approve(request_id)
    other = "INSERT INTO grants_tranche SELECT chain, number + 1, version, {fund}, {purpose}, {scope}, district,"
    other += " amount_satang, due_on, payee_id FROM grants_tranche"
    for fund, purpose, scope in [
        ("'OPS'", "purpose", "'*'"),
        ("'D4002'", "purpose", "'4002'"),
        ("'D4002'", "purpose", "'4001'"),
        ("fund", "'phone'", "scope"),
        ("fund", "'food'", "scope"),
    ]:
        with pytest.raises(DBAPIError):
            office.sql(other.format(fund=fund, purpose=purpose, scope=scope))


def test_what_a_fund_no_longer_allows_is_refused_from_that_day_on(office: Office) -> None:
    day = DAY + timedelta(days=10)
    told = rules.Allowance("D4001", "uniform", "4001", is_allowed=False)
    office.act(rules.agree, office.act(rules.propose_allowance, told, day, by=office.ton), by=office.tree)
    assert office.approve(office.request(1_000)).funds == ("D4001",)
    with clock.at(TODAY + timedelta(days=10)):
        assert office.approve(office.request(1_000)).funds == ("GEN",)
        with pytest.raises(DBAPIError, match="grants:not-allowed"):
            _award_by_hand(office, "D4001", "4001", day)


def _award_by_hand(office: Office, fund: str, scope: str, day: date) -> None:
    """An award past the service, of a request that was approved."""
    request_id = office.request(1_000)
    chain = chain_of(request_id)
    office.act(duties.approve, chain, 1, of=1, by=office.ton)
    office.sql(f"INSERT INTO grants_grant VALUES (:chain, 1, '{day}')", chain=chain)
    office.sql(
        "INSERT INTO grants_tranche SELECT v.chain, 1, 1, :fund, v.purpose, :scope, v.district, v.amount_satang,"
        " p.due_on, v.payee_id FROM grants_request_version v JOIN grants_plan p ON p.chain = v.chain"
        " WHERE v.chain = :chain",
        chain=chain, fund=fund, scope=scope,
    )  # fmt: skip
