"""What children wait for, in counts that tell of no child: written each week from above, shown to everybody.

Knows a kind of help (`uniform`) or a thing of the list, and how many children wait for it: in all, by size and by
districts put together. Refuses a count below ten or one that is not rounded, and so does the database. Knows no case.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Field, Session, SQLModel, col, delete, func, select

from fund.errors import FundError
from fund.goods import things
from fund.goods.things import Thing
from ledger.columns import BigInt, Day

SMALLEST: Final = 10
STEP: Final = 5
"""Counts are rounded down to fives: whoever looks each week learns of no single child."""

SEPARATOR: Final = "|"
KINDS: Final = {
    "uniform": "Uniform and shoes",
    "education_cost": "Books and things for school",
    "travel": "A way to school",
    "food": "Food",
}
"""Needs of children that goods can meet, as everybody calls them."""


class SmallCountError(FundError):
    message = "A count below ten, or one that is not rounded, is not published."


class NeedRow(SQLModel, table=True):
    """A count: `by` is `all`, `size` or `district`; `names` are the sizes or districts that it is of."""

    __tablename__ = "goods_need"
    thing: str = Field(primary_key=True)
    by: str = Field(primary_key=True)
    names: str = Field(primary_key=True)
    children: int = Field(sa_type=BigInt)
    counted_on: date = Field(sa_type=Day)


@dataclass(frozen=True, slots=True)
class Count:
    """So many children, at least, of these sizes or districts."""

    thing: str
    by: str
    names: tuple[str, ...]
    children: int


@dataclass(frozen=True, slots=True)
class Need:
    """What is needed, how many children wait for it at least, and of which sizes and districts."""

    kind: str
    thing: Thing | None
    children: int
    sizes: tuple[Count, ...] = ()
    districts: tuple[Count, ...] = ()


def rounded(count: int) -> int:
    """A count that may be shown, as it is shown."""
    return count - count % STEP


def publish(session: Session, counts: Iterable[Count], counted_on: date) -> None:
    """Show these counts instead of the last ones. Raises SmallCountError."""
    found = list(counts)
    if any(one.children < SMALLEST or one.children % STEP for one in found):
        raise SmallCountError()
    session.execute(delete(NeedRow))
    for one in found:
        names = SEPARATOR.join(one.names)
        session.add(NeedRow(thing=one.thing, by=one.by, names=names, children=one.children, counted_on=counted_on))
    session.flush()


def counted_on(session: Session) -> date | None:
    """The day of the counts that are shown; None where there are none."""
    return session.exec(select(func.max(NeedRow.counted_on))).one()


def needs(session: Session) -> list[Need]:
    """What is needed, the most first."""
    rows = session.exec(select(NeedRow).order_by(col(NeedRow.children).desc(), col(NeedRow.names))).all()
    known = {str(thing_id): thing for thing_id, thing in things.things(session).items()}
    counts = [Count(row.thing, row.by, tuple(row.names.split(SEPARATOR)), row.children) for row in rows]
    return [
        Need(
            one.thing,
            known.get(one.thing),
            one.children,
            tuple(other for other in counts if (other.thing, other.by) == (one.thing, "size")),
            tuple(other for other in counts if (other.thing, other.by) == (one.thing, "district")),
        )
        for one in counts
        if one.by == "all" and (one.thing in KINDS or one.thing in known)
    ]
