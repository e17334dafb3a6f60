"""What of a table about children may leave the house: no count below ten, and none that the others give away.

Pure. Knows one table of rows (districts) whose columns each add up to a published total. Sparse rows are put together
until the group shows; in the other columns small counts are hidden, and with them as many others as it takes that
their sum tells nothing. What hides with a small count is chosen by what is public already, never by its own size: who
knows the rule learns nothing from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SMALLEST: Final = 10
ROUNDED_TO_SATANG: Final = 100_000
"""Money beside a hidden count is told to the nearest thousand baht."""


@dataclass(frozen=True, slots=True)
class Row:
    """A district, or several together, with its counts; None where a count is hidden."""

    members: tuple[str, ...]
    counts: Mapping[str, int | None]

    @property
    def is_whole(self) -> bool:
        """Whether every count of it is shown."""
        return None not in self.counts.values()


@dataclass(frozen=True, slots=True)
class Published:
    """The table as it may be shown to anybody, with its totals."""

    rows: tuple[Row, ...]
    totals: Mapping[str, int | None]


def published(table: Mapping[str, Mapping[str, int]], base: str) -> Published:
    """What may be shown of a table (row → column → count); rows are grouped by the column `base`."""
    together = groups({name: counts[base] for name, counts in table.items()})
    columns = list(dict.fromkeys(column for counts in table.values() for column in counts))
    summed = [{column: sum(table[name][column] for name in group) for column in columns} for group in together]
    order = sorted(range(len(summed)), key=lambda place: summed[place][base])
    hidden = {column: hidden_in([counts[column] for counts in summed], order) for column in columns}
    return Published(
        tuple(
            Row(group, {name: None if place in hidden[name] else counts[name] for name in columns})
            for place, (group, counts) in enumerate(zip(together, summed, strict=True))
        ),
        {name: total(counts[name] for counts in summed) for name in columns},
    )


def total(counts: Iterable[int]) -> int | None:
    """The sum where it may be shown."""
    return shown(sum(counts))


def shown(count: int) -> int | None:
    """A count that stands alone, where it may be shown."""
    return count if count >= SMALLEST else None


def rounded(amount_satang: int) -> int:
    """Money beside a hidden count, to the nearest thousand baht."""
    return (amount_satang + ROUNDED_TO_SATANG // 2) // ROUNDED_TO_SATANG * ROUNDED_TO_SATANG


def groups(sizes: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """The rows as they are shown: those that are too small together, with neighbours until the group shows."""
    names = list(sizes)
    small = [place for place, name in enumerate(names) if sizes[name] < SMALLEST]
    if not small:
        return tuple((name,) for name in names)
    near = [*range(small[-1] + 1, len(names)), *range(small[-1] - 1, -1, -1)]
    for place in near:
        if len(small) > 1 and sum(sizes[names[one]] for one in small) >= SMALLEST:
            break
        if place not in small:
            small.append(place)
    alone = [(name,) for place, name in enumerate(names) if place not in small]
    return (*alone, tuple(names[place] for place in sorted(small)))


def hidden_in(counts: Sequence[int], order: Sequence[int]) -> frozenset[int]:
    """The hidden places of a column: the small ones, and others in this order until their sum tells nothing."""
    hidden = {place for place, count in enumerate(counts) if count < SMALLEST}
    for place in order:
        if not hidden or _tells_nothing([counts[one] for one in hidden]):
            break
        hidden.add(place)
    return frozenset(hidden)


def _tells_nothing(counts: Sequence[int]) -> bool:
    """Whether each of these may still be anything from nought to ten, for who knows their sum."""
    return len(counts) > 1 and sum(counts) >= SMALLEST
