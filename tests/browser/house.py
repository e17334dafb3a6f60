"""A demonstration that really runs: uvicorn on a free loopback port, a database of its own, some life in it.

Knows what happened in it, so that every sort of page can be opened by its address.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path

import httpx
import uvicorn
from litestar.testing import TestClient

from fund import clock, jobs
from fund.app import create_app
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.people import demo_people
from fund.settings import Settings
from receipts import queries as receipts
from tests.builders import a_founded_fund
from tests.stories import people
from tests.stories.pages import Visitor
from tests.stories.people import Gift

CLOSED = "ban-fang"


@dataclass
class House:
    """The running service, its people, and the gifts whose pages are looked at."""

    settings: Settings
    database: Database
    donor: Visitor
    officer: Visitor
    staff_cookie: str
    administrator_cookie: str
    gifts: dict[str, Gift] = field(default_factory=dict)
    taken: str = ""
    _balance_satang: int = people.KBANK_OPENING

    @property
    def address(self) -> str:
        return self.settings.address

    def gift(self, name: str) -> str:
        """The path of a gift's page."""
        return self.gifts[name].link

    def receipt(self, name: str) -> str:
        """The path of a gift's receipt."""
        return self.donor.open(self.gifts[name].link).link("/r/")

    def check_address(self, name: str) -> str:
        """The path that the QR on a gift's receipt leads to."""
        number = self.receipt(name).split("/")[2]
        with self.database.read() as session:
            return f"/v/{number}/{receipts.by_number(session, number).check_code}"

    def next_file(self, *lines: SampleLine) -> bytes:
        """The bank's next file, continuing where the last one ended."""
        today, opening = clock.today(), self._balance_satang
        self._balance_satang += sum(line.amount_satang for line in lines)
        return people.kbank(*lines, opening_satang=opening, from_on=today, to_on=today)

    def bank_says(self, *lines: SampleLine) -> None:
        """Hand in the bank's next file."""
        taken = people.hand_in(self.officer, self.next_file(*lines))
        self.taken = taken.address.removeprefix(self.address)

    def pay(self, gift: Gift) -> None:
        """The bank tells that this gift was paid."""
        self.bank_says(people.paid(gift.payment, on=clock.today()))


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """A demonstration served until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url, port = f"sqlite:///{folder}/fund.db", str(listener.getsockname()[1])
        settings = Settings(database_url=url, files_dir=str(folder / "files"), port=port)
        database = Database(url)
        _found(database)
        with serving(settings, listener), httpx.Client(base_url=settings.address) as out, _signed_in(settings) as desk:
            with _signed_in(settings, demo_people.name_of("administrator")) as chair:
                cookies = desk.cookies["staff"], chair.cookies["staff"]
            yield _lived_in(House(settings, database, Visitor(out), Visitor(desk), *cookies))
        database.close()


def _found(database: Database) -> None:
    database.migrate()
    with clock.at(clock.now() - timedelta(days=60)):
        a_founded_fund(database, as_demo=True)


@contextmanager
def serving(settings: Settings, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(create_app(settings), log_level="warning", access_log=False, server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="service")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=20)


@contextmanager
def _signed_in(settings: Settings, name: str = demo_people.NAME) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=settings.address) as client:
        people.sign_in(Visitor(client), name)
        yield client


def _lived_in(house: House) -> House:
    """Every sort of gift and line, so that no page stands empty."""
    today = clock.today()
    house.gifts["open"] = people.give(house.donor, choice="20")
    house.gifts["settled"] = people.give(house.donor, choice="100", name="นางสาวขวัญใจ ใจดี")
    house.gifts["unprinted"] = people.give(house.donor, choice="10", name="ร้านน้ำชา", public_name="ร้านน้ำชา")
    house.gifts["closed"] = people.give(house.donor, CLOSED, choice="10")
    house.gifts["expired"] = _expired(house.settings)
    code = people.poster(house.donor, CLOSED).ref1
    house.officer.send(house.officer.open("/staff/campaigns"), f"/{code}/close")
    house.bank_says(
        *(people.paid(house.gifts[name].payment, on=today) for name in ("settled", "unprinted")),
        SampleLine(today, 25_000, "จาก X1234 ไม่ทราบชื่อ", time(10)),
        SampleLine(today, 9_900, "โอนผิด", time(11)),
        SampleLine(today, -9_900, "คืนเงิน", time(12)),
        SampleLine(today, -1_500, "ค่าธรรมเนียม", time(13)),
    )
    assert jobs.work_once(house.database, house.settings)
    return house


def _expired(settings: Settings) -> Gift:
    with clock.at(clock.now() - timedelta(days=40)), TestClient(create_app(settings)) as client:
        return people.give(Visitor(client), choice="20")
