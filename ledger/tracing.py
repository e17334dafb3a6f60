"""The tracer: goes through the log in its order and allots every entry that moves money its spans (`lines`).

Knows how to go on from where the trace stands, and to do all of it again and compare. What is money is told from
outside. Refuses nothing: the database refuses spans that overlap, leave a gap or take what is taken.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import Session

from ledger import trace
from ledger.balances import by_index
from ledger.leaves import entry_uuid
from ledger.lines import Lines, Moved, OwnedRow, PieceRow, Rest

Rows = Sequence[Sequence[Any]]

BATCH: Final = 1_000
"""Positions of the log that one step goes through at most."""

_TURN: Final = "SELECT pg_advisory_xact_lock(hashtext('ledger trace'))"
_STANDS: Final = "SELECT coalesce(max(upto), 0) FROM ledger_traced"
_LOGGED: Final = "SELECT coalesce(max(size), 0) FROM ledger_head"
# What an entry moves in a fund is the sum of its postings on what the fund has and owes, but for what is no money.
_MOVED: Final = """
SELECT e.id, l.position, p.fund, CAST(sum(p.amount_satang) AS bigint) AS satang, e.subject, e.reverses
FROM ledger_leaf l
JOIN ledger_entry e ON e.id = {id}
JOIN ledger_posting p ON p.entry_id = e.id
JOIN ledger_account a ON a.code = p.account
WHERE l.position >= :start AND l.position < :stop AND l.kind = 'entry'
  AND a.type IN ('asset', 'liability') AND NOT (a.code {no_money})
GROUP BY e.id, l.position, p.fund, e.subject, e.reverses
HAVING sum(p.amount_satang) <> 0
ORDER BY l.position, p.fund
"""
_NAMED: Final = "SELECT DISTINCT entry_id, fund, subject FROM ledger_posting WHERE entry_id {ids} AND subject <> ''"
_ENTERED: Final = """
SELECT f.code, (SELECT max(o.end_satang) FROM ledger_owned o WHERE o.fund = f.code) FROM ledger_fund f
"""
_SUBJECTS: Final = "t.subject {subjects} AND t.subject <> ''"
_HELD: Final = """
SELECT t.fund, t.entry_id, t.subject, t.number, t.end_satang,
       coalesce((SELECT max(p.end_satang) FROM ledger_piece p WHERE p.part_of = t.number AND p.number < :next),
                t.start_satang) AS rest
FROM ledger_piece t WHERE t.state IN ('taken', 'own') AND t.number < :next AND {wanted}
"""
_OWNED: Final = """
SELECT t.fund, t.start_satang, t.end_satang, t.entry_id, t.subject FROM ledger_owned t
WHERE t.position < :start AND {wanted}
"""
_STORED_OWNED: Final = f"SELECT {', '.join(OwnedRow._fields)} FROM ledger_owned WHERE entry_id {{ids}}"
_STORED_PIECES: Final = (
    f"SELECT {', '.join(PieceRow._fields)} FROM ledger_piece WHERE number >= :first AND number < :last ORDER BY number"
)
_THESE: Final = {
    "sqlite": "IN (SELECT value FROM json_each(:{name}))",
    "postgresql": "= ANY (CAST(:{name} AS {type}[]))",
}
_ARRAYS: Final = {"entry_id": "uuid", "fund": "text", "subject": "text", "state": "text"}


def extend(session: Session, *, no_money: Sequence[str], limit: int = BATCH) -> int:
    """Allot the entries behind the trace their spans, as far as the log is signed; how many positions further it is.

    `no_money`: the accounts of what a fund has that is no money to spend: goods, what others hold for it. Call again
    until 0 to catch up.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # on SQLite the unit of work keeps other writers out
        connection.exec_driver_sql(_TURN)
    start, end = _stretch(connection)
    stop = min(end, start + limit)
    if start < stop:
        last = connection.exec_driver_sql("SELECT coalesce(max(number), 0) FROM ledger_piece").scalar_one()
        with by_index(session):
            before = Lines(last + 1, entered=_entered(connection))
            lines = _allotted(connection, start, stop, before, no_money)
        _insert(connection, "ledger_owned", OwnedRow._fields, lines.new_owned)
        _insert(connection, "ledger_piece", PieceRow._fields, lines.new_pieces)
        _insert(connection, "ledger_traced", ("follows", "upto"), [(start, stop)])
    return stop - start


def is_behind(session: Session) -> bool:
    """Whether the log is longer than what the trace has gone through."""
    start, end = _stretch(session.connection())
    return start < end


def replay(session: Session, *, no_money: Sequence[str], limit: int = BATCH) -> Iterator[str]:
    """Go through the log again; what is stored otherwise than it gives, the first of each stretch."""
    connection = session.connection()
    end, _ = _stretch(connection)
    number, entered, owned = 1, dict[str, int](), 0
    for start in range(0, end, limit):
        with by_index(session):
            before = Lines(number, entered=entered)
            lines = _allotted(connection, start, min(end, start + limit), before, no_money)
            yield from _differing(connection, number, lines)
        number, entered, owned = lines.next_number, lines.entered, owned + len(lines.new_owned)
    stored = "SELECT (SELECT count(*) FROM ledger_owned WHERE position < {0}), max(number) FROM ledger_piece"
    counts = connection.exec_driver_sql(f"{stored} WHERE position < {{0}}".format(end)).one()
    if (counts[0], counts[1] or 0) != (owned, number - 1):
        yield f"{counts[0]} owned spans and {counts[1]} pieces are stored, the log gives {owned} and {number - 1}"


def _stretch(connection: Connection) -> tuple[int, int]:
    """Where the trace stands, and where the signed log ends."""
    stands, logged = (connection.exec_driver_sql(one).scalar_one() for one in (_STANDS, _LOGGED))
    return int(stands), int(logged)


def _allotted(connection: Connection, start: int, stop: int, lines: Lines, no_money: Sequence[str]) -> Lines:
    """The lines after these positions of the log, given nothing but what stood before them."""
    moves = _moved(connection, start, stop, no_money)
    undone = {one.reverses for one in moves if one.reverses}
    takers = {one.fund for one in moves if one.amount_satang < 0}
    _load_free(connection, lines, takers)
    _load_held(connection, lines, undone, {one.subject for one in moves if one.amount_satang > 0})
    _load_owned(connection, lines, start, undone, {name for one in moves for name in one.named})
    for one in moves:
        lines.move(one)
    return lines


def _moved(connection: Connection, start: int, stop: int, no_money: Sequence[str]) -> list[Moved]:
    entry_id = "l.subject" if connection.dialect.name == "sqlite" else "CAST(l.subject AS uuid)"
    question = _MOVED.replace("{id}", entry_id)
    rows = _ask(connection, question, no_money=no_money, start=start, stop=stop)
    named = defaultdict[tuple[UUID, str], set[str]](set)
    for one, fund, subject in _ask(connection, _NAMED, ids=[row[0] for row in rows if row[3] < 0]):
        named[entry_uuid(one), fund].add(subject)
    return [_move(row, named) for row in rows]


def _move(row: Sequence[Any], named: dict[tuple[UUID, str], set[str]]) -> Moved:
    entry_id, position, fund, satang, subject, reverses = row
    own = entry_uuid(entry_id)
    names = frozenset(named.get((own, fund), ()))
    return Moved(own, position, fund, satang, subject, entry_uuid(reverses) if reverses else None, names)


def _entered(connection: Connection) -> dict[str, int]:
    return {fund: end or 0 for fund, end in connection.exec_driver_sql(_ENTERED)}


def _load_free(connection: Connection, lines: Lines, funds: set[str]) -> None:
    question = trace.FREE.replace("{these}", "{funds}")
    for fund, number, end, rest in _ask(connection, question, funds=sorted(funds), next=lines.next_number):
        if rest < end:
            lines.free[fund].append(Rest(rest, end, number))
    for free in lines.free.values():
        free.sort()


def _load_held(connection: Connection, lines: Lines, entries: set[UUID], subjects: set[str]) -> None:
    by_entry, by_subject = _HELD.replace("{wanted}", "t.entry_id {ids}"), _HELD.replace("{wanted}", _SUBJECTS)
    rows = _ask(connection, by_entry, ids=entries, next=lines.next_number)
    rows += _ask(connection, by_subject, subjects=sorted(subjects), next=lines.next_number)
    for fund, entry_id, subject, number, end, rest in {row[3]: row for row in rows}.values():
        if rest < end:
            lines.hold(Rest(rest, end, number), fund, entry_uuid(entry_id), subject)


def _load_owned(connection: Connection, lines: Lines, before: int, entries: set[UUID], subjects: set[str]) -> None:
    by_entry, by_subject = _OWNED.replace("{wanted}", "t.entry_id {ids}"), _OWNED.replace("{wanted}", _SUBJECTS)
    rows = _ask(connection, by_entry, ids=entries, start=before)
    rows += _ask(connection, by_subject, subjects=sorted(subjects), start=before)
    for fund, start, end, entry_id, subject in {(row[0], row[1]): row for row in rows}.values():
        lines.note_owned(fund, start, end, entry_uuid(entry_id), subject)


def _differing(connection: Connection, first: int, lines: Lines) -> Iterator[str]:
    """Where what is stored for a stretch is not what the log gives."""
    ids = [row.entry_id for row in lines.new_owned]
    stored = {_plain(row) for row in _ask(connection, _STORED_OWNED, ids=ids)}
    wrong = sorted(stored ^ {_plain(row) for row in lines.new_owned})
    pieces = [_plain(row) for row in _ask(connection, _STORED_PIECES, first=first, last=lines.next_number)]
    wrong += sorted(set(pieces) ^ {_plain(row) for row in lines.new_pieces})
    if wrong:
        yield f"the log does not give {' '.join(wrong[0])}"


def _plain(row: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(str, row))


def _insert(connection: Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Write rows in one statement."""
    if not rows:
        return
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" for _ in columns)
        plain = [tuple(str(value) if isinstance(value, UUID) else value for value in row) for row in rows]
        connection.exec_driver_sql(f"{into} VALUES ({marks})", plain)
    else:
        arrays = ", ".join(f"%s::{_ARRAYS.get(column, 'bigint')}[]" for column in columns)
        values = tuple([*column] for column in zip(*rows, strict=True))
        connection.exec_driver_sql(f"{into} SELECT * FROM unnest({arrays})", values)


def _ask(connection: Connection, question: str, **facts: Any) -> list[Any]:
    """The rows of a question; `{name}` stands in it for "is one of these", for each list that is given."""
    engine = connection.dialect.name
    lists = {name: list(value) for name, value in facts.items() if not isinstance(value, int)}
    if "no_money" not in lists and not all(lists.values()):
        return []
    types = {name: "uuid" if name == "ids" else "text" for name in lists}
    these = {name: _THESE[engine].format(name=name, type=types[name]) for name in lists}
    given = {name: json.dumps(list(map(str, value))) if engine == "sqlite" else value for name, value in lists.items()}
    return list(connection.execute(text(question.format(**these)), facts | given).all())
