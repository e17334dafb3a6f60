"""The chart of accounts, the funds and the kinds of entries that a new book opens with.

Knows the shape that every province shares; bank accounts come from the profile, district funds from its districts.
Which event moves which account is `postings`' affair.
"""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session

from fund import postings
from fund.profile import BankAccount
from ledger import accounts
from ledger.accounts import Account, Fund, Kind

ACCOUNTS: Final = (
    Account("1130", "เงินที่ธนาคารยืนยันแล้ว รอรายการเดินบัญชี", "Confirmed by the bank, not yet on a statement",
            "asset", "debit", guarded="subject"),
    Account("1140", "เงินระหว่างโอนระหว่างบัญชีของกองทุน", "In transit between own accounts",
            "asset", "debit", guarded="fund", is_spendable=True),
    Account("1200", "สิ่งของบริจาคคงเหลือ", "Donated goods on hand", "asset", "debit", guarded="fund"),
    Account("1300", "เงินทดรองผู้จัดการรายกรณี", "Advances to case managers", "asset", "debit", guarded="subject"),
    Account("2100", "เงินรับรอตรวจสอบ", "Unidentified receipts", "liability", "credit",
            guarded="subject", is_spendable=True),
    Account("2110", "เงินรอคืนผู้บริจาค", "Refunds payable", "liability", "credit",
            guarded="subject", is_spendable=True),
    Account("2200", "ทุนค้างจ่าย", "Grants payable", "liability", "credit", guarded="subject", is_spendable=True),
    Account("3100", "เงินกองทุนสะสม", "Fund balance", "net_assets", "credit"),
    Account("3200", "โอนระหว่างกองทุน", "Transfers between funds", "net_assets", "credit"),
    Account("4100", "เงินบริจาค", "Donations", "income", "credit"),
    Account("4110", "เงินบริจาคคนละ 10 บาท", "Ten-baht donations", "income", "credit"),
    Account("4200", "สิ่งของรับบริจาค", "Donations in kind", "income", "credit"),
    Account("4300", "ดอกเบี้ยเงินฝาก", "Bank interest", "income", "credit"),
    Account("4900", "เงินบริจาคที่คืน", "Donations returned", "income", "debit"),
    Account("5100", "ทุนที่จ่ายให้เด็ก", "Grants paid", "expense", "debit"),
    Account("5200", "สิ่งของที่มอบให้เด็ก", "Goods issued", "expense", "debit"),
    Account("5300", "ค่าธรรมเนียมธนาคาร", "Bank fees", "expense", "debit"),
    Account("5310", "ภาษีหัก ณ ที่จ่าย", "Tax withheld", "expense", "debit"),
    Account("5400", "ค่าใช้จ่ายดำเนินงาน", "Running costs", "expense", "debit"),
    Account("5500", "สิ่งของสูญหายหรือหมดอายุ", "Goods lost or expired", "expense", "debit"),
    Account("5600", "เงินสดขาด", "Cash short", "expense", "debit"),
    Account("9100", "ทุนที่อนุมัติแล้วรอจ่าย", "Commitments", "memorandum", "debit", guarded="subject"),
    Account("9190", "เงินสำรองเพื่อทุนที่อนุมัติ", "Reserve for commitments", "memorandum", "credit", is_spendable=True),
)  # fmt: skip

KINDS: Final = (
    Kind("opening", "choice"),
    Kind("donation", "fact"),
    Kind("unidentified", "fact"),
    Kind("naming", "choice"),
    Kind("unidentified-returned", "fact"),
    Kind("refund", "choice"),
    Kind("refund-left", "fact"),
    Kind("refund-came-back", "fact"),
    Kind("transfer-left", "fact"),
    Kind("transfer-arrived", "fact"),
    Kind("interest", "fact"),
    Kind("fee", "fact"),
    Kind("tax-withheld", "fact"),
    Kind("running-cost", "fact"),
    Kind("clearing", "fact"),
    Kind("award", "choice"),
    Kind("award-cancelled", "choice"),
    Kind("payment-authorised", "choice"),
    Kind("payment-left", "fact"),
    Kind("payment-came-back", "fact"),
    Kind("payment-given-up", "choice"),
    Kind("advance", "choice"),
    Kind("advance-accounted", "choice"),
    Kind("advance-returned", "fact"),
    Kind("unspent-returned", "fact"),
    Kind("cash-counted", "choice"),
    Kind("cash-banked", "fact"),
    Kind("cash-short", "choice"),
    Kind("goods-accepted", "choice"),
    Kind("goods-issued", "choice"),
    Kind("goods-returned", "choice"),
    Kind("goods-lost", "choice"),
    Kind("goods-found", "choice"),
    Kind("goods-given-back", "choice"),
)

FUNDS: Final = (
    Fund("GEN", "กองทุนกลางของจังหวัด", "General fund of the province"),
    Fund(postings.OPERATING_FUND, "กองทุนดำเนินงาน", "Operating fund", restriction="purpose"),
    Fund(postings.TECHNICAL_FUND, "เงินรอตรวจสอบ", "Money waiting to be named", restriction="technical"),
)


def district_fund(dopa_code: str, name_th: str, name_en: str) -> Fund:
    """The fund of one district: its money helps children of that district."""
    return Fund(f"D{dopa_code}", f"อำเภอ{name_th}", f"{name_en} district", restriction="purpose")


def bank_account(account: BankAccount) -> Account:
    """The chart's account (1110.nn) of one bank account; guarded and spendable."""
    last_digits = account.number[-4:]
    return Account(
        account.account,
        f"เงินฝาก {account.bank} …{last_digits}",
        f"Bank {account.bank} …{last_digits}",
        "asset",
        "debit",
        guarded="fund",
        is_spendable=True,
    )


def cash_box(number: int, name: str) -> Account:
    """The account (1120.nn) of one cash box: guarded, and nothing to spend before it is banked."""
    code = f"{postings.CASH_BOX}{number:02d}"
    return Account(code, f"กล่องเงินสด {name}", f"Cash box {name}", "asset", "debit", guarded="fund")


def open_chart(session: Session, banks: Sequence[BankAccount], district_funds: Sequence[Fund]) -> None:
    """Open every account, fund and kind of entry that a new book needs."""
    accounts.open_account(session, *map(bank_account, banks), *ACCOUNTS)
    accounts.open_fund(session, *FUNDS, *district_funds)
    accounts.define_kind(session, *KINDS)
