"""What staff teach the matcher: tried on what waits, kept with its author, followed, switched off."""

import pytest

from fund.bank import queries, teaching
from fund.bank.errors import (
    NoSuchRuleError,
    RuleAmountsError,
    RuleCampaignError,
    RuleWordsError,
    UnknownExplanationError,
    WrongDirectionError,
)
from fund.bank.rules import Rule
from fund.bank.teaching import Lesson
from fund.errors import FundError
from tests.fund.bank.builders import OFFICER, Fund, a_csv, a_fee, a_gift

INTEREST = Lesson("ดอกเบี้ย", "interest")
FEE = Lesson("ค่าธรรมเนียม", "fee", came_in=False)


def teach(fund: Fund, lesson: Lesson) -> Rule:
    with fund.database.write() as session:
        return teaching.teach(session, lesson, by=OFFICER)


def test_what_was_taught_settles_the_next_lines_and_names_its_author(fund: Fund) -> None:
    teach(fund, INTEREST)
    teach(fund, FEE)
    assert fund.take_and_settle(a_csv([a_gift(77, "ดอกเบี้ยเงินฝาก"), a_fee()])).matched == 2
    assert (fund.balance("4300", "OPS"), fund.balance("5300", "OPS")) == (-77, 1500)
    with fund.database.read() as session:
        assert queries.remainder(session).count == 0


def test_a_rule_is_tried_on_what_waits_before_it_is_kept_and_on_request_settles_it(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(77, "ดอกเบี้ย"), a_gift(1000, "อื่น", day=3)]))
    with fund.database.read() as session:
        assert [line.amount_satang for line in teaching.preview(session, INTEREST)] == [77]
        assert teaching.taught(session) == []
    rule = teach(fund, INTEREST)
    with fund.database.write() as session:
        assert teaching.try_these_again(session, rule, by=OFFICER) == 1
    assert fund.settle().matched == 1
    assert (fund.balance("4300", "OPS"), fund.balance("2100", "U")) == (-77, -1000)


def test_a_rule_that_was_switched_off_is_followed_no_more_and_is_still_told(fund: Fund) -> None:
    rule = teach(fund, INTEREST)
    with fund.database.write() as session:
        teaching.switch_off(session, rule.id, reason="ธนาคารเปลี่ยนข้อความ", by=OFFICER)
    assert fund.take_and_settle(a_csv([a_gift(77, "ดอกเบี้ย")])).matched == 0
    with fund.database.read() as session:
        (told,) = teaching.taught(session)
    assert (told.is_on, told.off_by, told.off_because) == (False, OFFICER.name, "ธนาคารเปลี่ยนข้อความ")
    with pytest.raises(NoSuchRuleError), fund.database.write() as session:
        teaching.switch_off(session, rule.id, reason="x", by=OFFICER)


def test_two_rules_that_disagree_leave_a_line_waiting(fund: Fund) -> None:
    teach(fund, INTEREST)
    teach(fund, Lesson("เงินฝาก", "campaign", campaign_code=fund.campaign().code))
    assert fund.take_and_settle(a_csv([a_gift(77, "ดอกเบี้ยเงินฝาก")])).unidentified == 1
    with fund.database.read() as session:
        (line,) = queries.waiting_lines(session, limit=9)
    assert [one.what for one in line.reasons] == ["rules-differ"]


def test_a_rule_gives_what_nothing_addresses_to_a_campaign(fund: Fund) -> None:
    teach(fund, Lesson("promptpay", "campaign", account="1110.01", campaign_code=fund.campaign().code))
    assert fund.take_and_settle(a_csv([a_gift(1000, "PromptPay X1234")])).matched == 1
    assert fund.balance("4110", "GEN") == -1000


@pytest.mark.parametrize(
    ("lesson", "refusal"),
    [
        (Lesson(" ก ", "interest"), RuleWordsError),
        (Lesson("ก" * 201, "interest"), RuleWordsError),
        (Lesson("ดอกเบี้ย", "interest", least_satang=2, most_satang=1), RuleAmountsError),
        (Lesson("ดอกเบี้ย", "interest", least_satang=0), RuleAmountsError),
        (Lesson("ดอกเบี้ย", "interest", came_in=False), WrongDirectionError),
        (Lesson("ดอกเบี้ย", "fee"), WrongDirectionError),
        (Lesson("ดอกเบี้ย", "gift"), UnknownExplanationError),
        (Lesson("ดอกเบี้ย", "campaign"), RuleCampaignError),
        (Lesson("ดอกเบี้ย", "campaign", campaign_code="KK9999"), RuleCampaignError),
    ],
)
def test_what_cannot_be_a_rule_is_refused_before_it_is_tried(
    fund: Fund, lesson: Lesson, refusal: type[FundError]
) -> None:
    with pytest.raises(refusal), fund.database.write() as session:
        teaching.teach(session, lesson, by=OFFICER)
    with pytest.raises(refusal), fund.database.read() as session:
        teaching.preview(session, lesson)
