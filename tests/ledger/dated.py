"""A process whose machine's clock is set by hand: does what it is told at each moment, and says what came of it.

Run under libfaketime: `python -m tests.ledger.dated URL` reads `[[moment, act], …]` and writes one answer for each.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fund import clock, limits
from fund.db import Database
from fund.people import passwords, sessions, staff
from fund.people.errors import TooManyTriesError
from fund.people.sessions import Origin
from fund.terminal import OPERATOR
from ledger import book
from receipts.words import thai_date
from tests.builders import a_fund_profile
from tests.ledger.builders import a_gift
from tests.ledger.logbook import seal_all

OFFICER = "officer"
_tokens: list[str] = []


def set_clock(moment: datetime) -> None:
    """Let it be this moment for the whole process, and stand still."""
    there = datetime.fromtimestamp(moment.timestamp())  # noqa: DTZ006 – libfaketime reads the host's local time
    Path(os.environ["FAKETIME_TIMESTAMP_FILE"]).write_text(f"{there:%Y-%m-%d %H:%M:%S}")
    while int(time.time()) != int(moment.timestamp()):
        time.monotonic()


def give(database: Database) -> dict[str, Any]:
    """Book a gift today, as the service would, and say which day a careless service would have taken."""
    today = clock.today()
    with database.write() as session:
        gift = book.post(session, a_gift(on=today, key=f"dated:{os.getpid()}:{len(_tokens)}:{time.perf_counter_ns()}"),
                         by="dated")  # fmt: skip
    seal_all(database)
    return {
        "id": str(gift.entry_id),
        "booked_on": today.isoformat(),
        "naive": date.today().isoformat(),  # noqa: DTZ011 – the mistake itself
        "thai": thai_date(today),
        "fiscal_year": a_fund_profile().fiscal_year(today),
    }


def attempt(database: Database) -> str:
    """One try to sign in."""
    try:
        with database.write() as session:
            limits.count(session, passwords.TRIES, OFFICER, "192.0.2.1")
    except TooManyTriesError:
        return "refused"
    return "counted"


def sign_in(database: Database) -> str:
    with database.write() as session:
        known = staff.named(session, OFFICER)
        person_id = known.id if known else staff.invite(session, OFFICER, [], by=OPERATOR)[0]
        _tokens.append(sessions.begin(session, person_id, "", Origin("192.0.2.1"), by=OPERATOR))
    return "signed in"


def whose(database: Database) -> str | None:
    """Who the last session belongs to."""
    with database.read() as session:
        found = sessions.signed_in(session, _tokens[-1], is_demo=False)
    return found.person.name if found else None


ACTS: dict[str, Callable[[Database], Any]] = {"give": give, "try": attempt, "sign in": sign_in, "whose": whose}


def main() -> None:
    database = Database(sys.argv[1])
    answers = []
    for moment, act in json.load(sys.stdin):
        set_clock(datetime.fromisoformat(moment))
        answers.append(ACTS[act](database))
    database.close()
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    main()
