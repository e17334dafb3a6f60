"""Who may do what: the one table of roles and acts, the list of addresses open to everyone, the rule that reads them.

Knows eleven roles, the kind of place each is for, and every act that a staff route names. Refuses an act that no role
of a person has (403), and what lies outside the places a role was given for as if it were not there (404).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from fund.errors import ForbiddenError, NotFoundError

Kind = Literal["", "district", "school", "office"]
"""What a role is given for: everything, or one place of this kind."""


class NoPowerError(ForbiddenError):
    message = "Your role does not do this. Who may do what is on the page of powers."


class Stage(Enum):
    """How far somebody has come at the door."""

    IN = "in"
    ASKED = "asked for the second factor"
    ENROLLING = "has no second factor yet, and needs one"


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of work. With `needs_second_factor` a password alone does not let in."""

    name: str
    place: Kind = ""
    needs_second_factor: bool = False


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


ROLES: Final = {
    "collector": Role("Collector", "school"),
    "storekeeper": Role("Storekeeper"),
    "valuer": Role("Valuer"),
    "case_manager": Role("Case manager", "district"),
    "watcher": Role("Watcher", "school"),
    "partner": Role("Partner office", "office"),
    "core_team": Role("Core team", needs_second_factor=True),
    "finance": Role("Finance officer", needs_second_factor=True),
    "treasurer": Role("Treasurer", needs_second_factor=True),
    "auditor": Role("Auditor", needs_second_factor=True),
    "administrator": Role("Administrator", needs_second_factor=True),
}
ALONE: Final = "administrator"
"""Makes people, and has no power over money or cases: whoever has this role has no other."""

EVERYONE: Final = frozenset(ROLES)
_BEFORE: Final = frozenset({Stage.ASKED, Stage.ENROLLING})


def _of(*roles: str) -> frozenset[str]:
    return frozenset(roles)


ACTIONS: Final = {
    "home.see": Action("See what waits", EVERYONE),
    "search.use": Action(
        "Search by reference, number, code or amount",
        _of("collector", "case_manager", "core_team", "finance", "treasurer", "auditor"),
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
    "cash.see": Action("See the cash boxes", _of("core_team", "finance", "treasurer", "auditor")),
    "cash.add": Action("Add a cash box", _of("finance", "treasurer")),
    "cash.close": Action("Close a cash box", _of("finance", "treasurer")),
    "cash.count": Action("Count a cash box, as one of two", _of("core_team", "finance", "treasurer")),
    "cash.carry": Action("Carry cash to the bank", _of("core_team", "finance", "treasurer")),
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
    "trail.see": Action("See who did what, and who has looked", _of("auditor")),
    "rights.see": Action(
        "See requests about personal data, erasures and breaches", _of("core_team", "finance", "treasurer", "auditor")
    ),
    "rights.take": Action("Take a request about personal data, and answer it", _of("core_team", "finance")),
    "rights.open": Action("See, and hand over, what is held on who asks", _of("core_team", "finance"), is_fresh=True),
    "rights.change": Action(
        "Correct a contact, take consent back, propose to erase", _of("core_team", "finance"), is_fresh=True
    ),
    "erasures.confirm": Action("Confirm an erasure, as one of two", _of("core_team", "treasurer"), is_fresh=True),
    "breaches.report": Action("Report a breach", EVERYONE),
    "breaches.act": Action("Take the steps of a breach", _of("core_team", "treasurer")),
    "records.see": Action("See what is held on whom, why and how long", EVERYONE),
    "books.read": Action("Read the books by program", _of("core_team", "finance", "treasurer", "auditor")),
    "people.see": Action("See who works here", _of("administrator", "auditor")),
    "people.invite": Action("Invite a person, or invite one anew", _of("administrator"), is_fresh=True),
    "people.give": Action("Give a role", _of("administrator"), is_fresh=True),
    "people.end": Action("End a role", _of("administrator")),
    "people.suspend": Action("Suspend a person, or let them in again", _of("administrator")),
    "places.see": Action("See the schools and offices", _of("administrator", "auditor")),
    "places.change": Action("Add, rename or close a school or an office", _of("administrator")),
    "stand_ins.see": Action(
        "See who stands in for whom, and by which paper", _of("core_team", "finance", "treasurer", "auditor")
    ),
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

OPEN: Final = frozenset(
    {
        "GET /",
        "GET /privacy",
        "GET /verify_receipt.py",
        "GET /figures.csv",
        "GET /language/{code:str}",
        "GET /static/{name:path}",
        "GET /healthz",
        "GET /readyz",
        "GET /give",
        "GET /give/{slug:str}",
        "POST /give/{slug:str}",
        "GET /give/{slug:str}/poster.png",
        "GET /give/{slug:str}/poster.svg",
        "GET /poster/{code:str}",
        "GET /gift/{reference:str}/{token:str}",
        "GET /gift/{reference:str}/{token:str}/qr.png",
        "GET /gift/{reference:str}/{token:str}/state",
        "GET /gift/{reference:str}/{token:str}/events",
        "POST /gift/{reference:str}/{token:str}/slip",
        "POST /callbacks/{bank:str}/{secret:str}",
        "GET /return",
        "POST /return",
        "GET /r/{number:str}/{token:str}",
        "GET /r/{number:str}/{token:str}/state",
        "GET /r/{number:str}/{token:str}/receipt.pdf",
        "GET /report",
        "POST /report",
        "GET /report/thanks",
        "GET /report/{key:str}",
        "POST /report/{key:str}",
        "GET /complaint",
        "POST /complaint",
        "GET /complaint/thanks",
        "GET /complaint/{key:str}",
        "POST /complaint/{key:str}",
        "GET /verify",
        "POST /verify",
        "GET /v/{number:str}/{code:str}",
        "GET /api",
        "GET /api/openapi.json",
        "GET /api/log/head",
        "GET /api/log/heads",
        "GET /api/log/heads/{size:str}",
        "GET /api/log/keys",
        "GET /api/log/consistency",
        "GET /api/receipts/{number:str}/{token:str}/proof",
        "GET /staff/sign-in",
        "POST /staff/sign-in",
        "GET /staff/invitation/{token:str}",
        "POST /staff/invitation/{token:str}",
    }
)
"""Every address that asks nobody who they are; what it opens, if anything, opens by a secret in it."""


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
