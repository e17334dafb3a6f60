"""Banks' callbacks, taken durably a second, from a server like `sipbaht serve` starts; none lost, none twice.

Two ways: 1,000 a second are sent on the clock for a minute, every fifth of them again; and as many as are taken.
Refuses a figure where the inbox does not hold exactly what was acknowledged.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop
from sqlalchemy import func, select

from benchmarks.load import HERE
from benchmarks.measuring import Finding, Note, Scale
from benchmarks.places import ENGINES, NAMES, Places, found
from benchmarks.serving import _free_port, served
from fund import clock
from fund.audit import DONOR
from fund.bank.told.models import CallbackRow, StandingRow
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.settings import Settings

RATE: Final = 1_000
CONNECTIONS: Final = 64
PLEDGES: Final = 2_000
SECRET: Final = "benchmark-0123456789012345678901234567"
_SPAWN: Final = multiprocessing.get_context("spawn")
_SETTLE_SECONDS: Final = 120


@dataclass(slots=True)
class Taken:
    """What a run of sending came to: acknowledged, refused, how long each took, how long all took."""

    acknowledged: int = 0
    refused: int = 0
    seconds: float = 0
    payments: int = 0
    computed: float = 0  # seconds of one core that the sender itself took
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds

    def wait(self, share: float) -> float:
        """How many milliseconds this share of the callbacks took at most."""
        return sorted(self.waits)[min(int(len(self.waits) * share), len(self.waits) - 1)] * 1_000


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """The figures of callbacks."""
    seconds = scale.of(60, 10)
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as sender:
        for engine in ENGINES:
            for name, rate in (("on the clock", RATE), ("as many as are taken", 0)):
                url = places.empty(engine)
                found(url)
                settings = Settings(database_url=url, port=str(_free_port()), banks_file=str(_banks(places.folder)))
                references = _pledges(url)
                with served(settings, {"/constant": "ok"}):
                    asked = (int(settings.port), references, rate, seconds)
                    taken = sender.submit(send, *asked).result(timeout=seconds * 4 + 120)
                    filed = _filed_after(url)
                yield Note(_told(f"{NAMES[engine]}, {name}", url, taken, filed))


def send(port: int, references: Sequence[str], rate: int, seconds: int) -> Taken:
    """Send callbacks for so long, `rate` a second (0: as fast as they are answered), every fifth of them twice."""
    began = time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        taken = runner.run(_send_all(port, references, rate, seconds))
    taken.computed = time.process_time() - began
    return taken


def _told(name: str, url: str, taken: Taken, filed: float) -> str:
    database = Database(url)
    with database.read() as session:
        rows = session.execute(select(func.count()).select_from(CallbackRow)).scalar_one()
    database.close()
    if rows != taken.payments or taken.refused:
        raise RuntimeError(f"{taken.acknowledged} acknowledged, {taken.refused} refused, {rows} in the inbox")
    return (
        f"callbacks · {name}: {taken.rate:,.0f}/s acknowledged for {taken.seconds:.0f} s,"
        f" {taken.acknowledged:,} in all ({taken.computed:.0f} s of a core went into sending),"
        f" {rows:,} payments in the inbox; half within {taken.wait(0.5):.0f} ms,"
        f" 99 % within {taken.wait(0.99):.0f} ms; the last was filed {filed:.1f} s after it was told"
    )


def _filed_after(url: str) -> float:
    """How many seconds until no callback waits to be filed."""
    database, began = Database(url), time.monotonic()
    try:
        while time.monotonic() < began + _SETTLE_SECONDS:
            with database.read() as session:
                new = select(func.count()).select_from(StandingRow).where(StandingRow.state == "new")  # type: ignore[arg-type]
                if session.execute(new).scalar_one() == 0:
                    return time.monotonic() - began
            time.sleep(0.1)
        raise RuntimeError("callbacks still wait to be filed")
    finally:
        database.close()


def _banks(folder: Path) -> Path:
    path = folder / "banks.toml"
    path.write_text(f'[scb]\nsecret = "{SECRET}"\nnetworks = ["{HERE}/32"]\n', encoding="utf-8")
    path.chmod(0o600)
    return path


def _pledges(url: str) -> list[str]:
    database = Database(url)
    with database.write() as session:
        campaign = gifts.campaign_by_slug(session, "general")
        asked = [PledgeRequest(campaign.id, 1_000, donations.new_form_key()) for _ in range(PLEDGES)]
        made = [donations.pledge(session, one, by=DONOR).pledge.reference for one in asked]
    database.close()
    return made


def _request(port: int, number: int, reference: str) -> bytes:
    body = json.dumps(
        {
            "transactionId": f"benchmark-{number}",
            "transactionDateandTime": clock.now().isoformat(timespec="seconds"),
            "amount": "10.00",
            "currencyCode": "764",
            "billPaymentRef1": reference,
            "billPaymentRef2": "",
            "payerName": "BENCHMARK",
            "payeeProxyType": "BILLERID",
            "channelCode": "PMH",
        }
    ).encode()
    head = f"POST /callbacks/scb/{SECRET} HTTP/1.1\r\nHost: {HERE}:{port}\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _send_all(port: int, references: Sequence[str], rate: int, seconds: int) -> Taken:
    taken, begin, payments = Taken(), time.perf_counter(), set[int]()
    numbers = iter(range(10**9))

    async def one_line() -> None:
        reader, writer = await asyncio.open_connection(HERE, port)
        while (number := next(numbers)) < (rate * seconds or 10**9) and time.perf_counter() < begin + seconds * 3:
            if rate == 0 and time.perf_counter() > begin + seconds:
                break
            due = begin + number / rate if rate else 0
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            payment = number - number // 6 - 1 if number % 6 == 5 else number - number // 6
            sent = time.perf_counter()
            writer.write(_request(port, payment, references[payment % len(references)]))
            is_taken = await _is_taken(reader)
            taken.waits.append(time.perf_counter() - max(sent, due))
            taken.acknowledged += is_taken
            taken.refused += not is_taken
            payments.update([payment] * is_taken)
        writer.close()

    await asyncio.gather(*(one_line() for _ in range(CONNECTIONS)))
    taken.seconds, taken.payments = time.perf_counter() - begin, len(payments)
    return taken


async def _is_taken(reader: asyncio.StreamReader) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
    return head.startswith(b"http/1.1 200")
