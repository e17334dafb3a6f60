"""What people may ask for, over HTTP: found by what they show, seen, handed over, corrected, taken back, answered."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from fund import audit, clock
from fund.audit import Sought
from fund.db import Database
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.rights import requests
from fund.rights.holdings import Subject
from receipts import queries as receipts
from tests.fund.canaries import Canary
from tests.fund.rights.builders import (
    DESK,
    DONOR,
    a_gift,
    a_given_fund,
    a_request,
    as_one,
    desk,
    details,
    link_of,
    send,
)


def actions(database: Database, subject: object) -> list[str]:
    """What was noted about something, first to last."""
    with database.read() as session:
        return [act.action for act in reversed(audit.acts(session, Sought(subject=str(subject)), limit=50))]


def request_id(address: str) -> str:
    return address.rpartition("/")[2]


def test_a_donor_is_found_by_what_they_show(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    with database.write() as session:
        a_gift(session, Canary(2))
    with desk(database_url) as client:
        shown = (number.lower(), link_of(database, number), DONOR.tax_id, DONOR.email.upper())
        taken = [UUID(request_id(a_request(client, one))) for one in shown]
    with database.read() as session:
        assert {requests.one(session, one).subjects for one in taken} == {(Subject("donor", contact_id),)}


def test_all_gifts_under_one_tax_id_are_found_by_one_receipt(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with database.write() as session:
        a_gift(session)
    with desk(database_url) as client:
        assert "2 records" in client.get(a_request(client, number)).text


def test_nobody_is_found_by_a_name_or_a_wrong_link(database: Database, database_url: str) -> None:
    a_given_fund(database)
    form = {"kind": "access", "identified_by": "known", "received_on": clock.today().isoformat()}
    with desk(database_url) as client:
        as_one(client, "finance one")
        for shown in ("", DONOR.name, DONOR.public_name, "KK-2570-999999", "/r/KK-2570-000001/wrong", "x@y.z"):
            refused = send(client, f"{DESK}/requests", shown=shown, **form)
            assert (refused.status_code, "Nothing is held under this" in refused.text) == (409, True), shown


def test_a_request_that_is_not_whole_is_refused(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    form = {"kind": "access", "shown": number, "identified_by": "known", "received_on": clock.today().isoformat()}
    with desk(database_url) as client:
        as_one(client, "finance one")
        for wrong in ({"kind": "x"}, {"identified_by": ""}, {"received_on": "x"}, {"received_on": "2999-01-01"}):
            assert send(client, f"{DESK}/requests", **{**form, **wrong}).status_code == 400, wrong


def test_everything_is_shown_and_each_look_is_noted(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number)
        page = client.get(f"{address}/held").text
    assert all(one in page for one in (DONOR.name, DONOR.public_name, DONOR.tax_id, DONOR.email, number, "10.00"))
    assert actions(database, contact_id) == ["contact.kept", "donor.viewed"]
    assert actions(database, request_id(address)) == ["request.taken"]


def test_what_is_held_is_handed_over_as_one_file(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number)
        answer = client.get(f"{address}/held.json")
    told = json.loads(answer.content)
    assert answer.headers["cache-control"] == "no-store"
    assert [next(iter(one.keys() - {"kind", "kept_by_law_until"})) for one in told["held"]] == [
        "contact",
        "gift",
        "receipt",
    ]
    assert told["held"][0]["contact"]["tax_id"] == told["held"][2]["receipt"]["donor_tax_id"] == DONOR.tax_id
    assert told["kinds"]["receipt"]["kept"].startswith("7 years after")
    assert told["held"][2]["kept_by_law_until"] == "2034-09-30"
    assert "request.handed_over" in actions(database, request_id(address))


def test_a_colleague_sees_what_is_held_on_them(database: Database, database_url: str) -> None:
    a_given_fund(database)
    with desk(database_url) as client:
        as_one(client, "watcher one")
        told = json.loads(client.get(a_request(client, "watcher one") + "/held.json").content)
    assert told["held"][0]["person"]["roles"] == ["watcher school:KK4005001"]
    assert [one["kind"] for one in told["held"]] == ["staff", "staff"]


def test_a_correction_changes_the_contact_and_no_receipt(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number, "correction")
        done = send(client, f"{address}/correct", contact=str(contact_id), name="สมหญิง ใจงาม", email="New@example.org")
        assert done.status_code == 303
    with database.read() as session:
        assert donors.contact(session, contact_id) == ContactDetails("", "สมหญิง ใจงาม", "", "New@example.org")
        assert receipts.by_number(session, number).facts.donor_name == DONOR.name
        assert donors.with_email(session, "new@example.org") == [contact_id]
        assert donors.with_email(session, DONOR.email) == donors.with_tax_id(session, DONOR.tax_id) == []
    assert "contact.corrected" in actions(database, contact_id)


def test_a_wrong_correction_changes_nothing(database: Database, database_url: str) -> None:
    contact_id, number = a_given_fund(database)
    nobody = "00000000-0000-7000-8000-000000000000"
    with desk(database_url) as client:
        address = f"{a_request(client, number, 'correction')}/correct"
        for wrong, status in (({"tax_id": "1"}, 400), ({"email": "x"}, 400), ({"contact": "x"}, 409)):
            assert send(client, address, **{"contact": str(contact_id), "name": "x", **wrong}).status_code == status
        assert send(client, address, contact=nobody, name="x").status_code == 409
    with database.read() as session:
        assert donors.contact(session, contact_id) == details(DONOR)


def test_consent_taken_back_works_at_once_and_leaves_what_a_receipt_needs(
    database: Database, database_url: str
) -> None:
    contact_id, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number, "withdrawal")
        assert send(client, f"{address}/withdraw").status_code == 303
    with database.read() as session:
        left = donors.contact(session, contact_id)
        assert (left.public_name, left.email) == ("", "")
        assert (left.name, left.tax_id) == (DONOR.name, DONOR.tax_id)
        assert donors.with_email(session, DONOR.email) == []


def test_a_request_is_answered_once_and_then_closed(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number)
        assert send(client, f"{address}/answer", outcome="refused", words=" ").status_code == 400
        assert send(client, f"{address}/answer", outcome="x", words="x").status_code == 400
        assert send(client, f"{address}/answer", outcome="refused", words="ไม่ใช่เจ้าตัว").status_code == 303
        assert "ไม่ใช่เจ้าตัว" in client.get(address).text
        for act in ("answer", "withdraw", "erase"):
            form = {"outcome": "done", "words": "x"} if act == "answer" else {}
            assert send(client, f"{address}/{act}", **form).status_code == 409
        assert "Nobody waits for an answer" in client.get(DESK).text


def test_an_answer_is_due_in_thirty_days_and_late_in_red(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    today = clock.today()
    with desk(database_url) as client:
        a_request(client, number, received_on=(today - timedelta(days=30)).isoformat())
        assert "0 days left" in client.get(DESK).text
        with database.read() as session:
            assert requests.late(session) == (0, None)
        late = a_request(client, number, received_on=(today - timedelta(days=31)).isoformat())
        assert '<span class="badge badge-bad">Late by 1 days' in client.get(late).text
    with database.read() as session:
        assert requests.late(session) == (1, today - timedelta(days=1))


def test_words_lie_sealed_and_the_rows_stay_as_they_are(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number, words=DONOR.name)
        assert DONOR.name in client.get(address).text
    with database.write() as session, pytest.raises(Exception, match="append-only"):
        session.connection().exec_driver_sql("UPDATE rights_request SET received_on = received_on")
