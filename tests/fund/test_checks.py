"""Each named invariant finds the defect that is planted for it, and nothing in sound books.

The defects are planted with the database's own guards switched off: that is what the invariants are for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from fund import checks, checkups, clock, demo, jobs, language, sealing
from fund.bank import sample_files, settling
from fund.bank import service as bank
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.invariants import books as invariants
from fund.invariants.asking import MOST
from fund.migrations import roles
from fund.outbox import OutboxRow
from fund.profile import Profile
from fund.settings import Settings
from ledger import checkpoints, log, notes, periods
from ledger.identifiers import new_id
from tests.builders import OFFICER, a_founded_fund

DAY = date(2026, 11, 2)
KEY = notes.new_key("test")


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


LOST = "00000000-0000-7000-8000-000000000000"
PLANTED = {
    "what_is_proven_has_one_audit_receipt": "UPDATE receipts_receipt SET kind = 'audit'",
    "books_balance_in_every_fund": "UPDATE ledger_checkpoint SET amount_satang = 1 WHERE account = '2100'",
    "entries_are_whole": "UPDATE ledger_entry SET lines = 3 WHERE kind = 'unidentified'",
    "kept_balances_are_the_sums_of_their_postings": "UPDATE ledger_checkpoint SET amount_satang = amount_satang + 1",
    "no_fund_is_overspent": "UPDATE ledger_fund SET principal_satang = 100000000 WHERE code = 'GEN'",
    "months_are_closed_in_order": "DELETE FROM ledger_period WHERE starts_on = '2026-09-01'",
    "log_positions_have_no_gap": "DELETE FROM ledger_leaf WHERE position = 2",
    "log_covers_what_is_booked": "DELETE FROM ledger_leaf WHERE kind = 'entry'",
    "every_satang_has_its_place": "UPDATE ledger_owned SET end_satang = end_satang + 1 WHERE fund = 'GEN'"
    " AND end_satang = (SELECT max(end_satang) FROM ledger_owned WHERE fund = 'GEN')",
    "trace_is_what_the_log_gives": "UPDATE ledger_owned SET subject = 'donation:another'",
    "unidentified_money_is_explained": "UPDATE bank_inbox SET is_booked = :no",
    "bank_balances_meet": "UPDATE bank_statement SET closing_satang = closing_satang + 1",
    "closed_months_still_meet": "INSERT INTO bank_month_closing (account, month, revision, ends_on, reconciliation_id,"
    " reconciled_person, closed_by, closed_person, closed_at) SELECT account, '2026-11-01', 1, '2026-11-30', id, id,"
    f" 'x', '{LOST}', imported_at FROM bank_statement",
    "clearing_accounts_are_cleared_in_time": "UPDATE ledger_posting SET booked_on = '2026-10-01' WHERE fund = 'U'",
    "every_line_is_in_one_state": "DELETE FROM bank_match",
    "settled_lines_are_booked_whole": "UPDATE ledger_posting SET amount_satang = amount_satang + 1"
    " WHERE account = '1110.01'",
    "undone_matches_are_reversed": "UPDATE ledger_entry SET reason = 'x',"
    " reverses = (SELECT entry_id FROM bank_match LIMIT 1)"
    " WHERE id = (SELECT id FROM ledger_entry WHERE kind = 'opening' LIMIT 1)",
    "every_gift_entry_has_its_donation": "DELETE FROM donations_donation WHERE receipt_number IS NULL",
    "every_donation_has_its_bank_line": "UPDATE donations_donation SET money_identity = id",
    "every_gift_is_matched_or_undone": "UPDATE bank_match SET donation_id = NULL",
    "confirmed_money_waits_by_name": "UPDATE ledger_posting SET account = '1130' WHERE account = '2100'",
    "cleared_money_has_its_line": "INSERT INTO bank_callback_standing"
    f" SELECT id, 'cleared', NULL, id, campaign_id, id, '{LOST}', made_at FROM donations_pledge LIMIT 1",
    "boxes_hold_what_was_counted_and_not_banked": "UPDATE ledger_posting SET account = '1120.01'"
    " WHERE account = '2100'",
    "cash_gifts_were_counted_by_two": "UPDATE donations_donation SET money_identity = 'cash:x'"
    " WHERE receipt_number IS NULL",
    "refunds_payable_are_decided_and_not_paid": "UPDATE ledger_posting SET account = '2110' WHERE account = '2100'",
    "collections_are_paid_by_their_peoples_gifts": "INSERT INTO collections_arrival (id, collection_id, version,"
    " people, amount_satang, identity, occurred_on, donation_id)"
    " SELECT id, campaign_id, 1, 1, amount_satang, money_identity, occurred_on, id FROM donations_donation",
    "rosters_are_the_sum_of_their_people": "INSERT INTO collections_roster (collection_id, version, people, sum_satang,"
    " expires_at, confirmed_by, confirmed_at) SELECT id, 1, 1, 1, made_at, 'x', made_at FROM donations_pledge",
    "every_tranche_stands_in_the_books_as_it_is": "UPDATE ledger_posting SET account = '2200', subject = 'grant:x:1'"
    " WHERE account = '2100'",
    "every_act_on_a_grant_is_by_who_stands_on_its_side": "INSERT INTO grants_step (chain, number, step, part, state,"
    " act, next, duty, is_booked, person, side, taken_at, taken_by) SELECT 'grant:x', 0, 1, 'request', '', 'request',"
    f" 'asked', 'request', :no, '{LOST}', 'request', made_at, 'x' FROM fund_installation",
    "no_grant_is_more_than_what_was_approved": "INSERT INTO grants_grant VALUES ('grant:x', 1, '2026-11-02')",
    "no_grant_is_paid_beyond_what_was_approved": "UPDATE ledger_posting SET subject = 'grant:x:1'"
    " WHERE account = '1110.01' AND fund = 'U'",
    "queues_of_grants_say_the_last_step": "INSERT INTO grants_step (chain, number, step, before, part, state, act,"
    " next, duty, is_booked, taken_at, taken_by) SELECT 'grant:x', 0, 2, 1, 'request', 'asked', 'hold', 'questioned',"
    " '', :no, made_at, 'x' FROM fund_installation",
    "goods_stand_in_the_books_at_their_value": "UPDATE ledger_posting SET account = '1200' WHERE account = '2100'",
    "every_unit_of_goods_is_somewhere": "INSERT INTO goods_lot SELECT id, 'goods:x', 1, 'GEN', 1, 'market',"
    f" '{'0' * 64}', id, 'x', id, made_at, 'value' FROM donations_pledge LIMIT 1",
    "awards_of_goods_are_held_or_handed_out": "INSERT INTO goods_request SELECT id, 'goods-grant:' || id, 'C000000000',"
    " '4001', '', id, '', 1, made_at FROM donations_pledge LIMIT 1",
    "goods_handed_out_are_signed_for": "INSERT INTO goods_step (lot_id, place_id, number, before, was_on_hand,"
    " was_reserved, act, hand, held, is_booked, quantity, on_hand, reserved, entry_id, partner, resolves, side,"
    " booked_on, request, issue_number, taken_by, taken_person, taken_at) SELECT id, id, 2, 1, 1, 1, 'issue', -1, -1,"
    " 1 = 1, 1, 0, 0, id, 'reserve', 1, 'prepare', '2026-11-02', 'goods-grant:x', 1, 'x', id, made_at"
    " FROM donations_pledge LIMIT 1",
    "what_two_decided_of_goods_is_done": "INSERT INTO goods_removal_answer SELECT id, 'x', id, id, 'write_off',"
    " 'write_off', 1, 'x', id, made_at, 'approve' FROM donations_pledge LIMIT 1",
    "payment_runs_are_the_sum_of_their_payments": "INSERT INTO grants_run (id, reference, account, layout, pay_on,"
    " count, amount_satang, person, prepared_at, prepared_by) SELECT id, 'P2345678901', '1110.01', 'table',"
    " '2026-11-02', 1, 100, id, made_at, 'x' FROM donations_pledge LIMIT 1",
    "authorised_runs_are_as_they_were_authorised": "INSERT INTO grants_run_authorised (run_id, preparer, person, count,"
    f" amount_satang, lines_sha256, file_sha256, authorised_at, authorised_by) SELECT id, id, '{LOST}', 1, 100,"
    f" '{'0' * 64}', '{'0' * 64}', made_at, 'x' FROM donations_pledge LIMIT 1",
    "receipt_numbers_have_no_gap": "UPDATE receipts_counter SET last = last + 1",
    "no_entry_has_two_receipts": f"UPDATE receipts_receipt SET proves = '{LOST}'",
    "every_receipt_has_its_paper_or_a_job": "UPDATE fund_outbox SET failed_at = run_after",
    "class_lists_brought_their_reports": "INSERT INTO finding_class_list SELECT k.subject, 'S', 2, 1, k.wrapped,"
    " k.made_at, 'x' FROM sealed_key k LIMIT 1",
    "ended_reports_lie_with_their_child": "INSERT INTO finding_report_end SELECT k.subject, 'merged', 'family',"
    " 'C000000000', k.wrapped, k.made_at, 'x' FROM sealed_key k LIMIT 1",
    "each_matter_stands_where_its_steps_led": "INSERT INTO following_matter (id, machine, state, moved_at)"
    " SELECT id, 'complaint', 'open', made_at FROM donations_pledge LIMIT 1",
    "each_handover_stands_where_it_was_led": "INSERT INTO handing_handover (chain, number, went, went_to, case_code,"
    " requester, side, payee_kind, went_on, due_on, state, lacks, pending, is_complete, moved_at)"
    " SELECT 'grant:x', 1, 1, 'left', 'C000000000', id, 'request', 'guardian', '2026-11-20', '2026-12-04', 'received',"
    " 0, 0, 1 = 1, made_at FROM donations_pledge LIMIT 1",
    "each_case_stands_where_its_steps_led": "INSERT INTO cases_case (code, child_id, opened_at, opened_by)"
    " SELECT 'C000000000', id, made_at, 'x' FROM donations_pledge LIMIT 1",
    "who_was_erased_stays_erased": "INSERT INTO rights_erasure SELECT id, 'contact', made_at FROM donors_contact",
    "papers_are_signed_for_a_month_more": "INSERT INTO fund_certificate (fingerprint, name, certificate, valid_until,"
    " first_used_at) SELECT 'a', 'old', '', run_after, run_after FROM fund_outbox LIMIT 1",
    "no_job_failed_for_good": "UPDATE fund_outbox SET failed_at = run_after",
    "donors_parts_are_unaltered": "UPDATE receipts_private"
    " SET closed = (SELECT request_hash FROM ledger_entry LIMIT 1)",
    "every_receipt_proves_a_donation": "UPDATE donations_donation SET receipt_number = NULL",
}
"""What each invariant must find; `database_has_its_roles` is planted by itself."""

MORE = [
    ("every_receipt_proves_a_donation", "UPDATE receipts_receipt SET kind = 'in-kind'"),
    ("months_are_closed_in_order", "UPDATE ledger_entry SET booked_on = '2026-07-01' WHERE kind = 'unidentified'"),
    ("log_positions_have_no_gap", "DELETE FROM ledger_leaf WHERE position = 0"),
    ("log_covers_what_is_booked", "DELETE FROM ledger_leaf WHERE kind = 'receipt'"),
    ("log_covers_what_is_booked", "DELETE FROM ledger_leaf WHERE kind = 'audit'"),
    ("kept_balances_are_the_sums_of_their_postings", "UPDATE ledger_day SET amount_satang = amount_satang + 1"),
    ("kept_balances_are_the_sums_of_their_postings", "DELETE FROM ledger_day WHERE account = '2100'"),
    ("every_line_is_in_one_state", "DELETE FROM bank_inbox"),
    ("every_line_is_in_one_state", "UPDATE bank_inbox SET is_booked = :no"),
    (
        "undone_matches_are_reversed",
        "INSERT INTO bank_undone SELECT id, line_id, entry_id, 'x', 'x', matched_at FROM bank_match",
    ),
    ("entries_are_whole", "UPDATE ledger_posting SET fund = 'GEN' WHERE account = '2100'"),
]
"""Other defects of the same."""


def wrong(session: Session) -> set[str]:
    return {finding.check for finding in checks.run(session)}


@pytest.fixture
def full(books: Database) -> Database:
    """The same books with months closed, balances kept, and every entry in the log."""
    with books.write() as session:
        for month in (8, 9, 10):
            periods.close_month(session, date(2026, month, 1), by=OFFICER.name)
        checkpoints.take(session, tail=1)
        if not log.keys(session):
            log.add_key(session, KEY)
    sealing.seal_all(books, KEY)
    return books


def test_sound_books_have_no_finding(full: Database) -> None:
    with full.read() as session, clock.at(demo._morning(date(2026, 11, 20))):
        assert checks.run(session) == []


@pytest.mark.parametrize(("name", "statement"), [*PLANTED.items(), *MORE])
def test_an_invariant_finds_the_defect_planted_for_it(
    full: Database, monkeypatch: pytest.MonkeyPatch, name: str, statement: str
) -> None:
    monkeypatch.setattr(invariants, "SEALED_WITHIN", timedelta(0))
    with guards_off(full) as session, clock.at(demo._morning(date(2026, 11, 20))):
        assert name not in wrong(session)
        parameters = {"no": 0 if full.is_sqlite else False} if ":no" in statement else {}
        session.connection().execute(text(statement), parameters)
        assert name in wrong(session)


def test_two_receipts_for_one_entry_are_found(full: Database) -> None:
    with guards_off(full) as session:
        columns = "book, kind, fiscal_year, running + 1, running, proves, facts, private_digest"
        again = (
            "INSERT INTO receipts_receipt (number, book, kind, fiscal_year, running, follows, proves, facts,"
            " private_digest, token, check_code, issued_at)"
            f" SELECT 'KK-2570-000002', {columns}, :a, :b, issued_at FROM receipts_receipt"
        )
        _let_in_twice(session)
        session.connection().execute(text(again), {"a": "a" * 28, "b": "b" * 28})
        assert "no_entry_has_two_receipts" in wrong(session)


def _let_in_twice(session: Session) -> None:
    """Drop the unique key by which the database itself refuses a second receipt, where there is one."""
    find = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%receipts_receipt%'",
        "postgresql": "SELECT i.indexname FROM pg_indexes i WHERE i.tablename = 'receipts_receipt'"
        " AND i.indexdef LIKE '%UNIQUE%(proves, kind)%'",
    }
    connection = session.connection()
    for name in connection.execute(text(find[connection.dialect.name])).scalars().all():
        connection.execute(text(f"DROP INDEX {name}"))


def test_a_planted_defect_is_asked_for_every_invariant() -> None:
    named = {look.__name__ for look in checks.CHECKS}
    assert named == {*PLANTED, "database_has_its_roles"}
    assert {look.__name__ for look in checks.READ_ALL} <= named


def test_a_database_without_its_roles_is_found(books: Database) -> None:
    with books.write() as session:
        if books.is_sqlite:
            (answer,) = (one for one in checks.answers(session) if one.name == "database_has_its_roles")
            assert answer.holds
            assert "SQLite" in answer.not_asked
            return
        app, _ = roles.names(session.connection())
        session.connection().execute(text(f'ALTER ROLE "{app}" RENAME TO "{app}_gone"'))
        assert [one.what for one in checks.run(session) if one.check == "database_has_its_roles"] == [app]
        session.rollback()


def test_a_log_that_ends_before_or_behind_its_head_is_found(full: Database) -> None:
    for statement in (
        "DELETE FROM ledger_leaf WHERE position = (SELECT max(position) FROM ledger_leaf)",
        "DELETE FROM ledger_head",
    ):
        with guards_off(full) as session:
            session.connection().execute(text(statement))
            assert "log_positions_have_no_gap" in wrong(session)


def test_a_log_without_a_key_says_so(books: Database) -> None:
    with guards_off(books) as session:
        session.connection().execute(text("DELETE FROM ledger_log_key"))
        (answer,) = (one for one in checks.answers(session) if one.name == "log_covers_what_is_booked")
        assert (answer.holds, "no key" in answer.not_asked) == (True, True)


def test_money_on_a_clearing_account_is_named_with_its_age(books: Database) -> None:
    with books.read() as session:
        for day, found in ((date(2026, 12, 17), 0), (date(2026, 12, 18), 1)):
            with clock.at(demo._morning(day)):
                open_items = [one.what for one in checks.run(session) if one.check.startswith("clearing")]
            assert len(open_items) == found
        assert open_items[0].startswith("2100 · U · ")
        assert open_items[0].endswith(" · 30.00 · 2026-11-02 (+46)")


def test_every_invariant_says_what_it_holds_in_thai_too() -> None:
    texts = {checks.says(look) for look in checks.CHECKS} | set(checks.CHECKS.values())
    assert "" not in texts
    assert texts - language.catalogue().keys() == set()


def test_of_many_findings_the_first_are_shown(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_session: Session) -> Iterator[str]:
        """It never ends."""
        yield from map(str, count())

    monkeypatch.setattr(checks, "CHECKS", {endless: checks.STOP})
    with books.read() as session:
        (answer,) = checks.answers(session)
    assert (answer.count, len(answer.findings)) == (MOST, checks.SHOWN)


def asked_for(database: Database, moment: datetime) -> list[str]:
    """Which checks are asked for once the worker has come by at a moment."""
    with clock.at(moment):
        checks.nightly(database, Settings())
    with database.read() as session:
        asked = select(OutboxRow.subject).where(OutboxRow.kind == checks.JOB)
        return list(session.exec(asked.order_by(col(OutboxRow.subject))))


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, 13, tzinfo=clock.BANGKOK)


def test_the_books_are_checked_once_a_night_and_once_a_day_at_the_latest(books: Database) -> None:
    assert asked_for(books, at(10, 14)) == ["2026-11-10"]  # never checked before
    with clock.at(at(10, 14)):
        checks.check_now(books, Settings(), "2026-11-10")
    for hour in (1, 4, 13):
        assert asked_for(books, at(11, hour)) == ["2026-11-10"]
    assert asked_for(books, at(11, 2)) == asked_for(books, at(11, 3)) == ["2026-11-10", "2026-11-11"]
    with clock.at(at(11, 2)):
        checks.check_now(books, Settings(), "2026-11-11")
    assert asked_for(books, at(11, 3)) == ["2026-11-10", "2026-11-11"]
    assert asked_for(books, at(12, 5))[-1] == "2026-11-12"  # the night was slept through


def test_the_worker_checks_the_books(books: Database, tmp_path: Path) -> None:
    settings = Settings(files_dir=str(tmp_path), log_key_file=str(tmp_path / "no-key"))
    for chore in jobs.CHORES:
        chore(books, settings)
    while jobs.work_once(books, settings):
        pass
    with books.read() as session:
        assert len(checkups.last(session).answers) == len(checks.CHECKS)  # type: ignore[union-attr]


def test_nothing_is_checked_where_no_fund_was_founded(database: Database) -> None:
    assert asked_for(database, at(10, 2)) == []


def test_the_last_check_is_kept_and_is_late_after_a_night(books: Database) -> None:
    with clock.at(at(10, 2)):
        checks.check_now(books, Settings(), "2026-11-10")
    with books.read() as session, clock.at(at(11, 3)):
        last = checkups.last(session)
        assert last is not None
        assert (len(last.answers), last.failed, last.is_late) == (len(checks.CHECKS), [], False)
    with clock.at(at(11, 5)):
        assert last.is_late
    with pytest.raises(DBAPIError), books.write() as session:
        session.connection().execute(text("DELETE FROM fund_check"))


STRANGERS = {
    "bank_match": "INSERT INTO bank_match SELECT '{new}', line_id, kind, reasons, words, '{lost}', NULL, matched_by,"
    " matched_at, '' FROM bank_match LIMIT 1",
    "bank_match of a donation": "INSERT INTO bank_match SELECT '{new}', l.id, m.kind, m.reasons, m.words, m.entry_id,"
    " '{lost}', m.matched_by, m.matched_at, '' FROM bank_match m JOIN bank_line l ON l.id <> m.line_id LIMIT 1",
    "donations_campaign": "UPDATE donations_campaign SET fund = 'NONE'",
    "donations_campaign of an account": "UPDATE donations_campaign SET income = '9999'",
    "donations_campaign, a new one": "INSERT INTO donations_campaign SELECT '{new}', 'X', 'x', name_th, name_en,"
    " purpose_th, purpose_en, district, 'NONE', income, NULL, opens_on, closes_on FROM donations_campaign LIMIT 1",
    "donations_donation": "INSERT INTO donations_donation SELECT '{new}', d.campaign_id, NULL, d.amount_satang, e.id,"
    " 'x', d.occurred_on, d.booked_on, d.is_second_payment, 'KK-2570-999999', d.received_at FROM donations_donation d"
    " JOIN ledger_entry e ON e.kind = 'opening' LIMIT 1",
}


@pytest.mark.parametrize("table", STRANGERS)
def test_a_row_that_names_a_stranger_is_refused(books: Database, table: str) -> None:
    statement = STRANGERS[table].format(new=new_id(), lost=LOST)
    with pytest.raises(DBAPIError, match=r"no such|foreign key"), books.write() as session:
        session.connection().execute(text(statement))


def test_a_row_that_names_what_is_there_is_not(books: Database) -> None:
    """The control: the same statement with a donation that is there."""
    known = STRANGERS["bank_match of a donation"].replace("'{lost}'", "m.donation_id")
    with books.write() as session:
        session.connection().execute(text(known.format(new=new_id())))
