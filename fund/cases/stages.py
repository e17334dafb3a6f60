"""The stages of a case: the one table of which act leads where, and who does it; every other act is refused.

Knows the province's cycle (find, first help, refer) and its return: who drops out again opens the case anew. The
database keeps the same table and refuses a step that does not follow the last one (`cases_step`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from fund.cases.errors import NotInThisStageError, NotTheirActError

FOUND: Final = "found"
ASSESSED: Final = "assessed"
PLANNED: Final = "planned"
HELPED: Final = "helped"
REFERRED: Final = "referred"
FOLLOWED: Final = "followed"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"

OPEN: Final = "open"
"""The act that begins a case."""

STAGES: Final = {
    FOUND: "Found",
    ASSESSED: "Assessed",
    PLANNED: "Planned",
    HELPED: "Helped",
    REFERRED: "Referred",
    FOLLOWED: "Followed up",
    CLOSED: "Case closed",
    REOPENED: "Dropped out again",
}
"""Each stage as people call it."""

NEXT: Final = {
    FOUND: "Visit the family, and write down what the child needs.",
    ASSESSED: "Plan with the family what will help. Ask for their consent.",
    PLANNED: "Ask for the help, hand it over, or refer the child.",
    HELPED: "Look in after 30 days: is the child at school?",
    REFERRED: "Ask the other body how the child is.",
    FOLLOWED: "Look in again, help once more, or close the case.",
    CLOSED: "Nothing, as long as the child stays at school.",
    REOPENED: "Visit the family again: what has changed?",
}
"""What is to be done at each stage."""

_MANAGER: Final = frozenset({"case_manager"})
_BOTH: Final = frozenset({"case_manager", "core_team"})


@dataclass(frozen=True, slots=True)
class Act:
    """One act: where it leads from each stage at which it may be done, and who does it.

    `needs` is the consent without which it is not done; `asks_why` where it is not done without a reason.
    """

    says: str
    leads: str
    stages: frozenset[str]
    roles: frozenset[str] = _MANAGER
    needs: str = ""
    asks_why: bool = False


ACTS: Final = {
    "assess": Act("The child's needs are assessed", ASSESSED, frozenset({FOUND, PLANNED, REOPENED})),
    "plan": Act("The plan is made", PLANNED, frozenset({ASSESSED, HELPED, REFERRED, FOLLOWED})),
    "help": Act("Help has arrived", HELPED, frozenset({PLANNED, HELPED, REFERRED, FOLLOWED}), needs="help"),
    "refer": Act(
        "Referred to another body", REFERRED, frozenset({PLANNED, HELPED, FOLLOWED}), needs="share_with_partners"
    ),
    "follow": Act("Looked in on the child", FOLLOWED, frozenset({HELPED, REFERRED, FOLLOWED})),
    "close": Act(
        "Close the case",
        CLOSED,
        frozenset({FOUND, ASSESSED, PLANNED, HELPED, REFERRED, FOLLOWED, REOPENED}),
        roles=_BOTH,
        asks_why=True,
    ),
    "reopen": Act(
        "Dropped out again: open the case anew",
        REOPENED,
        frozenset({HELPED, REFERRED, FOLLOWED, CLOSED}),
        roles=_BOTH,
        asks_why=True,
    ),
}


def after(stage: str, act: str) -> str:
    """The stage that an act leads to. Raises NotInThisStageError where it is not done at this one."""
    if act not in ACTS or stage not in ACTS[act].stages:
        raise NotInThisStageError()
    return ACTS[act].leads


def require_role(act: str, roles: Collection[str]) -> None:
    """Raises NotTheirActError where none of these roles does this."""
    if act not in ACTS or ACTS[act].roles.isdisjoint(roles):
        raise NotTheirActError()


def open_acts(stage: str, roles: Collection[str]) -> dict[str, Act]:
    """What somebody with these roles may do at a stage."""
    return {name: act for name, act in ACTS.items() if stage in act.stages and not act.roles.isdisjoint(roles)}


def ways() -> list[str]:
    """Every step there is, as `stage act stage`; the first one comes from nowhere."""
    found = [f"{stage} {name} {act.leads}" for name, act in ACTS.items() for stage in act.stages]
    return sorted([f" {OPEN} {FOUND}", *found])
