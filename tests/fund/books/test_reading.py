"""What is read equals what is booked: page by page while others write, on any day, at any place in the log."""

import base64
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from fund.books import keys
from fund.books.operations import OPERATIONS
from fund.db import Database
from ledger import book
from ledger.book import BookedEntry
from ledger.journal import Entry, move
from ledger.money import LARGEST_SATANG, format_baht
from tests.fund.books.builders import CANARIES, CLERK, Library, everything, program
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import found
from tests.ledger.builders import a_key

VERIFIER = Path(__file__).parents[3] / "verify_receipt.py"
WRITERS, EACH = 3, 12


def a_gift(amount_satang: int = 1_000, on: date = date(2026, 11, 23)) -> Entry:
    return Entry("donation", on, on, move(amount_satang, "D4005", debit="1110.01", credit="4110"), a_key())


def post(database: Database, entry: Entry) -> str:
    with database.write() as session:
        return str(book.post(session, entry, by="writer").entry_id)


def ids(entries: list[BookedEntry]) -> list[str]:
    return [str(entry.id) for entry in entries]


def test_turning_the_pages_of_the_journal_meets_every_entry_once(shelf: Library) -> None:
    shelf.gift()  # one that is not sealed yet
    there = shelf.entries()
    with program(shelf) as client:
        for size in (1, 2, 3, 200):
            rows = everything(client, "/api/entries", size)
            assert [row["id"] for row in rows] == ids(there)
    assert [row["position"] is None for row in rows] == [False, False, False, True]
    told = [[(line["account"], line["fund"], line["amount_satang"]) for line in row["postings"]] for row in rows]
    assert told == [[(p.account, p.fund, p.amount_satang) for p in entry.postings] for entry in there]


def test_pages_turned_while_others_write_miss_nothing_and_repeat_nothing(shelf: Library) -> None:
    def write() -> None:
        for _ in range(EACH):
            post(shelf.database, a_gift())

    writers = [Thread(target=write) for _ in range(WRITERS)]
    with program(shelf) as client:
        pages = follow(client, "/api/entries", stop := Event())
        seen = next(pages)
        for writer in writers:
            writer.start()
        seen += next(pages)
        for writer in writers:
            writer.join()
        stop.set()
        for rows in pages:
            seen += rows
    assert [row["id"] for row in seen] == ids(shelf.entries())
    assert len(seen) == 3 + WRITERS * EACH


def follow(client: Browser, path: str, stop: Event) -> Iterator[list[dict[str, Any]]]:
    """The rows of page after page, coming back with the last cursor until told to stop and nothing is left."""
    after = ""
    while True:
        is_last = stop.is_set()
        page = client.get(path, params={"size": 3, "after": after}).json()
        after = page["next"] or ""
        yield page["rows"]
        if is_last and not page["has_more"]:
            return


def late_commit(shelf: Library) -> tuple[list[str], list[str]]:
    """What a reader meets who turns pages before and after an early transaction commits late; and the journal."""
    with program(shelf) as client:
        with shelf.database.write() as in_flight:
            book.post(in_flight, a_gift(), by="writer")
            post(shelf.database, a_gift())
            page = client.get("/api/entries").json()
        later = client.get("/api/entries", params={"after": page["next"]}).json()
    return [row["id"] for row in page["rows"] + later["rows"]], ids(shelf.entries())


def test_an_entry_that_commits_late_is_met(shelf: Library) -> None:
    if shelf.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    met, there = late_commit(shelf)
    assert met == there


def test_a_page_that_shows_what_is_not_settled_would_miss_it(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the one above."""
    if shelf.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    whole = book.entries
    monkeypatch.setattr(book, "entries", lambda session, **asked: whole(session, **asked | {"only_settled": 0}))
    met, there = late_commit(shelf)
    assert set(there) - set(met) != set()


def sums(entries: list[BookedEntry]) -> dict[tuple[str, str], int]:
    """What stands on each account of each fund, by adding up."""
    total: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for posting in entry.postings:
            total[posting.account, posting.fund] += posting.amount_satang
    return dict(total)


def balances(client: Browser, **asked: str) -> dict[tuple[str, str], int]:
    rows = everything(client, "/api/balances", 2, **asked)
    assert all(row["amount_baht"] == format_baht(row["amount_satang"]) for row in rows)
    return {(row["account"], row["fund"]): row["amount_satang"] for row in rows}


def test_balances_of_every_day_and_at_every_place_are_the_sums_of_their_entries(shelf: Library) -> None:
    places = {entry["position"]: entry["id"] for entry in sealed(shelf)}
    with program(shelf) as client:
        assert balances(client) == sums(shelf.entries())
        for position in range(shelf.size()):
            counted = [entry for entry in shelf.entries() if str(entry.id) in upto(places, position)]
            assert balances(client, as_of=str(position)) == sums(counted)
            for day in ("2026-11-20", "2026-11-21", "2026-11-22"):
                booked = [entry for entry in counted if entry.booked_on.isoformat() <= day]
                there = balances(client, as_of=str(position), on=day)
                assert {place: satang for place, satang in there.items() if satang} == sums(booked)
                one = client.get(f"/api/balances/1110.01/D4005?as_of={position}&on={day}").json()
                assert one["amount_satang"] == there.get(("1110.01", "D4005"), 0)
                assert one["moment"]["on"] == day


def sealed(shelf: Library) -> list[dict[str, Any]]:
    with program(shelf) as client:
        return everything(client, "/api/entries", 200)


def upto(places: dict[int, str], position: int) -> set[str]:
    return {entry for place, entry in places.items() if place <= position}


def test_the_pages_of_one_list_of_balances_are_of_one_moment(shelf: Library) -> None:
    before = sums(shelf.entries())
    with program(shelf) as client:
        first = client.get("/api/balances?size=1").json()
        shelf.gift(777_00)
        rest = client.get("/api/balances", params={"after": first["next"]}).json()
        assert balances(client) != before
    rows = first["rows"] + rest["rows"]
    assert {(row["account"], row["fund"]): row["amount_satang"] for row in rows} == before
    assert first["moment"] == rest["moment"]


def test_balances_can_be_asked_of_one_fund_or_one_account(shelf: Library) -> None:
    with program(shelf) as client:
        assert balances(client, fund="D4005") == {k: v for k, v in sums(shelf.entries()).items() if k[1] == "D4005"}
        assert balances(client, account="1110.01") == {
            k: v for k, v in sums(shelf.entries()).items() if k[0] == "1110.01"
        }
        assert balances(client, fund="GEN") == {}


def test_an_empty_book_has_balances_of_nothing(database: Database, database_url: str) -> None:

    found(database)
    with database.write() as session:
        token = keys.give(session, "auditor", by=CLERK)
    with browser(database_url) as client:
        client.headers["authorization"] = f"Bearer {token}"
        assert client.get("/api/balances").json()["rows"] == []
        assert client.get("/api/balances/1110.01/GEN").json()["amount_satang"] == 0
        assert client.get("/api/log/head").status_code == 404
        assert client.get("/api/entries").json() == {"rows": [], "next": None, "has_more": False}


def test_the_history_of_an_account_adds_up_to_its_balance(shelf: Library) -> None:
    with program(shelf) as client:
        for account in ("1110.01", "4110"):
            rows = everything(client, f"/api/balances/{account}/D4005/history", 1)
            standing = 0
            for row in rows:
                standing += row["amount_satang"]
                assert (row["balance_satang"], row["balance_baht"]) == (standing, format_baht(standing))
            assert client.get(f"/api/balances/{account}/D4005").json()["amount_satang"] == standing
            assert [row["entry_id"] for row in rows] == ids(shelf.entries())


def test_the_largest_amount_is_told_to_the_satang(shelf: Library) -> None:
    entry = post(shelf.database, a_gift(LARGEST_SATANG - 1))
    with program(shelf) as client:
        line = client.get(f"/api/entries/{entry}").json()["postings"][0]
    assert (line["amount_satang"], line["amount_baht"]) == (999_999_999_999_999, "9,999,999,999,999.99")


def verified(tmp_path: Path, text: str) -> str:
    """What an outsider's verifier says of a proof file, without network, package or book."""
    proof = tmp_path / "proof.json"
    proof.write_text(text, encoding="utf-8")
    ran = subprocess.run([sys.executable, "-I", VERIFIER, proof], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_proof_is_true_to_an_outsider(shelf: Library, tmp_path: Path) -> None:
    with program(shelf) as client:
        sizes = [head["size"] for head in everything(client, "/api/log/heads", 1)]
        assert len(sizes) == 2
        paths = [shelf.path(one) for one in OPERATIONS if one.file is not None]
        paths += [f"/api/log/consistency?old={sizes[0]}&new={sizes[1]}", f"{shelf.path(OPERATIONS[-1])}?donor=true"]
        for path in paths:
            answer = client.get(path)
            assert answer.headers["content-disposition"].startswith("attachment; "), path
            assert verified(tmp_path, answer.text), path


def test_heads_of_the_list_are_the_heads_themselves(shelf: Library) -> None:
    with browser(shelf.database_url) as client:
        listed = everything(client, "/api/log/heads", 1)
        assert listed[-1] == client.get("/api/log/head").json()
        assert listed == [client.get(f"/api/log/heads/{head['size']}").json() for head in listed]
        key = client.get("/api/log/keys").json()["rows"][0]["key"]
    assert {head["key"] for head in listed} == {key}


def opened(part: Any) -> str:
    """All text of an answer, what is packed in base64 too."""
    if isinstance(part, dict):
        return " ".join(map(opened, part.values()))
    if isinstance(part, list):
        return " ".join(map(opened, part))
    try:
        return f"{part} {base64.b64decode(str(part), validate=True).decode()}"
    except ValueError:
        return str(part)


def test_no_answer_names_a_donor(shelf: Library) -> None:
    with program(shelf) as client:
        for one in OPERATIONS:
            text = opened(client.get(shelf.path(one)).json())
            assert [canary for canary in CANARIES if canary in text] == [], one.path


def test_only_the_holder_of_the_link_opens_the_donors_own_part(shelf: Library) -> None:
    with browser(shelf.database_url) as client:
        text = opened(client.get(f"{shelf.path(OPERATIONS[-1])}?donor=true").json())
    assert [canary for canary in CANARIES if canary in text] == list(CANARIES)  # and the body above finds them


def test_an_unchanged_answer_is_not_sent_again(shelf: Library) -> None:
    with program(shelf) as client:
        for one in OPERATIONS:
            first = client.get(shelf.path(one))
            again = client.get(shelf.path(one), headers={"if-none-match": f'"other", {first.headers["etag"]}'})
            assert (again.status_code, again.content) == (304, b""), one.path
            kept = "no-store" if one.name == "receipt_proof" else "no-cache"
            assert kept in again.headers["cache-control"], one.path
        tag = client.get("/api/entries").headers["etag"]
        shelf.gift()
        assert client.get("/api/entries", headers={"if-none-match": tag}).status_code == 200
