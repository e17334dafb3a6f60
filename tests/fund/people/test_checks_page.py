"""What staff see of the checks of the books."""

from datetime import timedelta

from fund import checkups, clock
from fund.checkups import Answer
from fund.db import Database
from tests.fund.browsing import signed_in
from tests.fund.donations.builders import found

GOOD = Answer("entries_are_whole", "Every series runs from 1 to its last number without a gap.", "Call.", 1_250)
BAD = Answer("books_balance_in_every_fund", "No job in the background was given up.", "Call.", 3, 12, ("GEN · <1>",))
UNASKED = Answer("log_covers_what_is_booked", "Each donation's money is a statement line's.", "", 0, 0, (), "No key.")


def checked(database: Database, *answers: Answer, ago: timedelta = timedelta(0)) -> None:
    found(database)
    with database.write() as session, clock.at(clock.now() - ago):
        checkups.record(session, clock.now(), answers)


def pages(database_url: str) -> tuple[str, str]:
    with signed_in(database_url) as client:
        client.get("/language/en")
        return client.get("/staff").text, client.get("/staff/checks").text


def test_before_the_first_check_staff_are_told_so(database: Database, database_url: str) -> None:
    found(database)
    assert all("have not been checked yet" in page for page in pages(database_url))


def test_staff_see_that_all_checks_hold_and_when(database: Database, database_url: str) -> None:
    checked(database, GOOD, UNASKED)
    home, checks = pages(database_url)
    assert "All 1 checks hold" in home
    assert "check is late" not in home
    for words in (GOOD.says, "1.2", "No key.", "not asked"):
        assert words.replace("'", "&#39;") in checks


def test_staff_see_what_is_wrong_and_what_to_do(database: Database, database_url: str) -> None:
    checked(database, GOOD, BAD)
    home, checks = pages(database_url)
    assert "1 of 2 checks do not hold" in home
    for words in ("GEN · &lt;1&gt;", "Found: 12", "What to do:", "Call."):
        assert words in checks


def test_a_check_that_did_not_end_is_late(database: Database, database_url: str) -> None:
    checked(database, GOOD, ago=timedelta(hours=27))
    assert all("check is late" in page for page in pages(database_url))
