"""What waits for whom: one table, a row for each kind of work.

Knows the act that deals with a kind of work, and shows it to whoever may do that act. A new room adds a row here, and
the question behind it to `looks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from fund.home import goods_looks, looks
from fund.home.looks import Work
from fund.people import powers
from fund.people.powers import Person

Look = Callable[[Session, Person], Work]


@dataclass(frozen=True, slots=True)
class Kind:
    """Work that waits for whoever may do `action`: what it is called, what to do, where, and how much there is.

    Advice stands on the page, and is no reason to write to somebody.
    """

    action: str
    says: str
    then: str
    href: str
    look: Look
    is_advice: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of work of which there is some."""

    kind: Kind
    work: Work


LINES, STATEMENTS, TOLD, SLIPS = "/staff/lines", "/staff/statements", "/staff/told", "/staff/slips"
MONTHS: Final = "/staff/months"
CASH, REFUNDS = "/staff/cash", "/staff/refunds"
COLLECTIONS: Final = "/staff/collections"
AUDIT_RECEIPTS: Final = "/staff/audit-receipts"
RUNS, ADVANCES = "/staff/runs", "/staff/advances"
RIGHTS, BREACHES = "/staff/rights", "/staff/rights/breaches"
GOODS: Final = "/staff/goods"
CASES, REQUESTS = "/staff/cases", "/staff/requests"
REFERRALS, FOLLOW_UPS = "/staff/referrals", "/staff/follow-ups"
HANDOVERS: Final = "/staff/handovers"
CHECKS, JOBS, PEOPLE = "/staff/checks", "/staff/jobs", "/staff/people"
_MACHINE: Final = "Tell whoever looks after the machine: sipbaht check."
_AGAIN: Final = "See why, and have them tried again."

WAITING: Final = (
    Kind("lines.name", "Bank lines that nobody could name", "Say what each one is.", LINES, looks.lines_to_name),
    Kind("lines.retry", "Bank lines that the books refused", "Read why, and try again.", LINES, looks.lines_refused),
    Kind(
        "statements.import", "Bank lines that were not matched yet", "They are matched with the next statement.",
        STATEMENTS, looks.lines_unmatched,
    ),
    Kind(
        "statements.import", "Bank accounts without a statement for a week", "Hand in the next one.", STATEMENTS,
        looks.accounts_without_statement,
    ),
    Kind(
        "statements.see", "Bank accounts where bank and books do not meet", "Find what explains the rest.", STATEMENTS,
        looks.accounts_that_do_not_meet,
    ),
    Kind(
        "months.see", "Months that are over and still open", "Explain every line, reconcile, and close.", MONTHS,
        looks.months_open,
    ),
    Kind(
        "months.open", "Months that somebody asks to open again", "Read why, and confirm it.", MONTHS,
        looks.months_asked,
    ),
    Kind(
        "told.clear", "Payments that a bank told and nobody understood", "Look what each one is.", TOLD,
        looks.told_in_doubt,
    ),
    Kind(
        "told.take_back", "Gifts that a bank confirmed and never put on a statement",
        "Look for the statement; take back what never came.", TOLD, looks.told_without_line,
    ),
    Kind(
        "cash.count", "Cash boxes that a second person must count", "Count alone, as you.", CASH,
        looks.boxes_half_counted,
    ),
    Kind(
        "cash.carry", "Cash boxes whose money should be at the bank", "Carry it there, or find its line.", CASH,
        looks.boxes_not_banked,
    ),
    Kind(
        "cash.decide_short", "Cash that somebody says is short", "Look into it, and say yes or no.", CASH,
        looks.cash_short,
    ),
    Kind(
        "goods.value", "Goods that nobody has valued", "Say what one is worth, with its paper.", GOODS,
        goods_looks.goods_to_value,
    ),
    Kind(
        "goods.settle", "Goods that need a second person", "Explain the count, or answer what shall go out.",
        f"{GOODS}/matters", goods_looks.goods_to_settle,
    ),
    Kind(
        "goods.hold", "Goods that expire soon", "Hand them out first.", GOODS, goods_looks.goods_expiring,
        is_advice=True,
    ),
    Kind(
        "refunds.decide", "Refunds that wait for a decision", "Look at it, and say yes or no.", REFUNDS,
        looks.refunds_asked,
    ),
    Kind(
        "refunds.pay", "Refunds to be paid", "Order the transfer, to where it came from.", REFUNDS,
        looks.refunds_payable,
    ),
    Kind(
        "collections.see", "Collections whose sum does not meet", "See the difference; hand in the right list.",
        COLLECTIONS, looks.collections_not_met,
    ),
    Kind(
        "collections.make", "Collections that wait for their money", "Pay their QR, or withdraw them.", COLLECTIONS,
        looks.collections_awaiting,
    ),
    Kind(
        "runs.authorise", "Payment runs that wait to be authorised", "See each line's chain, and say yes or no.",
        RUNS, looks.runs_to_authorise,
    ),
    Kind("runs.prepare", "Payments that are due", "Prepare a run.", f"{RUNS}/new", looks.payments_due),
    Kind(
        "runs.prepare", "Payments that no statement shows", "Hand in the statement, or ask the bank.", RUNS,
        looks.payments_not_seen,
    ),
    Kind(
        "advances.allow", "Advances that wait to be allowed", "Look at it, and say yes or no.", ADVANCES,
        looks.advances_to_allow,
    ),
    Kind(
        "advances.account", "Advances that are not accounted for", "Ask for the papers, or the rest.", ADVANCES,
        looks.advances_overdue,
    ),
    Kind(
        "audit_receipts.see", "Payments that are not proven", "See what each lacks, and have it handed in.",
        f"{AUDIT_RECEIPTS}?show=missing", looks.payments_unproven, is_advice=True,
    ),
    Kind("slips.claim", "Slips whose money was not found", "Find the line.", SLIPS, looks.slips_without_money),
    Kind(
        "reports.decide", "Reports of children at risk", "Look at each, and take it, lay it to a case or close it.",
        "/staff/reports", looks.reports_waiting,
    ),
    Kind(
        "requests.answer", "Requests that wait to be decided", "Read each: approve, ask back or decline.", REQUESTS,
        looks.requests_to_review,
    ),
    Kind(
        "requests.make", "Questions about requests", "Read what is asked, and change the request.", REQUESTS,
        looks.requests_questioned,
    ),
    Kind(
        "requests.approve", "Approved requests that wait for money", "Try again when money has come.", REQUESTS,
        looks.requests_unmet, is_advice=True,
    ),
    Kind(
        "offers.answer", "Offers of goods that wait for an answer", "Accept, take a part, or decline with a reason.",
        "/staff/offers", looks.offers_to_answer,
    ),
    Kind(
        "limits.change", "Limits and uses of funds that somebody proposes", "Read it, and agree or let it be.",
        "/staff/limits", looks.rules_proposed,
    ),
    Kind(
        "referrals.answer", "Referrals that wait for your office", "Accept, or say why not.", REFERRALS,
        looks.referrals_open,
    ),
    Kind(
        "referrals.make", "Referrals that an office declined", "Read why, and find another way.", REFERRALS,
        looks.referrals_declined,
    ),
    Kind(
        "follow_ups.note", "Children to look in on", "Say whether each comes to school.", FOLLOW_UPS,
        looks.follow_ups_due,
    ),
    Kind(
        "follow_ups.look", "Follow-ups that went badly", "Look at each; the next money waits until then.", FOLLOW_UPS,
        looks.follow_ups_bad,
    ),
    Kind(
        "handovers.look", "Families who say that help did not arrive", "Find out, and decide; the case's money waits.",
        HANDOVERS, looks.handovers_bad,
    ),
    Kind(
        "handovers.see", "Evidence that is late", "Hand it in, or state with a colleague that it was lost.", HANDOVERS,
        looks.evidence_late,
    ),
    Kind(
        "evidence.decide", "Evidence to look at", "Accept it, or send it back with a reason.", HANDOVERS,
        looks.evidence_to_decide,
    ),
    Kind(
        "handovers.work", "Help to be handed over", "Hand it over, and have the family say so.", HANDOVERS,
        looks.handovers_waiting,
    ),
    Kind(
        "handovers.work", "Evidence to hand in", "Hand in the signed voucher or the shop's receipt.", HANDOVERS,
        looks.evidence_to_file,
    ),
    Kind(
        "complaints.answer", "Complaints of families", "Read each, and answer.", "/staff/complaints",
        looks.complaints_open,
    ),
    Kind(
        "breaches.act", "Breaches that are not closed", "Tell the office within 72 hours, and write it down.",
        BREACHES, looks.breaches_running,
    ),
    Kind(
        "rights.take", "Requests about personal data", "Answer within thirty days.", RIGHTS, looks.requests_unanswered
    ),
    Kind(
        "erasures.confirm", "Erasures that wait for two people", "Look at it, and say yes or no.", RIGHTS,
        looks.erasures_proposed,
    ),
    Kind("cases.work", "Children with an urgent need", "See the family within a week.", CASES, looks.cases_urgent),
    Kind(
        "cases.assign", "Cases that nobody is in charge of", "Say who looks after each.", CASES, looks.cases_unassigned
    ),
    Kind("checks.see", "Checks of the books that do not hold", "Read what to do.", CHECKS, looks.checks_failed),
    Kind("checks.see", "The nightly check of the books", _MACHINE, CHECKS, looks.checks_late),
    Kind("checks.see", "Entries that are not in the log yet", _MACHINE, CHECKS, looks.sealing_stopped),
    Kind("jobs.retry", "Papers and jobs that failed", _AGAIN, JOBS, looks.jobs_failed),
    Kind("jobs.retry", "Letters that could not be sent", _AGAIN, JOBS, looks.letters_failed),
    Kind("people.invite", "Invitations that run out", "Invite them anew.", PEOPLE, looks.invitations_ending),
    Kind(
        "campaigns.print", "Campaigns without a gift so far", "Print their posters and hang them up.",
        "/staff/campaigns", looks.campaigns_without_gift, is_advice=True,
    ),
    Kind(
        "own.factors", "Your recovery codes are nearly used up", "Make new ones.", "/staff/second-factor",
        looks.own_codes_few, is_advice=True,
    ),
    Kind(
        "home.see", "Appointments of a stand-in that end within a week",
        "If one must go on, have it made anew in writing.", "", looks.own_stand_ins_ending,
    ),
)  # fmt: skip


def waiting(session: Session, person: Person) -> list[Waiting]:
    """What waits for this person: what is late first, else in the order of the table."""
    theirs = (kind for kind in WAITING if powers.may(person, kind.action))
    found = [Waiting(kind, kind.look(session, person)) for kind in theirs]
    return sorted((one for one in found if one.work.count), key=lambda one: not one.work.is_late)
