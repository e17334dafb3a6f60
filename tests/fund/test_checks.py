"""Each named invariant finds the defect that is planted for it, and nothing in sound books.

The defects are planted with the database's own guards switched off: that is what the invariants are for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import Session

from fund import checks, clock, demo
from fund.bank import sample_files, settling
from fund.bank import service as bank
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.profile import Profile
from fund.settings import Settings
from tests.builders import OFFICER, a_founded_fund

DAY = date(2026, 11, 2)


@pytest.fixture
def books(database: Database, database_url: str, tmp_path: object) -> Database:
    """A fund with a receipted gift, a poster gift, an unknown transfer, and a month that is not yet explained."""
    with clock.at(demo._morning(DAY)):
        profile, content = _founded_with_a_statement(database)
    settings = Settings(database_url=database_url, files_dir=str(tmp_path))
    with clock.at(demo._morning(date(2026, 11, 3))):
        with database.write() as session:
            bank.import_statement(session, settings, profile, content, "november.csv", by=OFFICER)
        settling.settle_waiting(database, by=OFFICER)
    return database


def _founded_with_a_statement(database: Database) -> tuple[Profile, bytes]:
    profile = a_founded_fund(database)
    with database.write() as session:
        campaign = gifts.campaigns(session)[0]
        told = ContactDetails(name="ก ข")
        request = PledgeRequest(campaign.id, 1000, donations.new_form_key(), told, wants_receipt=True)
        reference = donations.pledge(session, request, by=OFFICER).pledge.reference
    lines = [
        SampleLine(DAY, 1000, sample_files.bill_payment_detail(reference, campaign.code)),
        SampleLine(DAY, 2000, sample_files.bill_payment_detail(campaign.code)),
        SampleLine(DAY, 3000, "โอนเงิน"),
    ]
    account = profile.accounts[0]
    content = sample_files.kbank_corporate_csv(
        account.number, lines, opening_satang=account.opening_satang, from_on=DAY, to_on=DAY
    )
    return profile, content


@contextmanager
def guards_off(database: Database) -> Iterator[Session]:
    """What the owner of a database can do: triggers dropped, references not asked for."""
    with database.write() as session:
        connection = session.connection()
        if database.is_sqlite:
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for name in list(triggers):
                connection.execute(text(f'DROP TRIGGER "{name}"'))
            connection.execute(text("PRAGMA ignore_check_constraints=ON"))
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield session
        session.rollback()


PLANTED = {
    "books_balance_in_every_fund": "UPDATE ledger_posting SET amount_satang = amount_satang + 1 WHERE line = 1",
    "entries_are_whole": "UPDATE ledger_entry SET lines = 3 WHERE kind = 'unidentified'",
    "unidentified_money_is_explained": "UPDATE bank_inbox SET is_booked = :no",
    "bank_balances_meet": "UPDATE bank_statement SET closing_satang = closing_satang + 1",
    "every_settled_line_has_its_match": "DELETE FROM bank_match",
    "every_donation_has_its_bank_line": "UPDATE donations_donation SET money_identity = 'gone'",
    "receipt_numbers_have_no_gap": "UPDATE receipts_counter SET last = last + 1",
    "every_receipt_has_its_paper_or_a_job": "UPDATE fund_outbox SET failed_at = run_after",
    "donors_parts_are_unaltered": "UPDATE receipts_private SET nonce = 'other'",
    "every_receipt_proves_a_donation": "UPDATE donations_donation SET receipt_number = NULL",
}


def test_sound_books_have_no_finding(books: Database) -> None:
    with books.read() as session:
        assert checks.run(session) == []


@pytest.mark.parametrize("name", PLANTED)
def test_an_invariant_finds_the_defect_planted_for_it(books: Database, name: str) -> None:
    statement = PLANTED[name]
    if "money_identity" in statement:
        statement += " WHERE receipt_number IS NOT NULL"
    with guards_off(books) as session:
        parameters = {"no": 0 if books.is_sqlite else False} if ":no" in statement else {}
        session.connection().execute(text(statement), parameters)
        assert name in {finding.check for finding in checks.run(session)}


def test_a_gift_entry_without_its_donation_is_found(books: Database) -> None:
    with guards_off(books) as session:
        session.connection().execute(text("DELETE FROM donations_donation WHERE receipt_number IS NULL"))
        assert "every_gift_entry_has_its_donation" in {finding.check for finding in checks.run(session)}


def test_every_invariant_says_what_it_holds() -> None:
    assert all(about for _, about in checks.described())
