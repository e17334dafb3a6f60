"""Access keys: given once, kept as a digest, revoked for ever, and every act in the trail."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import cli
from fund.audit import AuditRow
from fund.books import keys
from fund.books.errors import KeyNameError, KeyNameTakenError, KeyRevokedError, NoSuchKeyError
from fund.books.models import KeyRow
from fund.db import Database
from tests.fund.books.builders import CLERK


def given(database: Database, name: str = "auditor") -> str:
    with database.write() as session:
        return keys.give(session, name, by=CLERK)


def revoke(database: Database, name: str = "auditor") -> None:
    with database.write() as session:
        keys.revoke(session, name, by=CLERK)


def opens(database: Database, token: str) -> bool:
    with database.read() as session:
        return keys.opens(session, token)


def test_a_key_opens_until_it_is_revoked_and_is_listed_for_ever(database: Database) -> None:
    token, other = given(database), given(database, "accountant-2570")
    assert opens(database, token) and opens(database, other)
    revoke(database)
    assert not opens(database, token) and opens(database, other)
    with database.read() as session:
        listed = [(key.name, key.made_by, key.revoked_at is None) for key in keys.keys(session)]
    assert listed == [("accountant-2570", "clerk", True), ("auditor", "clerk", False)]


def test_the_database_holds_no_token(database: Database) -> None:
    token = given(database)
    with database.read() as session:
        row = session.exec(select(KeyRow)).one().model_dump()
    assert token not in str(row)
    assert not opens(database, row["token_sha256"])


def test_every_act_on_a_key_is_in_the_trail(database: Database) -> None:
    given(database)
    revoke(database)
    with database.read() as session:
        rows = [(row.actor, row.action, row.subject) for row in session.exec(select(AuditRow))]
    assert rows == [("clerk", "key.given", "auditor"), ("clerk", "key.revoked", "auditor")]


def test_a_key_has_a_name_that_can_be_read_aloud(database: Database) -> None:
    for name in ("", "Auditor", "a" * 41, "-a", "a b", "a\n", "ก", "a\0b", "' OR 1=1--"):
        with pytest.raises(KeyNameError):
            given(database, name)


def test_a_name_is_given_once_even_after_its_key_was_revoked(database: Database) -> None:
    given(database)
    revoke(database)
    with pytest.raises(KeyNameTakenError):
        given(database)
    with pytest.raises(KeyRevokedError):
        revoke(database)
    with pytest.raises(NoSuchKeyError):
        revoke(database, "nobody")


ATTACKS = (
    "UPDATE books_key SET token_sha256 = made_by",
    "DELETE FROM books_key_revoked",
    "UPDATE books_key_revoked SET name = 'another'",
    "DELETE FROM books_key",
    "INSERT INTO books_key SELECT 'second', token_sha256, made_by, made_at FROM books_key",
    "INSERT INTO books_key_revoked SELECT * FROM books_key_revoked",
)


def test_plain_sql_changes_no_key(database: Database) -> None:
    token = given(database)
    revoke(database)
    for attack in ATTACKS:
        with pytest.raises(DBAPIError), database.write() as session:
            session.connection().execute(text(attack))
    assert not opens(database, token)


def run(database_url: str, *arguments: str) -> Result:
    environment = {"DATABASE_URL": database_url, "SIPBAHT_ENV": "/nonexistent"}
    return CliRunner().invoke(cli.main, ["access", *arguments], env=environment, catch_exceptions=False)


def test_keys_are_given_listed_and_revoked_on_the_command_line(database: Database, database_url: str) -> None:
    token = run(database_url, "new", "auditor").stdout.strip()
    assert token.startswith(keys.PREFIX) and opens(database, token)
    assert "opens the books" in run(database_url, "list").output
    assert run(database_url, "revoke", "auditor").exit_code == 0
    assert "revoked 20" in run(database_url, "list").output
    assert token not in run(database_url, "list").output
    assert not opens(database, token)
    refused = run(database_url, "new", "auditor")
    assert (refused.exit_code, refused.stdout) == (1, "")
