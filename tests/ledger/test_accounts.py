"""The chart opens once; what it means stays."""

from dataclasses import replace

import pytest

from fund.db import Database
from ledger import accounts, book
from ledger.accounts import Kind
from ledger.errors import CodeTakenError
from tests.ledger.builders import CHART, FUNDS, open_book


def test_the_chart_reads_back(books: Database) -> None:
    with books.read() as session:
        assert accounts.accounts(session) == sorted(CHART, key=lambda account: account.code)
        assert accounts.funds(session) == sorted(FUNDS, key=lambda fund: fund.code)


def test_opening_the_same_again_changes_nothing(books: Database) -> None:
    open_book(books)
    with books.read() as session:
        assert len(accounts.accounts(session)) == len(CHART)


def test_a_code_means_one_thing(books: Database) -> None:
    with books.write() as session:
        with pytest.raises(CodeTakenError, match=r"1110\.01"):
            accounts.open_account(session, replace(CHART[0], is_spendable=False))
        with pytest.raises(CodeTakenError, match="KEEP"):
            accounts.open_fund(session, replace(FUNDS[2], principal_satang=0))
        with pytest.raises(CodeTakenError, match="fee"):
            accounts.define_kind(session, Kind("fee", "choice"))


def test_booking_nothing_is_nothing(books: Database) -> None:
    with books.write() as session:
        assert book.post_many(session, [], by="tester") == []
