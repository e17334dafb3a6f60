"""A demonstration with some life in it behind a service of its own, so that no page stands empty."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from fund import clock, jobs
from fund.audit import Actor
from fund.bank.sample_files import SampleLine
from fund.cases import consents, records
from fund.cases import service as cases
from fund.cases.children import Child
from fund.cases.consents import Given
from fund.cases.finding import service as finding
from fund.cases.finding.told import Reporter, Source, Told
from fund.cases.following import complaints, referrals, steps
from fund.cases.following.complaints import Said
from fund.cases.following.models import FollowUpRow
from fund.cases.following.referrals import HandedOver
from fund.cases.handing import evidence, handovers
from fund.cases.handing.pictures import Picture
from fund.cases.places import CasePlace
from fund.cases.queries import ConsentOf
from fund.cases.records import NeedSaid
from fund.cases.requests import service as requests
from fund.cases.requests.service import Asked
from fund.cash import boxes, carrying, counting, pieces, shortages
from fund.collections import drafts, rosters
from fund.collections import service as collections
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import refunds
from fund.donations.models import DonationRow
from fund.grants import advances, payees, paying, rules, runs
from fund.grants import service as awards
from fund.grants.models import chain_of
from fund.grants.payees import Payee
from fund.grants.service import PlannedPart, Wanted
from fund.people import sessions
from fund.people.powers import Grant
from fund.people.sessions import Origin
from fund.people.stand_in_papers import Paper
from fund.postings import Money
from fund.settings import Settings
from fund.tax import rules as taxes
from fund.tax.rules import EVERY_FUND, Unit
from ledger.identifiers import new_id
from tests.builders import a_founded_fund
from tests.fund.browsing import MAKER, Browser, a_person, come_in, make_known, served
from tests.stories import people
from tests.stories.pages import Visitor
from tests.web.routes import Route

STRANGER = "X1234 ไม่ทราบชื่อ"
"""Who paid a line that waits, in the bank's words."""
DONOR = "ขวัญใจ ใจดี"
"""Who gave, as they told us: shown by the links they hold, and to who answers for them."""
COLLECTED = "เด็กชายขวัญข้าว"
"""Whom a school collected from, shown to whoever may see or change the list."""
REPORTED = "เด็กชายขวัญข้าว ใจเย็น"
"""A child whom somebody reported."""
HELPED = "เด็กชายต้นกล้า ได้รับความช่วยเหลือ"
"""A child who has a case."""
COMPLAINED = "Bunmee Wantsmore"
"""What a family complains of."""
SCHOOL = "KK4001001V"
PAID = "ยายคำปัน ทองสุข"
"""Whom a grant is paid to, shown to whoever prepares or authorises the payment."""
ASKED = "ค่ารถไปโรงเรียนทุกวันจันทร์"
"""What a case manager plans for a child, shown to whoever may see what is asked for."""
PART = PlannedPart(100, date(2026, 11, 1))
COLLEAGUE = "Phailin"
"""A member of staff who is in, and whom nobody of the tests is."""


@dataclass
class Life:
    """A running service, and what is really there, by the name of its place in a path."""

    settings: Settings
    database: Database
    client: Browser
    there: dict[str, str]
    receipt_token: str
    cookies_given: list[str]

    def place(self, route: Route, place: str) -> str:
        """What is really there at a place of a route's path."""
        if place == "code" and route.path.startswith("/staff/cases"):
            return self.there["case_code"]
        if place == "request_id" and route.path.startswith("/staff/requests"):
            return self.there["asked_id"]
        if place == "number" and route.path.startswith("/staff/handovers"):
            return "1"
        if place == "key" and route.path.startswith("/complaint"):
            return self.there["complaint_key"]
        return self.receipt_token if place == "token" and "number" in route.places else self.there.get(place, "x")

    def path(self, route: Route) -> str:
        """The address of a route, filled with what is really there."""
        return route.filled({place: self.place(route, place) for place in route.places if place in self.there})

    def visitor(self) -> Visitor:
        return Visitor(self.client)

    def sign_in(self) -> None:
        """Everyone's officer signs in by the form of this demonstration."""
        people.sign_in(self.visitor())

    def form_token(self) -> str:
        """What the forms of this browser's pages carry."""
        fields = [form.fields for form in self.visitor().open("/staff").forms]
        return next(one["csrf_token"] for one in fields if "csrf_token" in one)


@contextmanager
def lived(
    database: Database, database_url: str, folder: Path, *, as_demo: bool = True, **changes: str
) -> Iterator[Life]:
    """A demonstration (a real fund) with a paid gift, an open one, and lines that wait; nobody is signed in here."""
    a_founded_fund(database, as_demo=as_demo)
    settings = Settings(database_url=database_url, files_dir=str(folder / "files"), **changes)
    address = settings.public_url or "http://testserver.local"
    with served(settings, address) as client:
        given: list[str] = []
        client.event_hooks["response"].append(lambda answer: given.extend(answer.headers.get_list("set-cookie")))
        there, receipt_token = _lead(client, database, settings, as_demo=as_demo)
        client.cookies.clear()
        client.follow_redirects = False
        yield Life(settings, database, client, there, receipt_token, given)


def _lead(client: Browser, database: Database, settings: Settings, *, as_demo: bool) -> tuple[dict[str, str], str]:
    visitor, today = Visitor(client), clock.today()
    gift = people.give(visitor, choice="100", name=f"นางสาว{DONOR}", public_name="ขวัญใจ")
    if as_demo:
        people.sign_in(visitor)
    else:
        come_in(client)
    lines = [
        people.paid(gift.payment, on=today),
        SampleLine(today, 25_000, f"จาก {STRANGER}", time(10)),
        SampleLine(today, -9_900, "คืนเงิน", time(12)),
    ]
    people.hand_in(visitor, people.kbank(*lines, from_on=today, to_on=today))
    while jobs.work_once(database, settings):
        pass
    number, token = visitor.open(gift.link).link("/r/").split("/")[2:4]
    open_gift = people.give(visitor, choice="20")
    line = people.waiting(visitor)[0].split("/")[3]
    reference, gift_token = open_gift.link.split("/")[2:4]
    there = {"slug": people.DISTRICT, "reference": reference, "token": gift_token, "number": number, "line_id": line}
    there |= {"account": "1110.01", "fund": people.DISTRICT_FUND, "name": "app.css"}
    with database.write() as session:
        there |= _colleague(session)
        there |= _cash(session)
        there |= _collection(session)
        there |= _report(session)
        there |= _case(session)
        there |= _following(session, there["case_code"], settings.files_path)
        there |= _payments(session, settings, there["case_code"])
        there |= _request(session, there["case_code"])
        there |= _tax(session)
    return there | {"code": people.poster(visitor).ref1, "size": "1"}, token


def _payments(session: Session, settings: Settings, code: str) -> dict[str, str]:
    """A payment in a run that waits for the treasurer, and an advance, handed over, that is accounted for in part."""
    roles = {"case_manager": "district:4001", "core_team": "", "finance": "", "treasurer": ""}
    made = (a_person(session, f"{role} who pays", Grant(role, scope)) for role, scope in roles.items())
    asks, approves, prepares, authorises = (Actor(one.name, one.id) for one in made)
    grants = []
    for payee in (Payee("guardian", PAID, "KBANK", "1234567890"), Payee("cash", PAID)):
        wanted = Wanted(code, "4001", "food", payees.add(session, payee, by=asks), "2569/2", (PART,))
        grants.append(awards.request(session, wanted, by=asks))
        assert awards.approve(session, grants[-1], 1, by=approves).is_awarded
    run_id = runs.prepare(session, settings, [(grants[0], 1)], "1110.01", "table", clock.today(), by=prepares)
    paying.prepare(session, grants[1], 1, by=prepares)
    paying.authorise(session, grants[1], 1, by=authorises)
    other = a_person(session, "finance who reconciles", Grant("finance"))
    money = Money("cash out", "1110.01", PART.amount_satang, clock.today(), clock.today())
    paying.issue_advance(session, grants[1], 1, money, by=Actor(other.name, other.id))
    paper = Paper(b"%PDF-1.7 voucher", "application/pdf", "pdf")
    advances.account_for(session, settings.files_path, grants[1], 1, 40, paper, by=prepares)
    sha256 = hashlib.sha256(paper.content).hexdigest()
    handovers.open_new(session)
    told = chain_of(grants[1]), 1, "voucher", Picture(paper), handovers.Said("receive", PAID, "grandparent")
    evidence_id = evidence.file(session, settings.files_path, *told, by=asks)
    there = {"run_id": run_id, "position": 1, "request_id": grants[1], "part": 1, "evidence_id": evidence_id}
    return {place: str(one) for place, one in there.items()} | {"sha256": sha256}


def _request(session: Session, code: str) -> dict[str, str]:
    """What a case manager asks for the child of a case, and another limit that somebody proposes."""
    asks = a_person(session, "who asks", Grant("case_manager", "district:4001"))
    core = a_person(session, "who proposes", Grant("core_team"))
    payee, plan = Payee("guardian", PAID, "KTB", "1" * 10), (PlannedPart(100, clock.today()),)
    asked = Asked("food", "2569/2", plan, 2, payee, ASKED)
    request_id = requests.ask(session, code, asked, by=Actor(asks.name, asks.id))
    since = clock.today() + timedelta(days=9)
    proposal_id = rules.propose_limit(session, 9_900, since, by=Actor(core.name, core.id))
    return {"asked_id": str(request_id), "proposal_id": str(proposal_id)}


def _tax(session: Session) -> dict[str, str]:
    """A donee unit that somebody proposes, and a month to hand gifts out of."""
    one = a_person(session, "who proposes a unit", Grant("treasurer"))
    unit = Unit("หน่วยสมมุติ", "A made-up unit", "0994000000006", "มาตรา 47 (7)", "section 47 (7)")
    since = clock.today() + timedelta(days=9)
    rule_id = taxes.propose(session, EVERY_FUND, since, None, unit, by=Actor(one.name, one.id))
    return {"unit_id": str(rule_id), "month": clock.today().replace(day=1).isoformat()}


def _cash(session: Session) -> dict[str, str]:
    """A box that two people have counted, cash on its way to the bank, and a gift that somebody asks to give back."""
    by, other, third = (Actor(one.name, one.id) for one in (a_person(session, name) for name in ("Nok", "Ton", "Fon")))
    box = boxes.add(session, "Market", "Main entrance", gifts.campaign_by_slug(session, people.DISTRICT).id, by=by)
    for who in (by, other):
        counting.count(session, box, pieces.of({10_000: 1}), by=who)
    way = carrying.carry(session, Path(), {box: 5_000}, "1110.01", clock.today(), by=by)
    short = shortages.ask(session, box, 100, reason="The bank counted less.", by=third)
    gift = session.exec(select(DonationRow.id).where(col(DonationRow.receipt_number).is_not(None))).one()
    refunds.ask(session, gift, reason="Sent twice.", by=by)
    return {"box_id": str(box), "deposit_id": str(way), "donation_id": str(gift), "ask_id": str(short)}


def _collection(session: Session) -> dict[str, str]:
    """A collection that waits for its money, and another list for it."""
    campaign = gifts.campaign_by_slug(session, people.DISTRICT)
    table = rosters.table(f"ชื่อ,บาท\n{COLLECTED},10\n".encode())
    began = collections.begin(session, campaign.id, table, by=MAKER)
    draft = drafts.draft(session, began)
    assert draft is not None
    collections.confirm(session, began, str(draft.id), by=MAKER)
    collections.hand_in(session, began, table, by=MAKER)
    return {"collection_id": str(began)}


def _case(session: Session) -> dict[str, str]:
    """A child's case, with an urgent need."""
    code = cases.open_case(session, Child(HELPED), CasePlace("4001"), by=MAKER)
    records.note_need(session, code, NeedSaid("food"), 3, by=MAKER)
    return {"case_code": code}


def _report(session: Session) -> dict[str, str]:
    """A school's link, and a report of a child that came by it."""
    make_known(session, f"school:{SCHOOL}")
    key = finding.make_link(session, SCHOOL, by=MAKER)
    told, source = Told(REPORTED, signs=("absent",)), Source("link", "4001", SCHOOL, key)
    report_id, _ = finding.report(session, told, Reporter(), source, form_key="life")
    return {"key": key, "report_id": str(report_id)}


def _colleague(session: Session) -> dict[str, str]:
    """A member of staff who is in, with one role."""
    known = a_person(session, COLLEAGUE, Grant("storekeeper"))
    sessions.begin(session, known.id, "", Origin(), by=MAKER)
    grant, open_session = known.grants[0], sessions.of_person(session, known.id)[0]
    return {"person_id": str(known.id), "grant_id": str(grant.id), "session_id": str(open_session.id)}


def _following(session: Session, code: str, folder: Path) -> dict[str, str]:
    """The child's referral to an office, a follow-up, and what the family complains of."""
    make_known(session, "office:health")
    signed = Paper(b"%PDF-1.4", "application/pdf", "pdf")
    given = Given(ConsentOf("Grandmother", "grandparent"), ("help", referrals.SCOPE), clock.today(), "paper", signed)
    consents.give_consent(session, folder, code, given, by=MAKER)
    for act in ("assess", "plan"):
        cases.move(session, code, act, by=MAKER)
    referral_id = referrals.send(session, code, "health", HandedOver({"name": HELPED}), by=MAKER)
    follow_up_id = new_id()
    steps.begin(session, "follow_up", follow_up_id, "open", code, by=MAKER)
    session.add(FollowUpRow(id=follow_up_id, code=code, help_number=1, due_on=clock.today()))
    key = complaints.link_of(session, code, by=MAKER)
    complaint_id = complaints.complain(session, Said(words=COMPLAINED), key=key, form_key="life")
    ids = {"referral_id": referral_id, "follow_up_id": follow_up_id, "complaint_id": complaint_id}
    return {name: str(one) for name, one in ids.items()} | {"complaint_key": key}
