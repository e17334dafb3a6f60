"""Numbers, links and check codes cannot be guessed: every miss has one answer, and takes as long as any other."""

import re
import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median
from typing import Any, Final

import pytest
from sqlmodel import Session

from fund.donations import queries
from fund.donations.queries import GiftNotFoundError
from receipts import codes
from receipts import service as receipts
from receipts.errors import ReceiptNotFoundError
from tests.web.life import Life
from tests.web.test_fuzz import without_limits

SEED: Final = 20_261_123
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LARGEST_DIFFERENCE_SECONDS: Final = 0.005
NUMBER: Final = r"KK-2570-\d{6}"
Guess = Callable[[Random, dict[str, str]], str]


def word(random: Random, length: int) -> str:
    return "".join(random.choices(LETTERS, k=length))


def number(random: Random) -> str:
    return f"KK-2570-{random.randrange(100_000):06}"


KNOWN: Final[dict[str, Guess]] = {
    "receipt": lambda random, there: f"/r/{there['number']}/{word(random, 26)}",
    "receipt's paper": lambda random, there: f"/r/{there['number']}/{word(random, 26)}/receipt.pdf",
    "check code": lambda random, there: f"/v/{there['number']}/{word(random, 26)}",
    "gift": lambda random, there: f"/gift/{there['reference']}/{word(random, 26)}",
    "gift's picture": lambda random, there: f"/gift/{there['reference']}/{word(random, 26)}/qr.png",
    "proof": lambda random, there: f"/api/receipts/{there['number']}/{word(random, 26)}/proof",
}
"""The number is right, and all but its secret is known."""
UNKNOWN: Final[dict[str, Guess]] = {
    "receipt": lambda random, there: f"/r/{number(random)}/{word(random, 26)}",
    "receipt's paper": lambda random, there: f"/r/{number(random)}/{word(random, 26)}/receipt.pdf",
    "check code": lambda random, there: f"/v/{number(random)}/{word(random, 26)}",
    "gift": lambda random, there: f"/gift/{word(random, 7)}/{word(random, 26)}",
    "gift's picture": lambda random, there: f"/gift/{word(random, 7)}/{word(random, 26)}/qr.png",
    "proof": lambda random, there: f"/api/receipts/{number(random)}/{word(random, 26)}/proof",
}


def answers(life: Life, guess: Guess, many: int) -> Iterator[tuple[int, str, float]]:
    """Status, what is said (but for what is the request's own) and how long it took, of so many guesses."""
    random = Random(SEED)
    for _ in range(many):
        path = guess(random, life.there)
        began = time.perf_counter()
        answer = life.client.get(path)
        taken = time.perf_counter() - began
        yield answer.status_code, unnamed(answer, path), taken


def unnamed(answer: Any, path: str) -> str:
    """The answer without the request's number and without what was asked."""
    own = [answer.headers.get("x-request-id", "\0"), *path.split("/")[2:]]
    named = [NUMBER, *(re.escape(one) for one in own if len(one) > 5)]  # a form shows how a number looks
    return re.sub("|".join(named), "…", str(answer.text))


@pytest.mark.parametrize("what", KNOWN)
def test_a_thousand_guesses_find_nothing_and_hear_one_answer(life: Life, what: str) -> None:
    many = 1_000 // len(KNOWN) // 2
    with without_limits():
        known, unknown = ([*answers(life, table[what], many)] for table in (KNOWN, UNKNOWN))
    assert {(status, said) for status, said, _ in known} == {(status, said) for status, said, _ in unknown}
    assert {status for status, _, _ in known} == {404}
    medians = [median(taken for _, _, taken in tried) for tried in (known, unknown)]
    assert abs(medians[0] - medians[1]) < LARGEST_DIFFERENCE_SECONDS, medians


def test_an_answer_that_tells_whether_the_number_is_right_would_be_found(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same guesses where a right number is told apart from a wrong code."""
    honest = receipts.check

    def talkative(session: Session, asked: str, code: str) -> Any:
        if asked == life.there["number"]:
            time.sleep(0.02)
        return honest(session, asked, code)

    monkeypatch.setattr(receipts, "check", talkative)
    with without_limits():
        known, unknown = ([*answers(life, table["check code"], 20)] for table in (KNOWN, UNKNOWN))
    medians = [median(taken for _, _, taken in tried) for tried in (known, unknown)]
    assert medians[0] - medians[1] > LARGEST_DIFFERENCE_SECONDS


def test_what_is_guessed_right_is_found(life: Life) -> None:
    """So that the guesses were asked where something is."""
    assert life.client.get(f"/r/{life.there['number']}/{life.receipt_token}").status_code == 200
    assert life.client.get(f"/gift/{life.there['reference']}/{life.there['token']}").status_code == 200


@pytest.mark.nightly
def test_a_hundred_thousand_guesses_find_nothing(life: Life) -> None:
    random, hits = Random(SEED), 0
    with life.database.read() as session:
        for _ in range(33_334):
            hits += _opens(lambda: receipts.open_receipt(session, life.there["number"], word(random, 26)))
            hits += _opens(lambda: receipts.check(session, life.there["number"], codes.fold(word(random, 26))))
            hits += _opens(lambda: queries.pledge_by_link(session, life.there["reference"], word(random, 26)))
    assert hits == 0


def _opens(act: Callable[[], object]) -> bool:
    try:
        act()
    except (ReceiptNotFoundError, GiftNotFoundError):
        return False
    return True
