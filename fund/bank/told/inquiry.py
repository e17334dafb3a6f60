"""Asking a bank whether a payment is true: an interface, and SCB's way of it over HTTP.

Knows SCB's token and its bill payment inquiry. Refuses an answer that is not one: then it is asked again later. Never
called inside a unit of work.
"""

from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

import httpx
import msgspec

from fund.bank.told import banks
from fund.bank.told.bodies import Baht, Payment
from fund.errors import StateError
from ledger.errors import AmountError
from ledger.identifiers import new_id
from ledger.money import parse_baht

SECONDS: Final = 5
_PAID_BY_QR: Final = "00300100"  # SCB's code of a tag 30 payment
_SUCCESS: Final = 1000
_LARGEST_ANSWER: Final = 1 << 20


T = TypeVar("T")


class BankAwayError(StateError):
    message = "The bank does not answer. It is asked again."


@dataclass(frozen=True, slots=True)
class Found:
    """What the bank says of a payment when it is asked: how much came, in satang; None where it knows of none."""

    amount_satang: int | None


class Inquirer(Protocol):
    """Whom one asks about payments. Raises BankAwayError where there is no answer; may be asked by many threads."""

    def ask(self, payment: Payment, paid_on: date) -> Found: ...


class _Status(msgspec.Struct, frozen=True):
    code: int


class _Token(msgspec.Struct, frozen=True):
    accessToken: str  # noqa: N815


class _TokenAnswer(msgspec.Struct, frozen=True):
    status: _Status
    data: _Token


class _Transaction(msgspec.Struct, frozen=True):
    transactionId: str  # noqa: N815
    amount: Baht
    reverseFlag: str = ""  # noqa: N815
    billPaymentRef1: str = ""  # noqa: N815


class _InquiryAnswer(msgspec.Struct, frozen=True):
    status: _Status
    data: list[_Transaction] = []


class ScbInquirer:
    """SCB's Partners API: a token for our key and secret, then the payments of a day with a reference.

    A context: leaving it closes its connections.
    """

    def __init__(self, asked: banks.Inquiry) -> None:
        self._asked = asked
        self._http = httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)
        self._token = ""

    def __enter__(self) -> Self:
        self._token = self._new_token()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(self, payment: Payment, paid_on: date) -> Found:
        """What SCB says of this payment, by its own number."""
        asked = {
            "eventCode": _PAID_BY_QR,
            "transactionDate": paid_on.isoformat(),
            "billerId": self._asked.biller_id,
            "reference1": payment.references[0],
        }
        headers = self._headers() | {"authorization": f"Bearer {self._token}"}
        content = self._send("GET", "/v1/payment/billpayment/inquiry", params=asked, headers=headers)
        told = _decode(content, _InquiryAnswer)
        if told.status.code != _SUCCESS:
            return Found(None)
        amounts = [
            one.amount for one in told.data if one.transactionId == payment.number and one.reverseFlag in ("", "N")
        ]
        try:
            return Found(parse_baht(amounts[0]) if len(amounts) == 1 else None)
        except AmountError:
            raise BankAwayError() from None

    def _new_token(self) -> str:
        asked = {"applicationKey": self._asked.key, "applicationSecret": self._asked.secret}
        content = self._send("POST", "/v1/oauth/token", json=asked, headers=self._headers())
        return _decode(content, _TokenAnswer).data.accessToken

    def _headers(self) -> dict[str, str]:
        return {"resourceOwnerId": self._asked.key, "requestUId": str(new_id()), "accept-language": "EN"}

    def _send(self, method: str, path: str, **asked: Any) -> bytes:
        """The body of an answer. SCB tells with 404 and a status inside that it knows of no such payment."""
        try:
            answer = self._http.request(method, self._asked.url.rstrip("/") + path, **asked)
        except httpx.HTTPError:
            raise BankAwayError() from None  # its words hold our reference
        if answer.status_code not in (200, 404) or len(answer.content) > _LARGEST_ANSWER:
            raise BankAwayError()
        return answer.content


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BankAwayError() from None
