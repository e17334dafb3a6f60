"""What the life of goods must be, as plain numbers: no table, no code of the fund."""

from dataclasses import dataclass, field
from typing import Final

SIDES: Final = {
    "ask": "request", "withdraw": "request", "approve": "approve", "decline": "approve", "cancel": "approve",
    "issue": "prepare",
}  # fmt: skip


@dataclass
class Lot:
    """Units of one lot: here by place, promised by place, with cases, gone."""

    quantity: int
    value: int
    district: str
    expires: int
    here: dict[int, int]
    held: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0, 2: 0})
    issued: int = 0
    gone: int = 0
    found: int = 0

    def free(self, place: int) -> int:
        return self.here[place] - self.held[place]


@dataclass
class Request:
    """What is asked for; `promised` and `given` are (lot, place, units), `back` how many of each came back."""

    quantity: int
    state: str = "asked"
    sides: dict[str, str] = field(default_factory=dict)
    promised: list[tuple[int, int, int]] = field(default_factory=list)
    given: list[tuple[int, int, int]] = field(default_factory=list)
    back: list[int] = field(default_factory=list)


@dataclass
class Model:
    """Lots and requests of one thing, and what the books must have."""

    lots: list[Lot] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    books: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("1200", "4200", "5200", "5500", "4900"), 0))

    def post(self, lot: Lot, units: int, *, debit: str, credit: str) -> None:
        self.books[debit] += units * lot.value
        self.books[credit] -= units * lot.value

    def receive(self, quantity: int, value: int, district: str, expires: int, place: int) -> None:
        lot = Lot(quantity, value, district, expires, {0: 0, 1: 0, 2: 0} | {place: quantity})
        self.lots.append(lot)
        self.post(lot, quantity, debit="1200", credit="4200")

    def move(self, lot: int, place: int, to: int, units: int) -> bool:
        one = self.lots[lot]
        if place == to or units > one.free(place):
            return False
        one.here[place] -= units
        one.here[to] += units
        return True

    def picked(self, quantity: int) -> list[tuple[int, int, int]]:
        """What expires first, then what was wished for this district, then what came first."""
        order = sorted(range(len(self.lots)), key=lambda n: (self.lots[n].expires, not self.lots[n].district, n))
        taken = []
        for number in order:
            for place in range(3):
                units = min(self.lots[number].free(place), quantity)
                if units and self.lots[number].district != "4002":
                    taken.append((number, place, units))
                    quantity -= units
        return taken if not quantity else []

    def award(self, request: Request, picked: list[tuple[int, int, int]]) -> None:
        request.state, request.promised = "awarded", picked
        for lot, place, units in picked:
            self.lots[lot].held[place] += units

    def cancel(self, request: Request) -> None:
        for lot, place, units in request.promised:
            self.lots[lot].held[place] -= units
        request.promised, request.state = [], "cancelled"

    def issue(self, request: Request, promise: tuple[int, int, int]) -> None:
        lot, place, units = promise
        self.lots[lot].held[place] -= units
        self.lots[lot].here[place] -= units
        self.lots[lot].issued += units
        request.promised.remove(promise)
        request.given.append(promise)
        request.back.append(0)
        self.post(self.lots[lot], units, debit="5200", credit="1200")

    def bring_back(self, request: Request, number: int, units: int, place: int) -> bool:
        lot, _, given = request.given[number]
        if units > given - request.back[number]:
            return False
        request.back[number] += units
        self.lots[lot].here[place] += units
        self.lots[lot].issued -= units
        self.post(self.lots[lot], units, debit="1200", credit="5200")
        return True

    def take_out(self, lot: int, place: int, units: int, account: str) -> bool:
        one = self.lots[lot]
        if units > one.free(place):
            return False
        one.here[place] -= units
        one.gone += units
        self.post(one, units, debit=account, credit="1200")
        return True

    def count(self, lot: int, place: int, off: int) -> bool:
        """A count that is off by so many, explained; missing units may not be promised."""
        one = self.lots[lot]
        if off < 0:
            return self.take_out(lot, place, -off, "5500")
        one.here[place] += off
        one.found += off
        self.post(one, off, debit="1200", credit="5500")
        return True
