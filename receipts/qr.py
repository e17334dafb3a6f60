"""Thai QR payments: written, strictly read, and drawn; bank slips' mini-QR; the counter's barcode.

Knows tag 30 (bill payment, the fund's own rail) and, through `promptpay`, tag 29 (credit transfer).
Refuses, with a reason, every payload that is not exactly one of these: a scanner's leniency loses money.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from receipts import pictures, promptpay, tlv
from receipts.errors import QrError

BILL_PAYMENT: Final = "A000000677010112"
_BILL_APPLICATIONS: Final = (BILL_PAYMENT, "A000000677012006")  # the second: bill payment across borders
_TRANSFER_APPLICATIONS: Final = (promptpay.CREDIT_TRANSFER, "A000000677010114")  # the second: shown by the payer
_SLIP: Final = "000001"

_BILLER: Final = re.compile(r"^\d{15}$", re.ASCII)
_REFERENCE: Final = re.compile(r"^[A-Z0-9]{1,20}$")
_AMOUNT: Final = re.compile(r"^(\d{1,13})(?:\.(\d{0,2}))?$", re.ASCII)
_TARGETS: Final = {
    "01": ("phone", re.compile(r"^0066(\d{9})$")),
    "02": ("tax-id", re.compile(r"^(\d{13})$")),
    "03": ("e-wallet", re.compile(r"^(\d{15})$")),
    "04": ("bank-account", re.compile(r"^(\d{4,43})$")),  # reserved: recognised, never written
}
_LONGEST: Final = {"54": 13, "59": 25, "60": 15}


@dataclass(frozen=True, slots=True)
class Payment:
    """What a payment QR asks for. `target` is the biller, phone, tax ID, e-wallet or account that is paid."""

    kind: str  # bill-payment, phone, tax-id, e-wallet or bank-account
    target: str
    ref1: str = ""
    ref2: str = ""
    ref3: str = ""
    amount_satang: int | None = None
    is_reusable: bool = True
    name: str = ""
    city: str = ""

    def as_fields(self) -> dict[str, Any]:
        """The fields by name, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a bank slip's mini-QR says: which bank sent, and its reference. No amount, no payee: a claim."""

    sending_bank: str  # the bank's three digits
    reference: str


def bill_payment(biller_id: str, ref1: str, ref2: str = "", ref3: str = "", amount_satang: int | None = None) -> str:
    """A tag 30 payload: reusable without an amount, for one use with it. Raises QrError."""
    _require(_BILLER, biller_id, "biller")
    for reference in (ref1, *filter(None, (ref2, ref3))):
        _require(_REFERENCE, reference, "reference")
    amount = promptpay.amount_text(amount_satang)
    template = tlv.write([("00", BILL_PAYMENT), ("01", biller_id), ("02", ref1), ("03", ref2)])
    return tlv.sealed(
        [
            ("00", "01"),
            ("01", "12" if amount else "11"),
            ("30", template),
            ("53", "764"),
            ("54", amount),
            ("58", "TH"),
            ("62", tlv.write([("07", ref3)])),
        ]
    )


def credit_transfer(kind: str, target: str, amount_satang: int | None = None) -> str:
    """A tag 29 payload for a `phone`, `tax-id` or `e-wallet`. Raises QrError."""
    return promptpay.credit_transfer(kind, target, amount_satang)


def decode(payload: str) -> Payment:
    """What a payment QR asks for. Raises QrError with the reason for anything but an exact Thai payment QR."""
    found = tlv.unsealed(payload)
    if next(iter(found)) != "00" or found["00"] != "01":
        raise QrError("format")
    _require_value(found, "53", "764", "currency")
    _require_value(found, "58", "TH", "country")
    if found.get("01", "11") not in ("11", "12"):
        raise QrError("field")
    if any(len(found.get(tag, "")) > longest for tag, longest in _LONGEST.items()):
        raise QrError("field")
    if ("29" in found) == ("30" in found):
        raise QrError("payee")
    read = _read_transfer if "29" in found else _read_bill
    return read(found)


def slip(payload: str) -> Slip:
    """What a bank slip's mini-QR says. Raises QrError. Leading zeros that some banks drop off are put back."""
    whole = _with_whole_checksum(payload)
    if f"{tlv.SLIP_SEAL}04" not in whole:
        raise QrError("not-slip")
    found = tlv.unsealed(whole, tlv.SLIP_SEAL)
    parts = tlv.fields(found.get("00", ""))
    if parts.get("00") != _SLIP or set(found) != {"00", "51", "91"} or set(parts) != {"00", "01", "02"}:
        raise QrError("not-slip")
    _require_value(found, "51", "TH", "country")
    if not re.fullmatch(r"\d{3}", parts["01"]) or not re.fullmatch(r"[A-Za-z0-9]{1,25}", parts["02"]):
        raise QrError("field")
    return Slip(parts["01"], parts["02"])


def barcode(biller_id: str, ref1: str, ref2: str = "", amount_satang: int | None = None) -> str:
    """What a counter's barcode holds: lines parted by CR, the amount in satang, 0 for an open one."""
    _require(_BILLER, biller_id, "biller")
    for reference in (ref1, *filter(None, (ref2,))):
        _require(_REFERENCE, reference, "reference")
    promptpay.amount_text(amount_satang)
    return f"|{biller_id}\r{ref1}\r{ref2}\r{amount_satang or 0}"


def picture_png(payload: str, *, width: int = 1024) -> bytes:
    """The payload as a PNG to save: black on white, quiet zone kept, about `width` pixels wide."""
    return pictures.png(payload, width=width)


def picture_svg(payload: str, *, label: str = "QR") -> str:
    """The payload as an inline SVG, quiet zone kept; `label` is what a screen reader says."""
    return pictures.svg(payload, label=label)


def _read_bill(found: dict[str, str]) -> Payment:
    parts = tlv.fields(found["30"])
    _require_application(parts, _BILL_APPLICATIONS)
    if set(parts) - {"00", "01", "02", "03"}:
        raise QrError("field")
    more = tlv.fields(found.get("62", ""))
    _require(_BILLER, parts.get("01", ""), "biller")
    for reference in (parts.get("02", ""), parts.get("03", "0"), more.get("07", "0")):
        _require(_REFERENCE, reference, "reference")
    references = (parts["02"], parts.get("03", ""), more.get("07", ""))
    return Payment("bill-payment", parts["01"], *references, **_common(found))


def _read_transfer(found: dict[str, str]) -> Payment:
    parts = tlv.fields(found["29"])
    _require_application(parts, _TRANSFER_APPLICATIONS)
    subtags = [tag for tag in parts if tag in _TARGETS]
    if len(subtags) != 1 or set(parts) - {"00", "05", *subtags}:
        raise QrError("payee")
    kind, pattern = _TARGETS[subtags[0]]
    match = pattern.match(parts[subtags[0]])
    if match is None:
        raise QrError("payee")
    target = f"0{match[1]}" if kind == "phone" else match[1]
    ref3 = tlv.fields(found.get("62", "")).get("07", "")
    return Payment(kind, target, ref3=ref3, **_common(found))


def _common(found: dict[str, str]) -> dict[str, Any]:
    return {
        "amount_satang": _read_amount(found["54"]) if "54" in found else None,
        "is_reusable": found.get("01", "11") == "11",
        "name": found.get("59", ""),
        "city": found.get("60", ""),
    }


def _read_amount(text: str) -> int:
    match = _AMOUNT.match(text)
    satang = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if satang == 0:
        raise QrError("amount")
    return satang


def _with_whole_checksum(payload: str) -> str:
    """Some banks' apps write the slip's check sum without its leading zeros."""
    head, seal, end = payload.rpartition("9104")
    return f"{head}{seal}{end.rjust(4, '0')}" if seal and 0 < len(end) < 4 else payload


def _require(pattern: re.Pattern[str], value: str, reason: str) -> None:
    if not pattern.fullmatch(value):
        raise QrError(reason)


def _require_value(found: dict[str, str], tag: str, value: str, reason: str) -> None:
    if tag not in found:
        raise QrError("missing")
    if found[tag] != value:
        raise QrError(reason)


def _require_application(parts: dict[str, str], applications: tuple[str, ...]) -> None:
    if next(iter(parts), "") != "00" or parts["00"] not in applications:
        raise QrError("application")
