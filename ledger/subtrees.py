"""The log's tree as it is stored: the hash of every leaf, and of every full subtree of 16, 256, 4096 … leaves.

Any other hash is made from at most 16 of these, so that no root and no proof reads more as the log grows.
Refuses to go on where a stored hash is missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from ledger import merkle
from ledger.errors import LogBrokenError
from ledger.merkle import Node, Span

STRIDE: Final = 4
WIDTH: Final = 1 << STRIDE
Stored = dict[Span, bytes]


def nodes(connection: Connection, spans: Iterable[Span]) -> Node:
    """The hashes of all full subtrees of these spans, read in two queries. Raises LogBrokenError."""
    wanted = {subtree for span in spans for subtree in merkle.subtrees(span)}
    stored = load(connection, {place for level, number in wanted for place in below(level, number)})

    def node(level: int, number: int) -> bytes:
        return merkle.full_hash([stored[place] for place in below(level, number)])

    return node


def grow(connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
    """Store the subtrees that become full when these leaves' hashes follow the first `size` leaves."""
    level, start, hashes = 0, size, list(leaves)
    full: list[tuple[int, int, bytes]] = []
    while hashes:
        begin = start - start % WIDTH
        before = load(connection, {(level, number) for number in range(begin, start)})
        row = [before[level, number] for number in range(begin, start)] + hashes
        hashes = [merkle.full_hash(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)]
        level, start = level + STRIDE, begin // WIDTH
        full += [(level, start + at, value) for at, value in enumerate(hashes)]
    if full:
        mark = "?, ?, ?" if connection.dialect.name == "sqlite" else "%s, %s, %s"
        connection.exec_driver_sql(f"INSERT INTO ledger_subtree (level, number, hash) VALUES ({mark})", full)


def load(connection: Connection, places: Iterable[Span]) -> Stored:
    """The stored hashes at these (level, number), level 0 being the leaves. Raises LogBrokenError."""
    wanted = set(places)
    stored = _leaves(connection, [number for level, number in wanted if level == 0])
    stored |= _subtrees(connection, [place for place in wanted if place[0] > 0])
    missing = min(wanted - stored.keys(), default=None)
    if missing is not None:
        raise LogBrokenError(what=f"the hash {missing[1]} of level {missing[0]} is missing")
    return stored


def _leaves(connection: Connection, positions: Sequence[int]) -> Stored:
    if not positions:
        return {}
    these = ", ".join(str(int(position)) for position in positions)
    rows = connection.exec_driver_sql(f"SELECT position, hash FROM ledger_leaf WHERE position IN ({these})")
    return {(0, position): value for position, value in rows}


def _subtrees(connection: Connection, places: Sequence[Span]) -> Stored:
    if not places:
        return {}
    levels: dict[int, list[str]] = defaultdict(list)
    for level, number in places:
        levels[int(level)].append(str(int(number)))
    # Said for each level: a list of pairs would be joined with the whole table wherever it is thought to be small.
    these = " OR ".join(f"level = {level} AND number IN ({', '.join(numbers)})" for level, numbers in levels.items())
    rows = connection.exec_driver_sql(f"SELECT level, number, hash FROM ledger_subtree WHERE {these}")
    return {(level, number): value for level, number, value in rows}


def below(level: int, number: int) -> list[Span]:
    """The stored subtrees that a full subtree consists of."""
    depth = level % STRIDE
    return [(level - depth, (number << depth) + at) for at in range(1 << depth)]
