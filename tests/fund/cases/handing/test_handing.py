"""Help is handed over: answers, evidence, who may not decide, what is late, a lost paper; the database refuses too."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import clock, web
from fund.cases import service
from fund.cases.errors import ReasonMissingError
from fund.cases.handing import evidence, handovers, lateness, links, pictures, queries, states
from fund.cases.handing.errors import (
    AnswerMissingError,
    DecidedError,
    KnownPictureError,
    LateEvidenceError,
    LinkOverError,
    NotInThisStateError,
    NotStatedByTwoError,
    OwnEvidenceError,
    OwnHandoverError,
    PhotosNotAgreedError,
    SecondPersonError,
)
from fund.cases.handing.handovers import Said
from fund.cases.handing.models import EvidenceRow
from fund.grants import paying
from fund.grants import queries as grants
from fund.migrations.versions import v0037_handing
from fund.outbox import OutboxRow
from fund.people import duties
from fund.people.errors import ConflictError
from ledger.identifiers import new_id
from tests.fund.cases.handing.builders import MOTHER, Handed, a_pdf, a_photo, handed, signature
from tests.fund.grants.office import TODAY, Office, money, without_references

DENIED = Said("deny", "นางจันทร์ ตัวอย่าง", "mother")
ACTS = (*states.ANSWERS, *states.LOOKS, "lapse")
STATES = tuple(states.SAYS)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_each_step_of_the_table_is_the_databases_own(state: str, act: str) -> None:
    known = {(one.state, one.act): one.next for one in states.TRANSITIONS}
    if (state, act) in known:
        assert f"{state} {act} {states.after(state, act).next}" in v0037_handing.WAYS
        return
    with pytest.raises(NotInThisStateError):
        states.after(state, act)
    assert not any(way.startswith(f"{state} {act} ") for way in v0037_handing.WAYS)


def test_the_tables_are_the_same() -> None:
    assert states.ways() == sorted(v0037_handing.WAYS)


def step_by_sql(help_out: Handed, state: str, act: str, following: str) -> None:
    """A first step that nobody allowed, written past the service."""
    way = "'paper'" if act in states.ANSWERS else "''"
    row = help_out.row()
    help_out.office.sql(
        "INSERT INTO handing_step (chain, number, went, step, came_from, act, state, way, done_at, done_by) VALUES"
        f" (:chain, 1, :went, 1, '{state}', '{act}', '{following}', {way}, '2026-11-23T03:00:00.000000+00:00', 'x')",
        chain=row.chain, went=row.went,
    )  # fmt: skip


@pytest.mark.parametrize("way", [("waiting", "settle", "settled"), ("received", "deny", "not_received")])
def test_sql_takes_no_other_step(help_out: Handed, way: tuple[str, str, str]) -> None:
    with pytest.raises(DBAPIError):
        step_by_sql(help_out, *way)


def test_a_family_answers_by_its_link_and_it_is_complete_once_somebody_else_accepts(help_out: Handed) -> None:
    key = help_out.act(links.make, help_out.chain, 1)
    offered = help_out.office.ask(links.offered, key)
    assert (offered.amount_satang, offered.purpose) == (50_000, "uniform")
    help_out.office.act(links.answer, help_out.folder, key, MOTHER, signature())
    row = help_out.row()
    assert (row.state, row.lacks, row.pending, row.is_complete) == (states.RECEIVED, 0, 1, False)
    (one,) = help_out.office.ask(lambda session: session.exec(select(EvidenceRow.id)).all())
    assert help_out.office.ask(queries.complete, help_out.chain, 1) is None
    help_out.decide(one)
    told = help_out.office.ask(queries.complete, help_out.chain, 1)
    assert (told.received_by, told.how, told.files[0][0]) == ("guardian", "screen", "voucher")
    assert told.accepted_by == (help_out.office.fon.person_id,)
    jobs = help_out.office.ask(lambda session: session.exec(select(OutboxRow.subject, OutboxRow.kind)).all())
    assert (f"{help_out.chain} 1", handovers.JOB) in jobs


def test_used_late_older_and_forged_links_have_one_answer(help_out: Handed) -> None:
    older = help_out.act(links.make, help_out.chain, 1)
    key = help_out.act(links.make, help_out.chain, 1)
    told = []
    for wrong in (older, "forged", key[:-1]):
        with pytest.raises(LinkOverError) as refused:
            help_out.office.ask(links.offered, wrong)
        told.append(str(refused.value))
    with clock.at(TODAY + timedelta(days=4)), pytest.raises(LinkOverError) as refused:
        help_out.office.act(links.answer, help_out.folder, key, MOTHER, signature())
    told.append(str(refused.value))
    help_out.office.act(links.answer, help_out.folder, key, MOTHER, signature())
    with pytest.raises(LinkOverError) as refused:
        help_out.office.act(links.answer, help_out.folder, key, DENIED, None)
    assert {*told, str(refused.value)} == {LinkOverError.message}


def test_of_a_link_the_database_has_no_key(help_out: Handed) -> None:
    key = help_out.act(links.make, help_out.chain, 1)
    with help_out.office.database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT * FROM handing_link").all()
    assert kept and key not in repr(kept)


def test_not_received_holds_the_next_tranche_until_the_core_team_has_looked(help_out: Handed) -> None:
    key = help_out.act(links.make, help_out.chain, 1)
    help_out.office.act(links.answer, help_out.folder, key, DENIED, None)
    assert [one.state for one in help_out.office.ask(grants.tranches, help_out.request_id)] == ["left", "held"]
    letters = help_out.office.ask(lambda session: session.exec(select(OutboxRow.subject, OutboxRow.kind)).all())
    assert sum(kind == "notice.handover" for _, kind in letters) == 3
    assert help_out.act(handovers.look, help_out.chain, 1, "again", "โทรหาแม่แล้ว", by="ton") == 1
    states_now = [one.state for one in help_out.office.ask(grants.tranches, help_out.request_id)]
    assert (help_out.row().state, states_now) == (states.WAITING, ["left", "awarded"])


@pytest.mark.parametrize("name", ["nok", "nim"])
def test_the_case_manager_alone_never_settles_a_bad_answer(help_out: Handed, name: str) -> None:
    help_out.office.act(service.assign, help_out.code, help_out.office.nim.person_id, by=help_out.office.ton)
    key = help_out.act(links.make, help_out.chain, 1)
    help_out.office.act(links.answer, help_out.folder, key, DENIED, None)
    with pytest.raises(OwnEvidenceError):
        help_out.act(handovers.look, help_out.chain, 1, "again", "เรียบร้อยแล้ว", by=name)
    assert help_out.row().state == states.NOT_RECEIVED


def test_sql_settles_nothing_for_who_asked(help_out: Handed) -> None:
    help_out.file(said=Said("complain", "นางจันทร์", "mother", "ขาดหนึ่งชุด"))
    row = help_out.row()
    statement = (
        "INSERT INTO handing_step (chain, number, went, step, after, came_from, act, state, way, person, done_at,"
        " done_by) SELECT chain, number, went, 2, 1, 'problem', 'settle', 'settled', '', requester, moved_at, 'x'"
        " FROM handing_handover WHERE chain = :chain AND went = :went"
    )
    with pytest.raises(DBAPIError, match="handing:own"):
        help_out.office.sql(statement, chain=row.chain, went=row.went)


def test_who_hands_over_or_asked_does_not_sign_for_the_family(help_out: Handed) -> None:
    key = help_out.act(links.make, help_out.chain, 1)
    with pytest.raises(OwnHandoverError):
        help_out.office.act(links.answer, help_out.folder, key, Said("receive", " N O K ", "mother"), signature())
    with pytest.raises(OwnHandoverError):
        help_out.file(said=Said("receive", "nim", "relative"), by="nim")
    help_out.office.act(
        duties.declare, help_out.office.nok.person_id, help_out.code, "relative", by=help_out.office.nok
    )
    with pytest.raises(ConflictError):
        help_out.act(links.make, help_out.chain, 1)


def test_whoever_filed_or_asked_accepts_nothing(help_out: Handed) -> None:
    mine = help_out.file(by="nim")
    for name in ("nim", "nok"):
        with pytest.raises(OwnEvidenceError):
            help_out.decide(mine, by=name)
    help_out.decide(mine, by="fah")
    with pytest.raises(DecidedError):
        help_out.decide(mine, by="fon")


@pytest.mark.parametrize(("name", "said"), [("nim", "handing_verdict_other"), ("nok", "handing:own")])
def test_sql_accepts_nothing_for_them(help_out: Handed, name: str, said: str) -> None:
    mine = help_out.file(by="nim")
    with pytest.raises(DBAPIError, match=said):
        verdict_by_sql(help_out.office, mine, help_out.office.people[name].person_id)


def verdict_by_sql(office: Office, evidence_id: UUID, person: UUID | None) -> None:
    is_sqlite = office.database.is_sqlite
    office.sql(
        "INSERT INTO handing_verdict (evidence_id, kind, filer, is_accepted, person, decided_at, decided_by)"
        f" SELECT id, kind, person, {1 if is_sqlite else 'true'}, :who, filed_at, 'x' FROM handing_evidence"
        " WHERE id = :id",
        who=str(person), id=str(evidence_id),
    )  # fmt: skip


def test_what_is_sent_back_has_a_reason_and_may_come_again(help_out: Handed) -> None:
    paper = a_pdf()
    mine = help_out.file(picture=paper)
    with pytest.raises(ReasonMissingError):
        help_out.decide(mine, is_accepted=False)
    help_out.decide(mine, "ไม่เห็นลายเซ็น", is_accepted=False)
    assert (help_out.row().lacks, help_out.row().pending) == (1, 0)
    again = help_out.file(picture=paper)
    help_out.decide(again)
    assert help_out.row().is_complete


def test_the_same_file_of_another_case_is_refused_and_a_smaller_one_is_told_of(office: Office, tmp_path: Path) -> None:
    one, other = handed(office, tmp_path, 50_000), handed(office, tmp_path, 40_000)
    first = one.file(picture=pictures.read(a_photo(7)))
    with pytest.raises(KnownPictureError):
        other.file(picture=pictures.read(a_photo(7)))
    smaller = other.file(picture=pictures.read(a_photo(7, (320, 240), quality=60)))
    assert [row.id for row in office.ask(evidence.alike, smaller)] == [first]
    another = one.file("shop_receipt", pictures.read(a_photo(8)))
    assert office.ask(evidence.alike, another) == []


def test_a_photo_needs_the_familys_word(help_out: Handed) -> None:
    with pytest.raises(PhotosNotAgreedError):
        help_out.file("photo")


def test_a_voucher_without_an_answer_is_refused(help_out: Handed) -> None:
    with pytest.raises(AnswerMissingError):
        help_out.file(said=None)
    assert help_out.office.ask(lambda session: session.exec(select(EvidenceRow.id)).all()) == []


def test_a_lost_paper_is_stated_by_two_people_and_looked_at_by_a_third(help_out: Handed) -> None:
    lost = help_out.act(evidence.state_lost, help_out.chain, 1, "voucher", "น้ำท่วมบ้าน กระดาษหาย")
    with pytest.raises(NotStatedByTwoError):
        help_out.decide(lost)
    with pytest.raises(SecondPersonError):
        help_out.act(evidence.join, lost)
    help_out.act(evidence.join, lost, by="ton")
    with pytest.raises(OwnEvidenceError):
        help_out.decide(lost, by="ton")
    help_out.decide(lost, by="kaew")
    told = help_out.office.ask(queries.complete, help_out.chain, 1)
    assert (told.how, told.files, told.accepted_by) == ("statement", (), (help_out.office.kaew.person_id,))


def test_sql_lets_no_one_state_it_twice(help_out: Handed) -> None:
    lost = help_out.act(evidence.state_lost, help_out.chain, 1, "voucher", "หาย")
    with pytest.raises(DBAPIError, match="handing_joined_by_two"):
        help_out.office.sql(
            "INSERT INTO handing_joined (evidence_id, kind, first, person, joined_at, joined_by)"
            " SELECT id, kind, person, person, filed_at, 'x' FROM handing_evidence"
        )
    with pytest.raises(DBAPIError, match="handing_verdict_stated_by_two"):
        verdict_by_sql(help_out.office, lost, help_out.office.kaew.person_id)


def test_without_the_check_one_person_would_state_it_twice(help_out: Handed) -> None:
    help_out.act(evidence.state_lost, help_out.chain, 1, "voucher", "หาย")
    with without_references(help_out.office) as connection:
        if help_out.office.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        else:
            connection.exec_driver_sql("ALTER TABLE handing_joined DROP CONSTRAINT handing_joined_by_two")
        made = connection.exec_driver_sql(
            "INSERT INTO handing_joined (evidence_id, kind, first, person, joined_at, joined_by)"
            " SELECT id, kind, person, person, filed_at, 'x' FROM handing_evidence"
        )
        assert made.rowcount == 1


def test_late_evidence_ends_new_requests_until_it_is_handed_in(help_out: Handed) -> None:
    help_out.row()
    nok = help_out.office.nok.person_id
    for days, is_late in ((28, False), (29, True)):
        with clock.at(TODAY + timedelta(days=days)):
            if not is_late:
                help_out.office.ask(lateness.require_none_late, nok)
                continue
            with pytest.raises(LateEvidenceError, match=help_out.code) as refused:
                help_out.office.ask(lateness.require_none_late, nok)
            assert "2569" in web.message_of(refused.value, "th") and "2026" in web.message_of(refused.value, "en")
            help_out.office.ask(lateness.require_none_late, help_out.office.nim.person_id)
            help_out.file()
            help_out.office.ask(lateness.require_none_late, nok)


def test_money_that_came_back_is_handed_over_no_more_and_anew_once_it_left_again(help_out: Handed) -> None:
    help_out.row()
    with clock.at(TODAY + timedelta(days=1)):
        help_out.office.act(paying.came_back, help_out.request_id, 1, money(50_000), by=help_out.office.fai)
        help_out.office.act(handovers.follow_money)
        row = help_out.office.ask(queries.newest, help_out.chain, 1)
        assert row.state == states.OVER
        assert help_out.office.act(handovers.open_new) == 0


def test_the_clock_opens_what_has_left_once(help_out: Handed) -> None:
    assert help_out.office.act(handovers.open_new) == 1
    assert help_out.office.act(handovers.open_new) == 0


def test_cash_is_complete_once_it_is_accounted_for(office: Office, tmp_path: Path) -> None:
    cash = handed(office, tmp_path, 30_000, kind="cash")
    cash.decide(cash.file())
    assert not cash.row().is_complete
    office.act(paying.account_for, cash.request_id, 1, 30_000, by=office.fah)
    office.act(handovers.follow_money)
    assert cash.row().is_complete


def test_the_same_form_again_changes_nothing(help_out: Handed) -> None:
    key = new_id()
    assert help_out.file(row_id=key) == help_out.file(row_id=key) == key
