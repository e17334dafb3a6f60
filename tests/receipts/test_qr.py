"""Thai QR payments: written as the standard says, read strictly, drawn so that scanners find them."""

import json
from pathlib import Path
from typing import Any

import pytest

from receipts import promptpay, qr, tlv
from receipts.errors import QrError
from receipts.qr import Slip

VECTORS = json.loads((Path(__file__).parent / "promptpay.json").read_text(encoding="utf-8"))
KINDS = {"MSISDN": "phone", "NATID": "tax-id", "EWALLETID": "e-wallet"}
BILLER = "099400015837801"


def cases(group: str, kind: str = "generate") -> list[Any]:
    chosen = [case for case in VECTORS["cases"] if (case["group"], case["kind"]) == (group, kind)]
    return [pytest.param(case, id=case["id"]) for case in chosen]


def satang(text: str | None) -> int | None:
    baht, _, rest = (text or "").partition(".")
    return int(baht) * 100 + int(rest.ljust(2, "0")) if text else None


@pytest.mark.parametrize("case", cases("tag30"))
def test_bill_payments_say_what_the_vectors_say(case: dict[str, Any]) -> None:
    asked = case["input"]
    expected = case["expected_payload_ascending_tags"]
    payment = qr.decode(expected)
    assert payment.amount_satang == satang(asked["amount"])
    assert (payment.target, payment.ref1) == (asked["billerId"], asked["ref1"])
    assert (payment.ref2, payment.ref3) == (asked["ref2"] or "", asked["terminalLabel_62_07"] or "")
    written = qr.bill_payment(payment.target, payment.ref1, payment.ref2, payment.ref3, payment.amount_satang)
    assert written == expected or asked["crossBorder"]
    assert qr.decode(written) == payment


@pytest.mark.parametrize("case", cases("tag29"))
def test_credit_transfers_say_what_the_vectors_say(case: dict[str, Any]) -> None:
    asked, expected = case["input"], case["expected_payload_ascending_tags"]
    payment = qr.decode(expected)
    assert (payment.target, payment.amount_satang) == (asked["target"], satang(asked["amount"]))
    if asked["type"] not in KINDS or "ota" in asked:
        return  # recognised, never written
    kind = KINDS[asked["type"]]
    amount = promptpay.amount_text(payment.amount_satang)
    assert promptpay.written(kind, asked["target"], amount) == expected
    try:
        written = qr.credit_transfer(kind, asked.get("raw_input", asked["target"]), payment.amount_satang)
    except QrError as refused:
        assert refused.reason == kind  # the vectors' made-up IDs have wrong check digits
    else:
        assert tlv.unsealed(written).keys() == tlv.unsealed(expected).keys()
        assert qr.decode(written) == payment


@pytest.mark.parametrize("case", cases("parse", "parse"))
def test_payloads_are_accepted_and_refused_as_the_vectors_say(case: dict[str, Any]) -> None:
    payload, expected = case["input"]["payload"], case["expected_fields"] or {}
    if case["verdict"] == "accept":
        payment = qr.decode(payload)
        assert payment.target == expected.get("target", expected.get("billerId", payment.target))
        assert payment.amount_satang == satang(expected.get("amount")) or not expected
    elif case["verdict"] == "accept_slip":
        assert qr.slip(payload) == Slip(expected["sendingBank"], expected["transRef"])
    else:
        for read in (qr.slip,) if case["verdict"] == "not_slip" else (qr.decode, qr.slip):
            with pytest.raises(QrError):
                read(payload)


@pytest.mark.parametrize("case", cases("slip"))
def test_slips_are_read_also_without_the_leading_zeros_of_their_check_sum(case: dict[str, Any]) -> None:
    payload, asked = case["expected_payload"], case["input"]
    expected = Slip(asked["sendingBank"], asked["transRef"])
    assert qr.slip(payload) == expected
    assert qr.slip(payload[:-4] + payload[-4:].lstrip("0")) == expected


@pytest.mark.parametrize("case", cases("bot_barcode"))
def test_the_counters_barcode_holds_whole_satang(case: dict[str, Any]) -> None:
    asked = case["input"]
    written = qr.barcode(asked["billerId"], asked["ref1"], asked.get("ref2") or "", satang(asked.get("amount")))
    assert written == case["peer_expected"]


@pytest.mark.parametrize("trap", VECTORS["meta"]["generate_traps"], ids=lambda trap: trap["why"][:30])
def test_the_door_refuses_what_the_package_would_misread(trap: dict[str, str]) -> None:
    given = trap["input"].split(" (")[0].strip("'")
    if given in ("0066812345678", "+66"):  # a phone in another form, which the door reads rightly
        assert qr.decode(qr.credit_transfer("phone", trap["input"])).target == "0812345678"
        return
    for kind in ("phone", "tax-id"):
        with pytest.raises(QrError):
            qr.credit_transfer(kind, given)
