"""The whole life of goods in any order, compared with the model after each act.

One run is one transaction, thrown away at its end; each act is a savepoint, so that a refusal leaves what was.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session

from fund.errors import FundError
from fund.goods import awards, holding, receiving, steps, stock
from ledger import balances
from tests.fund.goods.model import SIDES, Model, Request
from tests.fund.goods.store import DAY, HELD_UP, PAPER, Store

CHOICES: Final = st.integers(0, 2**16)
DISTRICTS: Final = ("", "", "4001", "4002")
EXPIRES: Final = (9_999, 9_999, 30, 5)
ROLE: Final = {
    "ask": ("nok", "aud"), "withdraw": ("nok", "aud"), "approve": ("ton", "kaew", "aud"),
    "decline": ("ton", "aud"), "cancel": ("ton", "kaew", "aud"), "issue": ("som", "sai", "aud"),
}  # fmt: skip
KINDS: Final = st.sampled_from(
    ["receive"] * 2 + ["move", "ask", "ask"] + ["approve", "issue"] * 3
    + ["back", "back", "cancel", "end", "end", "write_off", "give_back", "lose", "find", "miscount", "bring"]
)  # fmt: skip
ACTS: Final = (
    "receive", "move", "ask", "approve", "issue", "back", "cancel", "withdraw", "decline", "write_off", "give_back",
    "count", "bring",
)  # fmt: skip


class Machine(RuleBasedStateMachine):
    """Everything that people do with goods."""

    store: ClassVar[Store]
    model_class: ClassVar[type[Model]] = Model
    tally: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.model = self.model_class()
        self.lots: list[UUID] = []
        self.requests: list[UUID] = []
        self.open = ExitStack()
        self.session: Session = self.open.enter_context(self.store.database.write())
        self.open.enter_context(self.session.begin_nested())

    def teardown(self) -> None:
        found = {look.__name__: list(look(self.session)) for look in HELD_UP}
        self.session.rollback()
        self.session.close()
        assert not any(found.values()), found

    @initialize(quantity=st.integers(4, 9))
    def begin(self, quantity: int) -> None:
        """Each run begins with two lots, one promise and one thing handed out."""
        self.receive(quantity, 0, 0)
        self.receive(3, 1, 2)
        for who in range(2):
            self.ask(2, 0)
            self.on_request("approve", who, 0)
        self.issue(0, 0)

    @rule(kind=KINDS, pick=CHOICES, way=CHOICES, who=CHOICES, units=st.integers(1, 6))
    def act(self, kind: str, pick: int, way: int, who: int, units: int) -> None:
        """Anything; one rule, so that no run goes without some of it."""
        place, to = way % 3, pick % 3
        match kind:
            case "receive":
                self.receive(units, pick, way)
            case "move":
                self.both("move", self.model.move, holding.move, self.lot(pick), place, to, units)
            case "bring":
                self.bring(pick, way, to)
            case "ask":
                self.ask(units, who)
            case "approve" | "cancel":
                self.on_request(kind, pick, who)
            case "end":
                self.on_request(("withdraw", "decline")[way % 2], pick, who)
            case "issue":
                self.issue(pick, who)
            case "back":
                self.back(pick, way, units)
            case "write_off" | "give_back":
                self.remove(kind, self.lot(pick), place, units)
            case _:
                self.count(kind, self.lot(pick), place, units)

    @invariant()
    def books_and_store_say_what_the_model_says(self) -> None:
        said = dict.fromkeys(self.model.books, 0)
        for total in balances.trial_balance(self.session):
            said[total.account] = said.get(total.account, 0) + total.amount_satang
        assert {account: said[account] for account in self.model.books} == self.model.books
        places = {place: number for number, place in enumerate(self.store.places)}
        here, held = ([dict.fromkeys(places.values(), 0) for _ in self.lots] for _ in "12")
        for one in stock.in_store(self.session):
            where = self.lots.index(one.lot_id), places[one.place.id]
            here[where[0]][where[1]], held[where[0]][where[1]] = one.on_hand, one.reserved
        assert here == [lot.here for lot in self.model.lots] and held == [lot.held for lot in self.model.lots]
        assert all(
            one.quantity + one.found == one.issued + one.gone + sum(one.here.values()) for one in self.model.lots
        )

    def receive(self, quantity: int, pick: int, way: int) -> None:
        place, value = way % 3, 100 + pick % 50
        district, expires = DISTRICTS[pick % 4], EXPIRES[way % 4]
        arrival = self.store.arrival(
            quantity,
            place_id=self.store.places[place],
            for_district=district,
            expires_on=None if expires == EXPIRES[0] else DAY + timedelta(days=expires),
        )
        lot_id = self.do(receiving.receive, self.store.folder, arrival, by="som")
        self.do(receiving.value, self.store.folder, lot_id, value, "market", PAPER, by="wan")
        self.lots.append(lot_id)
        self.model.receive(quantity, value, district, expires, place)
        self.tally["receive done"] += 1

    def ask(self, units: int, who: int) -> None:
        by = ROLE["ask"][who % 2]
        self.requests.append(self.do(awards.request, self.store.wanted(units), by=by))
        self.model.requests.append(Request(units, sides={by: "request"}))
        self.tally["ask done"] += 1

    def on_request(self, act: str, pick: int, who: int) -> None:
        number, by = pick % len(self.requests), ROLE[act][who % len(ROLE[act])]
        request = self.model.requests[number]
        picked = self.model.picked(request.quantity) if act == "approve" else request.promised
        is_there = request.state == ("awarded" if act == "cancel" else "asked")
        may = is_there and bool(picked or act in ("withdraw", "decline")) and self.may(request, act, by)
        words = () if act == "approve" else ("elsewhere",)
        if self.accepted(act, may, getattr(awards, act), self.requests[number], *words, by=by):
            request.sides[by] = SIDES[act]
            if act == "approve":
                self.model.award(request, [*picked])
            elif act == "cancel":
                self.model.cancel(request)
            else:
                request.state = "ended"

    def issue(self, pick: int, who: int) -> None:
        known = [(n, one) for n, one in enumerate(self.model.requests) if one.promised]
        if known:
            number, request = known[pick % len(known)]
            promise, by = request.promised[pick % len(request.promised)], ROLE["issue"][who % 3]
            row = self.row(number, promise)
            may = self.may(request, "issue", by)
            if self.accepted("issue", may, awards.issue, self.requests[number], *row, by=by):
                request.sides[by] = SIDES["issue"]
                self.model.issue(request, promise)

    def bring(self, pick: int, way: int, to: int) -> None:
        known = [(n, one) for n, one in enumerate(self.model.requests) if one.promised]
        if known:
            number, request = known[pick % len(known)]
            place = request.promised[way % len(request.promised)][1]
            words = (self.requests[number], self.store.places[place], self.store.places[to])
            if self.accepted("bring", place != to, awards.bring, *words, by="som"):
                here = [one for one in request.promised if one[1] == place]
                request.promised = [one for one in request.promised if one[1] != place]
                for lot, _, units in here:
                    self.model.lots[lot].held[place] -= units
                    self.model.move(lot, place, to, units)
                    self.model.lots[lot].held[to] += units
                    request.promised.append((lot, to, units))

    def back(self, pick: int, way: int, units: int) -> None:
        known = [(n, one) for n, one in enumerate(self.model.requests) if one.given]
        if known:
            number, request = known[pick % len(known)]
            issue, place = way % len(request.given), way % 3
            done = self.model.bring_back(request, issue, units, place)
            words = (self.requests[number], issue + 1, units, self.store.places[place])
            self.accepted("back", done, awards.bring_back, *words, by="sai")

    def remove(self, act: str, lot: int, place: int, units: int) -> None:
        words = (self.store.folder, self.lots[lot], self.store.places[place], act, units, "ชำรุด", PAPER)
        done = self.model.take_out(lot, place, units, {"write_off": "5500", "give_back": "4900"}[act])
        if removal := self.accepted(act, done, holding.ask_removal, *words, by="som"):
            self.do(holding.answer_removal, removal, is_done=True, by="sai")

    def count(self, kind: str, lot: int, place: int, units: int) -> None:
        pile = steps.pile(self.session, self.lots[lot], self.store.places[place])
        off = {"lose": -min(units, pile.on_hand), "find": units}.get(kind, 1)
        if not pile.number or not off:
            return
        where = (self.lots[lot], self.store.places[place])
        with self.session.begin_nested() as kept:
            self.do(holding.count, *where, pile.on_hand + off, by="som")
            (found,) = holding.open_counts(self.session, *where)
            is_miscounted = kind == "miscount"
            done = is_miscounted or self.model.count(lot, place, off)
            words = {"is_miscounted": is_miscounted}
            if not self.accepted("count", done, holding.explain, found.id, "หาย", by="sai", **words):
                kept.rollback()

    def both(self, act: str, said: Callable[..., bool], verb: Callable[..., Any], lot: int, *words: int) -> None:
        place, to, units = words
        done = said(lot, place, to, units)
        where = (self.lots[lot], self.store.places[place], self.store.places[to], units)
        self.accepted(act, done, verb, *where, by="som")

    def accepted(self, act: str, may: bool, verb: Callable[..., Any], *words: Any, by: str, **more: Any) -> Any:
        """The same act in the code: it accepts what the model accepts, and refuses what that refuses."""
        try:
            answer = self.do(verb, *words, by=by, **more)
        except FundError as refusal:
            assert not may, (act, by, refusal)
            self.tally[f"{act} refused"] += 1
            return None
        assert may, (act, by, words)
        self.tally[f"{act} done"] += 1
        return answer or True

    def do(self, verb: Callable[..., Any], *words: Any, by: str, **more: Any) -> Any:
        with self.session.begin_nested():
            return verb(self.session, *words, by=self.store.people[by], **more)

    def may(self, request: Request, act: str, by: str) -> bool:
        return request.sides.get(by, SIDES[act]) == SIDES[act]

    def row(self, number: int, promise: tuple[int, int, int]) -> tuple[UUID, UUID, int]:
        lot, place, units = promise
        for one in awards.promises(self.session, f"goods-grant:{self.requests[number]}"):
            if (one.lot_id, one.place_id, one.quantity) == (self.lots[lot], self.store.places[place], units):
                return one.lot_id, one.place_id, one.number
        raise AssertionError(f"{promise} is not promised")

    def lot(self, pick: int) -> int:
        return pick % len(self.lots)
