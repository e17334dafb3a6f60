"""Named invariants over everything: asked one after the other, by hand, after every story in the tests, and each night.

Knows what to do where one does not hold. Changes nothing but the row of the night's answers. No invariant brings home
more than its findings; those in `READ_ALL` make the database read the whole history.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlmodel import Session

from fund import checkups, clock, outbox, profile
from fund.checkups import Answer
from fund.db import Database
from fund.invariants import (
    accounts,
    audit_receipts,
    books,
    cases,
    cash,
    collections,
    finding,
    following,
    gifts,
    goods,
    grants,
    handing,
    machine,
    rights,
    runs,
)
from fund.invariants.asking import MOST, NotAskedError
from fund.settings import Settings
from ledger.errors import LedgerError

SHOWN: Final = 10
NIGHT: Final = range(2, 4)
"""The hours in Bangkok in which the books are checked."""

AT_THE_LATEST: Final = timedelta(hours=24)
JOB: Final = "books.check"

STOP: Final = "Stop paying out, change nothing, and call whoever looks after the system: sipbaht verify tells more."
CURE: Final = "Nothing is awarded from this fund until it is cured: look at its last entries."
EXPLAIN: Final = "Open the waiting lines: say what this money is, or that it was sent back."
SEAL: Final = "Tell whoever looks after the machine: the sealer has stopped. sipbaht seal says why."
RETRY: Final = "Tell whoever looks after the machine: sipbaht work --failed --until-empty tries again."
REPLAY: Final = "Tell whoever looks after the machine: sipbaht erasures replay, with the last list that was kept."
RENEW: Final = "Tell whoever looks after the machine: put a new certificate in SIGNING_FILE, and start again."
MIGRATE: Final = "Tell whoever looks after the machine: the database's owner makes the roles, then sipbaht migrate."

Look = Callable[[Session], Iterator[str]]

CHECKS: Final[dict[Look, str]] = {
    books.log_covers_what_is_booked: SEAL,  # first: what the others look at does not move on while they look
    books.books_balance_in_every_fund: STOP,
    books.entries_are_whole: STOP,
    books.kept_balances_are_the_sums_of_their_postings: STOP,
    books.no_fund_is_overspent: CURE,
    books.months_are_closed_in_order: STOP,
    books.log_positions_have_no_gap: STOP,
    books.every_satang_has_its_place: STOP,
    books.trace_is_what_the_log_gives: STOP,
    gifts.bank_balances_meet: EXPLAIN,
    accounts.closed_months_still_meet: STOP,
    gifts.unidentified_money_is_explained: STOP,
    gifts.clearing_accounts_are_cleared_in_time: EXPLAIN,
    gifts.every_line_is_in_one_state: STOP,
    gifts.settled_lines_are_booked_whole: STOP,
    gifts.undone_matches_are_reversed: STOP,
    gifts.every_gift_entry_has_its_donation: STOP,
    gifts.every_donation_has_its_bank_line: STOP,
    gifts.every_gift_is_matched_or_undone: STOP,
    gifts.confirmed_money_waits_by_name: STOP,
    gifts.cleared_money_has_its_line: STOP,
    collections.collections_are_paid_by_their_peoples_gifts: STOP,
    collections.rosters_are_the_sum_of_their_people: STOP,
    gifts.receipt_numbers_have_no_gap: STOP,
    gifts.every_receipt_proves_a_donation: STOP,
    gifts.no_entry_has_two_receipts: STOP,
    gifts.donors_parts_are_unaltered: STOP,
    gifts.every_receipt_has_its_paper_or_a_job: RETRY,
    cash.boxes_hold_what_was_counted_and_not_banked: STOP,
    cash.cash_gifts_were_counted_by_two: STOP,
    cash.refunds_payable_are_decided_and_not_paid: STOP,
    goods.goods_stand_in_the_books_at_their_value: STOP,
    goods.every_unit_of_goods_is_somewhere: STOP,
    goods.awards_of_goods_are_held_or_handed_out: STOP,
    goods.what_two_decided_of_goods_is_done: STOP,
    grants.every_tranche_stands_in_the_books_as_it_is: STOP,
    grants.every_act_on_a_grant_is_by_who_stands_on_its_side: STOP,
    grants.no_grant_is_more_than_what_was_approved: STOP,
    grants.no_grant_is_paid_beyond_what_was_approved: STOP,
    grants.queues_of_grants_say_the_last_step: STOP,
    runs.payment_runs_are_the_sum_of_their_payments: STOP,
    runs.authorised_runs_are_as_they_were_authorised: STOP,
    audit_receipts.what_is_proven_has_one_audit_receipt: RETRY,
    finding.class_lists_brought_their_reports: STOP,
    finding.ended_reports_lie_with_their_child: STOP,
    cases.each_case_stands_where_its_steps_led: STOP,
    following.each_matter_stands_where_its_steps_led: STOP,
    handing.each_handover_stands_where_it_was_led: STOP,
    handing.goods_handed_out_are_signed_for: STOP,
    rights.who_was_erased_stays_erased: REPLAY,
    machine.no_job_failed_for_good: RETRY,
    machine.papers_are_signed_for_a_month_more: RENEW,
    machine.database_has_its_roles: MIGRATE,
}
"""Each invariant, and what to do where it does not hold."""

READ_ALL: Final = (
    accounts.READ_ALL
    | audit_receipts.READ_ALL
    | books.READ_ALL
    | collections.READ_ALL
    | cash.READ_ALL
    | gifts.READ_ALL
    | goods.READ_ALL
    | grants.READ_ALL
    | handing.READ_ALL
    | runs.READ_ALL
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which invariant, and what breaks it."""

    check: str
    what: str


def run(session: Session) -> list[Finding]:
    """Everything that is wrong, the first findings of each invariant; an empty list is the right answer."""
    return [Finding(answer.name, what) for answer in answers(session) for what in answer.findings]


def answers(session: Session) -> Iterator[Answer]:
    """Ask every invariant, one after the other."""
    for look, then in CHECKS.items():
        began_ns = time.monotonic_ns()
        count, findings, not_asked = _ask(session, look)
        took = (time.monotonic_ns() - began_ns) // 1_000_000
        yield Answer(look.__name__, says(look), then, took, count, findings, not_asked)


def says(look: Look) -> str:
    """What an invariant says, in one sentence."""
    return (look.__doc__ or "").splitlines()[0]


def nightly(database: Database, _settings: Settings) -> None:
    """Have the books checked once a night, and once a day at the latest: a job like any other, done by one worker."""
    with database.read() as session:
        last = checkups.last(session) if profile.is_installed(session) else None
        is_due = profile.is_installed(session) and _is_due(last.began_at if last else None)
    if is_due:
        with database.write() as session:
            outbox.add(session, JOB, str(clock.today()))  # of one day's jobs only the first is taken


def check_now(database: Database, _settings: Settings, _day: str) -> None:
    """Ask every invariant and keep the answers for staff to see."""
    began_at = clock.now()
    with database.read() as session:
        found = tuple(answers(session))
    with database.write() as session:
        checkups.record(session, began_at, found)


def _ask(session: Session, look: Look) -> tuple[int, tuple[str, ...], str]:
    try:
        findings = islice(look(session), MOST)
        first = tuple(islice(findings, SHOWN))
        return len(first) + sum(1 for _ in findings), first, ""
    except NotAskedError as reason:
        return 0, (), reason.message
    except LedgerError as broken:  # too broken to be read is no reason not to ask the others
        return 1, (str(broken),), ""


def _is_due(began_at: datetime | None) -> bool:
    now = clock.now()
    if began_at is None or now - began_at > AT_THE_LATEST:
        return True
    is_night = now.astimezone(clock.BANGKOK).hour in NIGHT
    return is_night and clock.bangkok_day(began_at) < clock.today()
