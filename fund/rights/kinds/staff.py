"""What we hold on who works here, who visits our pages, and who asks for their rights."""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund.audit import Actor
from fund.rights import effects
from fund.rights.kinds.kind import Kind


def _end_staff(session: Session, person_id: UUID, by: Actor) -> None:
    effects.apply(session, person_id, "staff", by=by)


STAFF: Final = (
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
    ),
)
