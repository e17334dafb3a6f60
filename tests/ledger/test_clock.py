"""The machine's own clock, set by libfaketime: whatever it and its time zone say, books are dated by Bangkok's day.

A clock that goes back moves nothing that was written and opens no door.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlmodel import col, select

from fund.db import Database
from ledger import book, log, verification
from ledger.models import LeafRow
from tests.ledger.logbook import SOURCES

ROOT: Final = Path(__file__).parent.parent.parent
LIBRARY: Final = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
ZONES: Final = ("UTC", "America/New_York", "Asia/Bangkok")
BOUNDARIES: Final = (
    ("2026-09-30T16:59:59", "2026-09-30", "30 กันยายน 2569", 2026),
    ("2026-09-30T17:00:00", "2026-10-01", "1 ตุลาคม 2569", 2027),
    ("2026-12-31T16:59:59", "2026-12-31", "31 ธันวาคม 2569", 2027),
    ("2026-12-31T17:00:00", "2027-01-01", "1 มกราคม 2570", 2027),
    ("2026-12-31T16:30:00", "2026-12-31", "31 ธันวาคม 2569", 2027),  # half an hour back over midnight
    ("2027-01-01T05:00:01", "2027-01-01", "1 มกราคม 2570", 2027),
    ("2027-01-01T04:00:01", "2027-01-01", "1 มกราคม 2570", 2027),  # an hour back
    ("2028-02-28T17:00:00", "2028-02-29", "29 กุมภาพันธ์ 2571", 2028),
    ("2028-02-29T17:00:00", "2028-03-01", "1 มีนาคม 2571", 2028),
)


def at(moments: Sequence[tuple[datetime, str]], url: str, zone: str, folder: Path) -> list[Any]:
    """What a process on a host of this time zone answers, its clock set before each act."""
    clock = folder / "clock"
    clock.write_text("2026-01-01 00:00:00")
    environment = {
        "LD_PRELOAD": str(LIBRARY[0]), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "TZ": zone,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.ledger.dated", url],
        input=json.dumps([[moment.isoformat(), act] for moment, act in moments]),
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def misfiled(answers: list[dict[str, Any]], key: str, moments: Sequence[datetime]) -> list[str]:
    """Gifts whose day is not the one it was seven hours east of Greenwich."""
    days = [(moment + timedelta(hours=7)).date().isoformat() for moment in moments]
    return [answer["id"] for answer, day in zip(answers, days, strict=True) if answer[key] != day]


@pytest.mark.parametrize("zone", ZONES)
def test_books_are_dated_by_bangkok_s_day_on_any_host(books: Database, database_url: str, tmp_path: Path,
                                                      zone: str) -> None:  # fmt: skip
    moments = [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment, *_ in BOUNDARIES]
    answers = at([(moment, "give") for moment in moments], database_url, zone, tmp_path)
    assert [(a["booked_on"], a["thai"], a["fiscal_year"]) for a in answers] == [(*said,) for _, *said in BOUNDARIES]
    assert misfiled(answers, "booked_on", moments) == []
    assert bool(misfiled(answers, "naive", moments)) == (zone != "Asia/Bangkok")  # the control: the host's own day
    with books.read() as session:
        entries = book.entries(session)
        assert [str(entry.id) for entry in entries] == [answer["id"] for answer in answers]
        assert [entry.recorded_at for entry in entries] == moments
        leaves = select(LeafRow.subject).where(col(LeafRow.kind) == "entry").order_by(col(LeafRow.position))
        assert list(session.exec(leaves)) == [answer["id"] for answer in answers]
        assert len({head.size for head in log.heads(session)}) == len(moments)
        assert list(verification.verify(session, sources=SOURCES)) == []


def test_a_clock_that_goes_back_opens_no_door(books: Database, database_url: str, tmp_path: Path) -> None:
    noon = datetime(2026, 11, 2, 5, tzinfo=UTC)
    acts: list[tuple[timedelta, str, str | None]] = [
        *((timedelta(seconds=number), "try", "counted") for number in range(10)),
        (timedelta(seconds=10), "try", "refused"),
        (-timedelta(hours=1), "try", "refused"),  # tries of the hour to come still count
        (timedelta(minutes=16), "try", "counted"),
        (timedelta(minutes=17), "sign in", "signed in"),
        (timedelta(minutes=18), "whose", "officer"),
        (-timedelta(minutes=43), "whose", "officer"),
        (timedelta(minutes=76), "whose", "officer"),
        (timedelta(minutes=78), "whose", None),  # idle for an hour
        (timedelta(days=366), "whose", None),
        (timedelta(days=366), "try", "counted"),
    ]
    answers = at([(noon + after, act) for after, act, _ in acts], database_url, "UTC", tmp_path)
    assert answers == [expected for _, _, expected in acts]
