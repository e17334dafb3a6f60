"""What we hold on somebody, gathered from every room: found by what they show us, shown to them as one file.

Knows donors by receipt (number or link), gift's reference, tax ID and e-mail; payers by their bank line; staff by name;
children by their case's code.
Never looks for a donor by name. Refuses to find anything where more than these is given.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import TextualSelect, bindparam, text
from sqlmodel import Session

from fund import clock, codes, profile
from fund import language as words
from fund.audit import Actor
from fund.bank import texts
from fund.donations import queries as gifts
from fund.donors import details
from fund.donors import queries as donors
from fund.errors import MalformedError
from fund.language import Language
from fund.people import staff
from fund.rights import children, periods
from fund.rights.kinds.table import KINDS
from ledger.columns import Day, Instant, Uid
from ledger.money import format_baht
from receipts import numbering
from receipts import queries as receipts
from receipts import service as proofs
from receipts.errors import ReceiptNotFoundError

CHILD: Final = "child"
_LINK: Final = re.compile(r"/r/([^/\s]+)/([^/\s]+)")
_LINE_TYPES: Final[dict[str, Any]] = {"id": Uid(), "statement_id": Uid(), "occurred_on": Day()}
_SUBJECT: Final = bindparam("subject", type_=Uid())
_GIFTS: Final = (
    text("""
SELECT p.reference, p.made_at, p.amount_satang AS announced, d.amount_satang AS arrived, d.occurred_on, c.code, l.id,
       l.statement_id, t.sealed, d.receipt_number
FROM donations_pledge p JOIN donations_campaign c ON c.id = p.campaign_id
LEFT JOIN donations_donation d ON d.pledge_id = p.id LEFT JOIN bank_line l ON l.identity = d.money_identity
LEFT JOIN bank_line_text t ON t.line_id = l.id WHERE p.contact_id = :subject ORDER BY p.made_at, d.id
""")
    .bindparams(_SUBJECT)
    .columns(**_LINE_TYPES, made_at=Instant())
)
_LINES: Final = (
    text("""
SELECT l.id, l.statement_id, l.occurred_on, t.sealed FROM bank_line l
JOIN bank_line_text t ON t.line_id = l.id WHERE l.id = :subject
""")
    .bindparams(_SUBJECT)
    .columns(**_LINE_TYPES)
)
_SLIPS: Final = (
    text("""
SELECT s.sending_bank, s.reference, s.claimed_at FROM donations_slip s
JOIN donations_pledge p ON p.id = s.pledge_id WHERE p.contact_id = :subject ORDER BY s.claimed_at
""")
    .bindparams(_SUBJECT)
    .columns(claimed_at=Instant())
)
_SESSIONS: Final = (
    text("SELECT seen_at, came_from, browser FROM people_session WHERE person_id = :subject ORDER BY seen_at")
    .bindparams(_SUBJECT)
    .columns(seen_at=Instant())
)


_FORMER_EMAILS: Final = (
    text("SELECT email, left_at FROM people_former_email WHERE person_id = :subject ORDER BY left_at")
    .bindparams(_SUBJECT)
    .columns(left_at=Instant())
)
_PASSKEYS: Final = (
    text("SELECT name, made_at FROM people_passkey WHERE person_id = :subject ORDER BY made_at")
    .bindparams(_SUBJECT)
    .columns(made_at=Instant())
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Something we hold on a person: a `donor`'s contact, a `payer`'s bank line, a member of `staff`, a `child`."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Holding:
    """One record as it is shown to whom it is about. `until` is the last day on which the law wants it kept."""

    kind: str
    subject: Subject
    says: dict[str, Any]
    until: date | None = None


def lines(says: dict[str, Any], language: Language) -> list[tuple[str, str]]:
    """What a record says, as names of `LABELS` and words for a page; what is empty is left out."""
    told = [one for part in says.values() for one in _parts(part).items()]
    return [(name, _words(value, language)) for name, value in told if value not in ("", None, False, [], ())]


def find(session: Session, shown: str) -> list[Subject]:
    """What we hold on whoever shows this; of a donor with a tax ID everything under it."""
    shown = shown.strip()
    found = [Subject("donor", contact_id) for contact_id in _contacts(session, shown)] if shown.isprintable() else []
    found += [Subject("payer", line_id) for line_id in _line_ids(session, shown)]
    child_id = children.of_code(session, shown)
    found += [Subject(CHILD, child_id)] if child_id else []
    person = staff.named(session, shown)
    return found + ([Subject("staff", person.id)] if person else [])


def of(session: Session, subjects: list[Subject], *, by: Actor) -> list[Holding]:
    """Everything that we hold on these, opened; a child's case is opened by whoever looks, which is noted."""
    return [holding for subject in subjects for holding in _of(session, subject, by)]


def _of(session: Session, subject: Subject, by: Actor) -> Iterable[Holding]:
    if subject.kind == CHILD:
        return (Holding("case", subject, says) for says in children.records(session, subject.id, by=by))
    return _ROOMS[subject.kind](session, subject)


def as_file(session: Session, holdings: list[Holding]) -> bytes:
    """The same as one file to hand over (JSON), with why and how long each kind is kept."""
    fund = profile.current(session)
    about = {
        name: {"purpose": kind.purpose, "basis": kind.basis, "kept": kind.kept.format(**msgspec.structs.asdict(fund))}
        for name, kind in KINDS.items()
        if any(one.kind == name for one in holdings)
    }
    told = {
        "fund": fund.name_th,
        "made_at": clock.now(),
        "kinds": about,
        "held": [{"kind": one.kind, "kept_by_law_until": one.until, **one.says} for one in holdings],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def _contacts(session: Session, shown: str) -> list[UUID]:
    if "@" in shown:
        return donors.with_email(session, shown)
    tax_id = _tax_id(shown)
    if tax_id:
        return donors.with_tax_id(session, tax_id)
    contact_id = _of_receipt(session, shown) or _of_gift(session, shown)
    if contact_id is None:
        return []
    tax_id = donors.contact(session, contact_id).tax_id
    return donors.with_tax_id(session, tax_id) if tax_id else [contact_id]


def _tax_id(shown: str) -> str:
    try:
        return details.parse_tax_id(shown)
    except MalformedError:
        return ""


def _of_receipt(session: Session, shown: str) -> UUID | None:
    link = _LINK.search(shown)
    try:
        number = proofs.open_receipt(session, link[1], link[2]).number if link else numbering.fold(shown)
    except ReceiptNotFoundError:
        return None
    return gifts.contact_of_receipt(session, number)


def _of_gift(session: Session, shown: str) -> UUID | None:
    reference = codes.fold(shown)
    pledge = gifts.pledges_by_reference(session, [reference]).get(reference)
    return pledge.contact_id if pledge else None


def _line_ids(session: Session, shown: str) -> list[UUID]:
    try:
        line_id = UUID(shown)
    except ValueError:
        return []
    return [row["id"] for row in _rows(session, _LINES, line_id)]


def _of_donor(session: Session, subject: Subject) -> Iterator[Holding]:
    told = donors.contact(session, subject.id)
    if not told.is_empty:
        yield Holding("contact", subject, {"contact": told})
    for row in _rows(session, _GIFTS, subject.id):
        yield Holding("contact", subject, {"gift": _gift(row)})
        if row["sealed"]:
            yield _bank_line(session, subject, row)
        if row["receipt_number"]:
            yield _receipt(session, subject, row["receipt_number"])
    for row in _rows(session, _SLIPS, subject.id):
        yield Holding("slip", subject, {"slip": dict(row)})


def _of_payer(session: Session, subject: Subject) -> Iterator[Holding]:
    for row in _rows(session, _LINES, subject.id):
        yield _bank_line(session, subject, row)


def _of_staff(session: Session, subject: Subject) -> Iterator[Holding]:
    known = staff.one(session, subject.id)
    roles = [f"{grant.role} {grant.scope}".strip() for grant in known.grants]
    says = {"name": known.name, "email": known.email, "made_at": known.made_at, "roles": roles}
    yield Holding("staff", subject, {"person": says})
    for part, asked in (("session", _SESSIONS), ("former_email", _FORMER_EMAILS), ("passkey", _PASSKEYS)):
        for row in _rows(session, asked, subject.id):
            yield Holding("staff", subject, {part: dict(row)})


LABELS: Final = children.LABELS | {
    "public_name": "Name to thank",
    "name": "Name",
    "tax_id": "Tax ID",
    "email": "E-mail",
    "reference": "Reference",
    "campaign": "Campaign",
    "announced_at": "Announced",
    "announced": "Amount announced",
    "arrived_on": "Arrived",
    "arrived": "Amount that arrived",
    "day": "Day",
    "text": "What the bank wrote",
    "payer": "Payer",
    "references": "References",
    "channel": "Way",
    "number": "Receipt",
    "issued_at": "Issued",
    "amount": "Amount",
    "donor_name": "Name on the receipt",
    "donor_tax_id": "Tax ID on the receipt",
    "is_void": "Void",
    "sending_bank": "Bank",
    "claimed_at": "Sent",
    "made_at": "Made",
    "left_at": "Left",
    "roles": "Roles",
    "seen_at": "Seen",
    "came_from": "Network",
    "browser": "Browser",
}
"""What the parts of a record are called."""

_ROOMS: Final = {"donor": _of_donor, "payer": _of_payer, "staff": _of_staff}


def _parts(part: Any) -> dict[str, Any]:
    return part if isinstance(part, dict) else dataclasses.asdict(part)


def _words(value: Any, language: Language) -> str:
    if isinstance(value, datetime):
        return words.moment(language, value)
    if isinstance(value, date):
        return words.day(language, value)
    return ", ".join(value) if isinstance(value, list | tuple) else "✓" if value is True else str(value)


def _gift(row: Any) -> dict[str, Any]:
    return {
        "reference": row["reference"],
        "campaign": row["code"],
        "announced_at": row["made_at"],
        "announced": format_baht(row["announced"]),
        "arrived_on": row["occurred_on"],
        "arrived": format_baht(row["arrived"]) if row["arrived"] else None,
    }


def _bank_line(session: Session, subject: Subject, row: Any) -> Holding:
    (told,) = texts.unseal(session, [(row["statement_id"], row["id"], row["sealed"])])
    until = periods.kept_until(profile.current(session), row["occurred_on"])
    says = {"day": row["occurred_on"], **msgspec.structs.asdict(told)}
    return Holding("statement", subject, {"bank_line": says}, until)


def _receipt(session: Session, subject: Subject, number: str) -> Holding:
    receipt = receipts.by_number(session, number)
    until = periods.kept_until(profile.current(session), clock.bangkok_day(receipt.issued_at))
    says = {
        "number": number,
        "issued_at": receipt.issued_at,
        "amount": format_baht(receipt.facts.amount_satang),
        "donor_name": receipt.facts.donor_name,
        "donor_tax_id": receipt.facts.donor_tax_id,
        "is_void": receipt.is_void,
    }
    return Holding("receipt", subject, {"receipt": says}, until if receipt.owner else None)


def _rows(session: Session, query: TextualSelect, subject: UUID) -> list[Any]:
    return list(session.execute(query, {"subject": subject}).mappings())
