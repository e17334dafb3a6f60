"""A file whose end nothing proves is taken, and marked until the next file proves or contradicts it."""

from collections.abc import Sequence

import pytest
from sqlmodel import func, select

from fund.bank import ends, queries
from fund.bank.errors import (
    AccountUnsaidError,
    BeginsElsewhereError,
    ContradictionError,
    EndsElsewhereError,
    EndUntoldError,
    WrongAccountError,
)
from fund.bank.models import LineRow, StatementRow
from tests.fund.bank.builders import Fund

OPENING = 1_000_000
HEADINGS = "Date,Transaction Type,Withdrawal (THB),Deposit (THB),Outstanding Balance (THB),Service Channel,Note"


def a_kcyber(amounts: Sequence[int], *, first: int = 1, days: tuple[int, int] | None = None, skip: int = 0) -> bytes:
    """K-Cyber's file: one amount in baht a day, from the day `first` on; those before `skip` are left out."""
    rows, balance = [], OPENING // 100
    for day, amount in enumerate(amounts, start=first):
        balance += amount
        out, came = ("", f"{amount}.00") if amount > 0 else (f"{-amount}.00", "")
        rows.append(f'{day:02d}/11/2026 09:00:00,"Transfer","{out}","{came}","{balance:,}.00","K PLUS","",')
    begins, ends_on = days or (first + skip, first + len(amounts) - 1)
    period = f"Statement Period,{begins:02d}/11/2026 - {ends_on:02d}/11/2026"
    return "\n".join(["Account Number,123-0-45678-9", period, HEADINGS, *rows[skip:], ""]).encode()


def open_count(fund: Fund) -> int:
    with fund.database.read() as session:
        assert sum(not one.is_end_proven for one in queries.statements(session)) == len(
            ends.open_ends(session, "1110.01")
        )
        return len(ends.open_ends(session, "1110.01"))


def test_the_next_file_proves_an_end_where_it_begins(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20]))
    assert open_count(fund) == 1
    fund.take(a_kcyber([10, 20, -5], skip=2))
    assert open_count(fund) == 1  # the first is met, the second now waits


def test_a_file_that_tells_the_last_line_and_goes_on_proves_it(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20]))
    assert fund.take(a_kcyber([10, 20, -5], skip=1)).new == 1
    assert open_count(fund) == 1


def test_a_file_that_ends_at_the_same_line_proves_nothing(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20, 30]))
    fund.take(a_kcyber([10, 20, 30], skip=1))
    assert open_count(fund) == 2
    fund.take(a_kcyber([10, 20, 30, 40], skip=3))
    assert open_count(fund) == 1


def test_a_next_file_that_begins_elsewhere_is_refused_and_the_place_named(fund: Fund) -> None:
    """The line of the third day is in neither file: the first was cut off."""
    fund.take(a_kcyber([10, 20], days=(1, 3)))
    with pytest.raises(BeginsElsewhereError, match=r"Line 4.*10,060\.00.*2026-11-02.*10,030\.00"):
        fund.take(a_kcyber([10, 20, 30, 40], skip=3))
    assert count(fund) == (1, 2)


def test_the_whole_file_heals_a_file_that_was_cut_off(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20], days=(1, 3)))
    fund.take(a_kcyber([10, 20, 30]))
    fund.take(a_kcyber([10, 20, 30, 40], skip=3))
    assert (open_count(fund), count(fund)) == (1, (3, 4))


def test_a_file_before_another_is_held_against_it(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20, 30, 40], skip=3))
    with pytest.raises(EndsElsewhereError, match=r"Line 5.*10,030\.00.*2026-11-04.*10,060\.00"):
        fund.take(a_kcyber([10, 20], days=(1, 3)))
    fund.take(a_kcyber([10, 20, 30]))
    assert open_count(fund) == 1


def test_a_file_inside_another_is_proven_by_it(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20, 30]))
    assert fund.take(a_kcyber([10, 20])).new == 0
    assert open_count(fund) == 1


def test_a_file_that_covers_the_last_day_but_lacks_its_line_is_refused(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20, 30]))
    with pytest.raises(EndUntoldError, match="2026-11-03"):
        fund.take(a_kcyber([10, 20], days=(1, 3)))


def test_a_last_line_that_the_next_file_tells_otherwise_is_refused(fund: Fund) -> None:
    fund.take(a_kcyber([10, 20]))
    with pytest.raises(ContradictionError, match="Line 5"):
        fund.take(a_kcyber([10, 20, 30]).replace(b'02/11/2026 09:00:00,"Transfer"', b'02/11/2026 09:00:00,"Other"'))
    assert count(fund) == (1, 2)


EASYNET = (
    "Date\tTime\tTransaction\tChannel\tDescription\tChq No\tWithdrawal\tDeposits\tBalance\n"
    "02/11/2026\t09:59\tX1\tENET\tก\t\t \t+10.00\t+10,010.00\n"
).encode()


def test_a_file_without_an_account_needs_one_to_be_said(fund: Fund) -> None:
    with pytest.raises(AccountUnsaidError):
        fund.take(EASYNET, "x.txt")
    assert fund.take(EASYNET, "x.txt", account="1110.01").new == 1


def test_a_file_of_another_account_than_the_said_one_is_refused(fund: Fund) -> None:
    other = next(one.account for one in fund.profile.accounts if one.account != "1110.01")
    with pytest.raises(WrongAccountError, match="6789"):
        fund.take(a_kcyber([10]), account=other)
    assert count(fund) == (0, 0)


def count(fund: Fund) -> tuple[int, int]:
    """Files and lines that are stored."""
    with fund.database.read() as session:
        files, lines = (select(func.count()).select_from(table) for table in (StatementRow, LineRow))
        return session.exec(files).one(), session.exec(lines).one()
