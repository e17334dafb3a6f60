"""Two processes over one database count together, whatever address a client says it has."""

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import httpx
import pytest

from fund.db import Database
from fund.limits import GUESSES
from tests.builders import a_founded_fund

ROOT = Path(__file__).parents[2]
PROXY, CLIENT = "127.0.0.1", "127.0.0.9"
TRIES = GUESSES.most + 20


@contextmanager
def worker(database_url: str, *arguments: str) -> Iterator[str]:
    """A process of its own that serves; its address."""
    with socket.create_server((PROXY, 0)) as listener:
        environment = {"DATABASE_URL": database_url, "TRUSTED_PROXIES": PROXY, "PATH": os.environ["PATH"]}
        command = [sys.executable, "-m", "tests.web.worker", str(listener.fileno()), *arguments]
        running = subprocess.Popen(command, cwd=ROOT, env=environment, pass_fds=[listener.fileno()])
        try:
            yield f"http://{PROXY}:{listener.getsockname()[1]}"
        finally:
            running.terminate()
            running.wait(timeout=20)


@contextmanager
def two_workers(database: Database, database_url: str, *arguments: str) -> Iterator[list[str]]:
    a_founded_fund(database, as_demo=True)
    with ExitStack() as stack:
        yield [stack.enter_context(worker(database_url, *arguments)) for _ in range(2)]


def guesses(workers: list[str], forwarded: list[str], *, come_from: str = CLIENT) -> list[httpx.Response]:
    """So many guesses at once, spread over the workers, each with the next X-Forwarded-For."""
    with httpx.Client(transport=httpx.HTTPTransport(local_address=come_from)) as client:

        def guess(place: tuple[str, str]) -> httpx.Response:
            headers = {"x-forwarded-for": place[1], "cookie": "language=en"}
            return client.post(f"{place[0]}/verify", data={"number": "KK-1"}, headers=headers, timeout=60)

        with ThreadPoolExecutor(8) as crowd:
            return list(crowd.map(guess, zip(cycle(workers), forwarded, strict=False)))


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


FORGED = [f"198.51.100.{number}" for number in range(TRIES)]


def test_two_workers_let_through_as_many_as_one_and_believe_only_the_proxy_about_who_asks(
    database: Database, database_url: str
) -> None:
    with two_workers(database, database_url) as workers:
        answers = guesses(workers, FORGED)
        by_proxy = guesses(workers, [f"{forged}, 203.0.113.5" for forged in FORGED], come_from=PROXY)
        others = guesses(workers, FORGED[:2], come_from="127.0.0.10") + guesses(workers, FORGED[:2], come_from=PROXY)
    assert statuses(answers) == statuses(by_proxy) == {404: GUESSES.most, 429: TRIES - GUESSES.most}
    assert statuses(others) == {404: 4}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert all(0 < int(answer.headers["retry-after"]) <= 601 for answer in refused)


@pytest.mark.parametrize("defect", ["counts-alone", "believes-everyone"])
def test_workers_that_count_alone_or_believe_everyone_would_be_found(
    database: Database, database_url: str, defect: str
) -> None:
    """The control: the same body over workers with either defect."""
    with two_workers(database, database_url, defect) as workers:
        assert statuses(guesses(workers, FORGED)).get(404, 0) > GUESSES.most + 1
