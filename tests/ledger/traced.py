"""The trace as a plain list: who brought each satang of a fund, and who has it. No spans, no pieces, no tree."""

from dataclasses import dataclass, field

from ledger.journal import Entry, Posting
from tests.ledger.builders import BANK, DAY, FEES, GIFTS, GRANTS, a_key


@dataclass(frozen=True)
class Act:
    """An entry of the test: `moves` satang of the fund's money (+ brings, − takes); `names` another's subject."""

    moves: int
    subject: str = ""
    names: str = ""
    undoes: int | None = None

    def entry(self, fund: str) -> Entry:
        other = GIFTS if self.moves > 0 else GRANTS if self.subject else FEES
        lines = (Posting(BANK, fund, self.moves), Posting(other, fund, -self.moves, self.names))
        return Entry("fee", DAY, DAY, lines, a_key(), self.subject)


@dataclass
class Line:
    """One fund's satang, one by one."""

    owner: list[int] = field(default_factory=list)
    taker: list[int | None] = field(default_factory=list)
    final: set[int] = field(default_factory=set)
    acts: list[Act] = field(default_factory=list)

    def move(self, act: Act) -> None:
        number = len(self.acts)
        self.acts.append(act)
        if act.moves > 0:
            self._come(number, act)
        else:
            self._go(number, act)

    def _come(self, number: int, act: Act) -> None:
        undone = [at for at, who in enumerate(self.taker) if who is not None and who == act.undoes]
        same = [at for at, who in enumerate(self.taker) if act.subject and self._is_of(who, act.subject)]
        back = list(dict.fromkeys(undone + same))[: act.moves]
        for at in back:
            self.taker[at] = None
        self.owner += [number] * (act.moves - len(back))

    def _go(self, number: int, act: Act) -> None:
        if act.undoes is not None and act.undoes in self.owner:
            self.final.add(number)
        self.taker += [None] * (len(self.owner) - act.moves)
        mine = [at for at, whose in enumerate(self.owner) if self._is_wanted(whose, act)]
        order = dict.fromkeys([*mine, *range(len(self.taker))])
        for at in [at for at in order if self.taker[at] is None][: -act.moves]:
            self.taker[at] = number

    def _is_wanted(self, whose: int, act: Act) -> bool:
        return whose == act.undoes or (bool(act.names) and self.acts[whose].subject == act.names)

    def _is_of(self, who: int | None, subject: str) -> bool:
        return who is not None and who not in self.final and self.acts[who].subject == subject

    def has(self, number: int) -> set[int]:
        """The satang that an act has taken and not given back."""
        return {at for at, who in enumerate(self.taker) if who == number}

    def brought(self, number: int) -> set[int]:
        """The satang that an act has brought."""
        return {at for at, whose in enumerate(self.owner) if whose == number}

    def unspent(self) -> set[int]:
        """What came and nobody has."""
        return {at for at in range(len(self.owner)) if at >= len(self.taker) or self.taker[at] is None}
