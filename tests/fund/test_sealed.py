"""Sealed texts: readable here and nowhere else, by the subject's key, under whichever master key that lies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from fund import sealed
from fund.db import Database
from fund.keyring import KeyMissingError, Keyring
from fund.sealed import KeyInUseError, KeyRow, SealBrokenError
from fund.settings import Settings
from ledger.identifiers import new_id
from ledger.private import Part

PLACE, ROW = "donors_contact.sealed", "row 1"
SOMYING, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
def keyring(database_url: str) -> Keyring:
    return Keyring(Settings(database_url=database_url).master_key_path)


def sealed_name(database: Database, subject: UUID = SOMYING, *, place: str = PLACE, row: str = ROW) -> bytes:
    with database.write() as session:
        return sealed.seal(session, subject, place, row, "สมหญิง ใจดี")


def unsealed(database: Database, content: bytes, subject: UUID = SOMYING, place: str = PLACE, row: str = ROW) -> object:
    with database.read() as session:
        return sealed.unseal(session, subject, place, row, content)


@contextmanager
def opened_again(database_url: str) -> Iterator[Database]:
    """As another program would: nothing is remembered."""
    database = Database(database_url)
    yield database
    database.close()


def turn_over(database: Database) -> int:
    """A new master key, and everything under it."""
    with database.write() as session:
        version = sealed.add_master(session)
    rewrap_all(database)
    return version


def rewrap_all(database: Database) -> None:
    while True:
        with database.write() as session:
            if not sealed.rewrap(session, 3):
                return


def test_what_was_sealed_is_read_again_and_never_seen(database: Database) -> None:
    content = sealed_name(database)
    assert unsealed(database, content) == "สมหญิง ใจดี"
    assert "สมหญิง".encode() not in content
    assert sealed_name(database) != content  # the same name twice is not the same bytes


@pytest.mark.parametrize("name", ["", "ก", "x" * 100_000])
def test_any_text_comes_back(database: Database, name: str) -> None:
    with database.write() as session:
        content = sealed.seal(session, SOMYING, PLACE, ROW, name)
        assert sealed.unseal(session, SOMYING, PLACE, ROW, content) == name


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"row": "row 2"},
        {"place": "donors_contact.other"},
        {"place": "people_factor.sealed"},
        {"subject": OTHER},
    ],
)
def test_a_sealed_text_opens_nowhere_else(database: Database, elsewhere: dict[str, object]) -> None:
    content = sealed_name(database)
    sealed_name(database, OTHER)
    with pytest.raises(SealBrokenError):
        unsealed(database, content, **elsewhere)  # type: ignore[arg-type]


def test_a_changed_byte_anywhere_is_found_out(database: Database) -> None:
    content = sealed_name(database)
    changed = [content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :] for i in range(1, len(content))]
    for one in (*changed, content[:-1], content[:5], b""):
        with pytest.raises(SealBrokenError):
            unsealed(database, one)


def test_another_subjects_key_put_in_its_place_opens_nothing(database: Database) -> None:
    content = sealed_name(database)
    sealed_name(database, OTHER)
    swapped = text("UPDATE sealed_key SET wrapped = (SELECT wrapped FROM sealed_key WHERE subject = :other)")
    with database.write() as session:
        session.connection().execute(swapped, {"other": str(OTHER)})
    with pytest.raises(KeyMissingError):
        unsealed(database, content)


def test_an_erased_subject_is_unreadable_and_others_are_not(database: Database) -> None:
    content, other = sealed_name(database), sealed_name(database, OTHER)
    with database.write() as session:
        sealed.destroy(session, SOMYING)
    assert unsealed(database, content) is None
    assert unsealed(database, other, OTHER) == "สมหญิง ใจดี"
    with pytest.raises(IntegrityError, match="rights:erased"), database.write() as session:
        sealed.seal(session, SOMYING, PLACE, ROW, "told by somebody who looked before the erasure")


def test_many_are_opened_with_one_question(database: Database) -> None:
    parts = [Part(new_id(), PLACE, str(number), b"%d" % number) for number in range(50)]
    with database.write() as session:
        closed = sealed.seal_many(session, parts)
    stored = [part._replace(content=content) for part, content in zip(parts, closed, strict=True)]
    with database.write() as session:
        sealed.destroy(session, parts[7].owner)
        found = sealed.unseal_many(session, stored)
        assert sealed.seal_many(session, []) == sealed.unseal_many(session, []) == []
    assert found == [None if number == 7 else b"%d" % number for number in range(50)]


def test_a_subjects_first_two_texts_sealed_at_once_share_one_key(database: Database) -> None:
    """The one who comes second waits on PostgreSQL, and takes the key that is there."""
    contents: dict[int, bytes] = {}

    def seal(number: int) -> None:
        contents[number] = sealed_name(database, row=str(number))

    threads = [threading.Thread(target=seal, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {unsealed(database, content, row=str(n)) for n, content in contents.items()} == {"สมหญิง ใจดี"}


def test_all_is_readable_while_the_master_key_is_changed(database: Database, keyring: Keyring) -> None:
    """Writers read what they wrote all the while; then the old keys go, and a program that starts anew reads all."""
    written = [(subject, sealed_name(database, subject)) for subject in (new_id() for _ in range(20))]
    stop, wrong = threading.Event(), list[UUID]()

    def work() -> None:
        while not stop.is_set():
            subject = new_id()
            written.append((subject, sealed_name(database, subject)))
            wrong.extend(one for one, content in written[-20:] if unsealed(database, content, one) != "สมหญิง ใจดี")

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert [turn_over(database), turn_over(database)] == [2, 3]
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == [] and len(written) > 20
    drop_all_but_the_newest(database, keyring)
    assert readable(database.engine.url.render_as_string(hide_password=False), written) == len(written)


def drop_all_but_the_newest(database: Database, keyring: Keyring) -> None:
    rewrap_all(database)  # what was begun before the newest key was there, and committed after
    with database.write() as session:
        *old, newest = sealed.masters(session)
        assert [one.count for one in old] == [0] * len(old) and newest.count > 0
        for one in old:
            sealed.drop_master(session, one.version)
    for one in old:
        keyring.drop(one.version)
    assert Keyring(keyring.path).versions() == [newest.version]


def readable(url: str, written: list[tuple[UUID, bytes]]) -> int:
    """How many of these another program reads, to which nothing is known but the file and the database."""
    with opened_again(url.replace("+psycopg", "")) as later:
        return sum(unsealed(later, content, subject) == "สมหญิง ใจดี" for subject, content in written)


def test_a_turn_that_was_cut_short_goes_on(database: Database, keyring: Keyring) -> None:
    written = [(subject, sealed_name(database, subject)) for subject in (new_id() for _ in range(7))]
    with database.write() as session:
        sealed.add_master(session)
    with database.write() as session:
        assert sealed.rewrap(session, 3) == 3
    with pytest.raises(ZeroDivisionError), database.write() as session:
        sealed.rewrap(session, 3)
        raise ZeroDivisionError
    with database.read() as session:
        assert [one.count for one in sealed.masters(session)] == [4, 3]
    drop_all_but_the_newest(database, keyring)
    assert readable(database.engine.url.render_as_string(hide_password=False), written) == 7


def test_a_master_key_goes_only_when_nothing_lies_under_it(database: Database) -> None:
    sealed_name(database)
    with database.write() as session:
        sealed.add_master(session)
        with pytest.raises(KeyInUseError, match="still needed for 1 keys"):
            sealed.drop_master(session, 1)
        with pytest.raises(KeyInUseError):  # the newest, under which nothing lies yet
            sealed.drop_master(session, 2)


def test_the_database_itself_keeps_a_master_key_that_is_needed(database: Database) -> None:
    sealed_name(database)
    with pytest.raises(IntegrityError), database.write() as session:
        session.connection().execute(text("DELETE FROM sealed_master"))


def test_two_new_master_keys_at_once_are_one_and_a_refusal(database: Database, keyring: Keyring) -> None:
    """On SQLite the second one waits its turn and is a third version."""
    made: list[int] = []

    def add() -> None:
        with suppress(IntegrityError), database.write() as session:
            made.append(sealed.add_master(session))

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keyring.versions() == [1, *sorted(made)]
    with database.read() as session:
        sealed.require_keys(session)


def test_a_service_without_its_key_file_does_not_start(database: Database, database_url: str, keyring: Keyring) -> None:
    sealed_name(database)
    keyring.path.rename(keyring.path.with_suffix(".away"))
    with (
        opened_again(database_url) as later,
        pytest.raises(KeyMissingError, match=r"needs master key 1 in .*master-keys"),
    ):
        later.require_safe()
    keyring.path.with_suffix(".away").rename(keyring.path)
    with opened_again(database_url) as later:
        later.require_safe()


def test_a_service_with_another_databases_key_file_does_not_start(database_url: str, keyring: Keyring) -> None:
    keyring.keep(1, b"another key of thirty-two bytes.")
    with opened_again(database_url) as later, pytest.raises(KeyMissingError):
        later.require_safe()


def test_a_database_without_a_master_key_takes_the_one_that_lies_there(database: Database, keyring: Keyring) -> None:
    before = keyring.key(1)
    with database.write() as session:
        session.connection().execute(text("DELETE FROM sealed_master"))
    sealed_name(database)
    with database.write() as session:
        sealed.begin(session)
        assert [one.version for one in sealed.masters(session)] == [1]
    assert keyring.versions() == [1] and Keyring(keyring.path).key(1) == before


def test_a_database_without_any_file_gets_one(database: Database, keyring: Keyring) -> None:
    keyring.path.unlink()
    with database.write() as session:
        session.connection().execute(text("DELETE FROM sealed_master"))
        sealed.begin(session)
    assert keyring.versions() == [1]


def test_a_blind_index_finds_exactly_its_value_and_lies_nowhere(database: Database) -> None:
    with database.read() as session:
        index = sealed.blind(session, "tax-id", "1101700230708")
        assert index == sealed.blind(session, "tax-id", "1101700230708")
        assert index != sealed.blind(session, "tax-id", "1101700230716")


def test_no_subjects_key_lies_in_the_database_as_it_is(database: Database, keyring: Keyring) -> None:
    """A control: the wrapped key opens to the one that the texts are sealed under, and only with the file."""
    sealed_name(database)
    with database.read() as session:
        row = session.exec(select(KeyRow)).one()
        key = keyring.unwrap(row.version, row.subject, row.wrapped)
        assert key not in row.wrapped and len(key) == 32
