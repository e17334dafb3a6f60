"""What banks send, a bank to ask that answers as it was recorded, and a fund that hears of payments."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import select

from fund import checks, clock
from fund.bank.told import bodies, confirming, filing, queries
from fund.bank.told.bodies import Payment
from fund.bank.told.inbox import Arrived, store
from fund.bank.told.inquiry import BankAwayError, Found
from fund.bank.told.models import StandingRow
from fund.bank.told.queries import Callback
from fund.donations.models import DonationRow
from fund.settings import Settings
from tests.fund.bank.builders import Fund

SECRET = "scb-secret-of-the-address-0123456789"
KBANK_SECRET = "kbank-secret-of-the-address-01234567"
HERE = "127.0.0.0/8"
BILLER = "099400000000601"


def scb(reference: str, amount: str = "10.00", number: str = "scb-1", **changes: Any) -> bytes:
    """SCB's payment confirmation, as it comes for a bill payment of now."""
    told = {
        "transactionDateandTime": clock.now().astimezone(clock.BANGKOK).isoformat(timespec="seconds"),
        "sendingBankCode": "014",
        "payerName": "TUAYANG K",
        "payerProxyType": "ACCOUNT",
        "payerProxyId": "1230456789",
        "payerAccountNumber": "1230456789",
        "receivingBankCode": "014",
        "payeeName": "EXAMPLE FUND",
        "payeeProxyType": "BILLERID",
        "payeeProxyId": BILLER,
        "payeeAccountNumber": "0987654321",
        "amount": amount,
        "currencyCode": "764",
        "transactionId": number,
        "transactionType": "Domestic Transfers",
        "billPaymentRef1": reference,
        "billPaymentRef2": "",
        "billPaymentRef3": "ABC",
        "channelCode": "PMH",
    }
    return json.dumps(told | changes).encode()


def kbank(own_number: str, amount: str = "10.5", number: str = "202611230000001", **changes: Any) -> bytes:
    """KBank's QR callback; the amount is a number, not a text."""
    told = {
        "partnerTxnUid": own_number,
        "partnerId": "POS001",
        "statusCode": "00",
        "errorCode": None,
        "errorDesc": None,
        "merchantId": "KB000000000000",
        "txnAmount": 0,
        "txnCurrencyCode": "THB",
        "loyaltyId": None,
        "txnNo": number,
        "additionalInfo": None,
    }
    return json.dumps(told | changes).replace('"txnAmount": 0', f'"txnAmount": {amount}').encode()


def a_bank_file(folder: Path, *, networks: Sequence[str] = (HERE,), more: str = "") -> Path:
    """The file of the banks' secrets; `more` goes below SCB's."""
    path = folder / "banks.toml"
    parts = [
        f'[{name}]\nsecret = "{secret}"\nnetworks = {json.dumps(list(networks))}\n'
        for name, secret in (("kbank", KBANK_SECRET), ("scb", SECRET))
    ]
    path.write_text("\n".join([*parts, more]), encoding="utf-8")
    path.chmod(0o600)
    return path


def inquiry(url: str) -> str:
    """SCB's inquiry in that file."""
    return f'\n[scb.inquiry]\nurl = "{url}"\nkey = "our-key"\nsecret = "our-secret"\nbiller_id = "{BILLER}"\n'


@dataclass
class RecordedBank:
    """A bank that answers as it was recorded: by its number of the payment, satang; None knows of none."""

    amounts: dict[str, int | None] = field(default_factory=dict)
    is_away: bool = False
    asked: list[str] = field(default_factory=list)

    def ask(self, payment: Payment, paid_on: date) -> Found:
        self.asked.append(payment.number)
        if self.is_away or payment.number not in self.amounts:
            raise BankAwayError()
        return Found(self.amounts[payment.number])


@dataclass
class Told:
    """A fund, and the banks that tell it of payments."""

    fund: Fund
    bank: RecordedBank = field(default_factory=RecordedBank)

    def tell(self, *contents: bytes, bank: str = "scb") -> int:
        """Put callbacks into the inbox; how many are new."""
        arrived = [Arrived(bank, payment, one, clock.now()) for one in contents if (payment := bodies.read(bank, one))]
        with self.fund.database.write() as session:
            return store(session, arrived)

    def file(self) -> int:
        """What the worker does each second."""
        return filing.file_news(self.fund.database, self.settings)

    @property
    def settings(self) -> Settings:
        folder = self.fund.folder.parent
        return Settings(banks_file=str(a_bank_file(folder, more=inquiry("http://127.0.0.1:9"))))

    def ask(self) -> None:
        """What the job does: ask about all hints and settle them."""
        confirming.settle(self.fund.database, self.bank, self.callbacks("hint"))

    def confirm(self, *contents: bytes, **amounts: int | None) -> None:
        """Tell, file, and let the bank confirm what was told (or answer with these amounts)."""
        payments = [bodies.read("scb", content) for content in contents]
        self.bank.amounts |= {one.number: one.amount_satang for one in payments if one} | amounts
        self.tell(*contents)
        self.file()
        self.ask()

    def callbacks(self, *states: str) -> list[Callback]:
        """The callbacks in these states."""
        with self.fund.database.write() as session:  # they are taken under lock
            ids = session.exec(select(StandingRow.callback_id).order_by(StandingRow.callback_id)).all()  # type: ignore[arg-type]
            found = [queries.take(session, one) for one in ids]
        return [one for one in found if one and (not states or one.state in states)]

    @property
    def states(self) -> list[str]:
        return [one.state for one in self.callbacks()]

    def donations(self) -> list[DonationRow]:
        with self.fund.database.read() as session:
            return list(session.exec(select(DonationRow)))

    def balance(self, account: str, fund: str = "GEN") -> int:
        return self.fund.balance(account, fund)

    def findings(self, *, but: Iterable[str] = ("log_covers_what_is_booked",)) -> list[str]:
        """What the invariants find."""
        with self.fund.database.read() as session:
            return [f"{one.check}: {one.what}" for one in checks.run(session) if one.check not in but]


def days(count: int) -> timedelta:
    return timedelta(days=count)


def later(count: int) -> datetime:
    """So many days from now."""
    return clock.now() + days(count)


def ids(callbacks: Sequence[Callback]) -> list[UUID]:
    return [one.id for one in callbacks]
