"""The trace: every satang that entered a fund lies on that fund's line, and each is a gift's, and spent or not.

Knows which span of its fund's line an entry brought, and who has taken which span; the sealer allots them
(`tracing`), by the rules of `lines`. What no gift has covered yet is owed. Refuses nothing: an entry that the sealer
has not reached, or that moves no money, has no spans.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlmodel import Session

from ledger.columns import Uid
from ledger.leaves import entry_uuid
from ledger.lines import END, OWN, TAKEN

# From the whole line down to what overlaps the span: of each piece, those parts of it that do. They follow one another
# without gap or overlap, so the first is the last that begins before the span.
_OVERLAPPING: Final = """
WITH RECURSIVE cut (number, state, entry_id, start_satang, end_satang) AS (
    SELECT number, state, entry_id, start_satang, end_satang FROM ledger_piece WHERE fund = :fund AND part_of IS NULL
    UNION ALL
    SELECT p.number, p.state, p.entry_id, p.start_satang, p.end_satang
    FROM cut c JOIN ledger_piece p ON p.part_of = c.number AND p.start_satang < :stop AND p.start_satang >= coalesce(
        (SELECT max(b.start_satang) FROM ledger_piece b WHERE b.part_of = c.number AND b.start_satang <= :start), 0)
    WHERE p.end_satang > :start
)
SELECT c.state, c.entry_id, c.end_satang,
       coalesce((SELECT max(p.end_satang) FROM ledger_piece p WHERE p.part_of = c.number), c.start_satang) AS rest
FROM cut c
"""
_TAKEN_BY: Final = """
SELECT t.fund, t.end_satang,
       coalesce((SELECT max(p.end_satang) FROM ledger_piece p WHERE p.part_of = t.number), t.start_satang) AS rest
FROM ledger_piece t WHERE t.entry_id = :entry AND t.state IN ('taken', 'own')
"""
FREE: Final = """
SELECT f.fund, f.number, f.end_satang,
       coalesce((SELECT max(p.end_satang) FROM ledger_piece p WHERE p.part_of = f.number AND p.number < :next),
                f.start_satang) AS rest
FROM ledger_piece l JOIN ledger_piece f ON f.fund = l.fund AND (f.number = l.number OR f.state IN ('kept', 'back')
     AND f.number > coalesce((SELECT max(t.number) FROM ledger_piece t
                              WHERE t.part_of = l.number AND t.state = 'taken' AND t.number < :next), 0))
WHERE l.part_of IS NULL AND l.fund {these} AND f.number < :next
"""
"""What is free of funds, before the piece `next`: when the front reaches the rest of a line, all before it is taken."""

_OWNED: Final = "SELECT fund, start_satang, end_satang FROM ledger_owned WHERE entry_id = :entry"
_GIFTS: Final = """
SELECT entry_id, start_satang, end_satang FROM ledger_owned
WHERE fund = :fund AND end_satang > :start AND start_satang < :stop ORDER BY end_satang LIMIT :limit
"""
_ENTERED: Final = "SELECT coalesce(max(end_satang), 0) FROM ledger_owned WHERE fund = :fund"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Satang of a fund's line, from `start_satang` up to and without `end_satang`."""

    fund: str
    start_satang: int
    end_satang: int

    @property
    def satang(self) -> int:
        """How many they are."""
        return self.end_satang - self.start_satang


@dataclass(frozen=True, slots=True)
class Owned:
    """The part of a span that one entry brought: a gift, an opening balance, interest, a transfer."""

    entry_id: UUID
    start_satang: int
    end_satang: int


@dataclass(frozen=True, slots=True)
class Use:
    """A part of a gift that an entry took and has not given back: a payment, an advance, a fee, a refund."""

    entry_id: UUID
    start_satang: int
    end_satang: int

    @property
    def satang(self) -> int:
        """How much of the gift it took."""
        return self.end_satang - self.start_satang


def spans_of(session: Session, entry_id: UUID) -> tuple[Span, ...]:
    """What a payment, an advance, a refund or a fee took and has not given back, in line order."""
    taken = _ask(session, _TAKEN_BY, entry=entry_id)
    return _joined(Span(fund, rest, end) for fund, end, rest in taken if rest < end)


def owned_by(session: Session, entry_id: UUID) -> tuple[Span, ...]:
    """What an entry brought: one span of each fund that it brought money to."""
    return tuple(sorted(Span(*row) for row in _ask(session, _OWNED, entry=entry_id)))


def gifts_in(session: Session, span: Span, limit: int = 100) -> list[Owned]:
    """Whose satang a span is, in line order: each entry with its part of the span; what is owed still is nobody's."""
    facts = {"fund": span.fund, "start": span.start_satang, "stop": span.end_satang, "limit": limit}
    return [
        Owned(entry_uuid(entry_id), max(start, span.start_satang), min(end, span.end_satang))
        for entry_id, start, end in _ask(session, _GIFTS, **facts)
    ]


def uses_of(session: Session, gift_entry_id: UUID) -> list[Use]:
    """What became of a gift: which entries have which parts of it, in line order; the rest of it is unspent."""
    uses = (use for span in owned_by(session, gift_entry_id) for use in _uses(session, span))
    return sorted(uses, key=lambda use: use.start_satang)


def unspent(session: Session, fund: str) -> tuple[Span, ...]:
    """What lies on a fund's line and nobody has taken, in the order in which it will be."""
    end = entered(session, fund)
    free = _ask(session, FREE.format(these="= :fund"), fund=fund, next=END) or [(fund, 0, END, 0)]
    return _joined(Span(fund, rest, min(stop, end)) for _, _, stop, rest in free if rest < min(stop, end))


def owed(session: Session, fund: str) -> tuple[Span, ...]:
    """What was taken from a fund before it came: the next gifts cover it."""
    beyond = Span(fund, entered(session, fund), END)
    return _joined(Span(fund, use.start_satang, use.end_satang) for use in _uses(session, beyond))


def entered(session: Session, fund: str) -> int:
    """How many satang have ever come to a fund, as far as the log goes: where its line ends today."""
    return int(_ask(session, _ENTERED, fund=fund)[0][0])


def _uses(session: Session, span: Span) -> Iterator[Use]:
    facts = {"fund": span.fund, "start": span.start_satang, "stop": span.end_satang}
    for state, entry_id, end, rest in _ask(session, _OVERLAPPING, **facts):
        begin, stop = max(rest, span.start_satang), min(end, span.end_satang)
        if state in (TAKEN, OWN) and begin < stop:
            yield Use(entry_uuid(entry_id), begin, stop)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in line order, those that touch as one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and (joined[-1].fund, joined[-1].end_satang) == (span.fund, span.start_satang):
            span = Span(span.fund, joined.pop().start_satang, span.end_satang)
        joined.append(span)
    return tuple(joined)


def _ask(session: Session, question: str, **facts: Any) -> Any:
    typed = [bindparam(name, value, type_=Uid() if name == "entry" else None) for name, value in facts.items()]
    return session.connection().execute(text(question).bindparams(*typed)).all()
