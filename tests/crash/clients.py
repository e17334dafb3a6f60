"""Donors and an officer at a service that dies under them: they ask again until they are answered, and write it down.

Knows HTTP alone. Thirty pledges a second; the bank tells of those that were acknowledged, file after file.
"""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

import httpx

from fund import clock
from fund.bank import sample_files
from fund.bank.sample_files import SampleLine
from tests.crash.acknowledged import Notebook
from tests.stories import people
from tests.stories.pages import Page, Visitor

T = TypeVar("T")
DONORS, PLEDGES_A_SECOND = 6, 30
MOST_LINES = 25
LONGEST_WAIT_SECONDS = 60


class Clients:
    """Everybody who uses the service, until told to stop."""

    def __init__(self, address: str, campaign_code: str, notebook: Notebook) -> None:
        self._address, self._code, self._notebook = address, campaign_code, notebook
        self._unpaid: SimpleQueue[tuple[str, int]] = SimpleQueue()
        self._stop = threading.Event()
        self._files = 0

    @contextmanager
    def busy(self, *, officer: bool = True) -> Iterator[None]:
        """They come until the end of the block."""
        acts = [self._donate] * DONORS + [self._hand_in] * officer
        threads = [threading.Thread(target=self._noted, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def wait_for_a_file(self) -> None:
        """Until one more of the bank's files has been taken in. Raises TimeoutError."""
        before, last = self._files, time.monotonic() + LONGEST_WAIT_SECONDS
        while self._files == before:
            if time.monotonic() > last:
                raise TimeoutError("no file is taken in")
            time.sleep(0.02)

    def _noted(self, act: Callable[[Visitor, httpx.Client], None]) -> None:
        try:
            with httpx.Client(base_url=self._address, timeout=10) as client:
                act(Visitor(client), client)
        except _StoppedError:
            return
        except Exception as error:
            self._notebook.note([{"broken": repr(error)}])
            raise

    def _donate(self, _visitor: Visitor, client: httpx.Client) -> None:
        """Forms, one after the other; a form without an answer is sent again as it was."""
        while not self._stop.wait(DONORS / PLEDGES_A_SECOND):
            form = {"choice": random.choice(("10", "20", "100")), "form_key": secrets.token_urlsafe(16)}
            form |= {"name": "นางสาวขวัญใจ ใจดี"} if random.random() < 0.5 else {}
            elsewhere = {"X-Forwarded-For": f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.1"}
            answer = self._answered(partial(client.post, f"/give/{people.DISTRICT}", data=form, headers=elsewhere))
            assert answer.status_code == 303, answer.text
            reference, satang = answer.headers["location"].split("/")[2], int(form["choice"]) * 100
            told = {"pledge": reference, "satang": satang, "form": form["form_key"], "named": "name" in form}
            self._notebook.note([told])
            self._unpaid.put((reference, satang))

    def _hand_in(self, visitor: Visitor, _client: httpx.Client) -> None:
        """The bank's files, one after the other, with what was pledged since."""
        balance, today = people.KBANK_OPENING, clock.today()
        self._answered(partial(people.sign_in, visitor))
        while not self._stop.wait(0.2):
            paid = self._pledged()
            lines = [
                SampleLine(today, satang, sample_files.bill_payment_detail(reference, self._code))
                for reference, satang in paid
            ]
            content = people.kbank(*lines, opening_satang=balance, from_on=today, to_on=today)
            balance += sum(satang for _, satang in paid)
            page: Page = self._answered(partial(people.hand_in, visitor, content))
            assert page.status == 200, page.words
            self._notebook.note([{"paid": reference, "satang": satang} for reference, satang in paid])
            self._files += 1

    def _pledged(self) -> list[tuple[str, int]]:
        """What to pay now: at least one pledge."""
        found: list[tuple[str, int]] = []
        while len(found) < MOST_LINES:
            try:
                found.append(self._unpaid.get(block=not found, timeout=1))
            except Empty:
                if found:
                    break
                if self._stop.is_set():
                    raise _StoppedError from None
        return found

    def _answered(self, ask: Callable[[], T]) -> T:
        """The answer, from whichever process gives one."""
        while True:
            try:
                return ask()
            except httpx.TransportError:
                if self._stop.wait(0.02):
                    raise _StoppedError from None


class _StoppedError(Exception):
    """It is over, and nobody answered."""
