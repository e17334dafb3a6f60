"""What may be asked: bad parameters, garbage and hostile text are refused in words, and never break anything."""

import base64
from collections.abc import Iterator

from fund.books import cursors
from fund.books.operations import OPERATIONS, Operation
from ledger.identifiers import new_id
from tests.fund.books.builders import Library, everything, program
from tests.fund.browsing import Browser

LISTS = [one for one in OPERATIONS if "after" in one.asks.__struct_fields__]
BAD = [
    ("page=-1", "Only these parameters are understood here: after, size."),
    ("sort=password", "Only these parameters are understood here: after, size."),
    ("size=0", "The parameter size takes: 1–200."),
    ("size=-1", "The parameter size takes: 1–200."),
    ("size=201", "The parameter size takes: 1–200."),
    ("size=999999999", "The parameter size takes: 1–200."),
    ("size=1e999999", "The parameter size takes: 1–200."),
    ("size=NaN", "The parameter size takes: 1–200."),
    ("size=%00", "The parameter size takes: 1–200."),
    ("size=1&size=2", "The parameter size takes: 1–200."),
    ("after=garbage", "This cursor is not one of this list. Begin without it."),
    ("after=%00", "This cursor is not one of this list. Begin without it."),
    ("after=%ff%fe", "This cursor is not one of this list. Begin without it."),
    ("after=' OR 1=1--", "This cursor is not one of this list. Begin without it."),
    (f"after={'A' * 20_000}", "This cursor is not one of this list. Begin without it."),
]
WHEN = [
    ("on=2026-02-31", "The parameter on takes: YYYY-MM-DD."),
    ("on=yesterday", "The parameter on takes: YYYY-MM-DD."),
    ("on=null", "The parameter on takes: YYYY-MM-DD."),
    ("on=2569-11-23", "Days are written in the Christian era: 2026-11-23."),
    ("as_of=-1", "The parameter as_of takes: 0–9007199254740991."),
    ("as_of=99999999999999999999", "The parameter as_of takes: 0–9007199254740991."),
    ("as_of=first", "The parameter as_of takes: 0–9007199254740991."),
]
HOSTILE = ("' OR 1=1--", "{{7*7}}", "../../etc/passwd", "%00", "a%0d%0aset-cookie:x=1", "%ff", "x" * 5_000, "ก", "%")


MISSING = (
    "/api/accounts/9999",
    "/api/funds/NONE",
    "/api/balances/9999/GEN",
    "/api/balances/1110.01/NONE",
    "/api/balances/9999/GEN/history",
    f"/api/entries/{new_id()}",
    f"/api/entries/{new_id()}/proof",
    "/api/entries/1",
    "/api/log/heads/1",
    "/api/log/heads/-1",
    "/api/log/heads/99999999999999999999",
    "/api/nothing",
)
HISTORY = ("history 1110.01 D4005", "/api/balances/1110.01/D4005/history")
FORGED: tuple[tuple[str, str, object], ...] = (
    ("entries", "/api/entries", new_id()),
    ("entries", "/api/entries", "text"),
    (*HISTORY, (new_id(), 1)),
    (*HISTORY, (new_id(), 2**80)),
    (*HISTORY, ("\0", -1)),
    ("heads", "/api/log/heads", 2**80),
    ("heads", "/api/log/heads", -(2**80)),
    ("keys", "/api/log/keys", "' OR 1=1--"),
)


def told(client: Browser, address: str) -> tuple[int, str]:
    answer = client.get(address, headers={"accept-language": "en-GB"})
    return answer.status_code, answer.json()["detail"]


def test_a_bad_parameter_is_refused_with_what_it_takes(shelf: Library) -> None:
    with program(shelf) as client:
        answers = {query: told(client, f"/api/entries?{query}") for query, _ in BAD}
    assert answers == {query: (400, said) for query, said in BAD}


def test_a_day_or_place_that_is_none_is_refused(shelf: Library) -> None:
    with program(shelf) as client:
        for path in ("/api/balances", "/api/balances/1110.01/GEN"):
            answers = {query: told(client, f"{path}?{query}") for query, _ in WHEN}
            assert answers == {query: (400, said) for query, said in WHEN}


def test_what_is_not_in_the_log_yet_is_a_conflict_and_not_a_fault(shelf: Library) -> None:
    size = shelf.size()
    late = shelf.gift()
    with program(shelf) as client:
        for address in (
            f"/api/balances?as_of={size}",
            f"/api/balances/1110.01/GEN?as_of={size + 1_000_000}",
            f"/api/entries/{late.proves}/proof",
            f"/api/receipts/{late.number}/{late.token}/proof",
            f"/api/log/consistency?old={size + 1}",
            f"/api/log/consistency?old={size}&new=1",
        ):
            assert told(client, address) == (409, "This is not in the log yet."), address


def test_what_is_not_there_is_not_found(shelf: Library) -> None:
    with program(shelf) as client:
        answers = {path: client.get(path) for path in MISSING}
    assert [path for path, answer in answers.items() if answer.status_code != 404] == []
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}


def addresses(shelf: Library, one: Operation) -> Iterator[str]:
    """An operation with every hostile text in every place that takes text."""
    names, path = one.asks.__struct_fields__, shelf.path(one).partition("?")[0]
    for text in HOSTILE:
        yield one.path.format_map(dict.fromkeys(names, text))
        yield from (f"{path}?{name}={text}" for name in names)


def test_hostile_text_breaks_nothing_and_never_comes_back(shelf: Library) -> None:
    with program(shelf) as client:
        for address in [address for one in OPERATIONS for address in addresses(shelf, one)]:
            answer = client.get(address)
            assert answer.status_code in (200, 400, 404, 409, 429), (address, answer.status_code)
            assert not any(bad in answer.text for bad in ("OR 1=1", "7*7", "passwd")), address
            assert "set-cookie" not in answer.headers


def test_a_cursor_serves_only_the_list_it_came_from(shelf: Library) -> None:
    with program(shelf) as client:
        cursors_of = {one: client.get(shelf.path(one), params={"size": 1}).json()["next"] for one in LISTS}
        for one in LISTS:
            for other, cursor in cursors_of.items():
                status = client.get(shelf.path(one), params={"after": cursor}).status_code
                assert status == (200 if other is one else 400), (one.name, other.name)


def test_a_cursor_of_balances_serves_only_its_own_filters(shelf: Library) -> None:
    with program(shelf) as client:
        cursor = client.get("/api/balances?size=1").json()["next"]
        for query in ("on=2026-11-21", "as_of=0", "fund=D4005", "account=1110.01"):
            assert client.get(f"/api/balances?{query}&after={cursor}").status_code == 400, query


def test_a_cursor_of_another_book_is_refused(shelf: Library) -> None:
    with program(shelf) as client:
        for listing, path, place in FORGED:
            answer = client.get(path, params={"after": cursors.written(listing, place)})
            assert answer.status_code == 400, (listing, place)


def test_a_cursor_changed_by_one_bit_is_refused(shelf: Library) -> None:
    with program(shelf) as client:
        cursor: str = client.get("/api/accounts?size=1").json()["next"]
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_")
        for at in range(len(packed)):
            changed = packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]
            sent = base64.urlsafe_b64encode(changed).decode().rstrip("=")
            assert client.get("/api/accounts", params={"after": sent}).status_code == 400, at


def test_the_largest_page_is_two_hundred_rows(shelf: Library) -> None:
    with program(shelf) as client:
        assert len(everything(client, "/api/accounts", size=200)) == len(everything(client, "/api/accounts", size=7))
