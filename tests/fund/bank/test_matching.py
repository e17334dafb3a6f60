"""Which line is which gift, as a table: the catalogue of ways in which references reach us."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from fund import clock
from fund.bank import matching, reasons
from fund.bank.matching import Expected, Match, Told, Waits
from fund.bank.reasons import Reason
from fund.donations import references
from fund.donations.queries import CampaignView, PledgeView
from tests.fund.bank.builders import TODAY

GENERAL, OTHER_CAMPAIGN = UUID(int=1), UUID(int=2)


def a_reference(body: str) -> str:
    return references.with_check(f"D{body}")


ONE, TWO = a_reference("123456789"), a_reference("2AC2AC2AC")
CODE, OTHER_CODE = references.with_check("KK4001"), references.with_check("KK4002")


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
