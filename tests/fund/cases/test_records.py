"""What is written in a case: needs, notes, others' help, papers and consents; and the consent that counts today."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from fund import clock
from fund.audit import Actor
from fund.cases import consents, histories, queries, records, service
from fund.cases.consents import Given
from fund.cases.errors import (
    CaseNotFoundError,
    ChoiceError,
    ConsentMissingError,
    ConsentOfAgeError,
    ConsentOverError,
    DayError,
    NoScopeError,
    OwnConsentError,
    PaperKnownError,
    WordsMissingError,
)
from fund.cases.queries import ConsentOf
from fund.cases.records import HelpSaid, NeedSaid, PaperSaid
from fund.db import Database
from fund.people import stand_in_papers
from ledger.identifiers import new_id
from tests.fund.cases.builders import a_case, a_child, a_fund

PNG = b"\x89PNG\r\n\x1a\n"
TODAY = date(2026, 11, 23)
MOTHER, SELF = ConsentOf("นางจันทร์ ตัวอย่าง", "mother"), ConsentOf("ดาว ตัวอย่าง", "self")


@pytest.fixture
def by(database: Database) -> Actor:
    return a_fund(database)


@pytest.fixture
def code(database: Database, by: Actor) -> str:
    return a_case(database, by=by)


def given(of: ConsentOf = MOTHER, *scopes: str, on: date | None = None, sign: bytes = b"1") -> Given:
    return Given(of, scopes or ("help",), on or clock.today(), "screen", stand_in_papers.read(PNG + sign))


def test_the_most_urgent_need_that_is_not_met_says_how_urgent_a_case_is(
    database: Database, by: Actor, code: str
) -> None:
    seen = [("food", 2, 1), ("health", 3, 0), ("health", 0, 1), ("food", 0, 3)]
    for need, urgency, rank in seen:
        with database.write() as session:
            records.note_need(session, code, NeedSaid(need, "เห็นเอง"), urgency, by=by)
            assert queries.case(session, code).rank == rank
    with database.write() as session:
        needs = histories.opened(session, code, purpose="case_work", by=by).needs
    assert {(one.said.need, one.urgency) for one in needs} == {("food", 0), ("health", 0)}


def test_a_need_that_is_in_no_table_is_refused(database: Database, by: Actor, code: str) -> None:
    for need, urgency in (("money", 1), ("food", 4)):
        with database.write() as session, pytest.raises(ChoiceError):
            records.note_need(session, code, NeedSaid(need), urgency, by=by)


def test_the_same_form_twice_is_written_once(database: Database, by: Actor, code: str, tmp_path: Path) -> None:
    key, paper = new_id(), stand_in_papers.read(PNG)
    for _ in range(2):
        with database.write() as session:
            records.note(session, code, "โทรแล้ว", row_id=key, by=by)
            records.note_need(session, code, NeedSaid("food"), 1, row_id=key, by=by)
            records.add_paper(session, tmp_path, code, paper, PaperSaid("school"), row_id=key, by=by)
            consents.give_consent(session, tmp_path, code, given(), row_id=key, by=by)
    with database.write() as session:
        found = histories.opened(session, code, purpose="case_work", by=by)
    assert [len(part) for part in (found.notes, found.needs, found.papers, found.consents)] == [1, 1, 1, 1]


def test_help_of_others_stands_in_one_history_the_newest_first(database: Database, by: Actor, code: str) -> None:
    for day in (1, 9, 5):
        said = HelpSaid(date(2026, 11, day), "uniform", "เหล่ากาชาด", "ชุดนักเรียน")
        with database.write() as session:
            records.note_help(session, code, said, by=by)
    with database.write() as session:
        helps = histories.opened(session, code, purpose="case_work", by=by).helps
    assert [one.said.given_on.day for one in helps] == [9, 5, 1]


def test_an_empty_note_is_refused(database: Database, by: Actor, code: str) -> None:
    with database.write() as session, pytest.raises(WordsMissingError):
        records.note(session, code, " \n", by=by)


def test_a_photo_is_kept_only_with_consent_and_no_paper_twice(
    database: Database, by: Actor, code: str, tmp_path: Path
) -> None:
    paper = stand_in_papers.read(PNG)
    with database.write() as session, pytest.raises(ConsentMissingError):
        records.add_paper(session, tmp_path, code, paper, PaperSaid("photo"), by=by)
    with database.write() as session:
        consents.give_consent(session, tmp_path, code, given(MOTHER, "photos"), by=by)
        records.add_paper(session, tmp_path, code, paper, PaperSaid("photo"), by=by)
    with database.write() as session, pytest.raises(PaperKnownError):
        records.add_paper(session, tmp_path, code, paper, PaperSaid("photo"), by=by)


def test_the_very_same_paper_in_another_case_is_told(database: Database, by: Actor, code: str, tmp_path: Path) -> None:
    other, paper = a_case(database, by=by), stand_in_papers.read(PNG)
    for one in (code, other):
        with database.write() as session:
            records.add_paper(session, tmp_path, one, paper, PaperSaid("school"), by=by)
    with database.write() as session:
        assert histories.opened(session, code, purpose="audit", by=by).papers[0].is_elsewhere
        (kept,) = histories.opened(session, other, purpose="audit", by=by).papers
        assert records.opened_paper(session, tmp_path, other, kept.id, purpose="audit", by=by).content == PNG
    with database.write() as session, pytest.raises(CaseNotFoundError):
        records.opened_paper(session, tmp_path, code, kept.id, purpose="audit", by=by)


def test_consent_counts_for_what_was_agreed_to_until_it_is_taken_back(
    database: Database, by: Actor, code: str, tmp_path: Path
) -> None:
    with database.write() as session:
        consent = consents.give_consent(session, tmp_path, code, given(MOTHER, "help"), by=by)
        assert [queries.has_consent(session, code, scope) for scope in consents.SCOPES] == [True, False, False]
    with database.write() as session:
        consents.withdraw_consent(session, code, consent, by=by)
        assert not queries.has_consent(session, code, "help")
    with database.write() as session, pytest.raises(ConsentOverError):
        consents.withdraw_consent(session, code, consent, by=by)


def test_without_consent_no_help_arrives_and_nothing_is_shared(
    database: Database, by: Actor, code: str, tmp_path: Path
) -> None:
    for act in ("assess", "plan"):
        with database.write() as session:
            service.move(session, code, act, by=by)
    for act in ("help", "refer"):
        with database.write() as session, pytest.raises(ConsentMissingError):
            service.move(session, code, act, by=by)
    with database.write() as session:
        consents.give_consent(session, tmp_path, code, given(MOTHER, "share_with_partners"), by=by)
        assert service.move(session, code, "refer", by=by) == "referred"


def test_a_guardians_consent_ends_on_the_twentieth_birthday(database: Database, by: Actor, tmp_path: Path) -> None:
    born = date(2006, 12, 1)
    code = a_case(database, a_child(birth_on=born), by=by)
    with clock.at(datetime(2026, 11, 30, 12, tzinfo=clock.BANGKOK)), database.write() as session:
        consents.give_consent(session, tmp_path, code, given(), by=by)
        assert queries.has_consent(session, code, "help")
        with pytest.raises(ConsentOfAgeError):
            consents.give_consent(session, tmp_path, code, given(SELF), by=by)
    with clock.at(datetime(2026, 12, 1, 0, 1, tzinfo=clock.BANGKOK)):
        with database.write() as session:
            assert not queries.has_consent(session, code, "help")
            with pytest.raises(ConsentOfAgeError):
                consents.give_consent(session, tmp_path, code, given(), by=by)
        with database.write() as session:
            consents.give_consent(session, tmp_path, code, given(SELF), by=by)
            assert queries.has_consent(session, code, "help")


def test_nobody_takes_their_own_consent(database: Database, by: Actor, code: str, tmp_path: Path) -> None:
    with database.write() as session, pytest.raises(OwnConsentError):
        consents.give_consent(session, tmp_path, code, given(ConsentOf(" malee ", "mother")), by=by)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        (Given(MOTHER, (), TODAY, "screen", stand_in_papers.read(PNG)), NoScopeError),
        (Given(MOTHER, ("everything",), TODAY, "screen", stand_in_papers.read(PNG)), NoScopeError),
        (Given(ConsentOf("", "mother"), ("help",), TODAY, "screen", stand_in_papers.read(PNG)), WordsMissingError),
        (Given(ConsentOf("x", "neighbour"), ("help",), TODAY, "screen", stand_in_papers.read(PNG)), ChoiceError),
    ],
)
def test_consent_that_says_too_little_is_refused(
    database: Database, by: Actor, code: str, tmp_path: Path, wrong: Given, refusal: type[Exception]
) -> None:
    with database.write() as session, pytest.raises(refusal):
        consents.give_consent(session, tmp_path, code, wrong, by=by)


def test_consent_of_tomorrow_is_refused(database: Database, by: Actor, code: str, tmp_path: Path) -> None:
    with database.write() as session, pytest.raises(DayError):
        tomorrow = clock.today() + timedelta(days=1)
        consents.give_consent(session, tmp_path, code, given(on=tomorrow), by=by)
