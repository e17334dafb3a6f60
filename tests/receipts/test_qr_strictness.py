"""A damaged payload is refused with a reason; nothing but QrError ever comes out of the reader."""

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from receipts import promptpay, qr, tlv
from receipts.errors import QrError
from receipts.qr import Payment

BILLER = "099400015837801"
REFERENCES = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)
OPTIONAL = st.just("") | REFERENCES
AMOUNTS = st.none() | st.integers(1, promptpay.LARGEST_SATANG)
GIFT = qr.bill_payment(BILLER, "D0000000001", "KK4001", "KK01", 1000)


def resealed(payload: str) -> str:
    head = payload[:-4]
    return head + tlv.checksum(head)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{15}", fullmatch=True), REFERENCES, OPTIONAL, OPTIONAL, AMOUNTS)
def test_a_bill_payment_is_read_back_as_it_was_written(
    biller: str, ref1: str, ref2: str, ref3: str, satang: int | None
) -> None:
    payment = qr.decode(qr.bill_payment(biller, ref1, ref2, ref3, satang))
    assert payment == Payment("bill-payment", biller, ref1, ref2, ref3, satang, is_reusable=satang is None)
    assert payment.as_fields()["amount_satang"] == satang


@settings(deadline=None)
@given(st.from_regex(r"0[689][0-9]{8}", fullmatch=True), AMOUNTS)
def test_a_phones_payload_is_the_packages_and_reads_back(phone: str, satang: int | None) -> None:
    payload = qr.credit_transfer("phone", phone, satang)
    assert qr.decode(payload) == Payment("phone", phone, amount_satang=satang, is_reusable=satang is None)


@settings(deadline=None)
@given(st.text(max_size=80) | st.text("0123456789ABT", max_size=80).map(resealed))
@example("٠٠٠٢٠١")
@example("0")
@example("000")
@example("630400000")
def test_no_text_makes_the_reader_fail_otherwise(payload: str) -> None:
    for read in (qr.decode, qr.slip):
        with pytest.raises(QrError):
            read(payload)


@settings(deadline=None)
@given(st.integers(0, len(GIFT) - 1), st.characters(codec="ascii"), st.booleans())
def test_one_changed_character_is_never_taken_for_the_same_payment(place: int, character: str, is_sealed: bool) -> None:
    damaged = GIFT[:place] + character + GIFT[place + 1 :]
    if damaged == GIFT:
        return
    try:
        payment = qr.decode(resealed(damaged) if is_sealed else damaged)
    except QrError as refused:
        assert refused.reason in QrError.reasons and str(refused) == QrError.reasons[refused.reason]
    else:
        assert is_sealed and (payment != qr.decode(GIFT) or place < 12 or place >= len(GIFT) - 4)


def with_fields(*changes: tuple[str, str], without: str = "") -> str:
    fields = {**{tag: value for tag, value in tlv.fields(GIFT).items() if tag not in ("63", without)}, **dict(changes)}
    return tlv.sealed(fields.items())


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "empty"),
        ("0" * 513, "too-long"),
        ("ก" * 20, "not-ascii"),
        (GIFT + "\n", "not-ascii"),
        (GIFT + "9902XX", "trailing"),
        (GIFT[:-8], "missing"),
        (GIFT[:-1], "length"),
        (GIFT[:-4] + GIFT[-4:].swapcase(), "checksum"),
        (GIFT[:-4] + "0000", "checksum"),
        (resealed("0002010100" + GIFT[6:]), "length"),
        (resealed("000201" + GIFT), "duplicate"),
        (resealed(GIFT[6:12] + GIFT[:6] + GIFT[12:]), "format"),
        (with_fields(("00", "02")), "format"),
        (with_fields(("01", "13")), "field"),
        (with_fields(("53", "840")), "currency"),
        (with_fields(without="53"), "missing"),
        (with_fields(("58", "LA")), "country"),
        (with_fields(without="58"), "missing"),
        (with_fields(("54", "0.00")), "amount"),
        (with_fields(("54", "-5.00")), "amount"),
        (with_fields(("54", "1e3")), "amount"),
        (with_fields(("54", "1.005")), "amount"),
        (with_fields(("54", "12345678901.00")), "field"),
        (with_fields(("59", "N" * 26)), "field"),
        (with_fields(without="30"), "payee"),
        (with_fields(("29", "0016A000000677010111")), "payee"),
        (with_fields(("30", "0016A000000677010111")), "application"),
        (with_fields(("30", "0115" + BILLER)), "application"),
        (with_fields(("30", "0016A0000006770101120114" + BILLER[1:])), "biller"),
        (with_fields(("30", "0016A0000006770101120115" + BILLER)), "reference"),
        (with_fields(("30", "0016A0000006770101120115" + BILLER + "0202ab")), "reference"),
        (with_fields(("30", "0016A0000006770101120115" + BILLER + "0202AB0401X")), "field"),
        (with_fields(("62", "0702ab")), "reference"),
        (with_fields(("62", "07")), "length"),
        (with_fields(("29", "0016A000000677010111"), without="30"), "payee"),
        (with_fields(("29", "0016A00000067701011101130066A12345678"), without="30"), "payee"),
        (with_fields(("29", "0016A0000006770101110115" + BILLER + "0213" + "1" * 13), without="30"), "payee"),
    ],
)
def test_each_damage_has_its_reason(payload: str, reason: str) -> None:
    with pytest.raises(QrError) as refused:
        qr.decode(payload)
    assert refused.value.reason == reason


@pytest.mark.parametrize("text, satang", [("98", 9800), ("98.", 9800), ("98.7", 9870), ("98.73", 9873)])
def test_amounts_are_read_as_other_writers_write_them(text: str, satang: int) -> None:
    assert qr.decode(with_fields(("54", text))).amount_satang == satang


def test_a_payload_may_leave_out_how_often_it_is_used() -> None:
    assert qr.decode(with_fields(without="01")).is_reusable


def slip(head: str) -> str:
    return f"{head}9104{tlv.checksum(head + '9104')}"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (GIFT, "not-slip"),
        (slip("0041000600000201030040220013071152533APM077365102TH"), "not-slip"),
        (slip("0041000600000101030040220013071152533APM07736"), "not-slip"),
        (slip("0041000600000101030040220013071152533APM077365102LA"), "country"),
        (slip("004100060000010103A040220013071152533APM077365102TH"), "field"),
        (slip("0041000600000101030040220013071152533APM0773-5102TH"), "field"),
    ],
)
def test_what_is_no_banks_slip_is_refused(payload: str, reason: str) -> None:
    with pytest.raises(QrError) as refused:
        qr.slip(payload)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("biller", "ref1", "ref2", "satang", "reason"),
    [
        (BILLER[1:], "A", "", None, "biller"),
        (BILLER + "\n", "A", "", None, "biller"),
        ("٠" * 15, "A", "", None, "biller"),
        (BILLER, "", "", None, "reference"),
        (BILLER, "a", "", None, "reference"),
        (BILLER, "A" * 21, "", None, "reference"),
        (BILLER, "A", "ก", None, "reference"),
        (BILLER, "A", "", 0, "amount"),
        (BILLER, "A", "", -1, "amount"),
        (BILLER, "A", "", 10**12, "amount"),
        (BILLER, "A", "", 10.5, "amount"),
        (BILLER, "A", "", True, "amount"),
    ],
)
def test_what_nobody_could_pay_is_not_written(biller: str, ref1: str, ref2: str, satang: int, reason: str) -> None:
    for write in (qr.barcode, lambda b, r, s, a: qr.bill_payment(b, r, s, "", a)):
        with pytest.raises(QrError) as refused:
            write(biller, ref1, ref2, satang)
        assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("phone", ""),
        ("phone", "abc"),
        ("phone", "0000000000"),
        ("phone", "021234567"),
        ("tax-id", "12345678901234"),
        ("tax-id", "1111111111111"),
        ("tax-id", "١" * 13),
        ("e-wallet", "12345"),
    ],
)
def test_an_id_that_is_not_right_gets_no_qr(kind: str, target: str) -> None:
    with pytest.raises(QrError) as refused:
        qr.credit_transfer(kind, target)
    assert refused.value.reason == kind


def test_there_is_no_other_kind_of_credit_transfer() -> None:
    with pytest.raises(QrError):
        qr.credit_transfer("bank-account", "0141234567890")


def test_a_payload_of_the_package_that_says_something_else_is_not_handed_out() -> None:
    ours = promptpay.written("phone", "0812345678", "10.00")
    assert promptpay.compared(ours, ours) == ours
    with pytest.raises(QrError) as refused:
        promptpay.compared(promptpay.written("phone", "0812345679", "10.00"), ours)
    assert refused.value.reason == "unlike"


def test_a_field_longer_than_a_length_can_say_is_refused() -> None:
    with pytest.raises(QrError):
        tlv.write([("59", "x" * 100)])


def test_a_scanner_reads_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "qr.png"
    path.write_bytes(qr.picture_png(GIFT))
    read = subprocess.run(["zbarimg", "-q", "--raw", "--nodbus", str(path)], capture_output=True, text=True, check=True)
    assert read.stdout.strip() == GIFT
    with Image.open(BytesIO(path.read_bytes())) as picture:
        assert 900 < picture.width <= 1024 and picture.width == picture.height
        quiet = 4 * picture.width // 45
        assert picture.convert("L").crop((0, 0, picture.width, quiet)).getextrema() == (255, 255)


def test_the_inline_picture_has_no_style_and_says_what_it_is() -> None:
    drawn = qr.picture_svg(GIFT, label='<10 "บาท">')
    assert "style" not in drawn and drawn.count("<path") == 1
    assert 'aria-label="&lt;10 &quot;บาท&quot;&gt;"' in drawn
