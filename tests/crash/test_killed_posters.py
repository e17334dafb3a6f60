"""`kill -9` of a posting process, again and again: what was acknowledged is there, whole, and once."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.notes import SigningKey
from tests.crash import judge
from tests.crash.nursery import Nursery
from tests.crash.posters import LOAD, Orders

SEED = 4001


def kills(number: int, lives: Nursery, url: str, notebook: Path, key: SigningKey, defect: str = "") -> Iterator[None]:
    """One process after the other posts for 20 to 800 milliseconds and is killed."""
    dice = random.Random(SEED)
    for at in range(number):
        pid = lives.birth(Orders(url, str(notebook), f"life{at}", key.text(), LOAD, defect))
        time.sleep(dice.uniform(0.02, 0.8))
        lives.kill(pid)
        yield


@pytest.mark.parametrize("number", [25, pytest.param(200, marks=pytest.mark.nightly)])
def test_nothing_acknowledged_is_lost_when_its_process_is_killed(
    book_url: str, lives: Nursery, key: SigningKey, tmp_path: Path, number: int
) -> None:
    notebook = tmp_path / "notebook"
    for _ in kills(number, lives, book_url, notebook, key):
        pass
    assert judge.findings(book_url, notebook, key) == []
    assert judge.count(notebook) > 20 * number


def test_a_poster_that_acknowledges_before_the_commit_is_found(
    book_url: str, lives: Nursery, key: SigningKey, tmp_path: Path
) -> None:
    notebook = tmp_path / "notebook"
    assert any(judge.lost(book_url, notebook) for _ in kills(25, lives, book_url, notebook, key, "early"))
