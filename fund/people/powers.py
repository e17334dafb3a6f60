"""Who may do what: the one table of roles and acts, and the rule that reads it.

Knows every act that a staff route names. Refuses an act that no role of a person has (403), and what lies outside the
places a role was given for as if it were not there (404).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from fund.errors import ForbiddenError, NotFoundError
from fund.people.roles import EVERYONE, ROLES


class NoPowerError(ForbiddenError):
    message = "Your role does not do this. Who may do what is on the page of powers."


class Stage(Enum):
    """How far somebody has come at the door."""

    IN = "in"
    ASKED = "asked for the second factor"
    ENROLLING = "has no second factor yet, and needs one"


@dataclass(frozen=True, slots=True)
class Action:
    """One act: what it says to people, who may do it, whether it asks for the password again after ten minutes.

    `also` are the stages before being in at which it is open all the same.
    """

    says: str
    roles: frozenset[str]
    is_fresh: bool = False
    also: frozenset[Stage] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object belongs; what is empty belongs to no such place."""

    district: str = ""
    school: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to a person: everywhere (empty `scope`), or for one place (`district:4001`)."""

    role: str
    scope: str = ""
    id: UUID | None = None

    def covers(self, place: Place) -> bool:
        """Whether an object of this place is within it."""
        kind, _, name = self.scope.partition(":")
        return not self.scope or (bool(name) and getattr(place, kind) == name)


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff and what they were given."""

    id: UUID
    name: str
    grants: tuple[Grant, ...] = ()

    @property
    def needs_second_factor(self) -> bool:
        """Whether any of their roles does."""
        return any(ROLES[grant.role].needs_second_factor for grant in self.grants)


_BEFORE: Final = frozenset({Stage.ASKED, Stage.ENROLLING})


def _of(*roles: str) -> frozenset[str]:
    return frozenset(roles)


_OVERSIGHT: Final = _of("core_team", "finance", "treasurer", "auditor")

ACTIONS: Final = {
    "home.see": Action("See what waits", EVERYONE),
    "search.use": Action(
        "Search by reference, number, code or amount",
        _of("collector", "storekeeper", "valuer", "case_manager", "core_team", "finance", "treasurer", "auditor"),
    ),
    "powers.see": Action("See who may do what", EVERYONE),
    "checks.see": Action(
        "See whether the books hold", _of("core_team", "finance", "treasurer", "auditor", "administrator")
    ),
    "statements.see": Action("See the bank's statements", _of("finance", "treasurer", "auditor")),
    "statements.import": Action("Hand in a bank statement", _of("finance")),
    "lines.see": Action("See the bank lines that wait", _of("finance", "treasurer", "auditor")),
    "lines.name": Action("Say whose gift a bank line is", _of("finance")),
    "lines.explain": Action("Say what a bank line is that is no gift", _of("finance")),
    "lines.send_back": Action("Say that unidentified money was sent back", _of("finance")),
    "lines.retry": Action("Have a bank line matched again", _of("finance")),
    "lines.hold": Action("Set a bank line aside, or let it go on", _of("finance")),
    "lines.comment": Action("Ask or answer about a bank line", _of("finance", "treasurer", "auditor")),
    "lines.undo": Action("Take back what settled a bank line", _of("finance")),
    "statements.undo": Action("Take a whole import back, or take it in again", _of("finance"), is_fresh=True),
    "rules.see": Action("See what the matcher was taught", _of("finance", "treasurer", "auditor")),
    "rules.teach": Action("Teach the matcher a rule, or switch one off", _of("finance")),
    "months.see": Action("See the months of the bank accounts", _of("finance", "treasurer", "auditor")),
    "months.reconcile": Action("Reconcile a month of a bank account", _of("finance")),
    "months.close": Action("Close a month of a bank account that another has reconciled", _of("finance", "treasurer")),
    "months.open": Action(
        "Have a closed month opened again, or confirm it for another", _of("finance", "treasurer"), is_fresh=True
    ),
    "books.close": Action("Close a month of the books", _of("treasurer")),
    "told.see": Action("See what banks told before their statements", _of("finance", "treasurer", "auditor")),
    "told.clear": Action("Say that one line brought all that a bank confirmed of a day", _of("finance")),
    "told.take_back": Action("Take back a gift whose money never came", _of("treasurer"), is_fresh=True),
    "cash.see": Action("See the cash boxes", _OVERSIGHT),
    "cash.add": Action("Add a cash box", _of("finance", "treasurer")),
    "cash.close": Action("Close a cash box", _of("finance", "treasurer")),
    "cash.count": Action("Count a cash box, as one of two", _of("core_team", "finance", "treasurer")),
    "cash.carry": Action("Carry cash to the bank", _of("core_team", "finance", "treasurer")),
    "cash.short": Action("Say that cash of a box is short", _of("core_team", "finance", "treasurer")),
    "cash.decide_short": Action(
        "Decide whether cash that is short is lost", _of("core_team", "treasurer"), is_fresh=True
    ),
    "goods.see": Action(
        "See what lies in the store", _of("storekeeper", "valuer", "case_manager", "core_team", "finance", "auditor")
    ),
    "goods.papers": Action("Save photos and papers of goods", _of("storekeeper", "valuer", "core_team", "auditor")),
    "goods.list": Action("Add a thing or a place to the store's lists", _of("storekeeper", "core_team")),
    "goods.receive": Action("Count what comes in", _of("storekeeper")),
    "goods.value": Action("Say what goods are worth that another has counted", _of("valuer")),
    "goods.hold": Action("Move and count goods, ask to take some out", _of("storekeeper")),
    "goods.settle": Action("Explain another's count, answer what another wants out", _of("storekeeper", "core_team")),
    "refunds.see": Action("See the refunds", _of("finance", "treasurer", "auditor")),
    "refunds.ask": Action("Ask for a gift to be given back", _of("finance")),
    "refunds.decide": Action("Decide whether a gift is given back", _of("treasurer"), is_fresh=True),
    "refunds.pay": Action("See to which account a refund goes", _of("finance")),
    "runs.see": Action("See the payment runs", _of("finance", "treasurer", "auditor")),
    "runs.prepare": Action("Prepare a payment run", _of("finance")),
    "runs.authorise": Action(
        "Authorise a payment run that another has prepared, and see who is paid", _of("treasurer"), is_fresh=True
    ),
    "runs.turn_down": Action("Take a payment out of a run, or send it back", _of("treasurer")),
    "runs.download": Action("See who is paid, and save the file for the bank", _of("finance"), is_fresh=True),
    "runs.stay": Action("Say that the bank did not carry out a payment", _of("finance")),
    "runs.give_up": Action("Give up a payment that came back", _of("treasurer")),
    "audit_receipts.see": Action(
        "See which payments are proven, and their papers",
        _of("case_manager", "core_team", "finance", "treasurer", "auditor"),
    ),
    "receipts.see": Action("See the register of papers", _of("finance", "treasurer", "auditor")),
    "receipts.print": Action("Print a paper for who it is for", _of("finance")),
    "advances.see": Action("See the advances of cash", _of("finance", "treasurer", "auditor")),
    "advances.prepare": Action("Prepare an advance", _of("finance")),
    "advances.allow": Action("Allow an advance that another has prepared", _of("treasurer"), is_fresh=True),
    "advances.account": Action("Account for an advance with its papers", _of("finance")),
    "slips.see": Action("See the slips that donors sent", _of("finance", "treasurer", "auditor")),
    "slips.claim": Action("Keep a slip for a donor", _of("finance")),
    "collections.see": Action("See the collections", _of("collector", "finance", "treasurer", "auditor")),
    "collections.make": Action("Hand in a collection's list, confirm or withdraw it", _of("collector", "finance")),
    "collections.people": Action(
        "See who is in a collection, and print their receipts", _of("collector", "finance", "auditor")
    ),
    "campaigns.see": Action(
        "See the campaigns", _of("collector", "case_manager", "core_team", "finance", "treasurer", "auditor")
    ),
    "campaigns.print": Action("Print a campaign's poster", _of("collector", "case_manager", "core_team", "finance")),
    "campaigns.open": Action("Open a campaign", _of("core_team", "finance")),
    "campaigns.close": Action("Close a campaign", _of("core_team", "finance")),
    "reports.make": Action("Report a child at risk", _of("case_manager", "watcher", "core_team")),
    "reports.see": Action("Read the reports of children at risk", _of("case_manager", "core_team")),
    "reports.decide": Action("Take a report into a case, lay it to one, or close it", _of("case_manager")),
    "report_links.make": Action("Make or end a school's link to report by", _of("case_manager", "core_team")),
    "class_lists.screen": Action(
        "Screen a class list for children at risk", _of("case_manager", "watcher", "core_team")
    ),
    "cases.see": Action(
        "See cases, and who the child is once they say why", _of("case_manager", "core_team", "auditor")
    ),
    "cases.work": Action("Open a case, and write in it", _of("case_manager")),
    "cases.move": Action("Take a case to its next stage", _of("case_manager", "core_team")),
    "cases.assign": Action("Put somebody in charge of a case", _of("case_manager", "core_team")),
    "cases.tie": Action("Say that one is tied to a child", _of("case_manager", "core_team")),
    "requests.see": Action(
        "See what was asked for children, and what became of it", _of("case_manager", "core_team", "auditor")
    ),
    "requests.make": Action("Ask for help for a child, and change what is asked", _of("case_manager")),
    "requests.approve": Action("Approve a request, and find its money", _of("core_team"), is_fresh=True),
    "requests.answer": Action(
        "Ask back about a request or decline it; release or cancel a part of a grant", _of("core_team")
    ),
    "requests.hold": Action("Hold a part of a grant", _of("case_manager", "core_team")),
    "tax.see": Action("See whose gifts count for tax, and what e-Donation was told", _OVERSIGHT),
    "tax.change": Action("Propose or agree to a donee unit and rate", _of("core_team", "treasurer"), is_fresh=True),
    "edonation.hand_out": Action("Hand gifts out to be keyed into e-Donation", _of("finance"), is_fresh=True),
    "limits.see": Action("See from which amount two approve, and what funds may pay", _OVERSIGHT),
    "limits.change": Action(
        "Propose another limit or use of a fund, or agree to it", _of("core_team", "treasurer"), is_fresh=True
    ),
    "referrals.see": Action("See referrals to offices", _of("partner", "case_manager", "core_team", "auditor")),
    "referrals.make": Action("Refer a child to an office, or take that back", _of("case_manager")),
    "referrals.answer": Action("Accept or decline a referral to one's office", _of("partner")),
    "follow_ups.see": Action(
        "See which children somebody must look in on", _of("case_manager", "watcher", "core_team", "auditor")
    ),
    "follow_ups.note": Action("Note whether a child comes to school", _of("case_manager", "watcher")),
    "follow_ups.look": Action("Look at follow-ups that went badly, and let money go on", _of("core_team")),
    "complaints.see": Action("Read the complaints of families", _of("core_team", "auditor")),
    "complaints.answer": Action("Answer a complaint, and close it", _of("core_team")),
    "complaint_links.make": Action("Give a family their way to complain", _of("case_manager", "core_team")),
    "handovers.see": Action(
        "See what was handed over, and the evidence of it", _of("case_manager", "core_team", "finance", "auditor")
    ),
    "handovers.work": Action("Hand help over, and hand in the evidence", _of("case_manager")),
    "handovers.look": Action("Look at help that did not arrive, and let money go on", _of("core_team")),
    "evidence.decide": Action("Accept evidence, or send it back", _of("core_team", "finance")),
    "evidence.state": Action("State that a paper was lost, as one of two", _of("case_manager", "core_team", "finance")),
    "overview.see": Action(
        "See the figures of children and money, by district", _of("case_manager", "core_team", "treasurer", "auditor")
    ),
    "overview.report": Action("Make the assembly's report of a term", _of("core_team")),
    "offers.see": Action("See offers of goods, and who offers", _of("storekeeper", "valuer", "core_team", "auditor")),
    "offers.make": Action("Note an offer of goods for somebody", _of("storekeeper", "core_team")),
    "offers.answer": Action("Accept, part accept or decline an offer of goods", _of("storekeeper", "core_team")),
    "goods_awards.see": Action("See goods for a case", _of("case_manager", "core_team", "storekeeper", "auditor")),
    "goods_awards.make": Action("Ask for goods for a case, ask for them no more", _of("case_manager")),
    "goods_awards.decide": Action("Award, decline or take back goods for a case", _of("core_team")),
    "goods_awards.hand_out": Action("Hand goods to a family against a signature", _of("storekeeper")),
    "labels.see": Action("Scan a label of goods", _of("storekeeper", "valuer", "core_team", "auditor")),
    "labels.print": Action("Print labels of goods", _of("storekeeper")),
    "trail.see": Action("See who did what, and who has looked", _of("auditor")),
    "rights.see": Action("See requests about personal data, erasures and breaches", _OVERSIGHT),
    "rights.take": Action("Take a request about personal data, and answer it", _of("core_team", "finance")),
    "rights.open": Action("See, and hand over, what is held on who asks", _of("core_team", "finance"), is_fresh=True),
    "rights.change": Action(
        "Correct a contact, take consent back, propose to erase", _of("core_team", "finance"), is_fresh=True
    ),
    "erasures.confirm": Action("Confirm an erasure, as one of two", _of("core_team", "treasurer"), is_fresh=True),
    "breaches.report": Action("Report a breach", EVERYONE),
    "breaches.act": Action("Take the steps of a breach", _of("core_team", "treasurer")),
    "records.see": Action("See what is held on whom, why and how long", EVERYONE),
    "books.read": Action("Read the books by program", _OVERSIGHT),
    "people.see": Action("See who works here", _of("administrator", "auditor")),
    "people.invite": Action("Invite a person, or invite one anew", _of("administrator"), is_fresh=True),
    "people.give": Action("Give a role", _of("administrator"), is_fresh=True),
    "people.end": Action("End a role", _of("administrator")),
    "people.suspend": Action("Suspend a person, or let them in again", _of("administrator")),
    "places.see": Action("See the schools and offices", _of("administrator", "auditor")),
    "places.change": Action("Add, rename or close a school or an office", _of("administrator")),
    "stand_ins.see": Action("See who stands in for whom, and by which paper", _OVERSIGHT),
    "stand_ins.appoint": Action("Appoint a stand-in", _of("core_team", "treasurer"), is_fresh=True),
    "stand_ins.end": Action("End a stand-in's appointment", _of("core_team", "treasurer")),
    "jobs.see": Action(
        "See papers and letters that were given up",
        _of("core_team", "finance", "treasurer", "auditor", "administrator"),
    ),
    "jobs.retry": Action("Have papers and letters tried again", _of("finance", "administrator")),
    "people.end_session": Action("Sign another person out", _of("administrator")),
    "own.sign_out": Action("Sign out", EVERYONE, also=_BEFORE),
    "own.second_step": Action("Give the second factor", EVERYONE, also=frozenset({Stage.ASKED})),
    "own.confirm": Action("Give the password again", EVERYONE),
    "own.sessions": Action("See and end one's own sessions", EVERYONE),
    "own.settings": Action("Choose language, text size and keys", EVERYONE),
    "own.account": Action("Change one's own password and e-mail", EVERYONE, is_fresh=True),
    "own.factors": Action("Set up one's own second factor", EVERYONE, is_fresh=True, also=frozenset({Stage.ENROLLING})),
}


def may(person: Person, action: str, place: Place | None = None) -> bool:
    """Whether a role of this person does this; with `place`, to an object of that place."""
    giving = [grant for grant in person.grants if grant.role in ACTIONS[action].roles]
    return any(place is None or grant.covers(place) for grant in giving)


def require(
    person: Person, action: str, place: Place | None = None, *, missing: type[NotFoundError] = NotFoundError
) -> None:
    """Raises NoPowerError where no role does this, `missing` where the object is of no place of theirs."""
    if not may(person, action):
        raise NoPowerError()
    if place is not None and not may(person, action, place):
        raise missing()
