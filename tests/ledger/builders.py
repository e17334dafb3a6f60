"""A small chart and plain builders for the ledger's tests."""

from datetime import date
from itertools import count

from sqlmodel import Session

from fund.db import Database
from ledger import accounts, book
from ledger.accounts import Account, Fund, Kind
from ledger.book import Posted
from ledger.journal import Entry, Posting, move

DAY = date(2026, 11, 2)
BANK, TILL, GIFTS, NET, FEES, PAYABLE, GRANTS = "1110.01", "1120.01", "4110", "3100", "5300", "2200", "5100"
UNIDENTIFIED, COMMITMENTS, RESERVE = "2100", "9100", "9190"

CHART = (
    Account(BANK, "ธนาคาร", "Bank", "asset", "debit", "fund", is_spendable=True),
    Account(TILL, "เงินสด", "Cash", "asset", "debit", "fund"),
    Account(UNIDENTIFIED, "เงินรอระบุ", "Unidentified receipts", "liability", "credit", "subject", is_spendable=True),
    Account(PAYABLE, "ทุนค้างจ่าย", "Grants payable", "liability", "credit", "subject", is_spendable=True),
    Account(NET, "ยอดยกมา", "Fund balance", "net_assets", "credit"),
    Account("3200", "โอนระหว่างกองทุน", "Transfers", "net_assets", "credit"),
    Account(GIFTS, "เงินบริจาค", "Donations", "income", "credit"),
    Account(GRANTS, "ทุนที่จ่าย", "Grants paid", "expense", "debit"),
    Account(FEES, "ค่าธรรมเนียม", "Bank fees", "expense", "debit"),
    Account(COMMITMENTS, "ภาระผูกพัน", "Commitments", "memorandum", "debit", "subject"),
    Account(RESERVE, "สำรองภาระผูกพัน", "Reserve", "memorandum", "credit", is_spendable=True),
)
FUNDS = (
    Fund("GEN", "กองทุนทั่วไป", "General"),
    Fund("D4001", "เมือง", "Mueang", "purpose"),
    Fund("KEEP", "กองทุนถาวร", "Endowment", "endowment", principal_satang=50_000),
    Fund("OLD", "กองทุนเก่า", "Ended", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31)),
)
KINDS = (
    Kind("donation", "fact"),
    Kind("fee", "fact"),
    Kind("opening", "choice"),
    Kind("award", "choice"),
    Kind("payment", "choice"),
    Kind("naming", "choice"),
)
_numbers = count(1)


def open_book(database: Database) -> None:
    """Lay the small chart."""
    with database.write() as session:
        for account in CHART:
            accounts.open_account(session, account)
        for fund in FUNDS:
            accounts.open_fund(session, fund)
        for kind in KINDS:
            accounts.define_kind(session, kind)


def a_gift(amount_satang: int = 1_000, fund: str = "GEN", *, key: str = "", on: date = DAY) -> Entry:
    """A gift that reached the bank: a fact."""
    return Entry("donation", on, on, move(amount_satang, fund, debit=BANK, credit=GIFTS), key or a_key())


def a_fee(amount_satang: int, fund: str = "GEN", *, on: date = DAY) -> Entry:
    """A fee that the bank took: a fact that lowers."""
    return Entry("fee", on, on, move(amount_satang, fund, debit=FEES, credit=BANK), a_key())


def a_spend(amount_satang: int, fund: str = "GEN", *, key: str = "", on: date = DAY) -> Entry:
    """A grant paid out at once: a choice that lowers."""
    return Entry("payment", on, on, move(amount_satang, fund, debit=GRANTS, credit=BANK), key or a_key())


def an_award(amount_satang: int, grant: str, fund: str = "GEN") -> Entry:
    """Money promised to a grant: a choice in the memorandum accounts."""
    lines = move(amount_satang, fund, debit=COMMITMENTS, credit=RESERVE, subject=grant)
    return Entry("award", DAY, DAY, lines, a_key())


def an_authorised_payment(amount_satang: int, grant: str, fund: str = "GEN") -> Entry:
    """The promise becomes a debt to the grant's payee."""
    owed = (Posting(GRANTS, fund, amount_satang), Posting(PAYABLE, fund, -amount_satang, grant))
    released = move(amount_satang, fund, debit=RESERVE, credit=COMMITMENTS, subject=grant)
    return Entry("payment", DAY, DAY, owed + released, a_key())


def a_key() -> str:
    """A key that no other entry of this run has."""
    return f"test:{next(_numbers)}"


def posted(database: Database, *entries: Entry) -> list[Posted]:
    """Book entries in one unit of work."""
    with database.write() as session:
        return book.post_many(session, entries, by="tester")


def post_in(session: Session, entry: Entry) -> Posted:
    return book.post(session, entry, by="tester")
