"""Files taken in and settled: stories of money that arrives, told at the level of services."""

from datetime import date, time

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, func, select, text

from fund import clock, files, profile
from fund.bank import queries, service, settling
from fund.bank.errors import ContradictionError, OtherFormatError, StatementError, WrongAccountError
from fund.bank.models import InboxRow, LineRow, MatchRow, StatementRow
from fund.bank.sample_files import SampleLine, bill_payment_detail
from fund.donations.models import DonationRow
from ledger import accounts, book, periods
from tests.fund.bank.builders import (
    NOON,
    OFFICER,
    OPENING,
    OTHER,
    SAMPLES,
    Fund,
    a_camt,
    a_csv,
    a_fee,
    a_gift,
    a_payment,
)


def _count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_a_gift_by_pledge_is_booked_with_its_receipt(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    assert fund.take_and_settle(a_csv([a_payment(pledge.reference, fund.campaign().code)])).matched == 1
    with fund.database.read() as session:
        donation = session.exec(select(DonationRow)).one()
        match = session.exec(select(MatchRow)).one()
        assert (donation.pledge_id, donation.amount_satang) == (pledge.id, 1000)
        assert donation.receipt_number
        assert (match.kind, match.donation_id, match.entry_id) == ("pledge", donation.id, donation.entry_id)
        assert _count(session, InboxRow) == 0
    assert fund.balance("4110", "GEN") == -1000


def test_a_gift_by_poster_alone_reaches_its_campaigns_fund(fund: Fund) -> None:
    result = fund.take_and_settle(a_csv([a_payment(fund.campaign("mueang-khon-kaen").code, amount_satang=2000)]))
    assert result.matched == 1
    assert fund.balance("4110", "D4001") == -2000


def test_two_identical_gifts_in_the_same_minute_are_both_kept(fund: Fund) -> None:
    twin = a_payment(fund.campaign().code)
    assert fund.take_and_settle(a_csv([twin, twin])).matched == 2
    assert fund.balance("4110", "GEN") == -2000


def test_two_identical_lines_without_balances_or_numbers_are_both_kept(fund: Fund) -> None:
    twin = SampleLine(date(2026, 11, 2), 1000, fund.campaign().code)
    assert fund.take_and_settle(a_camt([twin, twin]), "x.xml").matched == 2


def test_two_lines_under_one_number_of_the_bank_are_both_kept(fund: Fund) -> None:
    twin = SampleLine(date(2026, 11, 2), 1000, fund.campaign().code, bank_id="B1")
    fee = SampleLine(date(2026, 11, 2), -100, "fee", bank_id="B1")
    assert fund.take(a_camt([twin, twin, fee]), "x.xml").new == 3


def test_an_unknown_transfer_is_booked_as_unidentified_and_waits(fund: Fund) -> None:
    result = fund.take_and_settle(a_csv([a_gift(detail="จาก X1234 นาย ตัวอย่าง ก++")]))
    assert (result.matched, result.unidentified) == (0, 1)
    assert fund.balance("2100", "U") == -1000
    with fund.database.read() as session:
        (line,) = queries.waiting_lines(session, limit=10)
        assert (line.is_booked, line.payer) == (True, "X1234 นาย ตัวอย่าง ก++")
        assert [reason.what for reason in line.reasons] == ["no-reference"]


def test_money_that_went_out_waits_and_is_not_booked(fund: Fund) -> None:
    assert fund.take_and_settle(a_csv([a_fee()])).outgoing == 1
    with fund.database.read() as session:
        (proof,) = queries.proofs(session, fund.profile.accounts)
        assert (proof.closing_satang, proof.book_satang, proof.unbooked_satang) == (OPENING - 1500, OPENING, -1500)
        assert proof.meets


def test_the_same_file_twice_does_nothing(fund: Fund) -> None:
    content = a_csv([a_payment(fund.campaign().code), a_gift()])
    first = fund.take(content)
    fund.settle()
    again = fund.take(content, "copy.csv")
    assert (again.is_repeat, again.known, again.new, again.statement_id) == (True, 2, 0, first.statement_id)
    assert (again.imported_by, again.imported_at) == (OFFICER.name, NOON)
    assert fund.settle().done == 0


def test_overlapping_files_add_only_the_new_lines(fund: Fund) -> None:
    code = fund.campaign().code
    lines = [a_payment(code, day=day, at=time(9, minute)) for day in (1, 2, 3) for minute in range(20)]
    assert fund.take(a_csv(lines[:57], last=3)).new == 57
    result = fund.take(a_csv(lines, first=1, last=4))
    assert (result.known, result.new) == (57, 3)
    assert fund.settle().matched == 60
    assert fund.balance("4110", "GEN") == -60_000


def test_a_wrong_account_is_refused_and_named_by_its_last_digits(fund: Fund) -> None:
    content = a_camt([a_gift()], account="1112223334")
    with pytest.raises(WrongAccountError, match="3334"):
        fund.take(content, "x.xml")
    with fund.database.read() as session:
        assert _count(session, StatementRow) == _count(session, LineRow) == 0


def test_the_same_line_on_another_account_is_another_line(fund: Fund) -> None:
    line = SampleLine(date(2026, 11, 2), 1000, bank_id="B1")
    assert fund.take(a_camt([line]), "x.xml").new == 1
    assert fund.take(a_camt([line], account=OTHER), "y.xml").new == 1


def test_versions_of_camt_know_each_others_lines(fund: Fund) -> None:
    for version, new in ((2, 2), (8, 0)):
        name = f"selfmade_thb_camt053_v{version}.xml"
        assert fund.take((SAMPLES / name).read_bytes(), name).new == new


def test_a_day_is_not_taken_from_two_formats(fund: Fund) -> None:
    fund.take(a_csv([a_gift(day=2)]))
    with pytest.raises(OtherFormatError, match="2026-11-02"):
        fund.take(a_camt([a_gift(day=2)]), "x.xml")
    assert fund.take(a_camt([a_gift(day=3)]), "x.xml").new == 1


def test_a_file_that_tells_a_known_moment_otherwise_is_refused(fund: Fund) -> None:
    fund.take(a_csv([a_gift(detail="จาก นาย ก")]))
    with pytest.raises(ContradictionError, match="Line 11"):
        fund.take(a_csv([a_gift(detail="จาก นาย ข")]))


def test_the_file_is_kept_as_it_came(fund: Fund) -> None:
    content = a_csv([a_gift()])
    fund.take(content)
    with fund.database.read() as session:
        row = session.exec(select(StatementRow)).one()
        assert files.load(session, fund.folder, row.sha256, row.id) == content


def test_a_line_that_the_books_refuse_is_named_and_the_others_are_settled(fund: Fund) -> None:
    with fund.database.write() as session:
        accounts.end_fund(session, "D4001", date(2026, 10, 31))
    ended = fund.campaign("mueang-khon-kaen").code
    fund.take(a_csv([a_gift(day=1), a_payment(ended, day=2), a_payment(fund.campaign().code, day=3)]))
    result = fund.settle()
    assert (result.matched, result.unidentified, len(result.refused)) == (1, 1, 1)
    assert "1 were refused" in result.sentence()
    with fund.database.read() as session:
        refused = [line for line in queries.waiting_lines(session, limit=10) if line.state == "refused"]
        assert [(line.id, line.reasons[0].what) for line in refused] == [(result.refused[0], "refused")]
        assert queries.proofs(session, fund.profile.accounts)[0].meets
    assert fund.settle().done == 0


def test_many_lines_are_settled_in_batches_and_progress_is_told(fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "BATCH", 4)
    code = fund.campaign().code
    fund.take(a_csv([a_payment(code, at=time(9, minute)) for minute in range(10)]))
    told: list[tuple[int, int]] = []
    result = settling.settle_waiting(fund.database, by=OFFICER, progress=lambda done, of: told.append((done, of)))
    assert (result.matched, told) == (10, [(4, 10), (8, 10), (10, 10)])


def test_a_reference_paid_twice_makes_two_gifts(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    fund.take_and_settle(a_csv([a_payment(pledge.reference, day=2), a_payment(pledge.reference, day=3)]))
    with fund.database.read() as session:
        seconds = session.exec(select(DonationRow.is_second_payment).where(DonationRow.pledge_id == pledge.id)).all()
    assert sorted(seconds) == [False, True]


def test_every_line_is_settled_or_waits_and_the_proof_meets(fund: Fund) -> None:
    lines = [a_payment(fund.campaign().code), a_gift(detail="?"), a_fee(), a_payment(fund.pledge().reference, day=4)]
    fund.take_and_settle(a_csv(lines))
    with fund.database.read() as session:
        matched = set(session.exec(select(MatchRow.line_id)))
        waiting = set(session.exec(select(InboxRow.line_id)))
        assert matched | waiting == set(session.exec(select(LineRow.id)))
        (proof,) = queries.proofs(session, fund.profile.accounts)
        assert proof.unexplained_satang == 0
        remainder = queries.remainder(session)
        assert (remainder.came_satang, remainder.went_satang, remainder.count) == (1000, 1500, 2)


def test_a_missing_file_shows_as_a_proof_that_does_not_meet(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift()], opening_satang=OPENING + 700))
    with fund.database.read() as session:
        (proof,) = queries.proofs(session, fund.profile.accounts)
        assert (proof.meets, proof.unexplained_satang) == (False, 700)


def test_the_list_of_files_tells_what_is_new_and_what_waits(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code), a_gift(detail="?")]), "nov.csv")
    with fund.database.read() as session:
        (statement,) = queries.statements(session)
    assert (statement.file_name, statement.line_count, statement.new_count, statement.waiting_count) == (
        "nov.csv",
        2,
        2,
        1,
    )


@pytest.mark.parametrize("table", ["bank_statement", "bank_line", "bank_match"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_the_bank_said_and_what_settled_it_is_never_changed(fund: Fund, table: str, act: str) -> None:
    fund.take_and_settle(a_csv([a_gift()]))
    with pytest.raises(DatabaseError), fund.database.write() as session:
        session.execute(text(act.format(table)))


def test_a_refused_file_leaves_nothing_behind(fund: Fund) -> None:
    content = a_csv([a_gift(day=1), a_gift(day=2)]).replace(b'"50,020.00"', b'"50,021.00"')
    with pytest.raises(StatementError):
        fund.take(content)
    with fund.database.read() as session:
        assert _count(session, StatementRow) == _count(session, LineRow) == _count(session, InboxRow) == 0


def test_lines_are_matched_on_the_day_they_are_settled_not_the_day_they_moved(fund: Fund) -> None:
    """A pledge that has expired by now is still that donor's."""
    pledge = fund.pledge(1000)
    with clock.at(NOON.replace(month=12, day=31)):
        fund.take_and_settle(a_csv([a_payment(pledge.reference)]))
    with fund.database.read() as session:
        reasons = session.exec(select(MatchRow.reasons)).one()
    assert '"late"' in reasons


def test_an_import_reads_the_profile_in_force(fund: Fund) -> None:
    with fund.database.write() as session:
        current = profile.current(session)
        content = a_csv([SampleLine(date(2026, 11, 2), 1000, bill_payment_detail(fund.campaign().code))])
        statement = service.read_statement(content, "x.csv")
        taken = service.take_in(session, fund.settings, current, statement, content, "x.csv", by=OFFICER)
        account = session.exec(select(StatementRow.account).where(col(StatementRow.id) == taken.statement_id)).one()
    assert account == "1110.01"


def test_lines_of_closed_months_are_booked_on_the_first_open_day_and_keep_their_own(fund: Fund) -> None:
    with fund.database.write() as session:
        for month in (10, 11):
            periods.close_month(session, date(2026, month, 1), by=OFFICER.name)
    code = fund.campaign().code
    file = a_csv([a_payment(code, day=day) for day in (1, 2)] + [a_gift(detail="?", day=3)])
    assert fund.take_and_settle(file).matched == 2
    with fund.database.read() as session:
        donations = session.exec(select(DonationRow).order_by(col(DonationRow.occurred_on))).all()
        entries = [entry for entry in book.entries(session) if entry.kind == "unidentified"]
    assert [one.occurred_on.day for one in donations] == [1, 2]
    assert {one.booked_on for one in donations} == {date(2026, 12, 1)}
    assert [(one.occurred_on.day, one.booked_on) for one in entries] == [(3, date(2026, 12, 1))]


def test_lines_that_somebody_else_settled_meanwhile_are_left_as_they_are(fund: Fund) -> None:
    fund.take(a_csv([a_gift(detail="?"), a_payment(fund.campaign().code, day=3), a_fee(day=4)]))
    with fund.database.write() as session:
        seen = queries.take_new(session, 10)
    fund.settle()
    with fund.database.read() as session:
        stands = queries.waiting_lines(session, limit=10)
    assert settling._settle_singly(fund.database, seen, OFFICER).done == 0
    with fund.database.read() as session:
        assert queries.waiting_lines(session, limit=10) == stands


def test_an_entry_of_nothing_is_no_line(fund: Fund) -> None:
    file = a_camt([SampleLine(date(2026, 11, 2), 0, "waived"), SampleLine(date(2026, 11, 3), 1000, "?")])
    assert fund.take(file, "x.xml").new == 1
