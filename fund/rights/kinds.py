"""Every kind of record that says something of a person: whose, why, where, how long, and how it ends.

The one table behind the records of processing, the clocks and the erasures; a feature that keeps another kind adds its
row here. Periods are the fund's own (its profile), the law's words are section 39 of the PDPA.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, bindparam, select, text
from sqlmodel import Session, col

from fund import clock, profile
from fund.audit import Actor
from fund.donations.models import PledgeRow, SlipRow
from fund.profile import Profile
from fund.rights import effects
from ledger.columns import Day, Instant, Uid

Erase = Callable[[Session, UUID, Actor], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `overdue` asks for the ids of those that are due by `:day` or `:moment`; empty: no clock."""

    name: str
    whose: str
    what: str
    purpose: str
    basis: str
    lies: str
    seen_by: str
    kept: str
    ends: str
    overdue: str = ""
    is_accounting: bool = False
    erase: Erase | None = None


def before(kind: Kind, fund: Profile, today: date) -> date:
    """What ended before this day is kept no longer."""
    return first_kept(fund, today) if kind.is_accounting else _years_before(today, fund.contact_years)


def first_kept(fund: Profile, today: date) -> date:
    """The first day of the oldest fiscal year whose papers must be there."""
    return _begins(fund, fund.fiscal_year(today) - fund.accounts_years)


def kept_until(fund: Profile, day: date) -> date:
    """The last day on which an accounting paper of that day must be there."""
    return _begins(fund, fund.fiscal_year(day) + fund.accounts_years + 1) - timedelta(days=1)


def overdue(session: Session, kind: Kind, *, limit: int) -> list[UUID]:
    """The subjects of this kind whose time is over and whom nobody proposed yet, or declined until a day to come."""
    fresh = _NOT_PROPOSED.bindparams(bindparam("today", clock.today(), type_=Day()), kind=kind.name)
    return list(session.execute(_overdue(session, kind).where(fresh).order_by("id").limit(limit)).scalars())


def still_overdue(session: Session, kind: Kind, subjects: Collection[UUID]) -> list[UUID]:
    """Those of these subjects whose time is over still."""
    over = set(session.execute(_overdue(session, kind)).scalars())
    return [subject for subject in subjects if subject in over]


def _overdue(session: Session, kind: Kind) -> Select[tuple[UUID]]:
    day = before(kind, profile.current(session), clock.today())
    moment = datetime.combine(day, time.min, clock.BANGKOK)
    known = bindparam("day", day, type_=Day()), bindparam("moment", moment, type_=Instant())
    given = [one for one in known if f":{one.key}" in kind.overdue]
    return select(text(kind.overdue).bindparams(*given).columns(id=Uid()).subquery("o").c.id)


def is_held(session: Session, contact_id: UUID) -> bool:
    """Whether a receipt that the law wants kept stands on this donor's key."""
    newest = receipts_until(session, contact_id)
    return newest is not None and newest >= clock.today()


def receipts_until(session: Session, contact_id: UUID) -> date | None:
    """The last day on which this donor's receipts must be there; None where there is none."""
    asked = text(_LAST_RECEIPT).bindparams(bindparam("owner", contact_id, type_=Uid())).columns(at=Instant())
    issued_at: datetime | None = session.execute(asked).scalar_one()
    return kept_until(profile.current(session), clock.bangkok_day(issued_at)) if issued_at else None


def _end_contact(session: Session, contact_id: UUID, by: Actor) -> None:
    slips = select(col(SlipRow.id)).join(PledgeRow, col(PledgeRow.id) == col(SlipRow.pledge_id))
    for slip_id in session.execute(slips.where(col(PledgeRow.contact_id) == contact_id)).scalars():
        effects.apply(session, slip_id, "key", by=by)
    effects.apply(session, contact_id, "contact" if is_held(session, contact_id) else "key", by=by)


def _end_key(session: Session, subject: UUID, by: Actor) -> None:
    effects.apply(session, subject, "key", by=by)


def _end_staff(session: Session, person_id: UUID, by: Actor) -> None:
    effects.apply(session, person_id, "staff", by=by)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def _begins(fund: Profile, fiscal_year: int) -> date:
    month = fund.fiscal_year_starts_month
    return date(fiscal_year - 1 if month > 1 else fiscal_year, month, 1)


_LAST_RECEIPT: Final = """
SELECT max(r.issued_at) AS at FROM receipts_private s JOIN receipts_receipt r ON r.number = s.number
JOIN sealed_key k ON k.subject = s.owner WHERE s.owner = :owner
"""
_NOT_PROPOSED: Final = text("""
NOT EXISTS (
    SELECT 1 FROM rights_proposal_subject s JOIN rights_proposal p ON p.id = s.proposal_id
    LEFT JOIN rights_decision d ON d.proposal_id = p.id
    WHERE s.subject = o.id AND p.kind = :kind AND (d.proposal_id IS NULL OR d.not_before > :today))
""")

_PARTS_DUE: Final = "LEFT JOIN grants_plan a ON a.chain = v.chain AND a.version = v.version"

KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            "unpaid",
            whose="Donors",
            what="Name, tax ID and e-mail of who announced a gift and never gave it",
            purpose="To thank, and to write the receipt",
            basis="Consent: the donor chose to tell us (section 24)",
            lies="Donors' contacts, sealed under the donor's own key",
            seen_by="Finance officers; core team when asked",
            kept="30 days after the QR expired",
            ends="The worker destroys the donor's key by itself",
        ),
        Kind(
            "collected",
            whose="People whom a school, temple or office collected from",
            what="Names, classes and e-mail addresses on a collection's lists, and its receipts as files to print",
            purpose="To write each person's receipt when the one transfer comes, and to hand it over",
            basis="Our interest, and theirs, in a gift recorded as theirs (section 24(5)); told by the collector",
            lies="Donors' contacts, lists and files, each sealed under a key of its own",
            seen_by="The collector of that school; finance officers; auditor",
            kept="A list a week until it is confirmed, then 30 days after its QR expired; files to print a week",
            ends="Each key is destroyed by itself; who gave is kept as a donor",
        ),
        Kind(
            "contact",
            whose="Donors",
            what="Name to thank, name on the receipt, tax ID and e-mail of who gave",
            purpose="To thank, to write the receipt, and to ask when something in it is not clear",
            basis="Consent: the donor chose to tell us (section 24)",
            lies="Donors' contacts, sealed under the donor's own key",
            seen_by="Finance officers; core team when asked",
            kept="{contact_years} years after the gift, or until the donor asks",
            ends="The contact is emptied and slips go; the donor's key too is destroyed where no receipt needs it",
            overdue="""
                SELECT c.id FROM donors_contact c JOIN donations_pledge p ON p.contact_id = c.id
                WHERE c.sealed IS NOT NULL AND p.expires_at < :moment
                  AND :moment > (SELECT max(d.received_at) FROM donations_donation d WHERE d.pledge_id = p.id)
            """,
            erase=_end_contact,
        ),
        Kind(
            "receipt",
            whose="Donors",
            what="Name and tax ID as they stand on receipts that were issued, and the papers",
            purpose="To prove gifts, to the donor and to the tax office",
            basis="Law: accounts and copies of receipts must be kept (section 24(6); Revenue Code section 105 bis)",
            lies="The donors' parts of receipts and the stored papers, sealed under the donor's own key",
            seen_by="Whoever has the receipt's link; finance officers; auditors and tax officers where the law says so",
            kept="{accounts_years} years after the fiscal year of the receipt; the law forbids erasing before",
            ends="The donor's key is destroyed; number, amount, day and a salted digest stay",
            overdue="""
                SELECT s.owner AS id FROM receipts_private s JOIN receipts_receipt r ON r.number = s.number
                JOIN sealed_key k ON k.subject = s.owner GROUP BY s.owner HAVING max(r.issued_at) < :moment
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "statement",
            whose="Payers and payees on bank statements",
            what="What the bank wrote beside a payment: often a name and part of an account number; the bank's file",
            purpose="To know which gift a payment was, and to prove the books",
            basis="Law: accounts must be kept (section 24(6)); told by the bank, not by the person",
            lies="Bank lines and stored files, sealed under the statement's key",
            seen_by="Finance officers, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year of the statement; the law forbids erasing before",
            ends="The statement's key is destroyed; amounts, days and matches stay",
            overdue="""
                SELECT s.id FROM bank_statement s JOIN sealed_key k ON k.subject = s.id
                WHERE s.to_on < :day AND NOT EXISTS (SELECT 1 FROM bank_inbox i WHERE i.statement_id = s.id)
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "rule",
            whose="Payers whom a rule of the matcher names",
            what="Words of the bank by which a rule knows its lines; they may hold a name",
            purpose="To know a payment that comes every month",
            basis="Our interest in books that are right (section 24(5))",
            lies="Rules, each sealed under a key of its own",
            seen_by="Finance officers, treasurer, auditor",
            kept="While the rule is followed, and {contact_years} years after",
            ends="The rule's key is destroyed; who taught it and what it settled stay",
            overdue="""
                SELECT o.rule_id AS id FROM bank_rule_off o JOIN sealed_key k ON k.subject = o.rule_id
                WHERE o.switched_off_at < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "callback",
            whose="Payers",
            what="What banks tell at once of a payment: often the payer's name",
            purpose="To thank at once; the statement proves it later",
            basis="Our interest in answering the donor at once (section 24(5)); told by the bank, not by the person",
            lies="What banks told, sealed under a key of the bank and day",
            seen_by="Finance officers, treasurer, auditor",
            kept="{contact_years} years after the bank told it",
            ends="The day's key is destroyed; amounts, moments and what became of them stay",
            overdue="""
                SELECT c.subject AS id FROM bank_callback c JOIN sealed_key k ON k.subject = c.subject
                GROUP BY c.subject HAVING max(c.told_at) < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "slip",
            whose="Donors",
            what="Slips that donors sent",
            purpose="To find a gift before the bank's statement comes",
            basis="Consent: the donor chose to send it (section 24)",
            lies="Stored pictures, each sealed under a key of its own",
            seen_by="Finance officers, treasurer, auditor",
            kept="{contact_years} years after it came, or until the donor asks",
            ends="The picture's key is destroyed; bank, number and moment stay",
            overdue="""
                SELECT s.id FROM donations_slip s JOIN sealed_key k ON k.subject = s.id WHERE s.claimed_at < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "paying_in",
            whose="Staff who carried cash to the bank",
            what="Paying-in slips: the bank's paper, often with who paid in",
            purpose="To prove that what was counted came to the bank",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Stored papers, each sealed under a key of its own",
            seen_by="Core team, finance officers, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year of its day; the law forbids erasing before",
            ends="The paper's key is destroyed; who carried how much and when stays",
            overdue="""
                SELECT d.id FROM cash_deposit d JOIN sealed_key k ON k.subject = d.id WHERE d.carried_on < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "details",
            whose="Whoever an entry of the books is about",
            what="Private details of entries in the books",
            purpose="To keep the books",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Beside the entry, sealed under a key of its own",
            seen_by="Finance officers, treasurer, auditor",
            kept="{accounts_years} years after the entry's fiscal year; the law forbids erasing before",
            ends="The entry's key is destroyed; what is booked and a salted digest stay",
            overdue="""
                SELECT e.id FROM ledger_private s JOIN ledger_entry e ON e.id = s.entry_id
                JOIN sealed_key k ON k.subject = e.id WHERE e.booked_on < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "staff",
            whose="Staff and volunteers",
            what="Name, e-mail, roles, second factors (sealed), passkeys, and where somebody is signed in",
            purpose="To let in who works here, and nobody else",
            basis="Work for the fund, and our interest in safe books (section 24(3) and (5))",
            lies="Tables of people; secrets of second factors sealed under the person's key",
            seen_by="Administrators, auditor; the person",
            kept="{contact_years} years after the last role ended",
            ends="E-mail, password, second factors and sessions are erased; the name stays where acts name it",
            overdue="""
                SELECT p.id FROM people_person p WHERE p.made_at < :moment AND (p.email <> '' OR p.password_hash <> '')
                  AND NOT EXISTS (SELECT 1 FROM people_grant g LEFT JOIN people_grant_ended e ON e.grant_id = g.id
                                  WHERE g.person_id = p.id AND (e.grant_id IS NULL OR e.ended_at >= :moment))
            """,
            erase=_end_staff,
        ),
        Kind(
            "appointment",
            whose="Staff who stood in for one another",
            what="The signed paper of an appointment",
            purpose="To show by what right somebody acted for another",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Stored papers, each sealed under a key of its own",
            seen_by="Finance officers, core team, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year of its last day; the law forbids erasing before",
            ends="The paper's key is destroyed; who stood in for whom, for what and when stays",
            overdue="""
                SELECT s.id FROM duties_stand_in s JOIN sealed_key k ON k.subject = s.id WHERE s.until < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "passbook",
            whose="Payers and payees on bank statements",
            what="Pages of passbooks by which a balance was stated: they may name who paid",
            purpose="To prove the books where no file of the bank tells a balance",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Stored papers, each sealed under a key of its own",
            seen_by="Finance officers, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year of the statement; the law forbids erasing before",
            ends="The paper's key is destroyed; balance, day and who stated it stay",
            overdue="""
                SELECT b.id FROM bank_stated_balance b JOIN sealed_key k ON k.subject = b.id WHERE b.day < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "report",
            whose="Children whom somebody reported",
            what="What was reported: name, age, class, where to find the child, what worries",
            purpose="To find children who may drop out of school, and help them",
            basis="A task in the public interest, and to keep harm from a child (section 24(2) and (4))",
            lies="Reports, each sealed under a key of its own; taken into a case, under the child's",
            seen_by="Case managers of the district, core team",
            kept="{contact_years} years after the report was closed; taken into a case, as long as the case",
            ends="The report's key is destroyed; district, day and reason stay",
            overdue="""
                SELECT r.id FROM finding_report r JOIN sealed_key k ON k.subject = r.id
                LEFT JOIN finding_report_end e ON e.report_id = r.id
                WHERE (e.outcome IS NULL OR e.outcome = 'closed') AND COALESCE(e.ended_at, r.reported_at) < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "reporter",
            whose="Whoever reported a child",
            what="Name, phone and how they know the child, where they told us",
            purpose="To ask when something in the report is not clear",
            basis="Consent: who reported chose to tell us (section 24)",
            lies="Beside the report, sealed under a key of their own",
            seen_by="Case managers of the district, core team",
            kept="{contact_years} years after the report was dealt with",
            ends="The reporter's key is destroyed; the report stays as long as its own time",
            overdue="""
                SELECT r.reporter_id AS id FROM finding_report r JOIN sealed_key k ON k.subject = r.reporter_id
                LEFT JOIN finding_report_end e ON e.report_id = r.id
                WHERE COALESCE(e.ended_at, r.reported_at) < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "case",
            whose="Children, their families, and who signed for them",
            what="Name, birth date, numbers, address, family, income, needs, notes, papers, photos and consents",
            purpose="To keep a child at school: to find, help, refer and follow up",
            basis="Consent of the guardian, from 20 on one's own (sections 20 and 24; health: section 26)",
            lies="Cases and stored papers, sealed under the child's own key; outside only the case's code",
            seen_by="Case managers of the district, core team, auditor; each look is noted with its purpose",
            kept="{contact_years} years after the case was closed, or until the family asks",
            ends="The child's key is destroyed and the number is met no more; code, stages and money stay",
            overdue="""
                SELECT c.child_id AS id FROM cases_case c JOIN sealed_key k ON k.subject = c.child_id
                JOIN cases_standing s ON s.code = c.code WHERE s.stage = 'closed' AND s.moved_at < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "complaint",
            whose="Families who complain of us",
            what="What they say of us, and, where they told us, name and phone",
            purpose="To answer families, and to find what we do wrong",
            basis="Consent: the family chose to tell us (section 24)",
            lies="Complaints, each sealed under a key of its own, not the child's",
            seen_by="Core team and auditor; never who manages the case",
            kept="{contact_years} years after it was closed",
            ends="The complaint's key is destroyed; district, days and states stay",
            overdue="""
                SELECT m.id FROM following_matter m JOIN sealed_key k ON k.subject = m.id
                WHERE m.machine = 'complaint' AND m.state = 'closed' AND m.moved_at < :moment
            """,
            erase=_end_key,
        ),
        Kind(
            "payee",
            whose="Guardians, schools and shops that a grant is paid to",
            what="Name, and PromptPay number or bank account, of whom a grant is paid to",
            purpose="To pay the grant, and to prove to whom it was paid",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Payees, each sealed under a key of its own, and a keyed digest of the account",
            seen_by="Case managers of the district, core team, finance officers, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year in which the last payment was due",
            ends="The payee's key and the digest are destroyed; what was paid for which case stays",
            overdue=f"""
                SELECT p.id FROM grants_payee p JOIN sealed_key k ON k.subject = p.id
                LEFT JOIN grants_request_version v ON v.payee_id = p.id {_PARTS_DUE}
                WHERE p.made_at < :moment GROUP BY p.id HAVING max(a.due_on) IS NULL OR max(a.due_on) < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "grant_words",
            whose="Children and families whom a request for a grant is about",
            what="Why a request was asked back or declined, and why a payment was held, cancelled or given up",
            purpose="To prove who decided what, and why",
            basis="Law: accounts must be kept (section 24(6))",
            lies="Beside the steps of a grant, sealed under a key of the request",
            seen_by="Case managers of the district, core team, finance officers, treasurer, auditor",
            kept="{accounts_years} years after the fiscal year in which the last payment was due",
            ends="The request's key is destroyed; who took which step, and when, stays",
            overdue=f"""
                SELECT k.subject AS id FROM sealed_key k
                JOIN grants_request_version v ON v.chain = 'grant:' || CAST(k.subject AS text) {_PARTS_DUE}
                GROUP BY k.subject HAVING max(a.due_on) < :day
            """,
            is_accounting=True,
            erase=_end_key,
        ),
        Kind(
            "trail",
            whose="Staff and volunteers",
            what="Who did what and who looked at what: name, act, code, network",
            purpose="To find misuse, and to prove who decided",
            basis="Law and our interest in safe books (section 24(5) and (6))",
            lies="The trail, inside the signed log",
            seen_by="Auditor",
            kept="As long as the books: a row that goes would break the log",
            ends="Never; nothing of donors, payers or children stands in it",
        ),
        Kind(
            "visits",
            whose="Visitors of our pages",
            what="A digest of the address of who writes, guesses or hands in; a cookie for the language chosen",
            purpose="To stop machines",
            basis="Our interest in a service that works (section 24(5))",
            lies="Counts of acts; the cookie in the visitor's browser",
            seen_by="Nobody",
            kept="An hour; the cookie a year",
            ends="The worker forgets it by itself",
        ),
        Kind(
            "request",
            whose="Whoever asked for their rights",
            what="What somebody asked for and what we answered",
            purpose="To answer in time, and to show that we did (section 39)",
            basis="Law (section 24(6))",
            lies="Requests, words sealed under a key of the request",
            seen_by="Finance officers, core team, treasurer, auditor",
            kept="{contact_years} years after the answer",
            ends="The request's key is destroyed; kind, days and outcome stay",
            overdue="""
                SELECT a.request_id AS id FROM rights_answer a JOIN sealed_key k ON k.subject = a.request_id
                WHERE a.answered_at < :moment
            """,
            erase=_end_key,
        ),
    )
}
