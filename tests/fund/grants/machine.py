"""The whole life of grants in any order by anybody, compared with the model after each act.

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

from fund import clock
from fund.grants import paying, queries, rules, service
from fund.grants.service import Wanted
from ledger import balances, book
from tests.fund.grants.model import FUNDS, ROLE, STEPS, Model, Request
from tests.fund.grants.office import DAY, HELD_UP, TODAY, Office, gift, money, plan

NAMES: Final = tuple(ROLE)
AMOUNTS: Final = st.lists(
    st.sampled_from([1, 99_999, 100_000, 100_001, 250_000, 499_999, 500_000]), min_size=1, max_size=3
).map(tuple)
WITH_MONEY: Final = {
    "left": paying.left,
    "came_back": paying.came_back,
    "issue": paying.issue_advance,
    "return_rest": paying.return_rest,
    "return_unspent": paying.return_unspent,
}
WITH_WORDS: Final = {
    "hold": paying.hold,
    "release": paying.release,
    "cancel": paying.cancel,
    "turn_down": paying.turn_down,
    "stayed": paying.stayed,
    "give_up": paying.give_up,
}
PLAIN: Final = {"prepare": paying.prepare, "authorise": paying.authorise}
PAYEES: Final = st.sampled_from(["guardian", "shop", "cash"])
CHOICES: Final = st.integers(0, 2**16)  # wide, so that no remainder of it is favoured
STOPS: Final = ("hold", "cancel", "turn_down", "give_up", "stayed")
KINDS: Final = st.sampled_from(
    ["go on"] * 8 + ["approve on"] * 3 + ["anything"] * 3 + ["ask"] * 2
    + ["fund it", "review", "approve", "edit", "give", "wait", "limit"]
)  # fmt: skip
TRANCHE_ACTS: Final = (*WITH_MONEY, *WITH_WORDS, *PLAIN, "account_for")


class Machine(RuleBasedStateMachine):
    """Everything that people do with grants."""

    office: ClassVar[Office]
    payees: ClassVar[dict[str, UUID]]
    model_class: ClassVar[type[Model]] = Model
    tally: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.model = self.model_class()
        self.open = ExitStack()
        self.session: Session = self.open.enter_context(self.office.database.write())
        self.open.enter_context(self.session.begin_nested())

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()

    @initialize(rest=st.sampled_from([100_000, 900_000]), payee=PAYEES)
    def begin(self, rest: int, payee: str) -> None:
        """What each run begins with, as told by the model: edits, a week's sum, a second side, an advance."""
        self.give("D4001", 100_000)
        self.give("GEN", 750_000 + rest)
        self.ask((500_000,), payee, "nok")
        self.approve(0, 0, "ton")
        self.edit(0, (400_000, 100_000), "shop", "nok")
        self.ask((100_000,), "cash", "nok")
        for by in ("nok", "kaew", "ton"):
            self.approve(0, 0, by)
            self.the_books_say_what_the_model_says()
        self.ask((250_000,), "shop", "aud")
        for by in ("aud", "kaew", "ton"):
            self.approve(2, 0, by)
        self.approve(1, 0, "fon")
        for act, by in (("prepare", "fah"), ("authorise", "tree"), ("left", "fai"), ("issue", "fai")):
            self.anything(-1, act, by, 0)
        self.ask((1,), "cash", "nim")

    @rule(kind=KINDS, pick=CHOICES, way=CHOICES, who=CHOICES, amounts=AMOUNTS)
    def act(self, kind: str, pick: int, way: int, who: int, amounts: tuple[int, ...]) -> None:
        """Anything; one rule, so that no run goes without some of it."""
        name, payee = NAMES[who % len(NAMES)], ("guardian", "shop", "cash")[way % 3]
        match kind:
            case "go on":
                for _ in range(1 + way % 4):
                    self.go_on(pick, way, who)
            case "approve on":
                self.approve_on(pick, who)
            case "anything":
                self.anything(pick, TRANCHE_ACTS[way % len(TRANCHE_ACTS)], name, pick % 3 // 2)
            case "review":
                self.review(pick, ("award", "ask_back", "decline")[way % 3], name if who % 2 else "kaew")
            case "fund it":
                self.fund_what_waits(who)
            case "approve":
                self.approve(pick, way % 3 // 2, name)
            case "edit":
                self.edit(pick, amounts, payee, "nok" if way % 2 else name)
            case "ask":
                self.ask(amounts, payee, ("nok", "nim", "aud")[who % 3])
            case "give":
                self.give(FUNDS[way % 2], amounts[0])
            case "wait":
                self.model.day += (1, 2, 7)[way % 3]
            case "limit":
                self.change_the_limit((1, 5)[way % 2], (1, 250_000, 500_001)[who % 3])

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        said = {account: self.on(account) for account in ("9100", "2200", "1300", "5100")}
        said |= {fund: balances.spendable(self.session, fund) for fund in FUNDS}
        assert said == self.model.stands()

    @rule(pick=CHOICES)
    def every_state_and_invariant_holds(self, pick: int) -> None:
        request_id, request = self.pick(pick)
        assert queries.request(self.session, request_id).state == request.state
        found = [one.state.replace("awarded", "promised") for one in queries.tranches(self.session, request_id)]
        assert found == [one.state for one in request.tranches]
        assert {look.__name__: list(look(self.session)) for look in HELD_UP} == {look.__name__: [] for look in HELD_UP}

    def give(self, fund: str, amount: int) -> None:
        book.post(self.session, gift(amount, fund), by="bank")
        self.model.free[fund] += amount

    def ask(self, amounts: tuple[int, ...], payee: str, by: str) -> None:
        request_id = self.do(service.request, self.wanted(amounts, payee), by=by)
        self.model.requests[request_id] = Request(payee, amounts, sides={by: "request"})

    def approve_on(self, pick: int, who: int) -> None:
        """An approval by somebody who may: so that requests become grants."""
        _, request = self.pick(pick)
        good = [by for by in NAMES if not self.model.against(request, "approve", by, version=request.version)]
        if good:
            self.approve(pick, 0, good[who % len(good)])

    def approve(self, pick: int, older: int, by: str) -> None:
        request_id, request = self.pick(pick)
        version = request.version - older
        self.both(request, "approve", by, service.approve, request_id, version, version=version)

    def review(self, pick: int, act: str, by: str) -> None:
        request_id, request = self.pick(pick)
        words = () if act == "award" else ("ไม่ชัด",)
        self.both(request, act, by, getattr(service, act), request_id, *words)

    def fund_what_waits(self, who: int) -> None:
        """Money comes for the first request that waits for it, and somebody who may awards it."""
        for request_id, request in self.model.requests.items():
            good = [by for by in NAMES if not self.model.against(request, "award", by)]
            if request.state == "waiting" and good:
                self.give("GEN", sum(request.amounts))
                self.both(request, "award", good[who % len(good)], service.award, request_id)
                break

    def edit(self, pick: int, amounts: tuple[int, ...], payee: str, by: str) -> None:
        request_id, request = self.pick(pick)
        if self.both(request, "edit", by, service.edit, request_id, self.wanted(amounts, payee)):
            request.payee, request.amounts, request.version = payee, amounts, request.version + 1

    def anything(self, pick: int, act: str, by: str, off: int) -> None:
        known = self.tranches()
        if known:
            request_id, request, number = known[pick % len(known)]
            self.on_tranche(request_id, request, number, act, by, request.tranches[number - 1].amount + off)

    def go_on(self, pick: int, way: int, who: int) -> None:
        """An act that a tranche's state knows, by somebody who may: so that lives go on to their end."""
        known = self.tranches()
        if not known:
            return
        request_id, request, number = known[pick % len(known)]
        tranche = request.tranches[number - 1]
        whole = {"account_for": tranche.lent, "return_rest": tranche.lent, "return_unspent": tranche.spent}
        good = []
        for act in sorted(act for act, state in STEPS if state == tranche.state and act in TRANCHE_ACTS):
            amount = max(whole[act] // (1 + who % 3), 1) if act in whole else tranche.amount
            may = [by for by in NAMES if not self.model.against(request, act, by, number=number, amount=amount)]
            good += [(act, may[who % len(may)], amount)] * (1 if act in STOPS else 4) if may else []
        if good:
            act, by, amount = good[way % len(good)]
            self.on_tranche(request_id, request, number, act, by, amount)

    def change_the_limit(self, ahead: int, amount: int) -> None:
        since = self.model.day + ahead
        if since > max(day for day, _ in self.model.limits):
            proposal = self.do(rules.propose_limit, amount, DAY + timedelta(days=since), by="tree")
            self.do(rules.agree, proposal, by="ton")
            self.model.limits.append((since, amount))

    def on_tranche(self, request_id: UUID, request: Request, number: int, act: str, by: str, amount: int) -> None:
        if act in WITH_MONEY:
            asked: tuple[Any, ...] = (WITH_MONEY[act], request_id, number, money(amount))
        elif act in WITH_WORDS:
            asked = (WITH_WORDS[act], request_id, number, "เหตุผล")
        else:
            asked = (
                PLAIN.get(act, paying.account_for),
                request_id,
                number,
                *([amount] if act == "account_for" else []),
            )
        self.both(request, act, by, *asked, number=number, amount=amount)

    def both(self, request: Request, act: str, by: str, verb: Callable[..., Any], *words: Any, **more: int) -> bool:
        """The same act on the model and in the code: both accept it, or both refuse it for the same reason."""
        against = self.model.against(request, act, by, **more)
        try:
            self.do(verb, *words, by=by)
        except Exception as refusal:
            assert type(refusal).__name__ in against, (act, by, refusal, against)
            self.tally[f"{act} refused"] += 1
            return False
        assert not against, (act, by, against)
        self.tally[f"{act} done"] += 1
        self.model.take(request, act, by, number=more.get("number", 0), amount=more.get("amount", 0))
        return True

    def do(self, verb: Callable[..., Any], *words: Any, by: str) -> Any:
        with clock.at(TODAY + timedelta(days=self.model.day)), self.session.begin_nested():
            return verb(self.session, *words, by=self.office.people[by])

    def on(self, account: str) -> int:
        return sum(balances.balance(self.session, account, fund) for fund in FUNDS)

    def pick(self, pick: int) -> tuple[UUID, Request]:
        ids = list(self.model.requests)
        return ids[pick % len(ids)], self.model.requests[ids[pick % len(ids)]]

    def tranches(self) -> list[tuple[UUID, Request, int]]:
        return [(key, one, n) for key, one in self.model.requests.items() for n in range(1, len(one.tranches) + 1)]

    def wanted(self, amounts: tuple[int, ...], payee: str) -> Wanted:
        return Wanted("C7K2M9QXH4", "4001", "uniform", self.payees[payee], "2569/2", plan(*amounts))
