"""The figures of one period as values: of children, of money, of offices; what each is called, and how they add up.

Counts and codes of places only: no case, no name.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Children:
    """How many children of the period; follow-ups that wait and evidence that is late are today's."""

    found: int = 0
    helped: int = 0
    referred: int = 0
    back_at_school: int = 0
    dropped_out_again: int = 0
    open_follow_ups: int = 0
    late_evidence: int = 0


@dataclass(frozen=True, slots=True)
class Money:
    """Awarded in the period and not given up; of that, what left; and what waits today, approved, for a fund."""

    committed_satang: int = 0
    paid_satang: int = 0
    waiting_satang: int = 0


@dataclass(frozen=True, slots=True)
class OfSchool:
    """The children of a school; without a school those of a district who go to none that is registered."""

    district: str
    school: str
    children: Children


@dataclass(frozen=True, slots=True)
class OfDistrict:
    """A district's figures; `days_to_help` is the median from report to first help, None where nobody was helped."""

    district: str
    children: Children = Children()
    money: Money = Money()
    days_to_help: int | None = None

    def figure(self, name: str) -> int | None:
        """One of `FIGURES`."""
        if name == "days_to_help":
            return self.days_to_help
        return int(getattr(self.children if name in OF_CHILDREN else self.money, name))


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the referrals that were sent in the period."""

    sent: int = 0
    accepted: int = 0
    declined: int = 0
    unanswered: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class OfOffice:
    """An office's answers to the referrals of one district."""

    district: str
    office: str
    answers: Answers


@dataclass(frozen=True, slots=True)
class Counted:
    """Every figure of one period. Schools add up to their district, districts to the province; medians do not."""

    period: str
    counted_at: datetime
    districts: tuple[OfDistrict, ...]
    schools: tuple[OfSchool, ...]
    offices: tuple[OfOffice, ...]
    days_to_help: int | None

    @property
    def total(self) -> OfDistrict:
        """The whole province."""
        children = added(Children, (one.children for one in self.districts))
        return OfDistrict("", children, added(Money, (one.money for one in self.districts)), self.days_to_help)

    def of(self, district: str) -> OfDistrict:
        """One district; noughts where nothing was counted."""
        return next((one for one in self.districts if one.district == district), OfDistrict(district))

    def only(self, districts: Collection[str], *, is_all: bool = True) -> "Counted":
        """Of these districts alone, noughts where nothing was counted; a median of some of them is not known."""
        return Counted(
            self.period,
            self.counted_at,
            tuple(self.of(district) for district in districts),
            tuple(one for one in self.schools if one.district in districts),
            tuple(one for one in self.offices if one.district in districts),
            self.days_to_help if is_all else None,
        )

    def schools_of(self, district: str) -> list[OfSchool]:
        """The schools of a district, those with the most children found first."""
        ours = [one for one in self.schools if one.district == district]
        return sorted(ours, key=lambda one: (-one.children.found, one.school))

    def offices_of(self, district: str = "") -> list[tuple[str, Answers]]:
        """What each office answered, to one district or to all, the most asked first."""
        of: dict[str, list[Answers]] = defaultdict(list)
        for one in self.offices:
            if district in ("", one.district):
                of[one.office].append(one.answers)
        summed = [(office, added(Answers, answers)) for office, answers in of.items()]
        return sorted(summed, key=lambda one: (-one[1].sent, one[0]))


OF_CHILDREN: Final = {
    "found": "Found",
    "helped": "Helped",
    "referred": "Referred",
    "back_at_school": "Back at school",
    "dropped_out_again": "Dropped out again",
    "open_follow_ups": "Follow-ups that wait",
    "late_evidence": "Late evidence",
}
OF_MONEY: Final = {
    "committed_satang": "Committed",
    "paid_satang": "Paid",
    "waiting_satang": "Waits for money",
}
FIGURES: Final = OF_CHILDREN | OF_MONEY | {"days_to_help": "Days from report to help"}
"""Each figure of a district as people call it, in the order of every table."""

ANSWERS: Final = {
    "sent": "Referrals sent",
    "accepted": "Accepted",
    "declined": "Turned down",
    "unanswered": "Wait for an answer",
    "ended": "Ended before",
}


def added(kind: type[T], parts: Iterable[Any]) -> T:
    """The sum of these, figure by figure."""
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        for name, value in asdict(part).items():
            sums[name] += value
    return kind(**sums)
