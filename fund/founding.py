"""How a fund begins: its profile is adopted, its chart opened, its campaigns made, its bank balances booked.

Knows the shipped provinces. Refuses to found a second fund in one database, and an issuer that could not sign
a receipt (an invalid tax ID, no bank account).
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlmodel import Session
from stdnum.th import moa, tin

from fund import audit, chart, clock, postings, profile
from fund.audit import Actor
from fund.donations import service as donations
from fund.errors import MalformedError, StateError
from fund.profile import Profile
from ledger import book
from ledger.money import parse_baht
from receipts import qr
from receipts.errors import FactsError
from receipts.numbering import Series

PROVINCES: Final = Path(__file__).parent / "provinces"


class AlreadyFoundedError(StateError):
    message = "This database already holds a fund. Take another DATABASE_URL."


class ProfileError(MalformedError):
    message = "The profile cannot be used: {reason}"


@dataclass(frozen=True, slots=True)
class Question:
    """What `sipbaht init` asks on a terminal: where the answer goes, the words, and what Enter means."""

    path: str
    text: str
    default: str | None = None


QUESTIONS: Final = (
    Question("issuer.name_th", "Issuer's name in Thai"),
    Question("issuer.name_en", "Issuer's name in English"),
    Question("issuer.address_th", "Issuer's address in Thai"),
    Question("issuer.address_en", "Issuer's address in English"),
    Question("issuer.tax_id", "Issuer's tax ID (13 digits)"),
    Question("issuer.phone", "Telephone for donors"),
    Question("issuer.signatory_name_th", "Who signs receipts, in Thai"),
    Question("issuer.signatory_name_en", "Who signs receipts, in English"),
    Question("issuer.signatory_title_th", "Their office in Thai", "เหรัญญิกกองทุน"),
    Question("issuer.signatory_title_en", "Their office in English", "Treasurer of the fund"),
    Question("promptpay.biller_id", "PromptPay biller ID (15 digits; empty if the bank gave none)", ""),
    Question("promptpay.tax_id", "PromptPay tax ID, when there is no biller ID", ""),
    Question("promptpay.phone", "PromptPay phone, when there is neither", ""),
    Question("account.bank", "Bank of the fund's account (KBANK, KTB, SCB, BBL, GSB, BAAC)"),
    Question("account.number", "Account number (digits)"),
    Question("account.name", "Account name"),
    Question("account.opening_baht", "Balance of the account today in baht", "0"),
)


def found(session: Session, founded: Profile, province: str, *, as_demo: bool, by: Actor) -> None:
    """Set up a fund in an empty database; what it opens with is booked today."""
    if profile.is_installed(session):
        raise AlreadyFoundedError()
    today = clock.today()
    profile.install(session, as_demo=as_demo)
    profile.adopt(session, founded, valid_from=today, by=by)
    districts = _districts(province)
    chart.open_chart(session, founded.accounts, [chart.district_fund(*district) for district in districts])
    donations.open_province(session, founded, districts, opens_on=today, by=by)
    openings = [
        postings.opening_balance(account.account, postings.OPERATING_FUND, account.opening_satang, today)
        for account in founded.accounts
        if account.opening_satang
    ]
    book.post_many(session, openings, by=by.name)
    audit.record(session, by, "fund.founded", "demonstration" if as_demo else "fund")


def profile_from_file(path: Path, province: str) -> Profile:
    """The province's shipped profile with what a TOML file says laid over it."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(reason=str(error)) from error
    return _checked({**_shipped(province), **said})


def profile_from_answers(answers: Mapping[str, str], province: str) -> Profile:
    """The province's shipped profile with the answers to QUESTIONS laid over it."""
    groups: dict[str, dict[str, Any]] = {"issuer": {}, "promptpay": {}, "account": {}}
    for path, answer in answers.items():
        group, name = path.split(".")
        groups[group][name] = answer.strip()
    account = groups["account"]
    opening = account.pop("opening_baht", "0")
    account["opening_satang"] = 0 if opening in ("", "0") else parse_baht(opening)
    account |= {"account": "1110.01", "campaign": "general"}
    laid_over = {"issuer": groups["issuer"], "promptpay": groups["promptpay"], "accounts": [account]}
    return _checked({**_shipped(province), **laid_over})


def write_environment(path: Path, values: Mapping[str, str]) -> None:
    """Write settings to a file only its owner reads, over what it said before of the same names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in old if line.split("=", 1)[0].strip() not in values]
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text("\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n", encoding="utf-8")


def _shipped(province: str) -> dict[str, Any]:
    path = PROVINCES / province / "profile.toml"
    if not province.isalnum() or not path.is_file():
        raise ProfileError(reason=f"no province {province!r} is shipped")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _districts(province: str) -> list[tuple[str, str, str]]:
    """(code, Thai name, English name) of each district."""
    with (PROVINCES / province / "districts.csv").open(encoding="utf-8", newline="") as file:
        return [(row["dopa_code"], row["name_th"], row["name_en"]) for row in csv.DictReader(file)]


def _checked(said: Mapping[str, Any]) -> Profile:
    try:
        result = msgspec.convert(said, type=Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(reason=str(error)) from error
    if not (moa.is_valid(result.issuer.tax_id) or tin.is_valid(result.issuer.tax_id)):
        raise ProfileError(reason="issuer.tax_id is not a valid tax ID")
    try:
        Series(result.receipt_book, "donation", clock.today().year)
    except FactsError as error:
        raise ProfileError(reason="receipt_book must be letters A–Z and digits, a letter first and last") from error
    if not result.accounts:
        raise ProfileError(reason="at least one bank account is needed")
    _refuse_unusable_promptpay(result)
    return result


def _refuse_unusable_promptpay(checked: Profile) -> None:
    """A QR must be possible: try to write one before the first donor does."""
    to = checked.promptpay
    if to.biller_id:
        qr.bill_payment(to.biller_id, "TEST")
        return
    for kind, target in (("tax-id", to.tax_id), ("phone", to.phone), ("e-wallet", to.ewallet)):
        if target:
            qr.credit_transfer(kind, target)
            return
    raise ProfileError(reason="promptpay needs a biller_id, tax_id, phone or ewallet")
