"""How much of each kind waits, since when, and when it is late: one small question to the room that knows.

Knows working days from Monday to Friday; holidays it does not know. Refuses nothing: what was never begun waits for
nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, func, select

from fund import checkups, clock, outbox, profile
from fund.audit_receipts import queries as audit_receipts
from fund.bank import queries as bank
from fund.bank import reopening
from fund.bank.models import InboxRow, StatementRow
from fund.bank.told import queries as told
from fund.bank.told import states
from fund.bank.told.models import CallbackRow, StandingRow
from fund.cases import queues
from fund.cases.finding import queries as finding
from fund.cases.following import queries as following
from fund.cases.following import states as following_states
from fund.cases.following.queries import ComplaintView, FollowUpView, ReferralView
from fund.cases.handing import views as handing
from fund.cases.handing.views import HandoverView
from fund.cases.requests import queries as case_requests
from fund.cash import boxes as cash
from fund.cash import counting, shortages
from fund.collections import queries as collections
from fund.collections.queries import CollectionView
from fund.donations import campaign_pages, refunds, slips
from fund.donations import queries as gifts
from fund.donations import states as gift_states
from fund.donations.models import CampaignRow, DonationRow
from fund.goods.offers import queries as offers
from fund.grants import advances, rules, run_views
from fund.grants import queries as grants
from fund.grants.queries import Queued
from fund.grants.states import AUTHORISED, PREPARED
from fund.people import duties, factors, powers, staff
from fund.people.powers import Person
from fund.profile import BankAccount, NoProfileError
from fund.rights import breaches, erasing, requests
from ledger import log, periods

LETTERS: Final = "notice."
"""How the kinds of jobs begin that write to people."""

STATEMENTS_EVERY: Final = timedelta(days=7)
MONTH_CLOSED_WITHIN: Final = timedelta(days=10)
ENDS_SOON: Final = timedelta(days=7)
PROVEN_WITHIN: Final = timedelta(days=30)
OFFER_ANSWERED_WITHIN: Final = timedelta(days=3)
URGENT_WITHIN: Final = timedelta(days=7)
INVITATION_ENDS_SOON: Final = timedelta(days=1)
SEALED_WITHIN: Final = timedelta(minutes=10)
MATCHED_WITHIN: Final = timedelta(hours=1)
FEW_CODES: Final = 3
URGENT: Final = 1
MOST_SLIPS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Work:
    """So many wait, the oldest since then; once it is `due` it is late."""

    count: int
    since: datetime | None = None
    due: datetime | None = None

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due <= clock.now()


NOTHING: Final = Work(0)


def is_working(day: date) -> bool:
    """Whether people work on this day."""
    return day.isoweekday() <= 5


def working_day_after(moment: datetime) -> datetime:
    """The same hour of the next working day; what comes at a weekend counts from Monday's beginning."""
    local = moment.astimezone(clock.BANGKOK)
    began = local if is_working(local.date()) else _begins(_working_from(local.date()))
    return datetime.combine(_working_from(began.date() + timedelta(days=1)), began.timetz())


def lines_to_name(session: Session, _person: Person) -> Work:
    """Bank lines that only a person can explain."""
    return _lines(session, "waiting")


def lines_refused(session: Session, _person: Person) -> Work:
    """Bank lines that the books refused."""
    return _lines(session, "refused")


def lines_unmatched(session: Session, _person: Person) -> Work:
    """Bank lines that the matcher should have seen by now: it was stopped in between."""
    found = _lines(session, "new")
    return NOTHING if found.since is None else Work(found.count, found.since, found.since + MATCHED_WITHIN)


def accounts_without_statement(session: Session, _person: Person) -> Work:
    """Bank accounts whose last statement ends over a week ago; late after another week."""
    last = select(StatementRow.account, func.max(StatementRow.to_on)).group_by(StatementRow.account)
    ended = dict(session.exec(last).all())
    until = [ended.get(account.account) for account in _accounts(session)]
    limit = clock.today() - STATEMENTS_EVERY
    oldest = min((day for day in until if day and day < limit), default=None)
    since = _begins(oldest + timedelta(days=1)) if oldest else None
    count = sum(day is None or day < limit for day in until)
    return Work(count, since, since + 2 * STATEMENTS_EVERY if since else None)


def accounts_that_do_not_meet(session: Session, _person: Person) -> Work:
    """Bank accounts whose statement, books and waiting lines do not meet."""
    return _at_once(sum(not proof.meets for proof in bank.proofs(session, _accounts(session))))


def told_without_line(session: Session, _person: Person) -> Work:
    """Gifts that a bank confirmed, and whose statement line should have come by now."""
    missing = col(CallbackRow.occurred_at) < clock.now() - told.LATE_AFTER
    count, since = session.exec(_told(CallbackRow.occurred_at, states.CONFIRMED).where(missing)).one()
    return Work(count, since, since + told.LATE_AFTER) if since else NOTHING


def told_in_doubt(session: Session, _person: Person) -> Work:
    """What a bank told that names nobody, that it denies, or that contradicts itself."""
    count, since = session.exec(_told(CallbackRow.told_at, *states.LOOKED_INTO)).one()
    return Work(count, since, working_day_after(since)) if since else NOTHING


def slips_without_money(session: Session, _person: Person) -> Work:
    """Slips that donors sent, and whose money was not found."""
    found = slips.waiting(session, limit=MOST_SLIPS)
    since = min((one.claimed_at for one in found), default=None)
    return Work(len(found), since, working_day_after(since)) if since else NOTHING


def boxes_half_counted(session: Session, person: Person) -> Work:
    """Cash boxes that somebody else has counted, and that wait for the second."""
    running = [counting.one(session, box.open_count) for box in cash.boxes(session) if box.open_count]
    waiting = [one for one in running if one.waits_for_another_than not in (None, person.id)]
    since = min((one.begun_at for one in waiting), default=None)
    return Work(len(waiting), since, working_day_after(since)) if since else NOTHING


def boxes_not_banked(session: Session, _person: Person) -> Work:
    """Cash boxes that hold what was counted longer ago than the fund's profile lets it lie."""
    found = cash.boxes(session)
    limit = clock.today() - timedelta(days=profile.current(session).cash_days) if found else clock.today()
    days = [day for box in found if (day := counting.unbanked_since(session, box)) and day < limit]
    return Work(len(days), _begins(min(days)), _begins(min(days))) if days else NOTHING


def cash_short(session: Session, person: Person) -> Work:
    """Cash that somebody else says is short."""
    found = [one for one in shortages.waiting(session) if one.asked_person != person.id]
    since = min((one.asked_at for one in found), default=None)
    return Work(len(found), since, working_day_after(since)) if since else NOTHING


def refunds_asked(session: Session, _person: Person) -> Work:
    """Gifts that somebody asks to give back."""
    return _refunds(session, gift_states.ASKED)


def refunds_payable(session: Session, _person: Person) -> Work:
    """Refunds that were decided and have not left our account."""
    return _refunds(session, gift_states.PAYABLE)


def reports_waiting(session: Session, person: Person) -> Work:
    """Reports of children in their districts; what cannot wait is late at once."""
    count, since, is_urgent = finding.count_waiting(session, person)
    if since is None:
        return NOTHING
    return Work(count, since, since if is_urgent else working_day_after(since))


def referrals_open(session: Session, person: Person) -> Work:
    """Referrals that wait for the answer of their office."""
    return _matters(following.referrals(session, person, (following_states.OPEN,)))


def referrals_declined(session: Session, person: Person) -> Work:
    """Referrals of their districts that an office declined, and that nobody has looked at since."""
    return _matters(following.referrals(session, person, (following_states.DECLINED,)))


def follow_ups_due(session: Session, person: Person) -> Work:
    """Children of their places in on whom somebody must look, also late."""
    return _matters(following.follow_ups(session, person, (following_states.OPEN, following_states.MISSED)))


def follow_ups_bad(session: Session, person: Person) -> Work:
    """Follow-ups that were missed or went badly, and that hold the money."""
    return _matters(following.follow_ups(session, person, following_states.BAD))


def handovers_bad(session: Session, person: Person) -> Work:
    """Families who say that help did not arrive as it should; their case's money is held."""
    return _handovers(handing.waiting(session, person, "handovers.look", *handing.bad()))


def evidence_late(session: Session, person: Person) -> Work:
    """Evidence that should be here by now."""
    return _handovers(handing.waiting(session, person, "handovers.see", *handing.late()))


def evidence_to_decide(session: Session, person: Person) -> Work:
    """Evidence that somebody else must look at."""
    return _handovers(handing.waiting(session, person, "evidence.decide", *handing.to_decide()))


def handovers_waiting(session: Session, person: Person) -> Work:
    """Help that has left, and of which no family has said yet that it arrived."""
    return _handovers(handing.waiting(session, person, "handovers.work", *handing.to_hand_over()))


def evidence_to_file(session: Session, person: Person) -> Work:
    """Help that arrived, and whose papers are missing."""
    return _handovers(handing.waiting(session, person, "handovers.work", *handing.to_file()))


def complaints_open(session: Session, person: Person) -> Work:
    """Complaints of families that nobody has answered, without those that may be about this person."""
    return _matters(following.complaints_for(session, person, (following_states.OPEN,)))


def requests_to_review(session: Session, person: Person) -> Work:
    """Requests that this person can decide; what cannot wait is late at once."""
    return _asked(case_requests.to_review(session, person.id))


def requests_questioned(session: Session, person: Person) -> Work:
    """What the core team has asked back about requests of their districts."""
    return _asked(grants.questioned(session, queues.districts_of(person), limit=case_requests.MOST))


def offers_to_answer(session: Session, _person: Person) -> Work:
    """Offers of goods that nobody has answered; three days are enough."""
    count, since = offers.count_waiting(session)
    return Work(count, since, since + OFFER_ANSWERED_WITHIN) if since else NOTHING


def requests_unmet(session: Session, _person: Person) -> Work:
    """Requests that were approved and that no fund could pay."""
    return Work(len(grants.waiting(session, limit=case_requests.MOST)))


def rules_proposed(session: Session, person: Person) -> Work:
    """Limits and uses of funds that somebody else proposes."""
    others = [one for one in rules.proposals(session) if one.proposed_by != person.id]
    return Work(len(others), due=_begins(min(one.since for one in others))) if others else NOTHING


def breaches_running(session: Session, _person: Person) -> Work:
    """Breaches that are not closed; the office of data protection must be told within 72 hours."""
    count, due = breaches.running(session)
    return Work(count, due=due)


def requests_unanswered(session: Session, _person: Person) -> Work:
    """Requests about personal data that were not answered; thirty days are given."""
    found = requests.unanswered(session)
    first = min((one.received_on for one in found), default=None)
    return Work(len(found), _begins(first), _begins(first + requests.ANSWERED_WITHIN)) if first else NOTHING


def erasures_proposed(session: Session, _person: Person) -> Work:
    """Erasures that wait for two people's yes."""
    return Work(*erasing.waiting(session))


def collections_awaiting(session: Session, person: Person) -> Work:
    """Collections of their places that wait for their money; late once their day has passed."""
    found = _theirs(session, person, collections.awaiting(session))
    confirmed = min((one.confirmed_at for one in found if one.confirmed_at), default=None)
    return Work(len(found), confirmed, min((one.expires_at for one in found), default=None))


def collections_not_met(session: Session, person: Person) -> Work:
    """Collections of their places for which money came that is not what they await."""
    found = _theirs(session, person, collections.not_met(session))
    since = min((unmet.noted_at for one in found for unmet in one.unmet), default=None)
    return Work(len(found), since, working_day_after(since)) if since else NOTHING


def runs_to_authorise(session: Session, _person: Person) -> Work:
    """Payment runs that another has prepared; a working day is enough."""
    found = run_views.to_authorise(session)
    since = min((one.prepared_at for one in found), default=None)
    return Work(len(found), since, working_day_after(since)) if since else NOTHING


def payments_due(session: Session, _person: Person) -> Work:
    """Payments due by today that are in no run; late after a working day."""
    due = [one.tranche.due_on for one in run_views.due(session, clock.today()) if not one.why_not]
    since = _begins(min(due)) if due else None
    return Work(len(due), since, working_day_after(since)) if since else NOTHING


def payments_not_seen(session: Session, _person: Person) -> Work:
    """Payments authorised some days ago that no statement shows."""
    limit = timedelta(days=profile.current(session).payment_days)
    found = [(one, max(_begins(one.pay_on), one.authorised.authorised_at) + limit)
             for one in run_views.unsettled(session) if one.authorised]  # fmt: skip
    late = [(one, until) for one, until in found if until <= clock.now()]
    lines = sum(line.state == AUTHORISED for one, _ in late for line in one.lines)
    return Work(lines, min((until for _, until in late), default=None), min((until for _, until in late), default=None))


def advances_to_allow(session: Session, _person: Person) -> Work:
    """Advances that another has prepared."""
    return Work(sum(one.tranche.state == PREPARED for one in advances.advances(session)))


def advances_overdue(session: Session, _person: Person) -> Work:
    """Advances whose papers should be here."""
    due = [one.due_on for one in advances.advances(session) if one.is_overdue and one.due_on]
    since = _begins(min(due)) if due else None
    return Work(len(due), since, since)


def campaigns_without_gift(session: Session, person: Person) -> Work:
    """Open campaigns of their places to which nobody has given yet."""
    given = select(DonationRow.id).where(DonationRow.campaign_id == col(CampaignRow.id))
    silent = set(session.exec(select(CampaignRow.id).where(~given.exists())))
    found = [one for one in gifts.campaigns(session) if one.id in silent and one.is_open()]
    theirs = [one for one in found if powers.may(person, "campaigns.print", campaign_pages.place(one))]
    return Work(len(theirs), _begins(min(one.opens_on for one in theirs)) if theirs else None)


def payments_unproven(session: Session, person: Person) -> Work:
    """Payments of their districts that have left and have no audit receipt; evidence has its days."""
    scopes = {grant.scope for grant in person.grants if grant.role in powers.ACTIONS["audit_receipts.see"].roles}
    districts = None if "" in scopes else {scope.removeprefix("district:") for scope in scopes}
    count, since = audit_receipts.unproven(session, districts)
    return Work(count, since, since + PROVEN_WITHIN) if since else NOTHING


def jobs_failed(session: Session, _person: Person) -> Work:
    """Papers and other jobs that were given up."""
    return _failed(session, are_letters=False)


def letters_failed(session: Session, _person: Person) -> Work:
    """Letters that could not be sent."""
    return _failed(session, are_letters=True)


def cases_urgent(session: Session, person: Person) -> Work:
    """Cases of their districts with an urgent need that is not met; a week is given."""
    count, since = queues.urgent(session, person)
    return Work(count, since, since + URGENT_WITHIN) if since else NOTHING


def cases_unassigned(session: Session, person: Person) -> Work:
    """Open cases of their places of which nobody is in charge."""
    count, since = queues.unassigned(session, person)
    return Work(count, since, working_day_after(since)) if since else NOTHING


def checks_failed(session: Session, _person: Person) -> Work:
    """What the last check of the books found not to hold."""
    last = checkups.last(session)
    return Work(len(last.failed), last.ended_at, last.ended_at) if last else NOTHING


def checks_late(session: Session, _person: Person) -> Work:
    """The check of the books that should have ended by now."""
    last = checkups.last(session)
    return Work(1, last.ended_at, last.ended_at + checkups.LATE_AFTER) if last and last.is_late else NOTHING


def sealing_stopped(session: Session, _person: Person) -> Work:
    """Entries that wait for their place in the log longer than a sealer at work would let them."""
    since = log.waiting_since(session) if log.keys(session) else None
    is_stopped = since is not None and since + SEALED_WITHIN <= clock.now()
    return Work(log.unsealed(session), since, since + SEALED_WITHIN) if since and is_stopped else NOTHING


def months_open(session: Session, _person: Person) -> Work:
    """Months that are over and still open, once the fund closes its books by months."""
    first, present = periods.open_from(session), clock.today().replace(day=1)
    if first == date.min or first >= present:
        return NOTHING
    over = _begins((first.replace(day=28) + timedelta(days=4)).replace(day=1))
    return Work((present.year - first.year) * 12 + present.month - first.month, over, over + MONTH_CLOSED_WITHIN)


def months_asked(session: Session, person: Person) -> Work:
    """Closed months that somebody else asks to have opened again."""
    others = [one for one in reopening.asked(session) if one.is_open and one.asked_person != person.id]
    since = min((one.asked_at for one in others), default=None)
    return Work(len(others), since, working_day_after(since)) if since else NOTHING


def invitations_ending(session: Session, _person: Person) -> Work:
    """People whose invitation has run out, or will within a day, before they came."""
    awaited = [one for one in staff.people(session) if not one.has_password and not one.is_suspended]
    until = [one.invited_until or one.made_at for one in awaited]
    ending = [moment for moment in until if moment < clock.now() + INVITATION_ENDS_SOON]
    return Work(len(ending), due=min(ending, default=None))


def own_codes_few(session: Session, person: Person) -> Work:
    """Their own recovery codes are nearly used up."""
    left = factors.recovery_codes_left(session, person.id)
    return Work(1) if factors.has_any(session, person.id) and left <= FEW_CODES else NOTHING


def own_stand_ins_ending(session: Session, person: Person) -> Work:
    """Appointments, for them or of them, that end within a week."""
    today = clock.today()
    theirs = [one for one in duties.stand_ins(session, today) if person.name in (one.name, one.for_name)]
    return Work(sum(one.until <= today + ENDS_SOON for one in theirs))


def _theirs(session: Session, person: Person, found: Sequence[CollectionView]) -> list[CollectionView]:
    of = gifts.campaigns_by_id(session, {one.campaign_id for one in found})
    places = {campaign_id: campaign_pages.place(campaign) for campaign_id, campaign in of.items()}
    return [one for one in found if powers.may(person, "collections.see", places[one.campaign_id])]


def _lines(session: Session, state: str) -> Work:
    """Lines of the inbox in this state, since the first of them was handed in; a working day is enough."""
    came = select(func.count(), func.min(StatementRow.imported_at)).select_from(InboxRow)
    came = came.join(StatementRow, col(StatementRow.id) == col(InboxRow.statement_id))
    count, since = session.exec(came.where(InboxRow.state == state)).one()
    return Work(count, since, working_day_after(since)) if since else NOTHING


def _refunds(session: Session, state: str) -> Work:
    moments = [one.answered_at or one.asked_at for one in refunds.stories(session) if one.state == state]
    return Work(len(moments), min(moments), working_day_after(min(moments))) if moments else NOTHING


def _told(moment: datetime, *standing: str) -> Any:
    """How many callbacks stand so, and the first of these moments of theirs."""
    counted = select(func.count(), func.min(moment)).select_from(CallbackRow)
    joined = counted.join(StandingRow, col(StandingRow.callback_id) == col(CallbackRow.id))
    return joined.where(col(StandingRow.state).in_(standing))


def _accounts(session: Session) -> Sequence[BankAccount]:
    try:
        return profile.current(session).accounts
    except NoProfileError:
        return ()


def _failed(session: Session, *, are_letters: bool) -> Work:
    found = [one.failed_at for one in outbox.failed(session) if one.kind.startswith(LETTERS) == are_letters]
    since = min((moment for moment in found if moment), default=None)
    return Work(len(found), since, since)


def _asked(found: Sequence[Queued]) -> Work:
    since = min((one.made_at for one in found), default=None)
    if since is None:
        return NOTHING
    first = min((one.made_at for one in found if one.urgency == URGENT), default=None)
    return Work(len(found), since, first or working_day_after(since))


def _at_once(count: int) -> Work:
    return Work(count, due=clock.now()) if count else NOTHING


def _working_from(day: date) -> date:
    """This day, or Monday."""
    return day if is_working(day) else day + timedelta(days=8 - day.isoweekday())


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.BANGKOK)


def _handovers(found: Sequence[HandoverView]) -> Work:
    """Late once the evidence of the first one is due."""
    if not found:
        return NOTHING
    first = min(found, key=lambda one: one.due_on)
    return Work(len(found), _begins(first.went_on), _begins(first.due_on + timedelta(days=1)))


def _matters(found: Sequence[ReferralView | FollowUpView | ComplaintView]) -> Work:
    since = min((one.moved_at for one in found), default=None)
    return Work(len(found), since, working_day_after(since)) if since else NOTHING
