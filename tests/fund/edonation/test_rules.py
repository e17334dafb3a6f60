"""Donee units: two people, a day to come, and receipts that claim what held on the gift's day, or nothing."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from fund import clock
from fund.db import Database
from fund.donations import service
from fund.donors.details import TaxIdError
from fund.errors import FundError
from fund.people.errors import NobodyError, OtherSideError
from fund.people.powers import NoPowerError
from fund.tax import rules
from fund.tax.errors import (
    DoneeTaxIdMissingError,
    RateError,
    RuleDayError,
    RuleEndError,
    RuleFundError,
    TaxRuleAgreedError,
    TaxRuleLateError,
    TaxRuleNotFoundError,
    WordsMissingError,
    WordsTooLongError,
)
from fund.tax.models import AgreedRow
from fund.tax.rules import EVERY_FUND, Rule, Rules
from ledger.identifiers import new_id
from receipts import queries as receipts
from receipts.facts import ReceiptFacts
from tests import examples
from tests.fund.donations.builders import STAFF, an_arrival
from tests.fund.edonation.builders import BEFORE, NOW, SINCE, UNIT, Office, a_gift, a_told_pledge

DAY = timedelta(days=1)


def claimed(database: Database, number: str | None) -> bytes:
    """The facts of a receipt, as they are frozen."""
    with database.read() as session:
        return bytes(receipts.by_number(session, number or "").facts.canonical())


def test_a_rule_is_one_persons_word_and_anothers_before_its_day(database: Database) -> None:
    office = Office(database)
    with database.write() as session, clock.at(BEFORE):
        rule_id = rules.propose(session, EVERY_FUND, SINCE, None, UNIT, by=office.treasurer)
        assert rules.agreed(session).on("GEN", SINCE) is None
        assert [one.id for one in rules.proposals(session)] == [rule_id]
        with pytest.raises(OtherSideError):
            rules.agree(session, rule_id, by=office.treasurer)
        rules.agree(session, rule_id, by=office.core)
        assert rules.proposals(session) == []
        found = rules.agreed(session).on("GEN", SINCE)
        assert found and found.id == rule_id and found.agreed_by == office.core.person_id
        assert rules.agreed(session).on("GEN", SINCE - DAY) is None


def test_a_rule_that_is_none_is_refused(database: Database) -> None:
    office = Office(database)
    today = clock.bangkok_day(BEFORE)
    with database.write() as session, clock.at(BEFORE):
        for fund, since, until, refused in (
            (EVERY_FUND, today, None, RuleDayError),
            (EVERY_FUND, SINCE, SINCE - DAY, RuleEndError),
            ("U", SINCE, None, RuleFundError),
        ):
            with pytest.raises(refused):
                rules.propose(session, fund, since, until, UNIT, by=office.treasurer)
        with pytest.raises(NoPowerError):
            rules.propose(session, EVERY_FUND, SINCE, None, UNIT, by=office.finance)
        with pytest.raises(NobodyError):
            rules.propose(session, EVERY_FUND, SINCE, None, UNIT, by=STAFF)
        with pytest.raises(TaxRuleNotFoundError):
            rules.agree(session, new_id(), by=office.core)
        one, twin, late = (rules.propose(session, EVERY_FUND, SINCE, None, UNIT, by=office.treasurer) for _ in range(3))
        rules.agree(session, one, by=office.core)
        with pytest.raises(TaxRuleAgreedError):
            rules.agree(session, twin, by=office.core)
    with database.write() as session, clock.at(NOW), pytest.raises(TaxRuleLateError):
        rules.agree(session, late, by=office.core)


def test_the_database_too_wants_another_before_the_day(database: Database) -> None:
    office = Office(database)
    with database.write() as session, clock.at(BEFORE):
        rule_id = rules.propose(session, EVERY_FUND, SINCE, None, UNIT, by=office.treasurer)
    chain = f"tax:{rule_id}"
    assert office.treasurer.person_id and office.core.person_id
    alone = AgreedRow(
        chain=chain, fund=EVERY_FUND, since=SINCE, person=office.treasurer.person_id, agreed_on=SINCE - DAY
    )
    late = AgreedRow(chain=chain, fund=EVERY_FUND, since=SINCE, person=office.core.person_id, agreed_on=SINCE)
    for wrong in (alone, late):
        with pytest.raises(IntegrityError), database.write() as session:
            session.add(wrong)


@pytest.mark.parametrize(
    ("read", "typed", "refused"),
    [
        (rules.parse_rate, "2x", RateError),
        (rules.parse_rate, "1/0", RateError),
        (rules.parse_words, "  ", WordsMissingError),
        (rules.parse_words, "ก" * 81, WordsTooLongError),
        (rules.parse_donee, "", DoneeTaxIdMissingError),
        (rules.parse_donee, "123", TaxIdError),
    ],
)
def test_what_is_typed_wrong_is_refused(read: object, typed: str, refused: type[FundError]) -> None:
    with pytest.raises(refused):
        read(typed)  # type: ignore[operator]
    assert rules.parse_rate(" 3/2 ") == (3, 2) and rules.parse_rate("0") == (0, 1)


def test_a_receipt_claims_nothing_without_a_rule_and_a_later_one_changes_none(database: Database) -> None:
    office = Office(database)
    with database.write() as session, clock.at(NOW):
        before = a_gift(session, a_told_pledge(session))
    frozen = claimed(database, before.receipt_number)
    assert b'"tax"' not in frozen
    with database.write() as session:
        office.rule(session)
        with clock.at(NOW):
            after = a_gift(session, a_told_pledge(session))
            earlier = a_gift(session, a_told_pledge(session), occurred_on=SINCE - DAY)
    assert claimed(database, before.receipt_number) == frozen
    told = ReceiptFacts.from_canonical(claimed(database, after.receipt_number))
    assert told.tax and told.tax.donee_tax_id == UNIT.donee_tax_id and told.tax.ground_th == UNIT.ground_th
    assert b'"tax"' not in claimed(database, earlier.receipt_number)


def test_the_sentence_is_the_rule_of_the_gifts_day_and_fund(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session, fund="D4001")
        assert rules.agreed(session).facts("D4005", SINCE) is None
        with clock.at(NOW):
            other = service.receive(session, an_arrival(session, a_told_pledge(session)), by=STAFF)
    assert b'"tax"' not in claimed(database, other.receipt_number)


days = st.integers(0, 12).map(lambda number: SINCE + number * DAY)
laid = st.tuples(st.sampled_from(["GEN", EVERY_FUND]), days, st.none() | days, st.sampled_from([0, 1, 2]))


def in_force(told: list[Rule], fund: str, day: date) -> Rule | None:
    """The same, said another way: day by day, each rule writes over the one before it."""
    for scope in (fund, EVERY_FUND):
        standing: Rule | None = None
        for at in (SINCE + number * DAY for number in range((day - SINCE).days + 1)):
            standing = next((one for one in told if one.fund == scope and one.since == at), standing)
        if standing and (standing.until or day) >= day:
            return standing if standing.unit.numerator else None
    return None


@settings(max_examples=examples.count(60))
@given(st.lists(laid, max_size=6, unique_by=lambda one: one[:2]), days)
def test_the_newest_rule_of_the_fund_counts_until_it_ends(
    told: list[tuple[str, date, date | None, int]], day: date
) -> None:
    made = [
        Rule(f"tax:{new_id()}", fund, since, until, rules.Unit("ก", "k", "0" * 13, "ข", "kh", times), new_id())
        for fund, since, until, times in told
    ]
    for ordered in itertools.islice(itertools.permutations(made), 3):
        assert Rules(ordered).on("GEN", day) == in_force(made, "GEN", day)
