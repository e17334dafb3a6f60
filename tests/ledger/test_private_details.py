"""Private details come in with their entry and never again; what nobody promised is never shown."""

import secrets

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import book, details
from ledger.writer import Slip
from tests.ledger.builders import a_gift, posted
from tests.ledger.logbook import a_private_gift, findings, seal_all

PUT = text("INSERT INTO ledger_private (entry_id, salt, content) VALUES (:entry_id, :salt, :content)")


def put(connection: Connection, entry_id: object, salt: bytes, content: bytes) -> None:
    known = str(entry_id) if connection.dialect.name == "sqlite" else entry_id
    connection.execute(PUT, {"entry_id": known, "salt": salt, "content": content})


def test_what_was_erased_cannot_be_made_up(books: Database) -> None:
    """Neither other details nor the same ones: SQLite refuses once the entry is in the log."""
    entry_id = posted(books, a_private_gift())[0].entry_id
    with books.write() as session:
        salt, content = session.connection().execute(text("SELECT salt, content FROM ledger_private")).one()
        book.erase_details(session, entry_id)
    seal_all(books)
    for forged in (content, b'{"name":"x"}'):
        with pytest.raises(DBAPIError, match="ledger:private"), books.engine.begin() as connection:
            put(connection, entry_id, salt, forged)
    assert findings(books) == []


def test_an_entry_without_details_gets_none(books: Database) -> None:
    with pytest.raises(DBAPIError, match="ledger:private"), books.write() as session:
        bare = book.post(session, a_gift(), by="tester").entry_id
        put(session.connection(), bare, secrets.token_bytes(16), b"{}")


def test_details_of_another_digest_are_never_shown(books: Database) -> None:
    """On SQLite they could be put in while their entry waits to be sealed: then nobody is told them as true."""
    entry_id = posted(books, a_private_gift())[0].entry_id
    with books.write() as session:
        connection = session.connection()
        connection.execute(text("DELETE FROM ledger_private"))
        if not books.is_sqlite:  # there they come in with their entry
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        forged = Slip(entry_id, a_gift(), b"", b"", secrets.token_bytes(16), b'{"name":"x"}')
        (closed,) = details.closed(session, [forged])
        put(connection, entry_id, closed.salt, closed.content)
    with books.read() as session:
        assert book.entry(session, entry_id).details is None
    seal_all(books)
    assert findings(books) == [f"the private details of entry {entry_id} are not those that were logged"]
