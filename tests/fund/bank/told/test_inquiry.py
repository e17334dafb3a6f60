"""SCB is asked back over HTTP, against a server that answers as SCB's sandbox was recorded to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from fund import jobs, outbox
from fund.bank.told import banks, filing
from fund.bank.told.bodies import Payment
from fund.bank.told.inquiry import BankAwayError, Found, ScbInquirer
from fund.settings import Settings
from tests.fund.bank.told.builders import BILLER, Told, a_bank_file, inquiry, scb

PAYMENT = Payment("scb-1", 1000, None, ("D0000000001", "KK4001", "ABC"))
PAID_ON = date(2026, 11, 23)
TOKEN = {
    "status": {"code": 1000, "description": "Success"},
    "data": {"accessToken": "token-1", "tokenType": "Bearer", "expiresIn": 1800, "expiresAt": 1795420800},
}


def transaction(number: str = "scb-1", amount: str = "10.00", **changes: str) -> dict[str, str]:
    return {
        "eventCode": "00300100",
        "transactionType": "Domestic Transfers",
        "reverseFlag": "",
        "payeeProxyId": BILLER,
        "payeeProxyType": "BILLERID",
        "payerName": "TUAYANG K",
        "sendingBankCode": "014",
        "receivingBankCode": "014",
        "amount": amount,
        "transactionId": number,
        "transactionDateandTime": "2026-11-23T11:10:12+07:00",
        "billPaymentRef1": "D0000000001",
        "billPaymentRef2": "KK4001",
        "currencyCode": "764",
    } | changes


def paid(*transactions: dict[str, str]) -> dict[str, Any]:
    return {"status": {"code": 1000, "description": "Success"}, "data": list(transactions)}


class Scb(ThreadingHTTPServer):
    """A server that answers with what it was given, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, dict[str, list[str]], dict[str, str], bytes]] = []
        self.status, self.told = 200, json.dumps(paid(transaction())).encode()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/partners/sandbox"


class _Answering(BaseHTTPRequestHandler):
    server: Scb

    def do_POST(self) -> None:
        self._answer(200, json.dumps(TOKEN).encode())

    def do_GET(self) -> None:
        self._answer(self.server.status, self.server.told)

    def _answer(self, status: int, content: bytes) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((parts.path, parse_qs(parts.query), headers, body))
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """It says nothing."""


@pytest.fixture
def scb_server() -> Iterator[Scb]:
    with running() as server:
        yield server


@contextmanager
def running() -> Iterator[Scb]:
    server = Scb()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(server: Scb) -> Found:
    with ScbInquirer(banks.Inquiry(server.url, "our-key", "our-secret", BILLER)) as bank:
        return bank.ask(PAYMENT, PAID_ON)


def test_it_is_asked_with_a_token_for_the_day_and_the_reference(scb_server: Scb) -> None:
    assert ask(scb_server) == Found(1000)
    token, question = scb_server.asked
    assert token[0] == "/partners/sandbox/v1/oauth/token"
    assert json.loads(token[3]) == {"applicationKey": "our-key", "applicationSecret": "our-secret"}
    assert question[0] == "/partners/sandbox/v1/payment/billpayment/inquiry"
    assert question[1] == {
        "eventCode": ["00300100"],
        "transactionDate": ["2026-11-23"],
        "billerId": [BILLER],
        "reference1": ["D0000000001"],
    }
    assert question[2]["authorization"] == "Bearer token-1"
    assert question[2]["resourceownerid"] == "our-key"
    assert token[2]["requestuid"] != question[2]["requestuid"]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (paid(transaction("other", "99.00"), transaction()), 1000),
        (paid(transaction(amount="9.99")), 999),
        (paid(transaction("other")), None),
        (paid(), None),
        (paid(transaction(reverseFlag="Y")), None),
        (paid(transaction(), transaction()), None),
        ({"status": {"code": 4101, "description": "Current user has no such transaction"}}, None),
    ],
)
def test_only_the_payment_of_that_number_counts(scb_server: Scb, told: dict[str, Any], found: int | None) -> None:
    scb_server.told = json.dumps(told).encode()
    assert ask(scb_server) == Found(found)


def test_not_found_is_told_with_404_too(scb_server: Scb) -> None:
    scb_server.status = 404
    scb_server.told = b'{"status": {"code": 4101, "description": "Not found"}}'
    assert ask(scb_server) == Found(None)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (500, b"{}"),
        (401, b"{}"),
        (302, b""),
        (200, b"<html>"),
        (200, b"\xff"),
        (200, b'{"status": {"code": "x"}}'),
        (200, json.dumps(paid(transaction(amount="NaN"))).encode()),
        (200, json.dumps(paid(transaction(amount="0.00"))).encode()),
        (200, b" " * (1 << 21)),
    ],
)
def test_what_is_no_answer_is_asked_again(scb_server: Scb, status: int, told: bytes) -> None:
    scb_server.status, scb_server.told = status, told
    with pytest.raises(BankAwayError):
        ask(scb_server)


def test_a_bank_that_is_not_there_is_asked_again() -> None:
    with running() as server:
        gone = server.url
    with pytest.raises(BankAwayError), ScbInquirer(banks.Inquiry(gone, "k", "s", BILLER)):
        pass


def test_the_worker_files_asks_and_books(told: Told, scb_server: Scb) -> None:
    settings = Settings(
        banks_file=str(a_bank_file(told.fund.folder.parent, more=inquiry(scb_server.url))),
        files_dir=str(told.fund.folder),
    )
    database = told.fund.database
    told.tell(scb(told.fund.pledge().reference))
    filing.file_news(database, settings)
    scb_server.status = 503
    assert jobs.work_once(database, settings)
    assert told.states == ["hint"]
    with database.read() as session:
        assert outbox.waiting(session) == 1  # asked again later
    scb_server.status = 200
    (hint,) = told.callbacks()
    with database.read() as session:
        from fund.bank.told import confirming, queries

        assert queries.hints_of_batch(session, _batch(told)) == [hint]
    confirming.ask_batch(database, settings, str(_batch(told)))
    assert (told.states, told.balance("1130")) == (["confirmed"], 1000)


def _batch(told: Told) -> Any:
    from fund.bank.told.models import StandingRow

    with told.fund.database.read() as session:
        row = session.get(StandingRow, told.callbacks()[0].id)
    assert row is not None
    return row.batch
