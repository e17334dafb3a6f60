"""Some work of every kind, for the tests of what waits."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select, update

from fund import checkups, clock, outbox, sealing
from fund.audit import Actor
from fund.bank import reopening
from fund.bank.models import InboxRow
from fund.cases import records
from fund.cases import service as cases
from fund.cases.finding import service as reports
from fund.cases.finding.told import Reporter, Source
from fund.cases.finding.told import Told as Reported
from fund.cases.following import complaints, steps
from fund.cases.following.models import FollowUpRow, ReferralRow
from fund.cases.handing import handovers
from fund.cases.models import ConsentRow
from fund.cases.places import CasePlace
from fund.cases.records import NeedSaid
from fund.cash import boxes, counting, pieces, shortages
from fund.checkups import Answer
from fund.collections import rosters
from fund.collections import service as collections
from fund.donations import queries as gifts
from fund.donations import refunds, slips
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.goods.offers import service as offers
from fund.goods.offers.told import Giver, Offer
from fund.grants import payees, paying, rules, run_views, runs
from fund.grants import service as awards
from fund.grants.payees import Payee
from fund.grants.service import PlannedPart, Wanted
from fund.outbox import Job
from fund.people import duties, staff
from fund.people.models import PasskeyRow
from fund.people.powers import Grant
from fund.postings import Money
from fund.rights import breaches, erasing, requests
from fund.settings import Settings
from ledger import periods
from ledger.identifiers import new_id
from receipts.qr import Slip
from tests.fund.bank.builders import OFFICER, Fund, a_csv, a_gift
from tests.fund.bank.told.builders import Told, scb
from tests.fund.browsing import a_person
from tests.fund.cases.builders import a_child
from tests.fund.cases.handing.builders import Handed
from tests.fund.collections.builders import a_list, confirm
from tests.fund.goods.store import a_store_of
from tests.fund.grants.office import BANK, PEOPLE, Office, money

HERE, PAPER = "4005", "a" * 64
BAD = Answer("no_job_failed_for_good", "No job in the background was given up.", "Call.", 3, 2)
CLOSED: Final = date(2026, 10, 1)


def later() -> datetime:
    """When everything planted now has been left lying for long."""
    return clock.now() + timedelta(days=40)


def add_school(session: Session, name: str = "Ban Nok School") -> None:
    parent = next(one for one in gifts.campaigns(session) if one.district == HERE and not one.parent_id)
    words = {"name_th": name, "name_en": name, "purpose_th": "", "purpose_en": ""}
    donations.open_below(session, parent, **words, by=OFFICER)


def plant_bank(fund: Fund) -> None:
    """A line in each state of the inbox, and an account that does not meet."""
    fund.take_and_settle(a_csv([a_gift(detail="?"), a_gift(detail="??", day=3), a_gift(detail="???", day=4)]))
    with fund.database.write() as session:
        ids = session.exec(select(InboxRow.line_id).order_by(col(InboxRow.line_id))).all()
        for line_id, state in zip(ids, ("waiting", "refused", "new"), strict=True):
            changed = update(InboxRow).where(col(InboxRow.line_id) == line_id)
            session.execute(changed.values(state=state, is_booked=state != "new"))


def plant_told(fund: Fund) -> None:
    """A payment that a bank confirmed, one that names nobody, and a donor's slip."""
    told = Told(fund)
    told.confirm(scb(fund.pledge(key="told").reference), scb("NOBODYS", number="scb-2"))
    pledge = fund.pledge(2000, key="slip")
    with fund.database.write() as session:
        slips.claim(session, fund.folder, pledge.id, Slip("014", "2026112300001"), b"a picture", by=OFFICER)


def plant_rights(fund: Fund) -> None:
    """A breach, a request of a donor, and the erasure proposed for it."""
    told = ContactDetails(email="kwan@example.org")
    with fund.database.write() as session:
        person = a_person(session, "desk", Grant("core_team"))
        by = Actor(person.name, person.id)
        asked = PledgeRequest(fund.campaign().id, 1000, "rights", told)
        donations.pledge(session, asked, by=OFFICER)
        breaches.report(session, "A lost telephone.", clock.now(), risk=breaches.SOME_RISK, people=1, by=by)
        taken = requests.take(
            session, "erasure", told.email, identified_by="called_back", received_on=clock.today(), words="", by=by
        )
        erasing.propose(session, taken, by=by)


def plant_cash(fund: Fund) -> None:
    """A box that is counted anew and of which cash is short, a refund that somebody asks for, and one to be paid."""
    campaign, day = fund.campaign(), clock.today()
    with fund.database.write() as session:
        named = [a_person(session, name, Grant("core_team")) for name in ("counter", "other counter", "third")]
        by, other, third = (Actor(person.name, person.id) for person in named)
        box = boxes.add(session, "Market", "Main entrance", campaign.id, by=by)
        for who in (by, other, by):
            counting.count(session, box, pieces.of({10_000: 1}), by=who)
        shortages.ask(session, box, 100, reason="The bank counted less.", by=third)
        for identity in ("asked", "decided"):
            money = Money(identity, "1110.01", 1000, day, day)
            gift = donations.receive(session, Arrival(money, campaign.id), by=OFFICER)
            refunds.ask(session, gift.id, reason="Sent twice.", by=by)
        refunds.decide(session, gift.id, by=other)


def plant_goods(fund: Fund) -> None:
    """Goods that wait to be valued, goods that expire soon, and a count of them that differs."""
    store = a_store_of(fund.database, fund.folder, "goods ")
    store.counted_in()
    store.count(store.lot(5, thing_id=store.rice, size="", expires_on=clock.today()), 4)


def plant_cases(fund: Fund) -> None:
    """A child with an urgent need, of whose case nobody is in charge."""
    with fund.database.write() as session:
        code = cases.open_case(session, a_child(), CasePlace(HERE), by=OFFICER)
        records.note_need(session, code, NeedSaid("food"), 3, by=OFFICER)


def plant_following(session: Session) -> None:
    """Of a school's child a referral that waits and one turned down, a follow-up due and one missed, a complaint."""
    school = next(one for one in gifts.campaigns(session) if one.parent_id)
    code = cases.open_case(session, a_child(), CasePlace(HERE), by=OFFICER)
    cases.stand(session, code, school=school.code)
    stamp: dict[str, Any] = {"noted_at": clock.now(), "noted_by": "officer"}
    consent = ConsentRow(
        id=new_id(), code=code, scopes="help", way="paper", sha256=PAPER, given_on=clock.today(), sealed=b"", **stamp
    )
    session.add(consent)
    for act, words in (("", ""), ("decline", "full")):
        referral_id = new_id()
        steps.begin(session, "referral", referral_id, "send", code, by=OFFICER)
        session.add(ReferralRow(id=referral_id, office="health", consent_id=consent.id, sealed=b""))
        if act:
            steps.take(session, "referral", referral_id, act, words, by=OFFICER)
    for day, act in enumerate(("", "miss"), start=1):
        follow_up_id = new_id()
        steps.begin(session, "follow_up", follow_up_id, "open", code, by=OFFICER)
        session.add(FollowUpRow(id=follow_up_id, code=code, help_number=1, due_on=date(2026, 11, day)))
        if act:
            steps.take(session, "follow_up", follow_up_id, act, by=OFFICER)
    complaints.complain(session, complaints.Said("less"), district=HERE, form_key="waits")


def plant_machine(session: Session, settings: Settings) -> None:
    """A log that nobody seals, a check that found something long ago, a paper and a letter that were given up."""
    sealing.begin(session, settings)
    checkups.record(session, clock.now(), (BAD,))
    for kind in ("receipt.render", "notice.receipt"):
        outbox.add(session, kind, "KK-2570-000001")
    while job := outbox.claim(session):
        outbox.fail(session, Job(job.id, job.kind, job.subject, outbox.MOST_ATTEMPTS), "no paper")


def plant(fund: Fund) -> None:
    """Some work of every kind."""
    plant_bank(fund)
    plant_told(fund)
    plant_rights(fund)
    plant_cash(fund)
    plant_goods(fund)
    plant_cases(fund)
    plant_payments(fund)
    plant_requests(fund)
    with fund.database.write() as session:
        plant_month(session)
        plant_machine(session, Settings(log_key_file=str(fund.folder / "log.key")))
        staff.invite(session, "newcomer", [Grant("storekeeper")], by=OFFICER)
        add_school(session)
        plant_following(session)
        plant_collection(session)
        offers.offer(session, Offer("จักรยาน", 3), Giver("person", "ป้าแดง", "0812345678"), form_key="waits")
        reports.report(session, Reported("น้องเอ", signs=("left",)), Reporter(), Source("open", HERE), form_key="waits")


def plant_own(session: Session, name: str) -> None:
    """What waits for one person alone: recovery codes that are used up, an appointment that ends."""
    person, until = staff.named(session, name), clock.bangkok_day(later())
    assert person is not None
    session.add(
        PasskeyRow(credential_id=name, person_id=person.id, public_key=b"", sign_count=0, name="", made_at=clock.now())
    )
    absent, chief = (a_person(session, f"{name} {number}", Grant("storekeeper")) for number in (1, 2))
    by = Actor(chief.name, chief.id)
    duties.appoint(session, person.id, absent.id, until - timedelta(days=3), until, PAPER, by=by)


def plant_collection(session: Session) -> None:
    """A school's collection that awaits its money; what came for it is too little."""
    school = next(one for one in gifts.campaigns(session) if one.parent_id)
    table = rosters.table(a_list("10", "20").encode())
    made = confirm(session, collections.begin(session, school.id, table, by=OFFICER))
    collections.note_unmet(session, made.id, new_id(), 1_000, clock.today(), by=OFFICER)


def plant_month(session: Session) -> None:
    """A month of the books that was closed, and that somebody asks to open again."""
    periods.close_month(session, CLOSED, by="treasurer")
    person = a_person(session, "asks to open", Grant("treasurer"))
    reopening.ask(session, reopening.BOOKS, CLOSED, reason="ธนาคารแก้รายการ", by=Actor(person.name, person.id))


def plant_payments(fund: Fund) -> None:
    """A payment that is due, one in a run, one at the bank; an advance to be allowed, and one that is out."""
    office = an_office_of(fund)
    office.give(1_000_000)
    office.awarded(1_000)
    a_run(office, fund)
    run_id = a_run(office, fund)
    office.act(runs.authorise, fund.settings, run_id, office.ask(run_views.run, run_id).digest, by=office.tree)
    office.act(paying.prepare, office.awarded(1_000, payee_id=cash(office)), 1, by=office.fah)
    out = office.authorised(2_000, payee_id=cash(office))
    office.act(paying.issue_advance, out, 1, money(2_000), by=office.fai)
    plant_handing(office, fund)


def plant_handing(office: Office, fund: Fund) -> None:
    """Help that nobody has handed over, help that did not arrive, evidence to look at, and some that was sent back."""
    code = office.act(cases.open_case, a_child(), CasePlace(HERE), by=office.nok)
    out = [Handed(office, fund.folder, code, office.paid(1_000, case_code=code, district=HERE)) for _ in range(4)]
    out[0].row()
    with office.database.write() as session:
        row = handovers.current(session, out[1].chain, 1)
        handovers.answer(session, row, handovers.Said("deny", "Mother", "mother"), "paper", by=office.nok)
    out[2].file()
    out[3].decide(out[3].file(), "No signature.", is_accepted=False)


def an_office_of(fund: Fund) -> Office:
    """People who award and pay in a fund that is there."""
    with fund.database.write() as session:
        scopes = {"case_manager": ("district:4001", f"district:{HERE}")}
        named = [
            a_person(session, name, *(Grant(role, scope) for scope in scopes.get(role, ("",))))
            for name, role in PEOPLE.items()
        ]
    return Office(fund.database, {one.name: Actor(one.name, one.id) for one in named})


def plant_requests(fund: Fund) -> None:
    """A request that waits to be read, one that was asked back, one without money, and another limit proposed."""
    with fund.database.write() as session:
        named = [a_person(session, f"core {number}", Grant("core_team")) for number in (1, 2)]
        first, second = (Actor(one.name, one.id) for one in named)
        person = a_person(session, "asks for help", Grant("case_manager", f"district:{HERE}"))
        by = Actor(person.name, person.id)
        payee_id = payees.add(session, Payee("shop", "ร้าน", "KTB", "1234567890"), by=by)
        parts = [(PlannedPart(satang, clock.today()),) for satang in (1_000, 2_000, 90_000_000)]
        asked = [awards.request(session, Wanted("C1", HERE, "food", payee_id, "2569/2", part), by=by) for part in parts]
        awards.ask_back(session, asked[1], "Why?", by=first)
        for one in (first, second):
            awards.approve(session, asked[2], 1, by=one)
        rules.propose_limit(session, 100, clock.today() + timedelta(days=90), by=first)


def a_run(office: Office, fund: Fund) -> UUID:
    """A run of one payment, prepared."""
    chosen = [(office.awarded(1_000), 1)]
    return UUID(str(office.act(runs.prepare, fund.settings, chosen, BANK, "table", clock.today(), by=office.fah)))


def cash(office: Office) -> UUID:
    """Cash instead of a payee."""
    return office.payee(kind="cash", bank="", account="")
