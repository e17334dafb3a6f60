"""What banks send is read strictly: what it says, and everything that is not exactly it."""

import json
from datetime import UTC, datetime

import pytest

from fund import clock
from fund.bank.told import bodies
from fund.bank.told.bodies import BodyError, MomentError
from tests.fund.bank.told.builders import kbank, scb

SAMPLE = datetime(2026, 11, 23, 4, 10, 12, tzinfo=UTC)


def test_scb_says_number_amount_moment_and_references() -> None:
    with clock.at(SAMPLE):
        told = bodies.read("scb", scb("D0000000001", "10.50", billPaymentRef2="KK4001"))
    assert told is not None
    assert (told.number, told.amount_satang, told.occurred_at) == ("scb-1", 1050, SAMPLE)
    assert told.references == ("D0000000001", "KK4001", "ABC")


def test_kbank_says_its_number_and_ours_of_the_qr() -> None:
    told = bodies.read("kbank", kbank("DON0000000001"))
    assert told is not None
    assert (told.number, told.amount_satang, told.occurred_at) == ("202611230000001", 1050, None)
    assert told.references == ("DON0000000001",)


def test_a_payment_that_failed_is_no_payment() -> None:
    assert bodies.read("kbank", kbank("DON1", statusCode="10", errorCode="X")) is None


@pytest.mark.parametrize(
    ("bank", "expected"),
    [
        ("scb", {"resCode": "00", "resDesc": "success", "transactionId": "scb-1", "confirmId": "scb-1"}),
        ("kbank", {"statusCode": "00", "errorCode": None, "errorDesc": None}),
    ],
)
def test_each_bank_is_answered_in_its_format(bank: str, expected: dict[str, str | None]) -> None:
    payment = bodies.read(bank, scb("D1") if bank == "scb" else kbank("DON1"))
    assert json.loads(bodies.answer(bank, payment)) == expected


WRONG: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "no text": b"\xff\xfe",
    "deep": b"[" * 4000,
    "deep and closed": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "twice": scb("D1").replace(b'"amount"', b'"currencyCode": "764", "amount"'),
    "unknown field": scb("D1", role="treasurer"),
    "nothing in": b"{}",
    "half a character in a name of a field": scb("D1").replace(b'"channelCode"', b'"channel\xed\xa9\x8dCode"'),
    "half a character, spelt out": scb("D1").replace(b"TUAYANG", b"TUA\\uda4dYANG"),
    "NaN": scb("D1").replace(b'"10.00"', b"NaN"),
    "Infinity": scb("D1").replace(b'"10.00"', b"Infinity"),
    "exponent": scb("D1", "1e9"),
    "a number with exponent": scb("D1").replace(b'"10.00"', b"1e999999"),
    "negative": scb("D1", "-10.00"),
    "zero": scb("D1", "0.00"),
    "too fine": scb("D1", "10.005"),
    "Thai digits": scb("D1", "๑๐.๐๐"),
    "thousands": scb("D1", "1,000.00"),
    "underscore": scb("D1", "1_000"),
    "newline": scb("D1", "10.00\n"),
    "amount as an object": scb("D1").replace(b'"10.00"', b"{}"),
    "other currency": scb("D1", currencyCode="840"),
    "reversed": scb("D1", reverseFlag="Y"),
    "long number": scb("D1", number="1" * 65),
    "number with a NUL": scb("D1", number="1\x00"),
    "long name": scb("D1", payerName="x" * 501),
    "no moment": scb("D1", transactionDateandTime="yesterday"),
    "moment without zone": scb("D1", transactionDateandTime="2026-11-23T11:10:12"),
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG.keys())
def test_what_is_not_exactly_a_callback_is_refused(content: bytes) -> None:
    with pytest.raises(BodyError) as refusal:
        bodies.read("scb", content)
    assert "TUAYANG" not in str(refusal.value)


@pytest.mark.parametrize("wrong", [{"txnCurrencyCode": "USD"}, {"txnNo": ""}, {"role": "x"}], ids=str)
def test_what_is_not_exactly_kbanks_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(BodyError):
        bodies.read("kbank", kbank("DON1", **wrong))


@pytest.mark.parametrize("moment", ["2026-11-22T11:59:59+07:00", "2026-11-23T12:05:01+07:00"])
def test_a_moment_long_ago_or_not_yet_is_refused(moment: str) -> None:
    with pytest.raises(MomentError):
        bodies.read("scb", scb("D1", transactionDateandTime=moment))


def test_what_was_sent_may_be_spaced_otherwise_and_says_the_same() -> None:
    sent = scb("D1")
    spaced = json.dumps(json.loads(sent), indent=4, sort_keys=True).encode()
    assert bodies.read("scb", sent) == bodies.read("scb", spaced)
