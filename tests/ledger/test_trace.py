"""Which gifts paid for what: each entry that moves money has its spans of its fund's line."""

import threading
from collections.abc import Iterable
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import accounts, balances, book, lines, log, trace, tracing
from ledger.accounts import Fund
from ledger.journal import Entry, move
from ledger.trace import Owned, Span, Use
from tests import examples
from tests.ledger.builders import BANK, DAY, TILL, a_fee, a_gift, a_key, a_spend, posted
from tests.ledger.logbook import KEY, seal_all
from tests.ledger.raw import run
from tests.ledger.traced import Act, Line

_funds = count(1)
_SUBJECTS = st.sampled_from(["", "grant:1", "grant:2", "gift:1"])
_ACTS = st.lists(
    st.builds(Act, st.integers(-9, 9).filter(bool), _SUBJECTS, st.sampled_from(["", "", "gift:1", "grant:1"]))
    | st.integers(0, 20),
    min_size=4,
    max_size=18,
)
"""What is booked; a number undoes what was booked at that place."""


def go_on(database: Database, *, limit: int = tracing.BATCH) -> None:
    seal_all(database)
    done = 1
    while done:
        with database.write() as session:
            done = tracing.extend(session, no_money=(), limit=limit)


def traced(database: Database, *entries: Entry) -> list[UUID]:
    done = [one.entry_id for one in posted(database, *entries)]
    go_on(database, limit=3)
    return done


def test_a_payment_takes_the_front_and_a_gift_knows_what_became_of_it(books: Database) -> None:
    first, second, paid = traced(books, a_gift(1_000), a_gift(500), a_spend(1_200))
    with books.read() as session:
        assert trace.spans_of(session, paid) == (Span("GEN", 0, 1_200),)
        owned = [Owned(first, 900, 1_000), Owned(second, 1_000, 1_200)]
        assert trace.gifts_in(session, Span("GEN", 900, 1_200)) == owned
        assert trace.gifts_in(session, Span("GEN", 900, 1_200), limit=1) == owned[:1]
        assert [(use, use.satang) for use in trace.uses_of(session, second)] == [(Use(paid, 1_000, 1_200), 200)]
        assert trace.unspent(session, "GEN") == (Span("GEN", 1_200, 1_500),)
        assert trace.owed(session, "GEN") == trace.unspent(session, "D4001") == ()


def test_what_a_fact_takes_beyond_the_line_is_owed_until_the_next_gift(books: Database) -> None:
    fee = traced(books, a_gift(100), a_fee(130))[1]
    with books.read() as session:
        assert (trace.unspent(session, "GEN"), trace.owed(session, "GEN")) == ((), (Span("GEN", 100, 130),))
    gift = traced(books, a_gift(50))[0]
    with books.read() as session:
        assert trace.uses_of(session, gift) == [Use(fee, 100, 130)]
        assert (trace.unspent(session, "GEN"), trace.owed(session, "GEN")) == ((Span("GEN", 130, 150),), ())


def test_a_gift_that_is_given_back_gives_its_own_satang(books: Database) -> None:
    gifts = traced(books, a_gift(100), Act(100, "donation:2").entry("GEN"), a_gift(100))
    refund = Act(-60, "refund:2", "donation:2").entry("GEN")
    with books.write() as session:
        undone = book.reverse(session, gifts[2], reason="wrong", booked_on=DAY, by="treasurer").entry_id
    given_back = traced(books, refund)[0]
    with books.read() as session:
        assert trace.spans_of(session, given_back) == (Span("GEN", 100, 160),)
        assert trace.uses_of(session, gifts[2]) == [Use(undone, 200, 300)]
        assert trace.unspent(session, "GEN") == (Span("GEN", 0, 100), Span("GEN", 160, 200))


def test_what_comes_back_is_free_again_and_taken_first(books: Database) -> None:
    _, paid, other = traced(books, a_gift(1_000), Act(-300, "grant:1").entry("GEN"), a_spend(100))
    traced(books, Act(120, "grant:1").entry("GEN"))
    with books.read() as session:
        assert trace.spans_of(session, paid) == (Span("GEN", 120, 300),)
        assert trace.unspent(session, "GEN") == (Span("GEN", 0, 120), Span("GEN", 400, 1_000))
    again = traced(books, a_spend(200))[0]
    with books.read() as session:
        assert trace.spans_of(session, again) == (Span("GEN", 0, 120), Span("GEN", 400, 480))
        assert trace.spans_of(session, other) == (Span("GEN", 300, 400),)


def test_money_that_only_changes_its_place_moves_no_satang(books: Database) -> None:
    moved = Entry("fee", DAY, DAY, move(40, "GEN", debit=TILL, credit=BANK), a_key())
    leaves, enters = move(30, "GEN", debit="3200", credit=BANK), move(30, "D4001", debit=BANK, credit="3200")
    _, inside, between = traced(books, a_gift(100), moved, Entry("fee", DAY, DAY, leaves + enters, a_key()))
    with books.read() as session:
        assert trace.spans_of(session, inside) == trace.owned_by(session, inside) == ()
        assert trace.spans_of(session, between) == (Span("GEN", 0, 30),)
        assert trace.owned_by(session, between) == (Span("D4001", 0, 30),)


def test_what_is_no_money_is_not_on_the_line(books: Database) -> None:
    posted(books, a_gift(100), Entry("fee", DAY, DAY, move(40, "GEN", debit=TILL, credit=BANK), a_key()))
    seal_all(books)
    with books.write() as session:
        tracing.extend(session, no_money=(TILL,))
        assert trace.unspent(session, "GEN") == (Span("GEN", 40, 100),)
        assert list(tracing.replay(session, no_money=(TILL,))) == []
        assert list(tracing.replay(session, no_money=())) != []  # the control: told otherwise, it is another trace


def satang(spans: Iterable[Span | Use | Owned]) -> set[int]:
    return {at for span in spans for at in range(span.start_satang, span.end_satang)}


def play(database: Database, acts: list[Act | int], limit: int) -> None:
    """Book acts in a new fund, in parts, and compare the trace with the list after each."""
    fund, line, ids = f"F{next(_funds)}", Line(), list[UUID]()
    with database.write() as session:
        accounts.open_fund(session, Fund(fund, fund, fund))
    for at, told in enumerate(acts):
        act = _undoing(line, told) if isinstance(told, int) else told
        if act is None:
            continue
        with database.write() as session:
            if act.undoes is None:
                ids.append(book.post(session, act.entry(fund), by="tester").entry_id)
            else:
                ids.append(book.reverse(session, ids[act.undoes], reason="wrong", booked_on=DAY, by="tester").entry_id)
        line.move(act)
        if at % limit == 0:
            go_on(database, limit=limit)
    go_on(database)
    compare(database, fund, line, ids)


def _undoing(line: Line, number: int) -> Act | None:
    """What undoes an act that is there, undoes nothing and was not undone yet."""
    undone = {act.undoes for act in line.acts}
    if number >= len(line.acts) or number in undone or line.acts[number].undoes is not None:
        return None
    act = line.acts[number]
    return Act(-act.moves, act.subject, act.names, undoes=number)


def compare(database: Database, fund: str, line: Line, ids: list[UUID]) -> None:
    with database.read() as session:
        for number, entry_id in enumerate(ids):
            assert satang(trace.spans_of(session, entry_id)) == line.has(number)
            brought = trace.owned_by(session, entry_id)
            assert satang(brought) == line.brought(number)
            assert satang(trace.uses_of(session, entry_id)) == line.brought(number) - line.unspent()
            for span in brought:
                assert trace.gifts_in(session, span) == [Owned(entry_id, span.start_satang, span.end_satang)]
        free, owed = trace.unspent(session, fund), trace.owed(session, fund)
        assert satang(free) == line.unspent()
        assert len(satang(free)) - len(satang(owed)) == balances.balance(session, BANK, fund)


by_the_list = settings(
    max_examples=examples.count(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=settings.get_current_profile_name() == "gate",
)


@by_the_list
@given(acts=_ACTS, limit=st.integers(1, 7))
def test_each_satang_is_where_a_plain_list_has_it(books: Database, acts: list[Act | int], limit: int) -> None:
    play(books, acts, limit)
    with books.read() as session:
        assert list(tracing.replay(session, no_money=(), limit=limit * 10)) == []


DEFECTS = {
    "what comes back is lost": ("_give_back", lambda self, moved: moved.amount_satang),
    "a refund takes the front": ("_own_spans", lambda self, moved: set()),
    "two gifts for one": (
        "_own",
        lambda self, moved, rest: lines.Lines.note_owned(self, "X", 0, 1, moved.entry_id, ""),
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_list_finds_a_planted_defect(books: Database, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    acts: list[Act | int] = [Act(9), Act(5, "gift:1"), Act(-2, "grant:1"), Act(1, "grant:1"), Act(-3, "", "gift:1")]
    play(books, acts, 3)
    monkeypatch.setattr(lines.Lines, *DEFECTS[defect])
    with pytest.raises(AssertionError):
        play(books, acts, 3)
    monkeypatch.undo()
    with books.read() as session:
        assert list(tracing.replay(session, no_money=())) != []


PIECE = "INSERT INTO ledger_piece SELECT number + 1, fund, {}, {}, {}, {}, entry_id, {}, '' FROM ledger_piece"
PIECE += " ORDER BY number DESC LIMIT 1"
OWNED = "INSERT INTO ledger_owned SELECT fund, {}, {}, {}, {}, '' FROM ledger_owned ORDER BY end_satang DESC LIMIT 1"
FORGED = {
    "a span that overlaps": OWNED.format("end_satang - 1", "end_satang + 9", "{other}", "{position}"),
    "a gap": OWNED.format("end_satang + 1", "end_satang + 9", "{other}", "{position}"),
    "a second beginning": OWNED.format("0", "9", "{other}", "{position}"),
    "a gift that is not in the log": OWNED.format("end_satang", "end_satang + 9", "'{stranger}'", "{position}"),
    "a gift at another's position": OWNED.format("end_satang", "end_satang + 9", "{other}", "{position} - 1"),
    "what is taken already": PIECE.format("1", "'taken'", "100", "250", "position"),
    "what another has": PIECE.format("2", "'taken'", "0", "100", "position"),
    "a gap before what is taken": PIECE.format("1", "'taken'", "350", "400", "position"),
    "more than there was": PIECE.format("2", "'back'", "0", "1000", "position"),
    "what is free comes back": PIECE.format("1", "'back'", "300", "400", "position"),
    "a second line": PIECE.format("NULL", "'line'", "0", "4611686018427387904", "position"),
    "nothing": PIECE.format("1", "'taken'", "300", "300", "position"),
    "what is not in the log": PIECE.format("1", "'taken'", "300", "400", "0"),
    "a step back": "INSERT INTO ledger_traced (follows, upto) VALUES (0, 1)",
    "a step over what is not sealed": "INSERT INTO ledger_traced (follows, upto) SELECT max(upto), 999"
    " FROM ledger_traced",
}
SOUND = (
    OWNED.format("end_satang", "end_satang + 9", "{other}", "{position}"),
    PIECE.format("1", "'taken'", "300", "400", "position"),
    PIECE.format("2", "'back'", "0", "100", "position"),
)
"""The control: the same statements with true figures are let in, so each refusal is for what is wrong in it."""


def a_place_to_forge(books: Database) -> dict[str, str]:
    """A gift of 1,000, 200 and 100 taken of it, and another entry of the log that owns nothing."""
    moved = Entry("fee", DAY, DAY, move(40, "GEN", debit=TILL, credit=BANK), a_key())
    other = traced(books, a_gift(1_000), a_spend(200), a_spend(100), moved)[3]
    place = f"(SELECT position FROM ledger_leaf WHERE subject = '{other}')"
    quoted = f"'{other}'" if books.is_sqlite else f"CAST('{other}' AS uuid)"
    return {"other": quoted, "position": place, "stranger": "00000000-0000-7000-8000-000000000000"}


def _cast(statement: str, books: Database) -> str:
    stranger = "'00000000-0000-7000-8000-000000000000'"
    return statement if books.is_sqlite else statement.replace(stranger, f"CAST({stranger} AS uuid)")


def test_spans_that_are_not_true_are_refused_by_the_database(books: Database) -> None:
    facts = a_place_to_forge(books)
    refused = r"ledger:trace|ledger_piece_|ledger_owned_|append-only|unique|UNIQUE"
    for name, attack in FORGED.items():
        with pytest.raises(DBAPIError, match=refused):
            run(books, _cast(attack.format(**facts), books))
            pytest.fail(name)
    for statement in SOUND:
        run(books, _cast(statement.format(**facts), books))


def test_the_trace_is_append_only(books: Database) -> None:
    traced(books, a_gift(1_000), a_spend(200))
    for table, column in (("owned", "subject"), ("piece", "subject"), ("traced", "upto")):
        attacks = [f"UPDATE ledger_{table} SET {column} = {column}", f"DELETE FROM ledger_{table}"]
        replace = f"INSERT OR REPLACE INTO ledger_{table} SELECT * FROM ledger_{table} LIMIT 1"
        attacks.append(replace if books.is_sqlite else f"TRUNCATE ledger_{table}")
        for attack in attacks:
            with pytest.raises(DBAPIError, match=r"append-only|ledger:trace"):
                run(books, attack)


def test_many_sealers_trace_each_entry_once(books: Database) -> None:
    posted(books, *(a_gift(10) for _ in range(60)), *(a_fee(3) for _ in range(60)))
    with books.write() as session:  # else two of them could find no key and both add it
        log.add_key(session, KEY)
    tracers = [threading.Thread(target=lambda: go_on(books, limit=7)) for _ in range(4)]
    for tracer in tracers:
        tracer.start()
    for tracer in tracers:
        tracer.join()
    with books.read() as session:
        assert not tracing.is_behind(session)
        assert trace.unspent(session, "GEN") == (Span("GEN", 180, 600),)
        assert list(tracing.replay(session, no_money=())) == []


def test_a_tracer_that_dies_leaves_nothing_and_the_next_goes_on(books: Database) -> None:
    posted(books, *(a_gift(10) for _ in range(20)), a_fee(15))
    seal_all(books)
    for limit in (4, 30):
        with books.write() as session:
            tracing.extend(session, no_money=(), limit=limit)
            session.rollback()
    with books.read() as session:
        assert trace.entered(session, "GEN") == 0
    go_on(books, limit=4)
    with books.read() as session:
        assert trace.unspent(session, "GEN") == (Span("GEN", 15, 200),)
