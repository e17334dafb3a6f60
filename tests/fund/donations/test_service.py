"""Gifts through the services: pledges made once, money booked once, receipts when wanted, nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, func, select, text

from fund import clock, outbox
from fund.audit import DONOR, WORKER, AuditRow
from fund.db import Database
from fund.donations import queries, service
from fund.donations.booking import Arrival, OtherCampaignError
from fund.donations.models import DonationRow, PledgeRow
from fund.donations.queries import CampaignNotFoundError, GiftNotFoundError
from fund.donations.service import CampaignClosedError, CampaignTakenError, PledgeRequest
from fund.donations.states import NotInThisStateError
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from fund.errors import RequestReusedError
from ledger import balances, book
from ledger.errors import AmountNotPositiveError, AmountTooLargeError
from receipts import queries as receipts
from tests import examples
from tests.fund.donations.builders import (
    STAFF,
    a_named_pledge,
    a_pledge,
    a_request,
    an_arrival,
    chum_phae,
    found,
    in_november,
    some_money,
)


@pytest.fixture
def fund(database: Database) -> Database:
    found(database)
    return database


def count(session: Session, table: Any) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_the_province_has_a_general_campaign_and_one_for_each_district(fund: Database) -> None:
    with fund.read() as session:
        known = {campaign.slug: campaign for campaign in queries.campaigns(session)}
    assert list(known) == ["general", "mueang-khon-kaen", "chum-phae", "phon"]
    assert (known["general"].fund, known["chum-phae"].fund) == ("GEN", "D4005")
    assert known["chum-phae"].code.startswith("KK4005")
    assert known["chum-phae"].name("en") == "Chum Phae district"
    assert known["chum-phae"].name("th") == "อำเภอชุมแพ"


def test_a_school_below_a_district_feeds_the_same_fund_under_a_code_of_its_own(fund: Database) -> None:
    with fund.write() as session:
        school = service.open_below(
            session,
            chum_phae(session),
            name_th="โรงเรียนหนึ่ง",
            name_en="School One",
            purpose_th="",
            purpose_en="",
            by=STAFF,
        )
    assert (school.slug, school.fund, school.district) == ("school-one", "D4005", "4005")
    assert school.purpose_th == "ช่วยเด็กในอำเภอชุมแพที่กำลังจะหลุดจากโรงเรียน ให้ได้เรียนต่อ"
    assert len(school.code) == 10
    with fund.read() as session:
        groups = {
            group.campaign.slug: [below.slug for below in group.below] for group in queries.open_campaigns(session)
        }
    assert groups["chum-phae"] == ["school-one"]


def test_two_campaigns_cannot_have_one_address(fund: Database) -> None:
    with fund.write() as session, pytest.raises(CampaignTakenError):
        service.open_below(
            session, chum_phae(session), name_th="พล", name_en="Phon", purpose_th="", purpose_en="", by=STAFF
        )


def test_a_closed_campaign_takes_no_pledge_and_cannot_be_closed_again(fund: Database) -> None:
    with fund.write() as session:
        service.close_campaign(session, chum_phae(session).id, by=STAFF)
    with fund.write() as session, pytest.raises(CampaignClosedError):
        a_pledge(session)
    with fund.write() as session, pytest.raises(CampaignClosedError):
        service.close_campaign(session, chum_phae(session).id, by=STAFF)
    with fund.read() as session:
        assert "chum-phae" not in {group.campaign.slug for group in queries.open_campaigns(session)}


def test_money_for_a_closed_campaign_is_booked_all_the_same(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
        service.close_campaign(session, chum_phae(session).id, by=STAFF)
    with fund.write() as session:
        assert service.receive(session, an_arrival(session, pledged), by=STAFF).amount_satang == 1000


def test_a_pledge_is_no_money(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
        assert balances.trial_balance(session) == []
    assert pledged.pledge.state == "open"
    assert not pledged.is_replay


def test_the_same_form_twice_makes_one_pledge(fund: Database) -> None:
    with fund.write() as session:
        request = a_request(session, contact=ContactDetails(public_name="ก"))
        first = service.pledge(session, request, by=DONOR)
    with fund.write() as session:
        second = service.pledge(session, request, by=DONOR)
        assert (count(session, PledgeRow), count(session, ContactRow)) == (1, 1)
    assert (second.pledge, second.token, second.is_replay) == (first.pledge, first.token, True)


def test_the_same_form_sent_many_times_at_once_makes_one_pledge(fund: Database) -> None:
    forms = examples.count(10)  # two hundred by night
    with fund.read() as session:
        requests = [a_request(session, contact=ContactDetails(public_name="ก")) for _ in range(forms)]

    def send(request: PledgeRequest) -> str:
        with fund.write() as session:
            return service.pledge(session, request, by=DONOR).pledge.reference

    for request in requests:
        with ThreadPoolExecutor(8) as many:
            assert len(set(many.map(send, [request] * 50))) == 1
    with fund.read() as session:
        assert (count(session, PledgeRow), count(session, ContactRow)) == (forms, forms)


@pytest.mark.parametrize(
    "other",
    [
        {"amount_satang": 2000},
        {"wants_receipt": True, "contact": ContactDetails(name="ข")},
        {"contact": ContactDetails(public_name="ข")},
    ],
)
def test_the_same_form_with_other_contents_is_refused(fund: Database, other: dict[str, Any]) -> None:
    with fund.write() as session:
        first = a_pledge(session)
        form_key = "k" * 22
        service.pledge(session, a_request(session, form_key=form_key), by=DONOR)
    with fund.write() as session, pytest.raises(RequestReusedError):
        service.pledge(session, a_request(session, form_key=form_key, **other), by=DONOR)
    with fund.read() as session:
        assert count(session, PledgeRow) == 2
        assert queries.pledge_by_link(session, first.pledge.reference, first.token) == first.pledge


def test_an_old_form_that_comes_again_is_over(fund: Database) -> None:
    with fund.write() as session:
        request = a_request(session)
        assert not service.pledge(session, request, by=DONOR).is_over
        assert not service.pledge(session, request, by=DONOR).is_over
    with fund.write() as session, clock.at(clock.now() + timedelta(days=1)):
        assert service.pledge(session, request, by=DONOR).is_over


def test_a_gift_above_the_limit_or_of_nothing_is_refused(fund: Database) -> None:
    with fund.write() as session:
        with pytest.raises(AmountTooLargeError):
            a_pledge(session, amount_satang=200_000_001)
        with pytest.raises(AmountNotPositiveError):
            a_pledge(session, amount_satang=0)
        assert a_pledge(session, amount_satang=200_000_000).pledge.amount_satang == 200_000_000


def test_a_link_opens_only_its_own_pledge(fund: Database) -> None:
    with fund.write() as session:
        one, other = a_pledge(session), a_pledge(session)
    with fund.read() as session:
        assert queries.pledge_by_link(session, one.pledge.reference, one.token) == one.pledge
        for reference, token in [(one.pledge.reference, other.token), ("DNONE", one.token), (one.pledge.reference, "")]:
            with pytest.raises(GiftNotFoundError):
                queries.pledge_by_link(session, reference, token)


def test_a_donor_returns_by_reference_and_amount(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
    with fund.read() as session:
        assert queries.pledge_by_amount(session, pledged.pledge.reference, 1000) == pledged.pledge
        with pytest.raises(GiftNotFoundError):
            queries.pledge_by_amount(session, pledged.pledge.reference, 1001)


def test_neither_token_nor_form_key_lies_in_the_database(fund: Database) -> None:
    with fund.write() as session:
        request = a_request(session)
        pledged = service.pledge(session, request, by=DONOR)
        row = session.exec(select(PledgeRow)).one()
    kept = repr(row.model_dump())
    assert pledged.token not in kept
    assert request.form_key not in kept


def test_money_for_a_pledge_is_booked_and_settles_it(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
        donation = service.receive(session, an_arrival(session, pledged), by=STAFF)
        entry = book.entry(session, donation.entry_id)
    assert [(one.account, one.fund, one.amount_satang) for one in entry.postings] == [
        ("1110.01", "D4005", 1000),
        ("4110", "D4005", -1000),
    ]
    assert entry.subject == f"donation:{donation.id}"
    with fund.read() as session:
        assert queries.pledge_by_link(session, pledged.pledge.reference, pledged.token).state == "settled"
        assert queries.donations_of_pledge(session, pledged.pledge.id) == [donation]
    assert donation.receipt_number is None


def test_the_same_money_is_received_once(fund: Database) -> None:
    with fund.write() as session:
        arrival = an_arrival(session)
        first = service.receive_many(session, [arrival, arrival], by=STAFF)
    with fund.write() as session:
        again = service.receive_many(session, [arrival], by=STAFF)
        assert count(session, DonationRow) == 1
    assert [one.is_replay for one in first] == [False, False]
    assert again[0].is_replay
    assert again[0].donation == first[0].donation


def test_the_same_money_told_in_two_ways_is_refused(fund: Database) -> None:
    with fund.write() as session:
        money = some_money()
        campaigns = [campaign.id for campaign in queries.campaigns(session)]
        with pytest.raises(RequestReusedError):
            service.receive_many(session, [Arrival(money, campaigns[0]), Arrival(money, campaigns[1])], by=STAFF)


def test_two_identical_gifts_in_the_same_minute_are_both_kept(fund: Database) -> None:
    with fund.write() as session:
        service.receive_many(session, [an_arrival(session), an_arrival(session)], by=STAFF)
        assert balances.balance(session, "1110.01", "D4005") == 2000


def test_a_pledge_paid_twice_is_two_donations_and_the_second_is_marked(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_named_pledge(session)
        both = service.receive_many(session, [an_arrival(session, pledged), an_arrival(session, pledged)], by=STAFF)
        later = service.receive(session, an_arrival(session, pledged), by=STAFF)
    assert [one.donation.is_second_payment for one in both] == [False, True]
    assert later.is_second_payment
    assert len({one.donation.receipt_number for one in both} | {later.receipt_number}) == 3


def test_what_arrived_is_the_donation_whatever_was_pledged(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_named_pledge(session)
        donation = service.receive(session, an_arrival(session, pledged, amount_satang=2550), by=STAFF)
        receipt = receipts.proving(session, [donation.entry_id])[0]
    assert (donation.amount_satang, receipt.facts.amount_satang) == (2550, 2550)


def test_money_after_the_pledge_expired_is_still_that_donors(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_pledge(session)
    with fund.write() as session, clock.at(clock.now() + timedelta(days=40)):
        assert queries.pledge_by_amount(session, pledged.pledge.reference, 1000).state == "expired"
        donation = service.receive(session, an_arrival(session, pledged), by=STAFF)
    assert donation.pledge_id == pledged.pledge.id


def test_a_receipt_is_issued_only_when_wanted_and_its_paper_ordered(fund: Database) -> None:
    with fund.write() as session, clock.at(in_november()):
        named, unnamed = a_named_pledge(session), a_pledge(session)
        arrivals = [an_arrival(session, unnamed), an_arrival(session, named), an_arrival(session)]
        received = service.receive_many(session, arrivals, by=STAFF)
        issued = receipts.proving(session, [one.donation.entry_id for one in received])
        jobs = [outbox.claim(session), outbox.claim(session)]
    assert [one.donation.receipt_number for one in received] == [None, "KK-2570-000001", None]
    assert [receipt.number for receipt in issued] == ["KK-2570-000001"]
    assert issued[0].facts.donor_name == "สมชาย ใจดี"
    assert issued[0].facts.place_en == "Chum Phae district"
    assert [(job.kind, job.subject) for job in jobs if job] == [("receipt.render", "KK-2570-000001")]


def test_money_named_later_leaves_the_technical_fund(fund: Database) -> None:
    from fund import postings

    with fund.write() as session:
        money = some_money()
        book.post(session, postings.unidentified_received(money), by="officer")
        service.receive(session, Arrival(money, chum_phae(session).id, is_named_later=True), by=STAFF)
        assert balances.balance(session, "2100", "U") == 0
        assert balances.balance(session, "1110.01", "U") == 0
        assert balances.balance(session, "1110.01", "D4005") == 1000


def test_an_arrival_that_fits_nothing_is_refused_and_leaves_no_trace(fund: Database) -> None:
    with fund.write() as session:
        pledged, general = a_pledge(session), queries.campaign_by_slug(session, "general")
    misfits = [
        (Arrival(some_money(), pledged.pledge.id), CampaignNotFoundError),
        (Arrival(some_money(), general.id, general.id), GiftNotFoundError),
        (Arrival(some_money(), general.id, pledged.pledge.id), OtherCampaignError),
    ]
    for misfit, refusal in misfits:
        with pytest.raises(refusal), fund.write() as session:
            service.receive_many(session, [an_arrival(session), misfit], by=STAFF)
    with fund.read() as session:
        assert count(session, DonationRow) == 0
        assert balances.trial_balance(session) == []


def test_a_donation_taken_back_reopens_its_pledge_and_voids_its_receipt(fund: Database) -> None:
    with fund.write() as session:
        pledged = a_named_pledge(session)
        donation = service.receive(session, an_arrival(session, pledged), by=STAFF)
        service.reverse(session, donation.id, reason="ผิดรายการ", booked_on=donation.booked_on, by=STAFF)
        assert receipts.by_number(session, donation.receipt_number or "").is_void
        assert balances.balance(session, "1110.01", "D4005") == 0
        assert not queries.pledge_by_amount(session, pledged.pledge.reference, 1000).is_settled
        with pytest.raises(NotInThisStateError):
            service.reverse(session, donation.id, reason="อีกครั้ง", booked_on=donation.booked_on, by=STAFF)


@pytest.mark.parametrize("table", ["donations_pledge", "donations_donation"])
@pytest.mark.parametrize("act", ["UPDATE {} SET amount_satang = 1", "DELETE FROM {}"])
def test_pledges_and_donations_cannot_be_changed(fund: Database, table: str, act: str) -> None:
    with fund.write() as session:
        service.receive(session, an_arrival(session, a_pledge(session)), by=STAFF)
    with pytest.raises(DatabaseError), fund.write() as session:
        session.connection().execute(text(act.format(table)))


def test_contacts_of_pledges_that_expired_unpaid_are_forgotten(fund: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with fund.write() as session:
        unpaid, paid, silent = a_named_pledge(session), a_named_pledge(session), a_pledge(session)
        service.receive(session, an_arrival(session, paid), by=STAFF)
        expired = unpaid.pledge.expires_at
        assert silent.pledge.contact_id is None
    monkeypatch.setattr(clock, "now", lambda: expired + service.FORGOTTEN_AFTER + timedelta(seconds=1))
    with fund.write() as session:
        assert service.forget_unpaid(session, expired, by=WORKER) == 0
        assert service.forget_unpaid(session, clock.now() - service.FORGOTTEN_AFTER, by=WORKER) == 1
        assert service.forget_unpaid(session, clock.now(), by=WORKER) == 0
        assert donors.contact(session, unpaid.pledge.contact_id).is_empty
        assert not donors.contact(session, paid.pledge.contact_id).is_empty
        forgotten = session.exec(select(AuditRow.subject).where(AuditRow.action == "contact.forgotten")).all()
    assert forgotten == [str(unpaid.pledge.contact_id)]


def test_the_audit_trail_names_no_donor(fund: Database) -> None:
    with fund.write() as session:
        service.receive(session, an_arrival(session, a_named_pledge(session)), by=STAFF)
        said = " ".join(f"{row.actor} {row.action} {row.subject}" for row in session.exec(select(AuditRow)))
    assert "pledge.made" in said
    assert "donations.received" in said
    assert "สมชาย" not in said
    assert "1100700000001" not in said
