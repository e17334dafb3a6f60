"""A match or a whole import is taken back by reversal, with a reason: the line waits again, the rest is untouched."""

from datetime import date
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from fund import checks
from fund.bank import acts, dividing, explaining, queries, saying, undoing
from fund.bank.dividing import Part
from fund.bank.errors import (
    AlreadySettledError,
    NoPartsError,
    NothingToUndoError,
    OneLineError,
    PartsError,
    ReasonMissingError,
    StatementStandsError,
    StatementUndoneError,
    UnknownLineError,
    UnknownReferenceError,
)
from fund.bank.models import InboxRow, LineRow, MatchRow, UndoneRow
from fund.bank.queries import InboxLine
from fund.donations import queries as gifts
from fund.donations.models import DonationRow
from fund.donations.queries import DonationView
from ledger import book, periods
from receipts import queries as receipts
from tests.fund.bank.builders import OFFICER, OPENING, OTHER, Fund, a_camt, a_csv, a_fee, a_gift, a_payment


def undo(fund: Fund, line_id: UUID, reason: str = "ผิดคน") -> list[UUID]:
    with fund.database.write() as session:
        return undoing.undo_match(session, line_id, reason=reason, by=OFFICER)


def only_line(fund: Fund) -> UUID:
    with fund.database.read() as session:
        return session.exec(select(LineRow.id)).one()


def waiting(fund: Fund) -> list[InboxLine]:
    with fund.database.read() as session:
        return queries.waiting_lines(session, limit=100)


def again(fund: Fund, line_id: UUID) -> None:
    """Give a line to the matcher once more, and let it."""
    with fund.database.write() as session:
        saying.try_again(session, line_id, by=OFFICER)
    fund.settle()


def all_is_well(fund: Fund) -> bool:
    """Every invariant that speaks of lines, gifts and books holds (the log is not sealed in these tests)."""
    with fund.database.read() as session:
        wrong = [one for one in checks.run(session) if one.check != "log_covers_what_is_booked"]
    assert wrong == []
    return True


def donations(session: Session) -> list[DonationRow]:
    return list(session.exec(select(DonationRow).order_by(col(DonationRow.id))))


def test_an_undone_match_is_a_reversal_and_its_line_waits_again(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    fund.take_and_settle(a_csv([a_payment(pledge.reference)]))
    line_id = only_line(fund)
    assert undo(fund, line_id) == [line_id]
    assert (fund.balance("4110", "GEN"), fund.balance("1110.01", "GEN")) == (0, 0)
    with fund.database.read() as session:
        (donation,) = donations(session)
        (gift,) = gifts.donations_of_pledge(session, pledge.id)
        assert gift.is_reversed
        assert gifts.pledges_by_id(session, [pledge.id])[pledge.id].state == "open"
        assert receipts.by_number(session, donation.receipt_number or "").is_void
        reversal = book.entry(session, session.exec(select(UndoneRow.entry_id)).one())
        assert (reversal.reverses, reversal.reason) == (donation.entry_id, "ผิดคน")
    (line,) = waiting(fund)
    assert (line.id, line.is_booked, [one.what for one in line.reasons]) == (line_id, False, ["undone"])
    assert all_is_well(fund)


def test_undoing_and_settling_again_makes_a_new_gift_each_time(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    fund.take_and_settle(a_csv([a_payment(pledge.reference)]))
    line_id = only_line(fund)
    for _ in range(3):
        undo(fund, line_id)
        again(fund, line_id)
    assert fund.balance("4110", "GEN") == -1000
    with fund.database.read() as session:
        made = donations(session)
        assert len({one.money_identity for one in made}) == len(made) == 4
        assert [one.is_second_payment for one in made] == [False] * 4
        assert len({one.receipt_number for one in made}) == 4
    assert all_is_well(fund)


def test_money_that_was_named_goes_back_among_the_unidentified(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?")]))
    line_id = only_line(fund)
    for slug in ("general", "mueang-khon-kaen"):
        with fund.database.write() as session:
            explaining.name_line(session, line_id, fund.campaign(slug).code, reason="โทรมา", by=OFFICER)
        assert fund.balance("2100", "U") == 0
        undo(fund, line_id)
        assert fund.balance("2100", "U") == -1000
    assert [line.is_booked for line in waiting(fund)] == [True]
    assert all_is_well(fund)


def test_a_line_that_only_waits_has_nothing_to_undo(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?"), a_fee()]))
    for line in waiting(fund):
        with pytest.raises(NothingToUndoError):
            undo(fund, line.id)
    with pytest.raises(ReasonMissingError):
        undo(fund, waiting(fund)[0].id, " ")


def test_what_one_entry_settled_comes_back_together(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?", day=1), a_fee(-1000, day=2)]))
    came, went = waiting(fund)
    with fund.database.write() as session:
        explaining.send_back(session, went.id, came.id, reason="ผู้โอนขอคืน", by=OFFICER)
    assert sorted(undo(fund, came.id)) == sorted([came.id, went.id])
    assert {line.id: line.is_booked for line in waiting(fund)} == {came.id: True, went.id: False}
    assert all_is_well(fund)


def test_a_match_of_a_closed_month_is_undone_in_the_open_one(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code)]))
    with fund.database.write() as session:
        for month in (10, 11):
            periods.close_month(session, date(2026, month, 1), by=OFFICER.name)
    undo(fund, only_line(fund))
    with fund.database.read() as session:
        assert book.entry(session, session.exec(select(UndoneRow.entry_id)).one()).booked_on == date(2026, 12, 1)


def test_the_others_stay_as_they_were(fund: Fund) -> None:
    code = fund.campaign().code
    fund.take_and_settle(a_csv([a_payment(code, day=1), a_payment(code, day=2), a_gift(detail="?", day=3)]))
    with fund.database.read() as session:
        first, *_ = session.exec(select(LineRow.id).order_by(col(LineRow.occurred_on)))
    undo(fund, first)
    assert (fund.balance("4110", "GEN"), fund.balance("2100", "U")) == (-1000, -1000)


# Whole imports.


def test_an_import_that_is_undone_leaves_no_trace_in_the_sums_and_can_be_restored(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    taken = fund.take(a_csv([a_payment(pledge.reference, day=1), a_gift(detail="?", day=2), a_fee(day=3)]))
    fund.settle()
    with fund.database.write() as session:
        assert undoing.undo_import(session, taken.statement_id, reason="แฟ้มผิด", by=OFFICER) == 3
    assert fund.balance("4110", "GEN") == fund.balance("2100", "U") == fund.balance("1110.01", "GEN") == 0
    with fund.database.read() as session:
        assert acts.is_undone(session, taken.statement_id)
        assert (queries.waiting_lines(session, limit=9), queries.proofs(session, fund.profile.accounts)) == ([], [])
        assert queries.remainder(session).count == 0
    assert all_is_well(fund)
    with fund.database.write() as session:
        assert undoing.restore_import(session, taken.statement_id, reason="แฟ้มถูก", by=OFFICER) == 3
    result = fund.settle()
    assert (result.matched, result.unidentified, result.outgoing) == (1, 1, 1)
    assert (fund.balance("4110", "GEN"), fund.balance("2100", "U")) == (-1000, -1000)
    assert all_is_well(fund)


def test_an_import_is_undone_once_and_restored_once(fund: Fund) -> None:
    taken = fund.take(a_csv([a_gift()]))
    with pytest.raises(StatementStandsError), fund.database.write() as session:
        undoing.restore_import(session, taken.statement_id, reason="x", by=OFFICER)
    with fund.database.write() as session:
        undoing.undo_import(session, taken.statement_id, reason="x", by=OFFICER)
    with pytest.raises(StatementUndoneError), fund.database.write() as session:
        undoing.undo_import(session, taken.statement_id, reason="x", by=OFFICER)


def test_lines_that_another_file_tells_stay_settled_when_an_import_is_undone(fund: Fund) -> None:
    code = fund.campaign().code
    lines = [a_payment(code, day=day) for day in (1, 2, 3)]
    first = fund.take(a_csv(lines[:2], last=2))
    fund.take(a_csv(lines[1:], opening_satang=OPENING + 1000, first=2, last=3))
    fund.settle()
    with fund.database.write() as session:
        assert undoing.undo_import(session, first.statement_id, reason="x", by=OFFICER) == 1
    assert fund.balance("4110", "GEN") == -2000


def test_a_right_file_after_a_wrong_one_brings_its_lines_back_and_contradicts_nothing(fund: Fund) -> None:
    code = fund.campaign().code
    wrong = fund.take(a_csv([a_payment(code, day=1), a_gift(detail="จาก นาย ก", day=2)]))
    fund.settle()
    with fund.database.write() as session:
        undoing.undo_import(session, wrong.statement_id, reason="x", by=OFFICER)
    right = fund.take(a_csv([a_payment(code, day=1), a_gift(detail="จาก นาย ข", day=2)]))
    assert (right.known, right.new) == (1, 1)
    result = fund.settle()
    assert (result.matched, result.unidentified) == (1, 1)
    assert all_is_well(fund)


def test_a_day_may_come_from_another_format_once_its_import_is_undone(fund: Fund) -> None:
    taken = fund.take(a_csv([a_gift(day=2)]))
    with fund.database.write() as session:
        undoing.undo_import(session, taken.statement_id, reason="x", by=OFFICER)
    assert fund.take(a_camt([a_gift(day=2)]), "x.xml").new == 1


def test_an_import_whose_money_was_sent_back_gives_the_other_line_back(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(detail="?", day=1)], last=1))
    later = fund.take(a_csv([a_fee(-1000, day=2)], opening_satang=OPENING + 1000, first=2))
    fund.settle()
    came, went = waiting(fund)
    with fund.database.write() as session:
        explaining.send_back(session, went.id, came.id, reason="x", by=OFFICER)
    with fund.database.write() as session:
        undoing.undo_import(session, later.statement_id, reason="x", by=OFFICER)
    assert [(line.id, line.is_booked) for line in waiting(fund)] == [(came.id, True)]
    assert all_is_well(fund)


# One line for many gifts, many lines for one.


def split(fund: Fund, line_id: UUID, *parts: tuple[str, int]) -> list[DonationView]:
    with fund.database.write() as session:
        return dividing.split(session, line_id, [Part(*part) for part in parts], reason="คนเก็บแจ้ง", by=OFFICER)


@pytest.mark.parametrize("is_booked", [True, False], ids=["waited as unidentified", "never booked"])
def test_one_line_is_divided_into_gifts_that_make_it_to_the_satang(fund: Fund, is_booked: bool) -> None:
    pledge = fund.pledge(700)
    fund.take_and_settle(a_csv([a_gift(1000, "?" if is_booked else fund.campaign().code)]))
    line_id = only_line(fund)
    if not is_booked:
        undo(fund, line_id)
    made = split(fund, line_id, (pledge.reference, 700), (fund.campaign("mueang-khon-kaen").code, 300))
    assert [one.amount_satang for one in made] == [700, 300]
    assert made[0].receipt_number
    assert (fund.balance("4110", "GEN"), fund.balance("4110", "D4001"), fund.balance("2100", "U")) == (-700, -300, 0)
    assert all_is_well(fund)


def test_a_divided_line_comes_back_whole(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    line_id, code = only_line(fund), fund.campaign().code
    for _ in range(2):
        split(fund, line_id, (code, 600), (code, 400))
        assert undo(fund, line_id) == [line_id]
    assert (fund.balance("4110", "GEN"), fund.balance("2100", "U")) == (0, -1000)
    assert all_is_well(fund)


def test_parts_that_do_not_make_the_line_are_refused_and_nothing_is_booked(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?"), a_fee()]))
    came, went = waiting(fund)
    code = fund.campaign().code
    with pytest.raises(PartsError, match=r"9.99"):
        split(fund, came.id, (code, 500), (code, 499))
    for parts in (((code, 1000),), ((code, 1100), (code, -100))):
        with pytest.raises(NoPartsError):
            split(fund, came.id, *parts)
    with pytest.raises(UnknownReferenceError):
        split(fund, came.id, (code, 500), ("KK9999", 500))
    assert fund.balance("2100", "U") == -1000
    assert {line.id for line in waiting(fund)} == {came.id, went.id}


def test_several_lines_are_one_pledges_gift_in_parts(fund: Fund) -> None:
    pledge = fund.pledge(1000)
    fund.take_and_settle(a_csv([a_gift(400, "?", day=1), a_gift(600, "?", day=2)]))
    ids = [line.id for line in waiting(fund)]
    with fund.database.write() as session:
        made = dividing.merge(session, ids, pledge.reference, reason="โอนสองครั้ง", by=OFFICER)
    assert [(one.pledge_id, one.amount_satang) for one in made] == [(pledge.id, 400), (pledge.id, 600)]
    with pytest.raises(OneLineError), fund.database.write() as session:
        dividing.merge(session, [ids[0], ids[0]], pledge.reference, reason="x", by=OFFICER)
    assert all_is_well(fund)


def test_a_line_is_given_to_a_fund_by_its_code(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    with fund.database.write() as session:
        explaining.name_line(session, only_line(fund), "d4001", reason="ผู้โอนบอก", by=OFFICER)
    assert fund.balance("4110", "D4001") == -1000


# Hold, and ask a colleague.


def test_a_held_line_is_set_aside_until_it_is_released_and_remarks_stay(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    line_id = only_line(fund)
    with fund.database.write() as session:
        saying.comment(session, line_id, "คุณสมชายรู้ไหม", by=OFFICER)
        saying.hold(session, line_id, reason="รอสลิป", by=OFFICER)
    with fund.database.read() as session:
        assert queries.waiting_lines(session, limit=9) == []
        assert [line.id for line in queries.held_lines(session, limit=9)] == [line_id]
        assert queries.remainder(session).came_satang == 1000
    with pytest.raises(AlreadySettledError), fund.database.write() as session:
        saying.hold(session, line_id, reason="x", by=OFFICER)
    with fund.database.write() as session:
        saying.release(session, line_id, reason="สลิปมาแล้ว", by=OFFICER)
    with fund.database.read() as session:
        told = [(one.act, one.words) for one in saying.remarks(session, line_id)]
    assert told == [("comment", "คุณสมชายรู้ไหม"), ("hold", "รอสลิป"), ("release", "สลิปมาแล้ว")]
    assert [line.id for line in waiting(fund)] == [line_id]


def test_a_remark_may_name_people_and_lies_sealed(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    with fund.database.write() as session:
        saying.comment(session, only_line(fund), "สมหญิง", by=OFFICER)
        rows = session.connection().exec_driver_sql("SELECT sealed FROM bank_remark").all()
    assert "สมหญิง".encode() not in bytes(rows[0][0])
    with pytest.raises(UnknownLineError), fund.database.write() as session:
        saying.comment(session, UUID(int=1), "?", by=OFFICER)


# Between our own accounts.


def test_a_transfer_between_own_accounts_leaves_each_fund_what_it_had(fund: Fund) -> None:
    other = OTHER
    fund.take_and_settle(a_csv([a_payment(fund.campaign().code, amount_satang=300_000, day=1)], last=1))
    out = a_gift(-200_000, f"โอนไป {other}", day=2)
    fund.take_and_settle(a_csv([out], opening_satang=OPENING + 300_000, first=2))
    assert fund.balance("1140", "GEN") + fund.balance("1140", "OPS") == 200_000
    came = a_gift(200_000, f"รับโอนจาก {fund.profile.accounts[0].number}", day=3)
    fund.take_and_settle(a_camt([came], account=other, opening_satang=1_000_000), "x.xml")
    assert (fund.balance("1140", "GEN"), fund.balance("1140", "OPS"), fund.balance("2100", "U")) == (0, 0, 0)
    with fund.database.read() as session:
        kinds = session.exec(select(MatchRow.kind).order_by(col(MatchRow.id))).all()
    assert kinds == ["campaign", "transfer-left", "transfer-arrived"]
    assert all_is_well(fund)


def test_an_arrival_that_came_first_waits_and_is_found_when_asked_again(fund: Fund) -> None:
    came = a_gift(200_000, f"รับโอนจาก {fund.profile.accounts[0].number}", day=3)
    fund.take_and_settle(a_camt([came], account=OTHER, opening_satang=1_000_000), "x.xml")
    fund.take_and_settle(a_csv([a_gift(-200_000, f"โอนไป {OTHER}", day=3)]))
    (line,) = waiting(fund)
    again(fund, line.id)
    assert (fund.balance("1140", "OPS"), fund.balance("2100", "U"), waiting(fund)) == (0, 0, [])
    assert all_is_well(fund)


def test_undoing_the_departure_undoes_the_arrival(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(-200_000, f"โอนไป {OTHER}", day=2)]))
    left = only_line(fund)
    came = a_gift(200_000, f"รับโอนจาก {fund.profile.accounts[0].number}", day=3)
    fund.take_and_settle(a_camt([came], account=OTHER, opening_satang=1_000_000), "x.xml")
    assert len(undo(fund, left)) == 2
    assert fund.balance("1140", "OPS") == 0
    assert all_is_well(fund)


def test_the_inbox_holds_each_line_once(fund: Fund) -> None:
    fund.take_and_settle(a_csv([a_gift(1000, "?")]))
    with fund.database.read() as session:
        assert len(session.exec(select(InboxRow)).all()) == 1
