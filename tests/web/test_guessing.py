"""Numbers, links and check codes cannot be guessed: every miss has one answer, and takes as long as any other."""

import re
import time
from collections.abc import Callable
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
Answer = tuple[int, str, float]


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


def answers(life: Life, what: str, many: int) -> list[list[Answer]]:
    """What so many guesses hear where the number is right, and where it is not; in turns, as machines have moods."""
    random, heard = Random(SEED), [list[Answer](), list[Answer]()]
    with without_limits():
        for _ in range(many):
            for table, heard_there in zip((KNOWN, UNKNOWN), heard, strict=True):
                heard_there.append(answer(life, table[what](random, life.there)))
    return heard


def answer(life: Life, path: str) -> Answer:
    """Status, what is said (but for what is the request's own) and how long it took."""
    began = time.perf_counter()
    told = life.client.get(path)
    return told.status_code, unnamed(told, path), time.perf_counter() - began


def unnamed(told: Any, path: str) -> str:
    """The answer without the request's number and without what was asked."""
    own = [told.headers.get("x-request-id", "\0"), *path.split("/")[2:]]
    named = [NUMBER, *(re.escape(one) for one in own if len(one) > 5)]  # a form shows how a number looks
    return re.sub("|".join(named), "…", str(told.text))


@pytest.mark.parametrize("what", KNOWN)
def test_a_thousand_guesses_find_nothing_and_hear_one_answer(life: Life, what: str) -> None:
    known, unknown = answers(life, what, 1_000 // len(KNOWN) // 2)
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
    known, unknown = answers(life, "check code", 20)
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
