"""Complaints: a key that tells nothing, the core team alone, never who is the case's manager."""

from uuid import UUID

import pytest
from sqlmodel import select

from fund import outbox
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing, service
from fund.cases.errors import ReasonMissingError
from fund.cases.following import complaints
from fund.cases.following.complaints import Said
from fund.cases.following.errors import ComplaintDistrictError, ComplaintMissingError, MatterNotFoundError
from fund.cases.following.models import ComplaintRow, StepRow
from fund.db import Database
from fund.people import staff
from fund.people.powers import Grant
from fund.sealed import SealBrokenError
from ledger.identifiers import new_id
from ledger.private import Part
from tests.fund.browsing import a_person
from tests.fund.cases.builders import DISTRICT, OTHER_DISTRICT, a_case, a_fund
from tests.fund.cases.following.builders import SAID, a_complaint, somebody


@pytest.fixture
def by(database: Database) -> Actor:
    """A fund, its case manager, two of the core team."""
    manager = a_fund(database)
    somebody(database, "Core", "core_team")
    return manager


def link(database: Database, code: str, *, by: Actor) -> str:
    with database.write() as session:
        return complaints.link_of(session, code, by=by)


def told(database: Database) -> set[str]:
    with database.read() as session:
        rows = session.exec(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "notice.complaint")).all()
        return {staff.one(session, UUID(row.subject.split()[0])).name for row in rows}


def kept_from(database: Database, name: str, code: str | None, district: str = DISTRICT) -> bool:
    with database.read() as session:
        row = staff.named(session, name)
        assert row
        return complaints.is_kept_from(session, staff.person(session, row.id), code, district)


def test_a_familys_key_is_made_once_and_tells_nothing(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    key = link(database, code, by=by)
    assert key == link(database, code, by=by) and code[1:-1] not in key and len(key) == complaints.KEY_LENGTH
    assert key != link(database, a_case(database, by=by), by=by)


def test_a_complaint_goes_to_the_core_team_and_to_no_case_manager(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    with database.write() as session:
        a_person(session, "Both", Grant("core_team"), Grant("case_manager", f"district:{DISTRICT}"))
        a_person(session, "Afar", Grant("core_team"), Grant("case_manager", f"district:{OTHER_DISTRICT}"))
    a_complaint(database, key=link(database, code, by=by))
    assert told(database) == {"Core", "Afar"}
    assert {name: kept_from(database, name, code) for name in ("Malee", "Both", "Core", "Afar")} == {
        "Malee": True,
        "Both": True,
        "Core": False,
        "Afar": False,
    }


def test_who_is_in_charge_is_kept_from_it_whatever_became_of_their_role(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    with database.write() as session:
        core = staff.named(session, "Core")
        assert core
        service.assign(session, code, core.id, by=by)
    assert kept_from(database, "Core", code)


def test_where_the_whole_core_team_is_kept_from_it_the_auditors_are_told(database: Database) -> None:
    a_fund(database)
    with database.write() as session:
        a_person(session, "Both", Grant("core_team"), Grant("case_manager", f"district:{DISTRICT}"))
        a_person(session, "Aud", Grant("auditor"))
    a_complaint(database, district=DISTRICT)
    assert told(database) == {"Aud"}


def test_the_childs_key_does_not_open_a_complaint(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    complaint_id = a_complaint(database, key=link(database, code, by=by))
    with database.write() as session:
        row = session.get(ComplaintRow, complaint_id)
        child_id = cases.case(session, code).child_id
        assert row and complaints.opened(session, complaint_id, by=by) == SAID
        with pytest.raises(SealBrokenError):
            sealing.opened(session, [Part(child_id, complaints.SEALED, str(complaint_id), row.sealed)], Said)


def test_it_is_answered_and_closed_with_a_reason(database: Database, by: Actor) -> None:
    complaint_id, core = a_complaint(database, district=DISTRICT), Actor("Core", new_id())
    for act in ("answer", "close"):
        with database.write() as session, pytest.raises(ReasonMissingError):
            complaints.act(session, complaint_id, act, " ", by=core)
        with database.write() as session:
            complaints.act(session, complaint_id, act, "โทรหาครอบครัวแล้ว", by=core)
    with database.read() as session:
        rows = session.exec(select(StepRow).where(StepRow.matter_id == complaint_id)).all()
        assert [row.state for row in sorted(rows, key=lambda row: row.number)] == ["open", "answered", "closed"]
        assert all("โทร".encode() not in (row.sealed or b"") for row in rows)


def test_one_form_is_one_complaint_and_an_empty_or_lost_one_is_none(database: Database, by: Actor) -> None:
    form_key = str(new_id())
    with database.write() as session:
        once, twice = (complaints.complain(session, SAID, district=DISTRICT, form_key=form_key) for _ in range(2))
    assert once == twice
    for said in (Said(), Said("other"), Said(name="ใคร")):
        with pytest.raises(ComplaintMissingError):
            a_complaint(database, said, district=DISTRICT)
    with pytest.raises(ComplaintDistrictError):
        a_complaint(database, district="9999")
    with pytest.raises(MatterNotFoundError):
        a_complaint(database, key="Y00000000000", district=DISTRICT)
