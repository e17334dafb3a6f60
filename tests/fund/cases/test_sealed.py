"""What lies sealed of a case opens nowhere else, under no other master key, and is found by no other pepper."""

from pathlib import Path

import pytest
from sqlalchemy import text

from fund import clock, sealed
from fund.audit import Actor
from fund.cases import codes, consents, histories, queries, records, service
from fund.cases.consents import Given
from fund.cases.queries import ConsentOf
from fund.cases.records import HelpSaid, NeedSaid, PaperSaid
from fund.db import Database
from fund.keyring import Keyring
from fund.people import stand_in_papers
from fund.sealed import SealBrokenError
from tests.fund.cases.builders import a_case, a_child, a_fund, national_id
from tests.fund.test_checks import guards_off

PNG = b"\x89PNG\r\n\x1a\n"
COLUMNS = {
    "cases_child": "child_id",
    "cases_step": "code",
    "cases_need": "code",
    "cases_note": "code",
    "cases_paper": "code",
    "cases_consent": "code",
}
"""Every table with something sealed, and whose row it is."""


def filled(database: Database, folder: Path, by: Actor, number: int) -> str:
    """A case with something in every sealed column."""
    code = a_case(database, a_child(name=f"เด็กคนที่ {number}", national_id=national_id(number)), by=by)
    paper = stand_in_papers.read(PNG + str(number).encode())
    with database.write() as session:
        records.note_need(session, code, NeedSaid("food", "หิว"), 3, by=by)
        records.note(session, code, "บันทึก", by=by)
        records.note_help(session, code, HelpSaid(clock.today(), "food", "วัด"), by=by)
        records.add_paper(session, folder, code, paper, PaperSaid("school"), by=by)
        given = Given(ConsentOf("แม่", "mother"), ("help",), clock.today(), "paper", paper)
        consents.give_consent(session, folder, code, given, by=by)
        service.move(session, code, "close", reason="เหตุผล", by=by)
    return code


@pytest.fixture
def two(database: Database, tmp_path: Path) -> tuple[Actor, str, str]:
    by = a_fund(database)
    return by, filled(database, tmp_path, by, 1), filled(database, tmp_path, by, 2)


@pytest.mark.parametrize("table", COLUMNS)
def test_what_is_sealed_of_one_child_opens_in_no_other_row(
    database: Database, two: tuple[Actor, str, str], table: str
) -> None:
    by, one, other = two
    with guards_off(database) as session:
        of = {code: queries.case(session, code).child_id for code in (one, other)}
        mine, theirs = (str(of[code]) if COLUMNS[table] == "child_id" else code for code in (one, other))
        swap = f"UPDATE {table} SET sealed = (SELECT sealed FROM {table} WHERE {COLUMNS[table]} = :theirs LIMIT 1)"
        first = "SELECT sealed FROM cases_step WHERE code = :theirs AND sealed IS NOT NULL"
        if table == "cases_step":
            swap = f"UPDATE cases_step SET sealed = ({first})"
        facts = {"mine": mine, "theirs": theirs}
        session.connection().execute(text(f"{swap} WHERE {COLUMNS[table]} = :mine"), facts)
        with pytest.raises(SealBrokenError):
            histories.opened(session, one, purpose="audit", by=by)


def test_the_same_question_finds_nothing_wrong_in_what_was_left_alone(
    database: Database, two: tuple[Actor, str, str]
) -> None:
    """The control of the swaps: without one, both open."""
    by, *codes_of = two
    with database.write() as session:
        names = {histories.opened(session, code, purpose="audit", by=by).who.child for code in codes_of}
    assert len(names) == 2 and None not in names


def test_after_a_new_master_key_every_child_is_read_and_none_lies_under_the_old_one(
    database: Database, two: tuple[Actor, str, str]
) -> None:
    by, one, other = two
    with database.write() as session:
        newest = sealed.add_master(session)
        while sealed.rewrap(session, 100):
            pass
        assert {master.version: master.count for master in sealed.masters(session)}[newest] >= 2
        sealed.drop_master(session, newest - 1)
        for code in (one, other):
            assert histories.opened(session, code, purpose="audit", by=by).reasons == {2: "เหตุผล"}
        assert queries.case_by_national_id(session, national_id(2)) == other


def test_another_pepper_finds_nobody(
    database: Database, two: tuple[Actor, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = Keyring(tmp_path / "another.master-keys")
    stranger.keep(1, b"0" * 32)
    with database.read() as session:
        assert queries.case_by_national_id(session, national_id(1)) == two[1]
        monkeypatch.setattr(sealed.of(session), "keyring", stranger)
        assert queries.case_by_national_id(session, national_id(1)) is None


def test_nothing_of_a_child_stands_in_a_code() -> None:
    assert len({codes.new_code() for _ in range(2_000)}) == 2_000
    code = codes.new_code()
    assert codes.is_valid(code) and codes.fold(f" {code[:4].lower()}-{code[4:]} ") == code
    for wrong in (code[:-1], f"{code}0", "D" + code[1:], code[::-1], ""):
        assert not codes.is_valid(wrong)
