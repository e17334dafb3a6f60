"""What waits for whom: each kind of work for exactly those who may do it, counted, in their places, late when it is."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from fund import checkups, clock, language, outbox, sealing
from fund.audit import Actor
from fund.bank.models import InboxRow
from fund.cases import records
from fund.cases import service as cases
from fund.cases.finding import service as reports
from fund.cases.finding.told import Reporter, Source
from fund.cases.finding.told import Told as Reported
from fund.cases.following import complaints, steps
from fund.cases.following.models import FollowUpRow, ReferralRow
from fund.cases.models import ConsentRow
from fund.cases.places import CasePlace
from fund.cases.records import NeedSaid
from fund.cash import boxes, counting, pieces
from fund.checkups import Answer
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import refunds, slips
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.home import looks, waiting
from fund.home.waiting import WAITING
from fund.outbox import Job
from fund.people import duties, powers, staff
from fund.people.models import PasskeyRow
from fund.people.powers import ACTIONS, ROLES, Grant
from fund.postings import Money
from fund.rights import breaches, erasing, requests
from fund.settings import Settings
from ledger.identifiers import new_id
from receipts.qr import Slip
from tests.fund.bank.builders import OFFICER, Fund, a_csv, a_gift
from tests.fund.bank.told.builders import Told, scb
from tests.fund.browsing import Browser, a_person, browser, come_in
from tests.fund.cases.builders import a_child
from tests.fund.donations.builders import found
from tests.fund.home import planting

HERE, PAPER = "4005", "a" * 64
BANGKOK_NOON = datetime(2026, 11, 25, 12, tzinfo=clock.BANGKOK)  # a Wednesday
BAD = Answer("no_job_failed_for_good", "No job in the background was given up.", "Call.", 3, 2)


def later() -> datetime:
    """When everything planted now has been left lying for long."""
    return clock.now() + timedelta(days=40)


def shown(client: Browser) -> dict[str, tuple[int, bool]]:
    """What the home page says that waits: how many, and whether it is late."""
    client.cookies.set("language", "en")
    cards = re.findall(r'<li class="card( is-late)?">(.*?)</li>', client.get("/staff").text, flags=re.DOTALL)
    return {said(card): (int(re.findall(r'count">(\d+)<', card)[0]), late != "") for late, card in cards}


def said(card: str) -> str:
    return html.unescape(re.findall(r"<h2>(?:<a[^>]*>)?([^<]+)<", card)[0])


def scope_of(database: Database, role: str) -> str:
    with database.read() as session:
        school = next(one for one in gifts.campaigns(session) if one.parent_id)
    kinds = {"": "", "district": f"district:{HERE}", "school": f"school:{school.code}", "office": "office:health"}
    return kinds[ROLES[role].place]


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
    """A box that holds money and that one has counted anew, a refund that somebody asks for, and one to be paid."""
    campaign, day = fund.campaign(), clock.today()
    with fund.database.write() as session:
        named = [a_person(session, name, Grant("core_team")) for name in ("counter", "other counter")]
        by, other = (Actor(person.name, person.id) for person in named)
        box = boxes.add(session, "Market", "Main entrance", campaign.id, by=by)
        for who in (by, other, by):
            counting.count(session, box, pieces.of({10_000: 1}), by=who)
        for identity in ("asked", "decided"):
            money = Money(identity, "1110.01", 1000, day, day)
            gift = donations.receive(session, Arrival(money, campaign.id), by=OFFICER)
            refunds.ask(session, gift.id, reason="Sent twice.", by=by)
        refunds.decide(session, gift.id, by=other)


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
    plant_cases(fund)
    planting.plant_payments(fund)
    with fund.database.write() as session:
        planting.plant_month(session)
        plant_machine(session, Settings(log_key_file=str(fund.folder / "log.key")))
        staff.invite(session, "newcomer", [Grant("storekeeper")], by=OFFICER)
        add_school(session)
        plant_following(session)
        planting.plant_collection(session)
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


@pytest.fixture
def fund(database: Database, tmp_path: Path) -> Fund:
    return Fund(database, tmp_path)


@pytest.fixture
def full(fund: Fund) -> Fund:
    plant(fund)
    return fund


def each_role(fund: Fund, database_url: str) -> Iterator[tuple[str, set[str]]]:
    """What every role is shown, long after."""
    with clock.at(later()), browser(database_url) as client:
        for role in ROLES:
            name = role.replace("_", " ")
            come_in(client, name, Grant(role, scope_of(fund.database, role)))
            with fund.database.write() as session, clock.at(clock.now() - timedelta(days=40)):
                plant_own(session, name)
            yield role, set(shown(client))


def expected(role: str) -> set[str]:
    return {kind.says for kind in WAITING if role in ACTIONS[kind.action].roles}


def test_each_kind_of_work_waits_for_those_who_may_do_it_and_for_nobody_else(full: Fund, database_url: str) -> None:
    for role, is_shown in each_role(full, database_url):
        assert is_shown == expected(role), role


def test_work_shown_to_whoever_comes_is_found(full: Fund, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powers, "may", lambda *_: True)
    assert any(is_shown != expected(role) for role, is_shown in each_role(full, database_url))


def test_a_role_counts_only_what_lies_in_its_places(fund: Fund, database_url: str) -> None:
    with fund.database.write() as session:
        for name in ("Ban Nok School", "Ban Nai School"):
            add_school(session, name)
    counted = {}
    with browser(database_url) as client:
        for role in ("core_team", "case_manager", "collector"):
            come_in(client, role, Grant(role, scope_of(fund.database, role)))
            counted[role] = shown(client)["Campaigns without a gift so far"][0]
    assert counted == {"core_team": 29, "case_manager": 3, "collector": 1}


def test_a_line_waits_a_working_day_and_is_then_late_and_first(fund: Fund, database_url: str) -> None:
    with clock.at(BANGKOK_NOON):
        fund.take_and_settle(a_csv([a_gift(detail="?"), a_gift(detail="??")]))
    seen = []
    for hours in (23, 25):
        with clock.at(BANGKOK_NOON + timedelta(hours=hours)), browser(database_url) as client:
            come_in(client, f"finance {hours}", Grant("finance"))
            seen.append(list(shown(client).items()))
    assert [dict(one)["Bank lines that nobody could name"] for one in seen] == [(2, False), (2, True)]
    assert seen[1][0][0] == "Bank lines that nobody could name"


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-11-25T15:30", "2026-11-26T15:30"),  # Wednesday
        ("2026-11-27T10:00", "2026-11-30T10:00"),  # Friday
        ("2026-11-28T10:00", "2026-12-01T00:00"),  # Saturday
        ("2026-11-29T23:59", "2026-12-01T00:00"),  # Sunday
        ("2026-11-30T00:00", "2026-12-01T00:00"),  # Monday
    ],
)
def test_a_working_day_leaves_the_weekend_out(came: str, due: str) -> None:
    began, ends = (datetime.fromisoformat(text).replace(tzinfo=clock.BANGKOK) for text in (came, due))
    assert looks.working_day_after(began.astimezone(UTC)) == ends


def test_settled_work_is_gone_from_the_page(full: Fund, database_url: str) -> None:
    with full.database.write() as session:
        outbox.try_failed_again(session)
        session.execute(update(InboxRow).values(state="waiting"))
    with browser(database_url) as client:
        come_in(client, "finance", Grant("finance"))
        found = shown(client)
    gone = {"Papers and jobs that failed", "Letters that could not be sent", "Bank lines that the books refused"}
    assert found["Bank lines that nobody could name"][0] == 3
    assert gone & set(found) == set()


def test_whoever_has_nothing_to_do_is_told_what_next(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(waiting, "WAITING", ())
    places = {"": "", "district": f"district:{HERE}", "school": "school:x", "office": "office:y"}
    with browser(database_url) as client:
        client.cookies.set("language", "en")
        for role, kind in ROLES.items():
            come_in(client, role, Grant(role, places[kind.place]))
            page = client.get("/staff").text
            assert "Nothing waits for you." in page
            leads = re.search(r'<div class="empty stack">.*?<a class="button" href="([^"]+)"', page, flags=re.DOTALL)
            assert leads is not None
            assert client.get(leads[1]).status_code == 200


def test_every_text_of_the_table_has_its_thai() -> None:
    texts = {text for kind in WAITING for text in (kind.says, kind.then)}
    assert texts - language.catalogue().keys() == set()
