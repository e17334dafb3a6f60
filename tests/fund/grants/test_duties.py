"""Nobody stands on two sides of one grant (T51), no limit is passed by one (T53): by service, raw SQL and in a race."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import clock
from fund.audit import Actor
from fund.grants import paying, rules, service
from fund.grants.errors import (
    ApprovalMissingError,
    GrantRoleError,
    LaterError,
    NotInThisStateError,
    OwnPaymentError,
    RuleAgreedError,
    RuleError,
    RuleLateError,
    RuleNotFoundError,
)
from fund.grants.models import chain_of
from fund.grants.rules import Allowance
from fund.grants.service import Outcome
from fund.people import duties, staff
from fund.people.duties import Side
from fund.people.errors import (
    ApprovedError,
    ConflictError,
    NobodyError,
    OtherSideError,
    StandInError,
    StandInPartError,
)
from tests.examples import count
from tests.fund.grants.office import DAY, LIMIT, TODAY, Office, money, without_references
from tests.fund.grants.test_awards import together

ROLE = {"approve": "core_team", "prepare": "finance", "authorise": "treasurer", "reconcile": "finance"}
OTHERS = {"request": "nok", "approve": "ton", "prepare": "fah", "authorise": "tree", "reconcile": "fai"}


def verbs(office: Office, request_id: UUID) -> dict[str, Callable[[Actor], object]]:
    """What each side does, in its order."""
    bank = money(1_000)
    return {
        "approve": lambda by: office.act(service.approve, request_id, 1, by=by),
        "prepare": lambda by: office.act(paying.prepare, request_id, 1, by=by),
        "authorise": lambda by: office.act(paying.authorise, request_id, 1, by=by),
        "reconcile": lambda by: office.act(paying.left, request_id, 1, bank, by=by),
    }


def test_one_human_with_every_role_still_takes_one_side_of_a_grant(office: Office) -> None:
    """Whoever has asked, approved, prepared or authorised takes no later side; the books stay sound."""
    office.employ("aud", "case_manager", *set(ROLE.values()))
    order = list(OTHERS)
    for place, first in enumerate(order[:-1]):
        who = {**OTHERS, first: "aud"}
        request_id = office.request(1_000, by=who["request"])
        for side, verb in verbs(office, request_id).items():
            if order.index(side) > place:
                with pytest.raises(OtherSideError):
                    verb(office.aud)
            verb(office.people[who[side]])
    assert office.wrong() == []


def test_it_is_the_human_whatever_they_are_called_now_or_through_whom_they_act(office: Office) -> None:
    office.employ("nok", "core_team")
    request_id = office.request(1_000)
    nok, approve = office.nok.person_id, verbs(office, request_id)["approve"]
    for actor in (Actor("กนกวรรณ", nok), Actor("nok", nok, "192.0.2.0/24")):
        with pytest.raises(OtherSideError):
            approve(actor)
    for nobody in (Actor("operator"), Actor("ton")):
        with pytest.raises(NobodyError):
            approve(nobody)
    through = office.act(duties.appoint, office.ton.person_id, nok, DAY, DAY, "ab" * 32, by=office.kaew)
    with pytest.raises(StandInPartError):
        office.act(service.approve, request_id, 1, stand_in=through, by=office.ton)


def test_a_stand_in_signs_until_the_last_day_and_who_lost_the_role_signs_no_more(office: Office) -> None:
    request_id = office.request(1_000)
    paper, last = "ab" * 32, DAY + timedelta(days=3)
    through = office.act(duties.appoint, office.fon.person_id, office.ton.person_id, DAY, last, paper, by=office.kaew)
    with clock.at(TODAY + timedelta(days=4)), pytest.raises(StandInError):
        office.act(service.approve, request_id, 1, stand_in=through, by=office.fon)
    with office.database.read() as session:
        given = staff.grants_of(session, office.kaew.person_id or UUID(int=0))[0].id
    office.act(staff.end, given, by=Actor("operator"))
    with pytest.raises(GrantRoleError):
        office.approve(request_id, "kaew")
    assert office.act(service.approve, request_id, 1, stand_in=through, by=office.fon).is_awarded


def test_who_is_tied_to_the_child_decides_and_pays_nothing_of_it(office: Office) -> None:
    for name in ("ton", "fah", "tree", "fai"):
        office.act(duties.declare, office.people[name].person_id, "C7TIED", "relative", by=office.nok)
    request_id = office.request(1_000, case_code="C7TIED")
    for side, free in {"approve": "kaew", "prepare": "fai", "authorise": "thip"}.items():
        tied, verb = office.people[OTHERS[side]], verbs(office, request_id)[side]
        with pytest.raises(ConflictError):
            verb(tied)
        if side == "prepare":
            office.employ("aud", "finance")
            free = "aud"
        verb(office.people[free])


@pytest.mark.parametrize("title", ["", "นาง ", "นางสาว", "Mrs. "])
def test_who_is_paid_takes_no_step_of_it(office: Office, title: str) -> None:
    with pytest.raises(OwnPaymentError):
        office.request(1_000, payee_id=office.payee(by="fon", name=f"{title}nok"))
    for own in ("approve", "prepare", "authorise", "reconcile"):
        request_id = office.request(1_000, payee_id=office.payee(name=f"{title}{OTHERS[own]}"))
        for side, verb in verbs(office, request_id).items():
            if side == own:
                with pytest.raises(OwnPaymentError):
                    verb(office.people[OTHERS[side]])
                break
            verb(office.people[OTHERS[side]])


# Past the service.

BY_HAND = {
    "an approval of one's own": (
        "INSERT INTO duties_approval SELECT chain, 1, 1, person, side, taken_at FROM duties_participant"
        " WHERE chain = :chain AND side = 'request'"
    ),
    "an approval as somebody who asked": (
        "INSERT INTO duties_approval SELECT chain, 1, 1, person, 'approve', taken_at FROM duties_participant"
        " WHERE chain = :chain AND side = 'request'"
    ),
    "a second side": (
        "INSERT INTO duties_participant (chain, person, side, taken_on, taken_at)"
        " SELECT chain, person, 'approve', taken_on, taken_at FROM duties_participant WHERE chain = :chain"
    ),
    "another side": "UPDATE duties_participant SET side = 'approve' WHERE chain = :chain",
    "an award that nobody approved": "INSERT INTO grants_grant VALUES (:chain, 1, '2026-11-23')",
    "a request of another": (
        "INSERT INTO grants_request_version SELECT chain, 2, q.id, side, case_code, district, purpose, amount_satang,"
        " parts, payee_id, term, urgency, v.made_at FROM grants_request_version v"
        " JOIN people_person q ON q.name = 'ton' WHERE chain = :chain"
    ),
    "a request for another case": (
        "INSERT INTO grants_request_version SELECT chain, 2, person, side, 'C8', district, purpose, amount_satang,"
        " parts, payee_id, term, urgency, made_at FROM grants_request_version WHERE chain = :chain"
    ),
    "another amount": "UPDATE grants_request_version SET amount_satang = 1 WHERE chain = :chain",
    "one more part": (
        "INSERT INTO grants_plan SELECT chain, version, number + 1, parts, amount_satang, due_on FROM grants_plan"
        " WHERE chain = :chain"
    ),
    "another account": "UPDATE grants_payee SET sealed = same_as",
    "a payee nobody meets again": "UPDATE grants_payee SET same_as = NULL",
}
"""What somebody with the application's own rights would try, who has asked for money and wants to have it."""


def got_through(office: Office, request_id: UUID) -> set[str]:
    """Which ways past the service are open."""
    found = set()
    for name, statement in BY_HAND.items():
        try:
            if office.sql(statement, chain=chain_of(request_id)):
                found.add(name)
        except DBAPIError:
            continue
    return found


def test_the_database_itself_lets_nobody_approve_or_award_what_they_asked_for(office: Office) -> None:
    assert got_through(office, office.request(1_000)) == set()


def test_without_triggers_and_references_the_ways_past_the_service_are_open(office: Office) -> None:
    """The control; what a key or a check of the row itself refuses stays refused."""
    request_id, opened = office.request(1_000), set()
    for name, statement in BY_HAND.items():
        with without_references(office) as connection, suppress(DBAPIError):
            if connection.execute(text(statement), {"chain": chain_of(request_id)}).rowcount:
                opened.add(name)
    assert BY_HAND.keys() - opened == {"an approval of one's own", "a second side", "one more part"}


STEP_AS = (
    "INSERT INTO grants_step (chain, number, step, before, part, state, act, next, duty, is_booked, tranche, person,"
    " side, taken_at, taken_by) SELECT s.chain, 1, s.step + 1, s.step, 'tranche', s.next, 'prepare', 'prepared',"
    " 'prepare', is_booked, 1, person, side, taken_at, taken_by FROM ({before}) s"
)


def prepared_by_hand(office: Office, request_id: UUID, who: str, side: str) -> int:
    """A preparation written by hand, as somebody on a side that they say is theirs."""
    before = (
        "SELECT g.chain, g.step, g.state AS next, t.is_booked, q.id AS person, CAST(:side AS text) AS side, r.taken_at,"
        " q.name AS taken_by FROM grants_standing g JOIN people_person q ON q.name = :who"
        " JOIN grants_step r ON r.chain = g.chain AND r.number = 1 AND r.step = 1"
        " JOIN grants_transition t ON t.act = 'prepare' AND t.state = 'awarded' WHERE g.chain = :chain AND g.number = 1"
    )
    return office.sql(STEP_AS.format(before=before), chain=chain_of(request_id), who=who, side=side)


def test_the_database_lets_nobody_prepare_who_stands_elsewhere_or_nowhere(office: Office) -> None:
    request_id = office.awarded(1_000)
    for who, side in [("ton", "prepare"), ("ton", "approve"), ("nok", "prepare"), ("fah", "prepare"), ("fah", "")]:
        with pytest.raises(DBAPIError):
            prepared_by_hand(office, request_id, who, side)
    office.act(duties.take_part, chain_of(request_id), Side.PREPARE, by=office.fah)
    assert prepared_by_hand(office, request_id, "fah", "prepare") == 1  # the same row is good of who stands there


# T53: the limit.


def test_one_approval_is_enough_up_to_the_last_satang_below_the_limit(office: Office) -> None:
    assert office.approve(office.request(LIMIT - 1)).is_awarded
    for amount in (LIMIT, LIMIT + 1):
        request_id = office.request(amount)
        assert office.approve(request_id) == Outcome(missing=1)
        with pytest.raises(ApprovedError):
            office.approve(request_id)
        with pytest.raises(ApprovalMissingError):
            office.act(service.award, request_id, by=office.ton)
        assert office.approve(request_id, "kaew").is_awarded


def test_parts_of_one_payee_s_money_within_seven_days_count_together(office: Office) -> None:
    account = {"bank": "KTB", "account": "1234567890"}
    first = office.request(LIMIT - 1, payee_id=office.payee(**account))
    assert office.approve(first).is_awarded
    again = {"bank": "KTB", "account": "123-4-56789-0", "name": "ป้ามา", "kind": "shop"}
    for days in (0, 3, 6):
        with clock.at(TODAY + timedelta(days=days)):
            assert office.approve(office.request(1, payee_id=office.payee(**again))) == Outcome(missing=1)
    with clock.at(TODAY + timedelta(days=7)):
        assert office.approve(office.request(LIMIT - 1, payee_id=office.payee(**again))).is_awarded


def test_advances_of_one_case_manager_count_together_too(office: Office) -> None:
    cash = {"kind": "cash", "bank": "", "account": ""}
    assert office.approve(office.request(LIMIT - 1, payee_id=office.payee(**cash))).is_awarded
    assert office.approve(office.request(1, payee_id=office.payee(name="แม่นุ่น", **cash))) == Outcome(missing=1)
    assert office.approve(office.request(1, payee_id=office.payee(by="nim", **cash), by="nim")).is_awarded


def test_of_parts_awarded_at_once_only_those_below_the_limit_get_through_with_one(office: Office) -> None:
    for _ in range(count(3)):
        payee = office.payee()
        requests = [office.request(LIMIT // 2, payee_id=payee) for _ in range(3)]
        found = together(*(partial(office.approve, one, "ton") for one in requests))
        assert sorted(outcome.missing for outcome in found if isinstance(outcome, Outcome)) == [0, 1, 1]
        office.give(LIMIT)


def award_by_hand(office: Office, amount: int, approvals: int, **changes: Any) -> None:
    """An award past the service, with so many approvals."""
    request_id = office.request(amount, **changes)
    for name in ("ton", "kaew")[:approvals]:
        office.act(duties.approve, chain_of(request_id), 1, of=2, by=office.people[name])
    office.sql("INSERT INTO grants_grant VALUES (:chain, 1, '2026-11-23')", chain=chain_of(request_id))


def test_the_database_counts_approvals_and_the_week_too(office: Office) -> None:
    payee = office.payee()
    award_by_hand(office, LIMIT - 1, 1, payee_id=payee)
    for amount, of in [(1, payee), (LIMIT, None)]:
        with pytest.raises(DBAPIError, match="grants:approvals"):
            award_by_hand(office, amount, 1, payee_id=of)
        award_by_hand(office, amount, 2, payee_id=of)


def test_without_its_trigger_the_database_awards_what_one_approved(office: Office) -> None:
    """The control."""
    request_id = office.request(LIMIT)
    office.approve(request_id)
    with without_references(office) as connection:
        statement = text("INSERT INTO grants_grant VALUES (:chain, 1, '2026-11-23')")
        assert connection.execute(statement, {"chain": chain_of(request_id)}).rowcount == 1


def test_a_payment_is_authorised_and_leaves_once_however_many_press_at_once(office: Office) -> None:
    for _ in range(count(4)):
        request_id = office.awarded(1_000)
        office.act(paying.prepare, request_id, 1, by=office.fah)
        before = office.on("2200", "D4001")
        found = together(
            *(partial(office.act, paying.authorise, request_id, 1, by=office.people[by]) for by in TREASURERS)
        )
        assert sorted(map(str, found)) == sorted([*[str(NotInThisStateError)] * 3, "None"])
        assert office.on("2200", "D4001") == before - 1_000
        lines = [money(1_000) for _ in range(3)]
        found = together(*(partial(office.act, paying.left, request_id, 1, line, by=office.fai) for line in lines))
        assert found.count(None) == 1 and office.on("2200", "D4001") == before
    assert office.wrong() == []


TREASURERS = ("tree", "thip", "tree", "thip")


def test_without_the_steps_key_two_would_take_the_same_step(office: Office) -> None:
    """The control: a copy of the table that knows no order takes the second authorisation."""
    request_id = office.authorised(1_000)
    again = "INSERT INTO {} SELECT * FROM grants_step WHERE chain = :chain AND act = 'authorise'"
    with pytest.raises(DBAPIError):
        office.sql(again.format("grants_step"), chain=chain_of(request_id))
    office.sql("CREATE TABLE loose AS SELECT * FROM grants_step")
    assert office.sql(again.format("loose"), chain=chain_of(request_id)) == 1


# Rules: two people, from a day to come.


def test_a_limit_is_changed_by_two_people_from_a_day_to_come(office: Office) -> None:
    office.employ("tree", "core_team")
    day = DAY + timedelta(days=1)
    proposal = office.act(rules.propose_limit, 1_000, day, by=office.tree)
    assert [one.rule for one in office.ask(rules.proposals)] == [1_000]
    with pytest.raises(OtherSideError):
        office.act(rules.agree, proposal, by=office.tree)
    office.act(rules.agree, proposal, by=office.ton)
    assert office.ask(rules.proposals) == [] and office.approve(office.request(1_000)).is_awarded
    with clock.at(TODAY + timedelta(days=1)):
        assert office.approve(office.request(1_000)) == Outcome(missing=1)
        assert office.approve(office.request(999)).is_awarded
    with pytest.raises(RuleAgreedError):
        office.act(rules.agree, office.act(rules.propose_limit, 2_000, day, by=office.tree), by=office.ton)


def test_no_rule_counts_at_once_or_by_one_or_sends_money_where_it_may_not_go(office: Office) -> None:
    tomorrow = DAY + timedelta(days=1)
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(LaterError):
            office.act(rules.propose_limit, 1, day, by=office.ton)
    for by, refusal in [(office.fah, GrantRoleError), (Actor("operator"), NobodyError)]:
        with pytest.raises(refusal):
            office.act(rules.propose_limit, 1, tomorrow, by=by)
    for told in [("OPS", "food", "*"), ("U", "food", "*"), ("D4001", "food", "*"), ("D4001", "food", "4002"),
                 ("GEN", "phone", "*"), ("GEN", "food", "9999"), ("X", "food", "*")]:  # fmt: skip
        with pytest.raises(RuleError):
            office.act(rules.propose_allowance, Allowance(*told), tomorrow, by=office.ton)
    with pytest.raises(RuleError):
        office.act(rules.propose_limit, 0, tomorrow, by=office.ton)
    with pytest.raises(RuleNotFoundError):
        office.act(rules.agree, UUID(int=1), by=office.ton)
    late = office.act(rules.propose_limit, 1, tomorrow, by=office.ton)
    with clock.at(TODAY + timedelta(days=1)), pytest.raises(RuleLateError):
        office.act(rules.agree, late, by=office.tree)


RULES_BY_HAND = (
    "INSERT INTO grants_limit (since, amount_satang) VALUES ('2027-01-01', 99999999)",
    "INSERT INTO grants_limit (since, amount_satang, chain, person, side, agreed_on)"
    " SELECT since, amount_satang, chain, person, side, '2026-11-23' FROM grants_proposal",
    "INSERT INTO grants_limit (since, amount_satang, chain, person, side, agreed_on)"
    " SELECT since, 99999999, chain, person, 'approve', '2026-11-23' FROM grants_proposal",
    "INSERT INTO grants_allows (fund, purpose, scope, since, is_allowed)"
    " SELECT fund, purpose, scope, '2027-01-01', is_allowed FROM grants_allows WHERE fund = 'GEN'",
    "UPDATE grants_limit SET amount_satang = 99999999",
    "DELETE FROM grants_allows",
)


def test_the_database_takes_no_rule_of_one_person(office: Office) -> None:
    office.act(rules.propose_limit, 99_999_999, DAY + timedelta(days=9), by=office.ton)
    for statement in RULES_BY_HAND:
        with pytest.raises(DBAPIError):
            office.sql(statement)


def test_without_triggers_and_references_rules_of_one_person_go_through(office: Office) -> None:
    """The control; that a proposal agrees to itself is refused by a check of the row."""
    office.act(rules.propose_limit, 99_999_999, DAY + timedelta(days=9), by=office.ton)
    opened = []
    for place, statement in enumerate(RULES_BY_HAND):
        with without_references(office) as connection, suppress(DBAPIError):
            opened += [place] * (connection.execute(text(statement)).rowcount > 0)
    assert opened == [0, 2, 3, 4, 5]
