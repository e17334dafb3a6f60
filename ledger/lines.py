"""Every fund's line of satang, in memory: what entries bring is added at its end, what they take is cut off its front.

Knows the rules of the trace and no database. A line has no end: what is taken beyond what has come in is owed, and the
next gifts, which own those satang when they come, have paid it. Refuses nothing: whether money may be spent is the
guards' affair.
"""

from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

END: Final = 2**62
"""Where every line ends: nobody will ever give as much."""

LINE, TAKEN, OWN, KEPT, BACK = "line", "taken", "own", "kept", "back"
"""The states of a piece: the whole line; taken from the front, or out of the gift that is given back; free beside
what was taken out of the middle; free because it came back."""


class OwnedRow(NamedTuple):
    """What an entry brought: its span of the fund's line."""

    fund: str
    start_satang: int
    end_satang: int
    entry_id: UUID
    position: int
    subject: str


class PieceRow(NamedTuple):
    """A change of state: this much was cut off the front of what was left of the piece `part_of`."""

    number: int
    fund: str
    part_of: int | None
    state: str
    start_satang: int
    end_satang: int
    entry_id: UUID
    position: int
    subject: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What an entry brought to a fund (+) or took from it (−), and whose money it names."""

    entry_id: UUID
    position: int
    fund: str
    amount_satang: int
    subject: str
    reverses: UUID | None
    named: frozenset[str] = frozenset()


@dataclass(slots=True, order=True)
class Rest:
    """What is left of a piece in its state."""

    start: int
    end: int
    number: int


Place = tuple[str, UUID | str]
"""A fund, and an entry or a subject."""


@dataclass(slots=True)
class Lines:
    """As much of the lines as the next entries may touch, and the rows that come of them."""

    next_number: int = 1
    entered: dict[str, int] = field(default_factory=dict)
    free: dict[str, list[Rest]] = field(default_factory=lambda: defaultdict(list))
    held: dict[Place, list[Rest]] = field(default_factory=lambda: defaultdict(list))
    owned: dict[Place, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    new_owned: list[OwnedRow] = field(default_factory=list)
    new_pieces: list[PieceRow] = field(default_factory=list)

    def move(self, moved: Moved) -> None:
        """Let an entry bring or take; the entries must come in log order."""
        if moved.amount_satang < 0:
            self._take(moved)
        elif rest := self._give_back(moved):
            self._own(moved, rest)

    def hold(self, rest: Rest, fund: str, entry_id: UUID, subject: str) -> None:
        """Note what an entry has taken and not given back."""
        insort(self.held[fund, entry_id], rest)
        if subject:
            insort(self.held[fund, subject], rest)

    def note_owned(self, fund: str, start: int, end: int, entry_id: UUID, subject: str) -> None:
        """Note what an entry has brought."""
        self.owned[fund, entry_id].append((start, end))
        if subject:
            self.owned[fund, subject].append((start, end))

    def _own(self, moved: Moved, satang: int) -> None:
        start = self.entered.get(moved.fund, 0)
        end = self.entered[moved.fund] = start + satang
        row = OwnedRow(moved.fund, start, end, moved.entry_id, moved.position, moved.subject)
        self.new_owned.append(row)
        self.note_owned(row.fund, start, end, row.entry_id, row.subject)

    def _give_back(self, moved: Moved) -> int:
        """Free what the entry that is undone took, or what was taken under this subject; what is more is new."""
        wanted = moved.amount_satang
        for place in _places(moved.fund, moved.reverses, moved.subject):
            for rest in list(self.held.get(place, ())):
                cut = min(wanted, rest.end - rest.start)
                if cut:
                    insort(self.free[moved.fund], self._cut(moved, rest, rest.start + cut, BACK))
                    wanted -= cut
        return wanted

    def _take(self, moved: Moved) -> None:
        """What is given back comes out of the gift that it names, as far as that is unspent; all else off the front."""
        if not self.free[moved.fund]:
            self._begin(moved)
        wanted = -moved.amount_satang
        for start, end in sorted(self._own_spans(moved)):
            wanted -= self._take_own(moved, start, end, wanted)
        while wanted:
            first = self.free[moved.fund][0]
            cut = min(wanted, first.end - first.start)
            self._take_cut(moved, first, first.start + cut, TAKEN)
            wanted -= cut

    def _own_spans(self, moved: Moved) -> set[tuple[int, int]]:
        whose = (moved.reverses, *moved.named)
        return {span for one in whose if one for span in self.owned.get((moved.fund, one), ())}

    def _take_own(self, moved: Moved, start: int, end: int, wanted: int) -> int:
        taken = 0
        for rest in list(self.free[moved.fund]):
            begin = max(rest.start, start)
            stop = min(rest.end, end, begin + wanted - taken)
            if begin >= stop:
                continue
            if begin > rest.start:
                insort(self.free[moved.fund], self._cut(moved, rest, begin, KEPT))
            self._take_cut(moved, rest, stop, OWN)
            taken += stop - begin
        return taken

    def _take_cut(self, moved: Moved, rest: Rest, stop: int, state: str) -> None:
        is_final = moved.reverses is not None and (moved.fund, moved.reverses) in self.owned
        subject = "" if is_final else moved.subject  # a gift that was undone and comes again is new money
        self.hold(self._cut(moved, rest, stop, state, subject), moved.fund, moved.entry_id, subject)
        if rest.start == rest.end:
            self.free[moved.fund].remove(rest)

    def _cut(self, moved: Moved, rest: Rest, stop: int, state: str, subject: str = "") -> Rest:
        start, rest.start = rest.start, stop
        return self._put(moved, rest.number, state, start, stop, subject)

    def _begin(self, moved: Moved) -> None:
        self.free[moved.fund].append(self._put(moved, None, LINE, 0, END, ""))

    def _put(self, moved: Moved, part_of: int | None, state: str, start: int, end: int, subject: str) -> Rest:
        number, self.next_number = self.next_number, self.next_number + 1
        row = PieceRow(number, moved.fund, part_of, state, start, end, moved.entry_id, moved.position, subject)
        self.new_pieces.append(row)
        return Rest(start, end, number)


def _places(fund: str, *names: UUID | str | None) -> list[Place]:
    return [(fund, name) for name in names if name]
