"""What we write to people: a link to choose a password, what of theirs was changed, a receipt that is ready, an
approval that waits, what failed.

Knows each kind of letter and whom it is for. A job in the outbox has only ids; address and words are looked up when it
is sent, and there is none to whoever was erased, suspended or gave no address. No letter says anything of a child, nor
of a gift more than the link that opens it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from fund import language as words
from fund import outbox, post, profile, web
from fund.db import Database
from fund.donations import queries as donations
from fund.donations import refunds
from fund.donors import queries as donors
from fund.goods.offers import queries as offers
from fund.goods.offers import service as offering
from fund.people import staff
from fund.profile import Profile
from fund.settings import Settings
from receipts import queries as receipts

BETWEEN: Final = "\n· · ·\n\n"


@dataclass(frozen=True, slots=True)
class Notice:
    """To which address, and what fills the template."""

    to: str
    facts: dict[str, Any] = field(default_factory=dict)


Look = Callable[[Session, Settings, str], Notice | None]


def _invitation(session: Session, settings: Settings, subject: str) -> Notice | None:
    token = staff.open_invitation(session, UUID(subject))
    return to_person(session, subject, link=f"{settings.address}/staff/invitation/{token}") if token else None


def _changed(session: Session, settings: Settings, subject: str) -> Notice | None:
    """To somebody whose password was changed, or to the address that they had before."""
    person_id, _, former_id = subject.partition(" ")
    link = f"{settings.address}/staff"
    if not former_id:
        return to_person(session, person_id, what="password", link=link)
    former = staff.former_email(session, UUID(former_id))
    return Notice(former, {"what": "email", "link": link}) if former else None


def _watched(session: Session, settings: Settings, subject: str) -> Notice | None:
    """To a treasurer or auditor: what was done to somebody's way in."""
    watcher_id, act, person_id = subject.split(" ")
    name = staff.one(session, UUID(person_id)).name
    return to_person(
        session, watcher_id, act=act, name=name, link=f"{settings.address}/staff/trail?subject={person_id}"
    )


def _receipt(session: Session, settings: Settings, number: str) -> Notice | None:
    receipt = receipts.by_number(session, number)
    to = donors.contact(session, donations.contact_of_receipt(session, number)).email
    if receipt.is_void or not to:
        return None
    return Notice(to, {"number": number, "link": f"{settings.address}/r/{number}/{receipt.token}"})


def _refund(session: Session, settings: Settings, donation_id: str) -> Notice | None:
    """To a donor whose gift is given back; where no mail server is set nothing goes, as with receipts."""
    gift = donations.donation(session, UUID(donation_id))
    pledges = donations.pledges_by_id(session, [gift.pledge_id] if gift.pledge_id else [])
    to = "".join(donors.contact(session, one.contact_id).email for one in pledges.values())
    if not to or not (settings.smtp_url or profile.is_demo(session)):
        return None
    number = gift.receipt_number or ""
    token = receipts.by_number(session, number).token if number else ""
    return Notice(to, {"number": number, "link": f"{settings.address}/r/{number}/{token}"})


def _offer(session: Session, settings: Settings, subject: str) -> Notice | None:
    """To whoever offered goods: that we answered, and where; nothing of what they offered."""
    number, _step = subject.split(" ")
    to, token = offers.letter(session, number)
    if not to or not token or not (settings.smtp_url or profile.is_demo(session)):
        return None
    return Notice(to, {"number": number, "link": f"{settings.address}/offer/{number}/{token}"})


def _question(session: Session, settings: Settings, subject: str) -> Notice | None:
    """To a member of staff whom another asks about a bank line: where it is, and nothing of what it says."""
    person_id, line_id, _remark = subject.split(" ")
    return to_person(session, person_id, link=f"{settings.address}/staff/lines/{line_id}#ask")


def _to_one(session: Session, settings: Settings, subject: str) -> Notice | None:
    """A letter to a member of staff, whose id is the first word; the rest is what it is about."""
    person_id, _, about = subject.partition(" ")
    return to_person(session, person_id, about=about, link=f"{settings.address}/staff")


def to_person(session: Session, person_id: str, **facts: Any) -> Notice | None:
    """A letter with these facts to a member of staff, if they have an address and may come in."""
    known = staff.one(session, UUID(person_id))
    return Notice(known.email, facts) if known.email and not known.is_suspended else None


INVITATION: Final = staff.INVITATION  # subject: the person's id
CHANGED: Final = staff.CHANGED  # subject: the person's id, and that of the former address where it is the address
WATCHED: Final = staff.WATCHED  # subject: who is told, what was done, to whom
RECEIPT: Final = "notice.receipt"  # subject: the receipt's number
REFUND: Final = refunds.LETTER  # subject: the donation's id
OFFER: Final = offering.ANSWERED  # subject: the offer's number, the step's
APPROVAL: Final = "notice.approval"
REPORT: Final = "notice.report"
REFERRAL: Final = "notice.referral"
FOLLOW_UP: Final = "notice.follow_up"
COMPLAINT: Final = "notice.complaint"
HANDOVER: Final = "notice.handover"
QUESTION: Final = "notice.question"  # subject: who is asked, the line's id, the remark's
FAILED_JOB: Final = "notice.failed_job"
FAILED_CHECK: Final = "notice.failed_check"

KINDS: Final[dict[str, Look]] = {
    INVITATION: _invitation,
    CHANGED: _changed,
    WATCHED: _watched,
    RECEIPT: _receipt,
    REFUND: _refund,
    OFFER: _offer,
    APPROVAL: _to_one,
    REPORT: _to_one,
    REFERRAL: _to_one,
    FOLLOW_UP: _to_one,
    COMPLAINT: _to_one,
    HANDOVER: _to_one,
    QUESTION: _question,
    FAILED_JOB: _to_one,
    FAILED_CHECK: _to_one,
}
"""Each kind of letter (a kind of job, and its template without `notice.`) and where its facts come from."""


def tell(session: Session, kind: str, people: Iterable[UUID], about: str) -> None:
    """Write to members of staff about something, an id or a number; once to each, after this commit."""
    outbox.add_many(session, kind, [f"{person_id} {about}" for person_id in people])


def administrators(session: Session) -> list[UUID]:
    """Who is told when the machine needs somebody."""
    known = staff.people(session)
    return [one.id for one in known if any(grant.role == "administrator" for grant in one.grants)]


def receipt_ready(session: Session, settings: Settings, number: str, *, is_demo: bool) -> None:
    """Send a donor who gave an address the link of the receipt, once.

    Where no mail server is set nothing goes: a donor's address is not laid into a folder for nobody.
    """
    contact_id = donations.contact_of_receipt(session, number)
    if (is_demo or settings.smtp_url) and donors.contact(session, contact_id).email:
        outbox.add(session, RECEIPT, number)


def send(kind: str, look: Look, database: Database, settings: Settings, subject: str) -> None:
    """Send one letter, if there still is whom to send it to. Raises OSError, ValueError where it was not taken."""
    with database.write() as session:  # of an invitation only digests are kept: its letter brings a link of its own
        notice, is_demo = look(session, settings, subject), profile.is_demo(session)
        fund = profile.current(session)
    if notice is None:
        return
    title, text = _written(kind.removeprefix("notice."), fund, notice.facts)
    key = f"{kind}:{subject}"
    letter = post.letter(settings, sender=fund.name_th, to=notice.to, subject=title, text=text, key=key)
    post.deliver(settings, letter, is_demo=is_demo)


def _written(name: str, fund: Profile, facts: dict[str, Any]) -> tuple[str, str]:
    """Subject (a template's first line) and text, in both languages: whoever reads it chooses."""
    titles, texts = [], []
    for language, called in (("th", fund.name_th), ("en", fund.name_en)):
        plain = web.environment(words.named(language)).overlay(autoescape=False)
        title, _, text = plain.get_template(f"email/{name}.txt").render(facts, fund=called).partition("\n")
        titles.append(title)
        texts.append(text.strip() + "\n")
    return " · ".join(titles), BETWEEN.join(texts)
