"""Profiles as people write them down: a TOML file, or answers on a terminal, over a province's shipped file.

Knows what a fund needs before the first donor comes. Refuses now what would break later: an issuer whose receipts
could not be printed, an account no statement could belong to, a PromptPay address no QR can be written for.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from stdnum.th import moa, tin

from fund import clock
from fund.donations import receipting
from fund.errors import FundError, MalformedError
from fund.profile import Profile
from ledger.errors import LedgerError
from ledger.money import parse_baht
from receipts import kinds, qr
from receipts.errors import FactsError, ReceiptError
from receipts.numbering import Series

PROVINCES: Final = Path(__file__).parent / "provinces"
GENERAL_CAMPAIGN: Final = "general"

_ACCOUNT_NUMBER: Final = re.compile(r"^\d{6,20}$", re.ASCII)
_BANK: Final = re.compile(r"^[A-Z]{2,10}$", re.ASCII)
_CHART_CODE: Final = re.compile(r"^1110\.\d{2}$", re.ASCII)
_TERM_START: Final = re.compile(r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$", re.ASCII)  # a day of every year
_LONGEST_NAME: Final = 200


class ProfileError(MalformedError):
    message = "The profile cannot be used: {reason}"


@dataclass(frozen=True, slots=True)
class Question:
    """What `sipbaht init` asks on a terminal: where the answer goes, the words, and what Enter means.

    `refuses` raises what is wrong with an answer, so that it can be asked again at once.
    """

    path: str
    text: str
    default: str | None = None
    refuses: Callable[[str], None] = lambda answer: None


def _refuse_tax_id(answer: str) -> None:
    if not (moa.is_valid(answer) or tin.is_valid(answer)):
        raise ProfileError(reason="this is not a valid tax ID")


def _refuse_account_number(answer: str) -> None:
    if not _ACCOUNT_NUMBER.match(_digits(answer)):
        raise ProfileError(reason="an account number has 6 to 20 digits")


def _refuse_bank(answer: str) -> None:
    if not _BANK.match(answer):
        raise ProfileError(reason="a bank is written in capital letters, e.g. KBANK")


def _refuse_biller(answer: str) -> None:
    if answer:
        qr.bill_payment(answer, "TEST")


def _refuse_transfer(kind: str) -> Callable[[str], None]:
    def refuse(answer: str) -> None:
        if answer:
            qr.credit_transfer(kind, answer)

    return refuse


def _refuse_amount(answer: str) -> None:
    if answer not in ("", "0"):
        parse_baht(answer)


def _refuse_unprintable(answer: str) -> None:
    if not answer.strip() or len(answer) > _LONGEST_NAME or not answer.isprintable():
        raise ProfileError(reason=f"write 1 to {_LONGEST_NAME} characters on one line")


QUESTIONS: Final = (
    Question("issuer.name_th", "Issuer's name in Thai", refuses=_refuse_unprintable),
    Question("issuer.name_en", "Issuer's name in English", refuses=_refuse_unprintable),
    Question("issuer.address_th", "Issuer's address in Thai", refuses=_refuse_unprintable),
    Question("issuer.address_en", "Issuer's address in English", refuses=_refuse_unprintable),
    Question("issuer.tax_id", "Issuer's tax ID (13 digits)", refuses=_refuse_tax_id),
    Question("issuer.phone", "Telephone for donors", refuses=_refuse_unprintable),
    Question("issuer.signatory_name_th", "Who signs receipts, in Thai", refuses=_refuse_unprintable),
    Question("issuer.signatory_name_en", "Who signs receipts, in English", refuses=_refuse_unprintable),
    Question("issuer.signatory_title_th", "Their office in Thai", "เหรัญญิกกองทุน", _refuse_unprintable),
    Question("issuer.signatory_title_en", "Their office in English", "Treasurer of the fund", _refuse_unprintable),
    Question("promptpay.biller_id", "PromptPay biller ID (15 digits; empty if the bank gave none)", "", _refuse_biller),
    Question("promptpay.tax_id", "PromptPay tax ID, when there is no biller ID", "", _refuse_transfer("tax-id")),
    Question("promptpay.phone", "PromptPay phone, when there is neither", "", _refuse_transfer("phone")),
    Question("account.bank", "Bank of the fund's account (KBANK, KTB, SCB, BBL, GSB, BAAC)", refuses=_refuse_bank),
    Question("account.number", "Account number (digits)", refuses=_refuse_account_number),
    Question("account.name", "Account name", refuses=_refuse_unprintable),
    Question("account.opening_baht", "Balance of the account today in baht", "0", _refuse_amount),
)


def from_file(path: Path, province: str) -> Profile:
    """The province's shipped profile with what a TOML file says laid over it. Raises ProfileError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(reason=str(error)) from error
    return checked({**_shipped(province), **said})


def from_answers(answers: Mapping[str, str], province: str) -> Profile:
    """The province's shipped profile with the answers to QUESTIONS laid over it. Raises ProfileError."""
    groups: dict[str, dict[str, Any]] = {"issuer": {}, "promptpay": {}, "account": {}}
    for path, answer in answers.items():
        group, name = path.split(".")
        groups[group][name] = answer.strip()
    account = groups["account"]
    opening = account.pop("opening_baht", "0")
    account["opening_satang"] = 0 if opening in ("", "0") else parse_baht(opening)
    account |= {"account": "1110.01", "campaign": GENERAL_CAMPAIGN}
    laid_over = {"issuer": groups["issuer"], "promptpay": groups["promptpay"], "accounts": [account]}
    return checked({**_shipped(province), **laid_over})


def checked(said: Mapping[str, Any]) -> Profile:
    """The profile that is said, its account numbers without dashes. Raises ProfileError for one that would break."""
    try:
        result = msgspec.convert(said, type=Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(reason=str(error)) from error
    accounts = tuple(msgspec.structs.replace(one, number=_digits(one.number)) for one in result.accounts)
    result = msgspec.structs.replace(result, accounts=accounts)
    try:
        _refuse_figures(result)
        _refuse_accounts(result)
        _refuse_tax_id(result.issuer.tax_id)
        _refuse_papers(result)
        _refuse_promptpay(result)
    except (FundError, LedgerError, ReceiptError) as refusal:
        raise refusal if isinstance(refusal, ProfileError) else ProfileError(reason=str(refusal)) from refusal
    return result


def _refuse_figures(result: Profile) -> None:
    if not 1 <= result.fiscal_year_starts_month <= 12:
        raise ProfileError(reason="fiscal_year_starts_month is 1 to 12")
    if not 1 <= result.pledge_days <= 366:
        raise ProfileError(reason="pledge_days is 1 to 366")
    if not 1 <= result.clearing_days <= 366:
        raise ProfileError(reason="clearing_days is 1 to 366")
    if not 1 <= result.cash_days <= 366:
        raise ProfileError(reason="cash_days is 1 to 366")
    if not all(1 <= days <= 366 for days in (*result.follow_up_days, result.follow_up_missed_days)):
        raise ProfileError(reason="days of follow-ups are 1 to 366")
    if not 1 <= result.help_until_age <= 40:
        raise ProfileError(reason="help_until_age is 1 to 40")
    if not all(_TERM_START.match(start) for start in result.term_starts):
        raise ProfileError(reason="term_starts are month and day, such as 05-16")
    if not (1 <= result.payment_days <= 366 and 1 <= result.advance_days <= 366):
        raise ProfileError(reason="payment_days and advance_days are 1 to 366")
    if not all(1 <= days <= 366 for days in (result.evidence_days, result.evidence_limit_days)):
        raise ProfileError(reason="evidence_days and evidence_limit_days are 1 to 366")
    if not 1 <= result.near_expiry_days <= 1000:
        raise ProfileError(reason="near_expiry_days are 1 to 1000")
    if not 1 <= result.handover_link_days <= 31:
        raise ProfileError(reason="handover_link_days are 1 to 31")
    if result.largest_gift_satang <= 0:
        raise ProfileError(reason="largest_gift_satang is more than 0")
    if result.two_approve_from_satang <= 0:
        raise ProfileError(reason="two_approve_from_satang is more than 0")


def _refuse_accounts(result: Profile) -> None:
    if not result.accounts:
        raise ProfileError(reason="at least one bank account is needed")
    for account in result.accounts:
        _refuse_account_number(account.number)
        _refuse_bank(account.bank)
        if not _CHART_CODE.match(account.account):
            raise ProfileError(reason="an account of the chart is 1110.01 to 1110.99")
        if account.opening_satang < 0:
            raise ProfileError(reason="opening_satang is 0 or more")
    for what in ("number", "account"):
        if len({getattr(one, what) for one in result.accounts}) < len(result.accounts):
            raise ProfileError(reason=f"two accounts have one {what}")


def _refuse_papers(result: Profile) -> None:
    """A receipt must be possible: what it says of the issuer is tried before the first donor wants one."""
    receipting.issuer(result.issuer)
    for text in (result.name_th, result.name_en, result.issuer.phone, result.issuer.signatory_name_th):
        _refuse_unprintable(text)
    try:
        Series(result.receipt_book, "donation", clock.today().year)
    except FactsError as error:
        raise ProfileError(reason="receipt_book must be letters A–Z and digits, a letter first and last") from error
    if result.receipt_book[-1] in kinds.letters():
        taken = ", ".join(sorted(kinds.letters()))
        raise ProfileError(reason=f"receipt_book must not end in a letter that names a kind of paper ({taken})")


def _refuse_promptpay(result: Profile) -> None:
    """A QR must be possible."""
    to = result.promptpay
    _refuse_biller(to.biller_id)
    for kind, target in (("tax-id", to.tax_id), ("phone", to.phone), ("e-wallet", to.ewallet)):
        _refuse_transfer(kind)(target)
    if not (to.biller_id or to.tax_id or to.phone or to.ewallet):
        raise ProfileError(reason="promptpay needs a biller_id, tax_id, phone or ewallet")


def _digits(number: str) -> str:
    return number.replace("-", "").replace(" ", "")


def _shipped(province: str) -> dict[str, Any]:
    path = PROVINCES / province / "profile.toml"
    if not province.isalnum() or not path.is_file():
        raise ProfileError(reason=f"no province {province!r} is shipped")
    return tomllib.loads(path.read_text(encoding="utf-8"))
