"""What SCB and KBank send when somebody has paid, read strictly, and the answer that each waits for.

Knows the fields that each documents; nothing in them is trusted: they are claims. Refuses what is not exactly one of
these: fields we do not know, a name that comes twice, another currency, a moment that cannot be, NaN and its like.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec

from fund import clock
from fund.errors import MalformedError
from ledger.errors import AmountError
from ledger.money import parse_baht

LARGEST_BYTES: Final = 8 * 1024
EARLIEST: Final = timedelta(days=1)
LATEST: Final = timedelta(minutes=5)
PAID: Final = "00"

Word = Annotated[str, msgspec.Meta(max_length=100)]
Words = Annotated[str, msgspec.Meta(max_length=500)]
Number = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
Baht = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,2})?\Z")]


class BodyError(MalformedError):
    """What came is not what this bank sends."""


class MomentError(BodyError):
    message = "This tells of a moment that is too long ago, or has not been yet."


@dataclass(frozen=True, slots=True)
class Payment:
    """What a callback says: the bank's own number of the payment, how much, when, and what may hold a reference.

    `occurred_at` is None where the bank does not say when.
    """

    number: str
    amount_satang: int
    occurred_at: datetime | None
    references: tuple[str, ...]

    @property
    def words(self) -> str:
        """All that it says, as one text: told again, it must be the same, whichever time zone it is told in."""
        moment = self.occurred_at.astimezone(UTC).isoformat() if self.occurred_at else ""
        return json.dumps([self.number, self.amount_satang, moment, self.references])


class ScbBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """SCB's payment confirmation."""

    transactionId: Number  # noqa: N815
    amount: Baht
    transactionDateandTime: datetime  # noqa: N815
    currencyCode: str  # noqa: N815
    billPaymentRef1: Word  # noqa: N815
    billPaymentRef2: Word = ""  # noqa: N815
    billPaymentRef3: Word = ""  # noqa: N815
    payeeProxyId: Word = ""  # noqa: N815
    payeeProxyType: Word = ""  # noqa: N815
    payeeAccountNumber: Word = ""  # noqa: N815
    payeeName: Words = ""  # noqa: N815
    payerProxyId: Word = ""  # noqa: N815
    payerProxyType: Word = ""  # noqa: N815
    payerAccountNumber: Word = ""  # noqa: N815
    payerAccountName: Words = ""  # noqa: N815
    payerName: Words = ""  # noqa: N815
    sendingBankCode: Word = ""  # noqa: N815
    receivingBankCode: Word = ""  # noqa: N815
    transactionType: Word = ""  # noqa: N815
    channelCode: Word = ""  # noqa: N815
    fastEasySlipNumber: Word = ""  # noqa: N815
    reverseFlag: Word = ""  # noqa: N815
    traceNo: Word = ""  # noqa: N815

    def payment(self) -> Payment:
        """What it says of the payment."""
        if (
            self.currencyCode != "764"
            or self.transactionDateandTime.tzinfo is None
            or self.reverseFlag not in ("", "N")
        ):
            raise BodyError()
        references = (self.billPaymentRef1, self.billPaymentRef2, self.billPaymentRef3)
        return Payment(self.transactionId, _satang(self.amount), self.transactionDateandTime, references)


class KbankBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """KBank's QR callback: no reference but our own number of the QR, and no moment."""

    partnerTxnUid: Number  # noqa: N815
    statusCode: Word  # noqa: N815
    txnAmount: Baht  # noqa: N815
    txnCurrencyCode: str  # noqa: N815
    txnNo: Number  # noqa: N815
    partnerId: Word = ""  # noqa: N815
    merchantId: Word = ""  # noqa: N815
    terminalId: Word | None = None  # noqa: N815
    qrType: Word | None = None  # noqa: N815
    errorCode: Word | None = None  # noqa: N815
    errorDesc: Words | None = None  # noqa: N815
    loyaltyId: Word | None = None  # noqa: N815
    additionalInfo: Words | None = None  # noqa: N815
    reference1: Word | None = None
    reference2: Word | None = None
    reference3: Word | None = None
    reference4: Word | None = None

    def payment(self) -> Payment | None:
        """What it says of the payment; None where it says that there was none."""
        if self.txnCurrencyCode != "THB":
            raise BodyError()
        if self.statusCode != PAID:
            return None
        told = (self.partnerTxnUid, self.reference1, self.reference2, self.reference3, self.reference4)
        return Payment(self.txnNo, _satang(self.txnAmount), None, tuple(one for one in told if one))


def read(bank: str, content: bytes) -> Payment | None:
    """The payment that a bank tells of; None where it tells that there was none. Raises BodyError."""
    payment = said(bank, content)
    if payment and payment.occurred_at:
        _require_possible(payment.occurred_at)
    return payment


def said(bank: str, content: bytes) -> Payment | None:
    """The same, whenever it was said."""
    try:
        return msgspec.convert(_json(content), _BODIES[bank]).payment()
    except (msgspec.ValidationError, AmountError):  # what it says may name a person: it is not repeated
        raise BodyError() from None


def answer(bank: str, payment: Payment | None) -> bytes:
    """What the bank waits for, so that it does not tell us again."""
    return msgspec.json.encode(_ANSWERS[bank](payment.number if payment else ""))


_BODIES: Final[dict[str, type[ScbBody] | type[KbankBody]]] = {"scb": ScbBody, "kbank": KbankBody}
_ANSWERS: Final[dict[str, Callable[[str], dict[str, str | None]]]] = {
    "scb": lambda number: {"resCode": "00", "resDesc": "success", "transactionId": number, "confirmId": number},
    "kbank": lambda _: {"statusCode": "00", "errorCode": None, "errorDesc": None},
}


def _json(content: bytes) -> Any:
    """Numbers stay the digits that were sent; a name that comes twice, half a character, and no JSON are refused."""
    try:
        text = content.decode()
        told = json.loads(
            text, object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=_refuse_constant
        )
        if "\\u" in text:
            json.dumps(told, ensure_ascii=False).encode()
        return told
    except (ValueError, RecursionError):
        raise BodyError() from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BodyError()
    return found


def _refuse_constant(_name: str) -> Any:
    raise BodyError()


def _satang(amount: str) -> int:
    return parse_baht(amount)


def _require_possible(moment: datetime) -> None:
    now = clock.now()
    if not now - EARLIEST <= moment <= now + LATEST:
        raise MomentError()
