"""The life of grants as plain dicts of ints: what each act comes to, and everything that speaks against it.

Knows the rules anew and nothing of the code's tables. `against` is empty where an act is accepted; the code must then
accept it, and otherwise refuse it for one of the reasons given.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

ROLE: Final = {
    "nok": {"case_manager"},
    "nim": {"case_manager"},
    "ton": {"core_team"},
    "kaew": {"core_team"},
    "fon": {"core_team"},
    "fah": {"finance"},
    "fai": {"finance"},
    "tree": {"treasurer"},
    "thip": {"treasurer"},
    "aud": {"case_manager", "core_team", "finance", "treasurer"},
}
FUNDS: Final = ("D4001", "GEN")
_TABLE: Final = """
edit         request   asked questioned waiting                  > asked
approve      approve   asked waiting                             > =
award        approve   asked waiting                             > awarded
ask_back     approve   asked waiting                             > questioned
decline      approve   asked questioned waiting                  > declined
hold         -         promised prepared allowed                 > held
hold         -         came_back reprepared                      > held_back
release      approve   held                                      > promised
release      approve   held_back                                 > came_back
cancel       approve   promised held prepared                    > cancelled
prepare      prepare   promised                                  > prepared
prepare      prepare   came_back                                 > reprepared
turn_down    authorise prepared                                  > promised
turn_down    authorise reprepared                                > came_back
authorise    authorise prepared reprepared                       > authorised
left         reconcile authorised                                > left
stayed       reconcile authorised                                > came_back
stayed       reconcile allowed                                   > promised
came_back    reconcile left                                      > came_back
give_up      authorise came_back held_back                       > given_up
issue        reconcile allowed                                   > issued
account_for  prepare   issued                                    > issued
return_rest  reconcile issued                                    > issued
return_unspent reconcile left cleared                            > =
"""
STEPS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    (act, state): (duty, following if following != "=" else state)
    for act, duty, *between in map(str.split, _TABLE.strip().splitlines())
    for following in between[-1:]
    for state in between[:-2]
}
"""(act, state) → on which side, and the next state; a promised tranche is the code's `awarded`."""

MAY: Final = {"request": "case_manager", "approve": "core_team", "prepare": "finance", "reconcile": "finance",
              "authorise": "treasurer"}  # fmt: skip
PROMISED: Final = ("promised", "held", "prepared", "allowed")
OWED: Final = ("authorised", "came_back", "held_back", "reprepared")


@dataclass
class Tranche:
    """One part of a grant: `lent` is what of an advance is open, `spent` what stands as paid."""

    amount: int
    fund: str
    state: str = "promised"
    lent: int = 0
    spent: int = 0


@dataclass
class Request:
    """A request in its newest version."""

    payee: str
    amounts: tuple[int, ...]
    version: int = 1
    state: str = "asked"
    sides: dict[str, str] = field(default_factory=dict)
    approvals: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    tranches: list[Tranche] = field(default_factory=list)


class Model:
    """Everything that was asked, awarded and paid, what is free in each fund, and the day."""

    def __init__(self) -> None:
        self.requests: dict[UUID, Request] = {}
        self.free = dict.fromkeys(FUNDS, 0)
        self.limits = [(0, 500_000)]
        self.awards: list[tuple[int, str, int]] = []
        self.day = 0

    def against(
        self, request: Request, act: str, by: str, *, number: int = 0, amount: int = 0, version: int = 0
    ) -> set[str]:
        """What speaks against this act, by the names of refusals."""
        tranche = request.tranches[number - 1] if number else None
        state = tranche.state if tranche else request.state
        duties = {duty for (known, _), (duty, _) in STEPS.items() if known == act}
        found = set()
        if not any(MAY.get(duty, "") in ROLE[by] for duty in duties) and not (
            duties == {"-"} and ROLE[by] & {"case_manager", "core_team"}
        ):
            found.add("GrantRoleError")
        if (act, state) not in STEPS:
            found.add("NotInThisStateError")
        elif request.sides.get(by, STEPS[act, state][0]) != STEPS[act, state][0] != "-":
            found.add("OtherSideError")
        if act == "approve":
            found |= self.against_approving(request, by, version)
        if act == "award" and len(request.approvals[request.version]) < self.needed(request):
            found.add("ApprovalMissingError")
        if tranche:
            found |= self.against_amount(request, tranche, act, amount)
        return found

    def against_approving(self, request: Request, by: str, version: int) -> set[str]:
        given = request.approvals[request.version]
        found = {"EditedError"} if version != request.version else set()
        found |= {"ApprovedError"} if by in given else set()
        return found | ({"NoSlotError"} if len(given) >= self.needed(request) else set())

    def against_amount(self, request: Request, tranche: Tranche, act: str, amount: int) -> set[str]:
        is_cash = request.payee == "cash"
        if act in ("left", "issue", "came_back") and (
            amount != tranche.amount or (act == "came_back" and tranche.spent < tranche.amount)
        ):
            return {"OtherAmountError"}
        rest = {"account_for": tranche.lent, "return_rest": tranche.lent, "return_unspent": tranche.spent}.get(act)
        if rest is not None and not 0 < amount <= rest:
            return {"AboveRestError"}
        return {"NotInThisStateError"} if is_cash and act == "authorise" and tranche.state == "reprepared" else set()

    def needed(self, request: Request) -> int:
        """How many approve it today."""
        week = sum(amount for day, payee, amount in self.awards if payee == request.payee and day > self.day - 7)
        limit = [amount for since, amount in self.limits if since <= self.day][-1]
        return 1 if sum(request.amounts) + week < limit else 2

    def take(self, request: Request, act: str, by: str, *, number: int = 0, amount: int = 0) -> None:
        """Let an act that is accepted happen."""
        one = request.tranches[number - 1] if number else request
        duty, following = STEPS[act, one.state]
        if duty != "-":
            request.sides[by] = duty
        if isinstance(one, Tranche):
            self.move(one, act, amount, is_cash=request.payee == "cash")
            following = "allowed" if act == "authorise" and request.payee == "cash" else following
            one.state = "cleared" if following == "issued" and not one.lent else following
        elif act == "approve":
            request.approvals[request.version].add(by)
            if len(request.approvals[request.version]) >= self.needed(request):
                self.award(request)
        elif act == "award":
            self.award(request)
        else:
            one.state = following

    def move(self, tranche: Tranche, act: str, amount: int, *, is_cash: bool) -> None:
        if act in ("cancel", "give_up"):
            self.free[tranche.fund] += tranche.amount
            tranche.spent = 0
        elif act == "authorise" and not is_cash:
            tranche.spent = tranche.amount
        elif act == "issue":
            tranche.lent = amount
        elif act == "account_for":
            tranche.lent, tranche.spent = tranche.lent - amount, tranche.spent + amount
        elif act == "return_rest":
            tranche.lent -= amount
            self.free[tranche.fund] += amount
        elif act == "return_unspent":
            tranche.spent -= amount
            self.free[tranche.fund] += amount

    def award(self, request: Request) -> None:
        """Out of the district's money, then everybody's; a fund that could not pay a part is not asked again."""
        rest, place, paying = dict(self.free), 0, []
        for amount in request.amounts:
            while place < len(FUNDS) and rest[FUNDS[place]] < amount:
                place += 1
            if place == len(FUNDS):
                request.state = "waiting"
                return
            rest[FUNDS[place]] -= amount
            paying.append(Tranche(amount, FUNDS[place]))
        self.free, request.tranches, request.state = rest, paying, "awarded"
        self.awards.append((self.day, request.payee, sum(request.amounts)))

    def stands(self) -> dict[str, int]:
        """What the books must say of both funds together."""
        tranches = [one for request in self.requests.values() for one in request.tranches]
        return {
            "9100": sum(one.amount for one in tranches if one.state in PROMISED),
            "2200": -sum(one.amount for one in tranches if one.state in OWED),
            "1300": sum(one.lent for one in tranches),
            "5100": sum(one.spent for one in tranches),
            **self.free,
        }
