"""Which line is which gift, as a table: the catalogue of ways in which references reach us."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund import clock, codes
from fund.bank import matching, reasons, rules
from fund.bank.matching import Expected, Match, Told, Waits
from fund.bank.moves import ExpectedOut
from fund.bank.reasons import Reason
from fund.bank.rules import Rule
from fund.donations import references
from fund.donations.queries import CampaignView, PledgeView
from tests.fund.bank.builders import TODAY

GENERAL, OTHER_CAMPAIGN = UUID(int=1), UUID(int=2)


def a_reference(body: str) -> str:
    return codes.with_check(f"D{body}")


ONE, TWO = a_reference("123456789"), a_reference("2AC2AC2AC")
CODE, OTHER_CODE = codes.with_check("KK4001"), codes.with_check("KK4002")


def a_campaign(campaign_id: UUID, code: str) -> CampaignView:
    return CampaignView(campaign_id, code, code.lower(), "", "", "", "", "", "GEN", "4110", None, TODAY, None)


def a_pledge(reference: str, amount_satang: int = 1000) -> PledgeView:
    later = clock.now() + timedelta(days=1)
    return PledgeView(
        UUID(int=hash(reference) % 2**64),
        reference,
        GENERAL,
        amount_satang,
        None,
        False,
        "th",
        clock.now(),
        later,
        False,
    )


EXPECTED = Expected(
    {ONE: a_pledge(ONE), TWO: a_pledge(TWO)},
    {CODE: a_campaign(GENERAL, CODE), OTHER_CODE: a_campaign(OTHER_CAMPAIGN, OTHER_CODE)},
)


def propose(text: str, *also: str, amount_satang: int = 1000, expected: Expected = EXPECTED) -> Match | Waits:
    line = Told(amount_satang, (*also, text))
    return matching.propose(line, matching.references_in([line])[0], expected)


def _spaced(reference: str) -> str:
    return f"{reference[:4]} {reference[4:8]} {reference[8:]}"


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        f"รหัสอ้างอิง {ONE}, {CODE}",
        f"รหัสอ้างอิง {ONE},",
        ONE.lower(),
        _spaced(ONE),
        f"{ONE[:6]}-{ONE[6:]}",
        a_reference("100000000").replace("0", "O"),
        f"ขอบคุณครับ {ONE}\n",
        f"REF1 {ONE} REF2 {CODE}",
        f"{ONE} {ONE}",
    ],
)
def test_a_pledge_is_found_however_its_reference_was_copied(text: str) -> None:
    expected = replace(
        EXPECTED, pledges={**EXPECTED.pledges, a_reference("100000000"): a_pledge(a_reference("100000000"))}
    )
    found = propose(text, expected=expected)
    assert isinstance(found, Match)
    assert found.pledge_id is not None
    assert found.campaign_id == GENERAL


@pytest.mark.parametrize("text", [CODE, f"รหัสอ้างอิง {CODE}", f"{CODE[:2]} {CODE[2:]}", CODE.lower()])
def test_an_open_qrs_code_leads_to_its_campaign(text: str) -> None:
    assert propose(text) == Match("campaign", (Reason(reasons.CAMPAIGN, True, CODE),), GENERAL)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{ONE} {TWO}", Reason(reasons.SEVERAL, False, f"{ONE}, {TWO}")),
        (f"{CODE} {OTHER_CODE}", Reason(reasons.SEVERAL, False, f"{CODE}, {OTHER_CODE}")),
        (a_reference("999999999"), Reason(reasons.UNKNOWN, False, a_reference("999999999"))),
        (ONE[:-1], Reason(reasons.NO_REFERENCE, False)),
        ("จาก X1234 นาย ตัวอย่าง ก++", Reason(reasons.NO_REFERENCE, False)),
        ("", Reason(reasons.NO_REFERENCE, False)),
    ],
)
def test_what_is_not_one_gift_waits_and_says_why(text: str, reason: Reason) -> None:
    found = propose(text)
    assert isinstance(found, Waits)
    assert found.reasons == (reason,)


def test_money_that_went_out_is_no_gift_whatever_its_text_says() -> None:
    assert propose(ONE, amount_satang=-1000) == Waits((Reason(reasons.WENT_OUT, False),))


def test_the_amount_that_came_is_the_gift_and_the_difference_is_told() -> None:
    found = propose(ONE, amount_satang=2000)
    assert isinstance(found, Match)
    assert Reason(reasons.AMOUNT, False, "10.00") in found.reasons


def test_a_reference_of_its_own_column_counts_as_one_in_the_text() -> None:
    assert isinstance(propose("", ONE, CODE), Match)


def test_a_campaign_beside_a_pledge_of_another_is_told() -> None:
    found = propose(f"{ONE} {OTHER_CODE}")
    assert isinstance(found, Match)
    assert (found.campaign_id, found.reasons[-1]) == (GENERAL, Reason(reasons.CAMPAIGN, False, OTHER_CODE))


def test_an_unknown_reference_beside_a_campaigns_code_is_told() -> None:
    unknown = a_reference("999999999")
    found = propose(f"{unknown} {CODE}")
    assert isinstance(found, Match)
    assert found.reasons == (Reason(reasons.CAMPAIGN, True, CODE), Reason(reasons.UNKNOWN, False, unknown))


def test_a_second_payment_and_a_late_one_are_still_that_donors() -> None:
    paid = replace(a_pledge(ONE), is_settled=True)
    late = replace(a_pledge(TWO), expires_at=clock.now())
    expected = replace(EXPECTED, pledges={ONE: paid, TWO: late})
    for reference, what in ((ONE, reasons.PAID_BEFORE), (TWO, reasons.LATE)):
        found = propose(reference, expected=expected)
        assert isinstance(found, Match)
        assert Reason(what, False) in found.reasons


def test_reasons_are_kept_and_read_again() -> None:
    why = (Reason("reference", True, ONE), Reason("amount", False, "10.00"))
    assert reasons.from_json(reasons.as_json(why)) == why


# What is left of a reference.


def stems(*pledges: PledgeView) -> Expected:
    found: dict[str, list[PledgeView]] = {}
    for pledge in pledges:
        found.setdefault(pledge.reference[: references.STEM_LENGTH], []).append(pledge)
    return replace(EXPECTED, stems=found)


def miscopied(reference: str) -> str:
    return reference[:-1] + ("A" if reference[-1] != "A" else "C")


@pytest.mark.parametrize(
    "text", [ONE[:-1], ONE[:8], miscopied(ONE), f"REF {ONE[:4]} {ONE[4:9]} FROM X1", ONE[:9].lower()]
)
def test_what_is_left_of_a_reference_is_its_pledges_where_it_is_the_only_one_and_the_amount_agrees(text: str) -> None:
    found = propose(text, expected=stems(a_pledge(ONE)))
    assert isinstance(found, Match)
    assert (found.pledge_id, found.reasons[0].what, found.reasons[0].mark) == (a_pledge(ONE).id, reasons.BROKEN, "~")


@pytest.mark.parametrize(
    ("text", "amount_satang", "pledges"),
    [
        (ONE[:-1], 2000, [a_pledge(ONE)]),
        (ONE[:8], 1000, [a_pledge(ONE), a_pledge(codes.with_check(ONE[:8] + "XX"))]),
        (ONE[:8] + "XX" + ONE[-1], 1000, [a_pledge(ONE)]),
        (ONE[:-1], 1000, [replace(a_pledge(ONE), is_settled=True)]),
        (f"{ONE[:-1]} {OTHER_CODE}", 1000, [a_pledge(ONE)]),
    ],
    ids=["another amount", "two begin so", "another in the middle", "paid already", "another campaign"],
)
def test_less_than_that_is_offered_and_not_taken(text: str, amount_satang: int, pledges: list[PledgeView]) -> None:
    found = propose(text, amount_satang=amount_satang, expected=stems(*pledges))
    assert isinstance(found, Waits)
    assert [one.subject for one in found.candidates] == [pledge.reference for pledge in pledges]


def test_a_stem_too_short_is_nothing() -> None:
    assert propose(ONE[:7], expected=stems(a_pledge(ONE))) == Waits((Reason(reasons.NO_REFERENCE, False),))


def test_two_in_one_text_are_offered_and_told_when_they_make_the_sum() -> None:
    found = propose(f"{ONE} {TWO}", amount_satang=2000)
    assert isinstance(found, Waits)
    assert [one.subject for one in found.candidates] == [ONE, TWO]
    assert Reason(reasons.AMOUNT, True, "20.00") in found.reasons


# Slips, rules, payers.


def test_a_slips_number_on_the_line_is_a_match_with_its_amount_and_a_candidate_without() -> None:
    expected = replace(EXPECTED, slips={"2026112312345": a_pledge(ONE)})
    line = Told(1000, ("โอนเงิน",), bank_id="2026112312345")
    found = matching.propose(line, [], expected)
    assert isinstance(found, Match)
    assert found.pledge_id == a_pledge(ONE).id
    less = matching.propose(replace(line, amount_satang=900), [], expected)
    assert isinstance(less, Waits)
    assert [one.subject for one in less.candidates] == [ONE]


def a_rule(words: str, kind: str, **more: object) -> Rule:
    known: dict[str, object] = {
        "id": UUID(int=9), "account": "", "came_in": True, "words": rules.folded(words), "is_whole": False,
        "least_satang": 1, "most_satang": 10**9, "kind": kind, "campaign_id": None, "taught_by": "นก",
    }  # fmt: skip
    return Rule(**{**known, **more})  # type: ignore[arg-type]


def test_a_rule_that_was_taught_says_what_a_line_is_and_who_taught_it() -> None:
    expected = replace(EXPECTED, rules=[a_rule("ดอกเบี้ย", "interest")])
    found = propose("ดอกเบี้ยเงินฝาก", expected=expected)
    assert found == Match("interest", (Reason(reasons.RULE, True, "ดอกเบี้ย (นก)"),))
    assert isinstance(propose(f"ดอกเบี้ย {ONE}", expected=expected), Match)  # a reference is more than a rule
    assert propose("ดอกเบี้ย", amount_satang=-1000, expected=expected) == Waits((Reason(reasons.WENT_OUT, False),))


@pytest.mark.parametrize(
    "more",
    [{"account": "1110.09"}, {"least_satang": 1001}, {"most_satang": 999}, {"is_whole": True}, {"came_in": False}],
    ids=lambda more: next(iter(more)),
)
def test_a_rule_speaks_of_nothing_beside_its_conditions(more: dict[str, object]) -> None:
    expected = replace(EXPECTED, rules=[a_rule("ดอกเบี้ย", "interest", **more)])
    assert isinstance(propose("ดอกเบี้ยเงินฝาก", expected=expected), Waits)


def test_rules_that_disagree_leave_the_line_waiting_and_are_both_named() -> None:
    two = [a_rule("ดอกเบี้ย", "interest"), a_rule("เงินฝาก", "campaign", campaign_id=GENERAL, taught_by="ต้น")]
    found = propose("ดอกเบี้ยเงินฝาก", expected=replace(EXPECTED, rules=two))
    assert found == Waits((Reason(reasons.RULES_DIFFER, False, "ดอกเบี้ย (นก), เงินฝาก (ต้น)"),))
    agree = [two[0], a_rule("เงินฝาก", "interest", taught_by="ต้น")]
    assert isinstance(propose("ดอกเบี้ยเงินฝาก", expected=replace(EXPECTED, rules=agree)), Match)


def test_a_payer_seen_before_is_told_and_is_never_a_match() -> None:
    expected = replace(EXPECTED, seen={b"payer": {GENERAL}})
    line = Told(1000, (ONE,), payer=b"payer")
    found = matching.propose(line, [ONE], expected)
    assert isinstance(found, Match)
    assert found.reasons[-1] == Reason(reasons.SEEN, True)
    assert isinstance(matching.propose(replace(line, texts=("?",)), [], expected), Waits)


# Money that goes out, or comes back.


A_REFUND = ExpectedOut("refund-left", "refund:1", -1000, TODAY, payee=b"payer", reference=ONE)


def going(text: str, *expected: ExpectedOut, payer: bytes | None = None, amount_satang: int = -1000) -> Match | Waits:
    line = Told(amount_satang, (text,), "1110.01", day=TODAY, payer=payer)
    known = replace(EXPECTED, moves={amount_satang: expected}, own_numbers={"9870001234": "1110.02"})
    return matching.propose(line, [], known)


def test_a_refund_is_known_by_its_reference_or_by_the_account_it_goes_to() -> None:
    for found in (going(ONE, A_REFUND), going("โอนไป", A_REFUND, payer=b"payer")):
        assert isinstance(found, Match)
        assert (found.kind, found.about) == ("refund-left", "refund:1")


def test_an_equal_amount_alone_is_offered_and_not_taken() -> None:
    found = going("โอนไป", A_REFUND, payer=b"somebody else")
    assert isinstance(found, Waits)
    assert [one.subject for one in found.candidates] == ["refund:1"]


def test_two_refunds_to_one_account_are_not_told_apart() -> None:
    found = going("โอนไป", A_REFUND, replace(A_REFUND, about="refund:2", reference=TWO), payer=b"payer")
    assert isinstance(found, Waits)
    assert {one.subject for one in found.candidates} == {"refund:1", "refund:2"}


def test_what_is_not_due_yet_or_is_of_another_account_is_not_thought_of() -> None:
    for move in (replace(A_REFUND, due=TODAY + timedelta(days=1)), replace(A_REFUND, account="1110.02")):
        assert going(ONE, move) == Waits((Reason(reasons.WENT_OUT, False),))


@pytest.mark.parametrize("text", ["โอนไป 9870001234", "โอนไป 987-0-00123-4"])
def test_money_to_another_account_of_ours_is_a_transfer(text: str) -> None:
    found = going(text)
    assert isinstance(found, Match)
    assert (found.kind, found.reasons) == ("transfer-left", (Reason(reasons.OWN_ACCOUNT, True, "1110.02"),))


@pytest.mark.parametrize("text", ["โอนไป X1234", "โอนไป 98700012345", "โอนไป 1230456789"])
def test_a_part_of_our_number_is_no_proof(text: str) -> None:
    assert going(text) == Waits((Reason(reasons.WENT_OUT, False),))


def test_an_arrival_is_proved_by_the_account_it_left() -> None:
    move = ExpectedOut("transfer-arrived", "transfer:1", 1000, TODAY, leaves="1110.02")
    found = going("จาก 9870001234", move, amount_satang=1000)
    assert isinstance(found, Match)
    assert (found.kind, found.about) == ("transfer-arrived", "transfer:1")
    assert isinstance(going("จาก ใครก็ไม่รู้", move, amount_satang=1000), Waits)


def test_two_lines_are_not_both_the_one_thing_that_is_expected() -> None:
    found = going(ONE, A_REFUND)
    assert matching.distinct([found]) == [found]
    both = matching.distinct([found, found])
    assert all(isinstance(one, Waits) and one.reasons == (Reason(reasons.RIVALS, False),) for one in both)


WORDS = [ONE, TWO, CODE, OTHER_CODE, "ดอกเบี้ย", "X1234", ONE[:9], "โอนไป 9870001234"]


@given(st.lists(st.sampled_from(WORDS), max_size=4), st.sampled_from([-2000, -1000, 1000, 2000]))
def test_a_gift_is_never_more_than_the_text_says(words: list[str], amount_satang: int) -> None:
    """Only money that came is a gift, a pledge's only by its reference, or by a part of one if no other is near."""
    text = " / ".join(words)
    expected = replace(stems(a_pledge(ONE), a_pledge(TWO)), pledges=EXPECTED.pledges)
    found = propose(text, amount_satang=amount_satang, expected=expected)
    if isinstance(found, Match) and found.pledge_id:
        whole = [one for one in (ONE, TWO) if one in words]
        near = [one for one in (ONE, TWO) if one[:9] in text]
        assert amount_satang > 0
        assert found.pledge_id == a_pledge((whole or near)[0]).id
        assert len(whole or near) == 1
        assert len(near) == 1 or amount_satang == 1000
