"""Referrals: sent with consent alone, answered by their office, ended at once with the consent."""

from uuid import UUID

import pytest
from sqlmodel import select

from fund import audit, outbox
from fund.audit import Actor, Sought
from fund.cases import queries as cases
from fund.cases import service
from fund.cases.errors import ConsentMissingError, NotInThisStageError, ReasonMissingError
from fund.cases.following import referrals
from fund.cases.following.errors import NothingSharedError, NotInThisStateError, OfficeError, StillReferredError
from fund.cases.following.models import MatterRow
from fund.db import Database
from fund.people import duties
from fund.people.errors import ConflictError
from tests.fund.cases.builders import a_case, a_fund
from tests.fund.cases.following.builders import (
    OFFICE,
    OTHER_OFFICE,
    TOLD,
    a_planned_case,
    a_referral,
    agree,
    somebody,
    take_consent_back,
)


@pytest.fixture
def by(database: Database) -> Actor:
    return a_fund(database)


@pytest.fixture
def partner(database: Database, by: Actor) -> Actor:
    somebody(database, "Red Cross", "partner", f"office:{OTHER_OFFICE}")
    return somebody(database, "Partner", "partner", f"office:{OFFICE}")


@pytest.fixture
def agreed(database: Database, by: Actor, partner: Actor) -> tuple[str, UUID]:
    """A planned case, and the consent to tell partner offices."""
    code = a_planned_case(database, by=by)
    return code, agree(database, code, "share_with_partners", by=by)


def act(database: Database, referral_id: UUID, doing: str, words: str = "", *, by: Actor) -> str:
    with database.write() as session:
        return referrals.act(session, referral_id, doing, words, by=by)


def stage(database: Database, code: str) -> str:
    with database.read() as session:
        return cases.case(session, code).stage


def letters(database: Database, kind: str) -> list[str]:
    with database.read() as session:
        return [one.subject for one in session.exec(select(outbox.OutboxRow)).all() if one.kind == kind]


def test_an_accepted_referral_takes_the_case_on_and_tells_who_is_in_charge(
    database: Database, by: Actor, partner: Actor, agreed: tuple[str, UUID]
) -> None:
    code, _ = agreed
    referral_id = a_referral(database, code, by=by)
    assert letters(database, "notice.referral") == [f"{partner.person_id} {referral_id} open"]
    assert act(database, referral_id, "accept", by=partner) == "accepted" and stage(database, code) == "referred"
    assert f"{by.person_id} {referral_id} accepted" in letters(database, "notice.referral")
    with database.write() as session:
        assert referrals.opened(session, referral_id, by=partner) == TOLD
        assert [one.actor for one in audit.acts(session, Sought(action="referral.viewed"), limit=9)] == ["Partner"]
    assert act(database, referral_id, "finish", "มีรถรับส่งแล้ว", by=partner) == "finished"
    with database.read() as session:
        assert not referrals.is_shared(session, referral_id)


def test_a_declined_referral_says_why_and_comes_back(
    database: Database, by: Actor, partner: Actor, agreed: tuple[str, UUID]
) -> None:
    referral_id = a_referral(database, agreed[0], by=by)
    with pytest.raises(ReasonMissingError):
        act(database, referral_id, "decline", "  ", by=partner)
    assert act(database, referral_id, "decline", "ไม่มีที่ว่าง", by=partner) == "declined"
    assert stage(database, agreed[0]) == "planned"
    with database.read() as session:
        assert not referrals.is_shared(session, referral_id)
    assert act(database, referral_id, "look_at", by=by) == "looked_at"
    assert a_referral(database, agreed[0], by=by) != referral_id


def test_without_consent_to_it_nothing_is_shared(database: Database, by: Actor, partner: Actor) -> None:
    code = a_planned_case(database, by=by)
    agree(database, code, "help", by=by)
    with pytest.raises(ConsentMissingError):
        a_referral(database, code, by=by)


def test_a_consent_taken_back_ends_the_sharing_at_once_and_a_new_one_does_not_bring_it_back(
    database: Database, by: Actor, partner: Actor, agreed: tuple[str, UUID]
) -> None:
    code, consent_id = agreed
    referral_id = a_referral(database, code, by=by)
    with database.read() as session:
        assert referrals.is_shared(session, referral_id)
    take_consent_back(database, code, consent_id, by=by)
    agree(database, code, "share_with_partners", by=by)
    with database.read() as session:
        assert not referrals.is_shared(session, referral_id)
    with pytest.raises(ConsentMissingError):
        act(database, referral_id, "accept", by=partner)
    with database.write() as session:
        assert referrals.lapse_without_consent(session) == 1
        row = session.get(MatterRow, referral_id)
        assert row and row.state == "lapsed" and referrals.lapse_without_consent(session) == 0


def test_what_is_handed_over_is_chosen_and_goes_to_an_office_that_is_here_once(
    database: Database, by: Actor, agreed: tuple[str, UUID]
) -> None:
    code, _ = agreed
    with pytest.raises(NothingSharedError):
        a_referral(database, code, by=by, fields={}, needs=())
    with pytest.raises(OfficeError):
        a_referral(database, code, "nowhere", by=by)
    a_referral(database, code, by=by)
    a_referral(database, code, OTHER_OFFICE, by=by)
    with pytest.raises(StillReferredError):
        a_referral(database, code, by=by)


def test_a_child_is_referred_after_the_plan_and_not_by_who_is_tied(
    database: Database, by: Actor, partner: Actor, agreed: tuple[str, UUID]
) -> None:
    found = a_case(database, by=by)
    agree(database, found, "share_with_partners", by=by)
    with pytest.raises(NotInThisStageError):
        a_referral(database, found, by=by)
    with database.write() as session:
        assert by.person_id
        duties.declare(session, by.person_id, agreed[0], "relative", by=by)
    with pytest.raises(ConflictError):
        a_referral(database, agreed[0], by=by)


def test_an_accepted_referral_of_a_case_closed_meanwhile_leaves_it_closed(
    database: Database, by: Actor, partner: Actor, agreed: tuple[str, UUID]
) -> None:
    referral_id = a_referral(database, agreed[0], by=by)
    with database.write() as session:
        service.move(session, agreed[0], "close", reason="ย้าย", by=by)
    assert act(database, referral_id, "accept", by=partner) == "accepted" and stage(database, agreed[0]) == "closed"
    with pytest.raises(NotInThisStateError):
        act(database, referral_id, "accept", by=partner)
    assert act(database, referral_id, "take_back", "ย้าย", by=by) == "taken_back"
