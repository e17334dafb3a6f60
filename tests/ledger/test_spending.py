"""Facts are booked whatever they do; no choice spends what a fund does not have, must keep, or has promised."""

import pytest

from fund.db import Database
from ledger import accounts, balances, book
from ledger.errors import (
    AccountBelowZeroError,
    LedgerError,
    NotEnoughError,
    PurposeNotAllowedError,
    SubjectMissingError,
    UnbalancedError,
    UnknownAccountError,
    UnknownFundError,
    UnknownKindError,
)
from ledger.journal import Entry, Posting, move
from tests.ledger.builders import (
    BANK,
    COMMITMENTS,
    DAY,
    GIFTS,
    GRANTS,
    PAYABLE,
    RESERVE,
    TILL,
    UNIDENTIFIED,
    a_fee,
    a_gift,
    a_key,
    a_spend,
    an_authorised_payment,
    an_award,
    posted,
)


def spendable(database: Database, fund: str = "GEN") -> int:
    with database.read() as session:
        return balances.spendable(session, fund)


def refused(database: Database, *entries: Entry) -> LedgerError:
    with pytest.raises(LedgerError) as refusal:
        posted(database, *entries)
    return refusal.value


def test_a_fund_is_spent_to_the_last_satang_and_no_further(books: Database) -> None:
    posted(books, a_gift(1_000), a_gift(9_000, "D4001"))
    posted(books, a_spend(999))
    refusal = refused(books, a_spend(2))
    assert (type(refusal), refusal.facts) == (NotEnoughError, {"fund": "GEN"})
    posted(books, a_spend(1))
    assert spendable(books) == 0
    assert spendable(books, "D4001") == 9_000


def test_an_endowment_keeps_its_principal(books: Database) -> None:
    posted(books, a_gift(60_000, "KEEP"))
    assert isinstance(refused(books, a_spend(10_001, "KEEP")), NotEnoughError)
    posted(books, a_spend(10_000, "KEEP"))
    assert spendable(books, "KEEP") == 0


def test_a_fee_may_drive_a_fund_below_zero_and_blocks_its_choices_until_cured(books: Database) -> None:
    posted(books, a_gift(1_000), a_gift(500, "D4001"))
    posted(books, a_fee(1_500))
    with books.read() as session:
        assert balances.alarmed_funds(session) == [("GEN", -500), ("KEEP", -50_000)]
    assert isinstance(refused(books, a_spend(1)), NotEnoughError)
    posted(books, a_spend(500, "D4001"))
    posted(books, a_gift(501))
    posted(books, a_spend(1))
    assert isinstance(refused(books, a_spend(1)), NotEnoughError)


def test_promised_money_cannot_be_spent_again(books: Database) -> None:
    posted(books, a_gift(1_000))
    posted(books, an_award(800, "grant:1"))
    assert spendable(books) == 200
    assert isinstance(refused(books, a_spend(201)), NotEnoughError)
    posted(books, an_authorised_payment(800, "grant:1"))
    assert spendable(books) == 200


def test_a_commitment_is_used_once(books: Database) -> None:
    posted(books, a_gift(9_000), an_award(800, "grant:1"), an_award(800, "grant:2"))
    posted(books, an_authorised_payment(800, "grant:1"))
    refusal = refused(books, an_authorised_payment(1, "grant:1"))
    assert (type(refusal), refusal.facts) == (AccountBelowZeroError, {"fund": "GEN", "account": COMMITMENTS})


def test_the_same_grant_is_not_paid_twice_out_of_grants_payable(books: Database) -> None:
    posted(books, a_gift(9_000), an_award(800, "grant:1"), an_award(800, "grant:2"))
    posted(books, an_authorised_payment(800, "grant:1"), an_authorised_payment(800, "grant:2"))
    left = move(800, "GEN", debit=PAYABLE, credit=BANK, subject="grant:1")
    posted(books, Entry("payment", DAY, DAY, left, a_key()))
    assert refused(books, Entry("payment", DAY, DAY, left, a_key())).facts == {"fund": "GEN", "account": PAYABLE}


def test_a_till_holds_no_less_than_nothing(books: Database) -> None:
    posted(books, a_gift(9_000))
    posted(books, Entry("opening", DAY, DAY, move(100, "GEN", debit=TILL, credit="3100"), a_key()))
    more = Entry("payment", DAY, DAY, move(101, "GEN", debit=BANK, credit=TILL), a_key())
    assert refused(books, more).facts == {"fund": "GEN", "account": TILL}


def test_a_choice_that_raises_an_alarmed_fund_is_booked(books: Database) -> None:
    posted(books, a_fee(1_000))
    posted(books, Entry("opening", DAY, DAY, move(10, "GEN", debit=BANK, credit="3100"), a_key()))
    assert spendable(books) == -990


def test_unidentified_money_is_named_once(books: Database) -> None:
    waits = move(700, "GEN", debit=BANK, credit=UNIDENTIFIED, subject="line:1")
    posted(books, Entry("fee", DAY, DAY, waits, a_key()), a_gift(5_000))
    named = (
        *move(700, "GEN", debit=UNIDENTIFIED, credit=BANK, subject="line:1"),
        *move(700, "D4001", debit=BANK, credit=GIFTS),
    )
    posted(books, Entry("naming", DAY, DAY, named, a_key()))
    with books.read() as session:
        assert balances.subject_balance(session, UNIDENTIFIED, "GEN", "line:1") == 0
    assert isinstance(refused(books, Entry("naming", DAY, DAY, named, a_key())), AccountBelowZeroError)


def test_a_fund_is_used_for_what_it_allows_and_where(books: Database) -> None:
    posted(books, a_gift(9_000))
    with books.write() as session:
        accounts.allow_purpose(session, "GEN", "uniforms")
        accounts.allow_purpose(session, "GEN", "bicycles", "4001")
        accounts.allow_purpose(session, "GEN", "bicycles", "4001")

    def award(purpose: str, scope: str = "*") -> Entry:
        promise = Posting(COMMITMENTS, "GEN", 100, "grant:1", purpose, scope)
        return Entry("award", DAY, DAY, (promise, Posting(RESERVE, "GEN", -100, "grant:1")), a_key())

    posted(books, award("uniforms"), award("bicycles", "4001"))
    for purpose, scope in (("rice", "*"), ("bicycles", "*"), ("bicycles", "4002"), ("uniforms", "4001")):
        refusal = refused(books, award(purpose, scope))
        assert (type(refusal), refusal.facts) == (PurposeNotAllowedError, {"fund": "GEN"})


def test_a_refusal_says_which(books: Database) -> None:
    refusals: list[tuple[str, str, str, type[LedgerError], dict[str, str]]] = [
        ("9999", "GEN", "fee", UnknownAccountError, {"account": "9999"}),
        ("5300", "NONE", "fee", UnknownFundError, {"fund": "NONE"}),
        ("5300", "OLD", "fee", UnknownFundError, {"fund": "OLD"}),
        ("5300", "GEN", "gift", UnknownKindError, {}),
        (PAYABLE, "GEN", "fee", SubjectMissingError, {"account": PAYABLE}),
        (RESERVE, "GEN", "fee", UnbalancedError, {}),
    ]
    for account, fund, kind, error, facts in refusals:
        wrong = Entry(kind, DAY, DAY, move(5, fund, debit=account, credit=GRANTS), a_key())
        refusal = refused(books, a_gift(5), wrong, a_gift(7))
        assert (type(refusal), refusal.facts) == (error, facts)
    with books.read() as session:
        assert book.entries(session) == []


def test_a_refused_batch_leaves_nothing_even_if_the_caller_goes_on(books: Database) -> None:
    if not books.is_sqlite:
        pytest.skip("PostgreSQL refuses everything after an error in the same transaction")
    with books.write() as session:
        with pytest.raises(NotEnoughError):
            book.post_many(session, [a_gift(5), a_spend(6)], by="tester")
        book.post(session, a_gift(3), by="tester")
    assert spendable(books) == 3


def test_a_closed_account_takes_nothing_more(books: Database) -> None:
    posted(books, a_gift(5))
    with books.write() as session:
        accounts.close_account(session, BANK)
    assert refused(books, a_gift(5)).facts == {"account": BANK}
    with books.write() as session:
        with pytest.raises(UnknownAccountError):
            accounts.close_account(session, "none")
        with pytest.raises(UnknownFundError):
            accounts.end_fund(session, "none", DAY)
        accounts.end_fund(session, "D4001", DAY)
    assert isinstance(refused(books, a_gift(5, "D4001", on=DAY.replace(day=3))), UnknownAccountError)
