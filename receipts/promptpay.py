"""The door to the package `promptpay`, the prescribed generator of tag 29 (credit transfer) payloads.

Behind a door because it validates nothing: 15 digits of a biller become an e-wallet, '' and 'abc' an all-zero
phone, 14 digits a tax ID, and a float's noise, −5, NaN or infinity reach the payer. So the ID is proved and the
amount fixed from whole satang before it is asked, and what it writes is taken apart and compared, field by
field, with our own writing before it is handed out. It never sees a biller (tag 30 is `qr`'s own).
"""

import re
from decimal import Decimal
from typing import Final

from promptpay import qrcode as generator
from stdnum.th import moa, pin, tin

from receipts import tlv
from receipts.errors import QrError

CREDIT_TRANSFER: Final = "A000000677010111"
LARGEST_SATANG: Final = 10**12 - 1
"""9,999,999,999.99 baht: 13 characters."""

SUBTAGS: Final = {"phone": "01", "tax-id": "02", "e-wallet": "03"}

_MOBILE: Final = re.compile(r"^(?:0|66|0066|660)([689]\d{8})$", re.ASCII)
_SEPARATORS: Final = re.compile(r"[\s\-+().]+")
_EWALLET: Final = re.compile(r"^\d{15}$", re.ASCII)


def credit_transfer(kind: str, target: str, amount_satang: int | None = None) -> str:
    """The payload that moves money to a `phone`, `tax-id` (or national ID) or `e-wallet`.

    Raises QrError with the reason `phone`, `tax-id`, `e-wallet`, `payee` (no such kind) or `amount`.
    """
    known = proved(kind, target)
    amount = amount_text(amount_satang)
    theirs = generator.generate_payload(known, Decimal(amount) if amount else 0)
    return compared(theirs, written(kind, known, amount))


def proved(kind: str, target: str) -> str:
    """The digits of an ID whose form, and check digit where it has one, are right."""
    digits = _SEPARATORS.sub("", target[:64])
    if kind == "phone":
        match = _MOBILE.match(digits)
        if match:
            return f"0{match[1]}"
    elif kind == "tax-id":
        if digits.isascii() and (tin.is_valid(digits) or pin.is_valid(digits) or moa.is_valid(digits)):
            return digits
    elif kind == "e-wallet":
        if _EWALLET.match(digits):
            return digits
    else:
        raise QrError("payee")
    raise QrError(kind)


def amount_text(amount_satang: int | None) -> str:
    """`1234.50`, or nothing for an open amount. Raises QrError for an amount nobody could pay."""
    if amount_satang is None:
        return ""
    if type(amount_satang) is not int or not 0 < amount_satang <= LARGEST_SATANG:
        raise QrError("amount")
    return f"{amount_satang // 100}.{amount_satang % 100:02d}"


def written(kind: str, known: str, amount: str) -> str:
    """Our own writing of a credit transfer to an ID that was proved; the measure for the package's."""
    wire = f"0066{known[1:]}" if kind == "phone" else known
    template = tlv.write([("00", CREDIT_TRANSFER), (SUBTAGS[kind], wire)])
    return tlv.sealed(
        [("00", "01"), ("01", "12" if amount else "11"), ("29", template), ("53", "764"), ("54", amount), ("58", "TH")]
    )


def compared(theirs: str, ours: str) -> str:
    """`theirs`, if it is well sealed and says what ours says, in whatever order of tags. Else QrError `unlike`."""
    if _said(theirs) != _said(ours):
        raise QrError("unlike")
    return theirs


def _said(payload: str) -> dict[str, str]:
    return {tag: value for tag, value in tlv.unsealed(payload).items() if tag != tlv.PAYMENT_SEAL}
