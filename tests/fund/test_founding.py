"""How a fund begins, and what cannot begin."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from fund import checks, clock, founding, profile, profile_files
from fund.db import Database
from fund.donations import queries as gifts
from ledger import accounts, balances
from tests.builders import OFFICER, a_founded_fund, a_fund_profile

ANSWERS = {
    "issuer.name_th": "กองทุน",
    "issuer.name_en": "Fund",
    "issuer.address_th": "ขอนแก่น",
    "issuer.address_en": "Khon Kaen",
    "issuer.tax_id": "0994000000006",
    "issuer.phone": "043-000-000",
    "issuer.signatory_name_th": "ก",
    "issuer.signatory_name_en": "A",
    "issuer.signatory_title_th": "เหรัญญิก",
    "issuer.signatory_title_en": "Treasurer",
    "promptpay.biller_id": "",
    "promptpay.tax_id": "0994000000006",
    "promptpay.phone": "",
    "account.bank": "KBANK",
    "account.number": "1230456789",
    "account.name": "กองทุน",
    "account.opening_baht": "๑,๐๐๐.50",
}


def test_a_new_fund_has_its_chart_its_district_funds_and_its_campaigns(database: Database) -> None:
    a_founded_fund(database)
    with database.read() as session:
        assert len(accounts.funds(session)) == 3 + 26
        assert len(gifts.campaigns(session)) == 1 + 26
        assert checks.run(session) == []


def test_opening_balances_are_booked_on_the_bank_accounts(database: Database) -> None:
    a_founded_fund(database)
    with database.read() as session:
        assert balances.balance(session, "1110.01", "OPS") == 5_000_000
        assert balances.balance(session, "3100", "OPS") == -6_000_000


def test_a_second_fund_in_one_database_is_refused_and_changes_nothing(database: Database) -> None:
    a_founded_fund(database)
    with pytest.raises(founding.AlreadyFoundedError):
        a_founded_fund(database, as_demo=True)
    with database.read() as session:
        assert not profile.is_demo(session)


def test_answers_become_a_profile_over_the_province_that_is_shipped() -> None:
    answered = profile_files.from_answers(ANSWERS, "khonkaen")
    assert answered.accounts[0].opening_satang == 100_050
    assert (answered.receipt_book, answered.fiscal_year_starts_month) == ("KK", 10)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("issuer.tax_id", "0994000000007"),
        ("issuer.address_en", "x" * 201),
        ("issuer.phone", ""),
        ("issuer.name_en", "two\nlines"),
        ("promptpay.tax_id", ""),
        ("promptpay.biller_id", "12345"),
        ("promptpay.phone", "12"),
        ("account.number", "hello"),
        ("account.bank", "K Bank!"),
    ],
)
def test_a_profile_that_could_not_receive_or_sign_is_refused(path: str, answer: str) -> None:
    with pytest.raises(profile_files.ProfileError):
        profile_files.from_answers({**ANSWERS, path: answer}, "khonkaen")


@pytest.mark.parametrize(
    "line", ["fiscal_year_starts_month = 13", "pledge_days = -5", "largest_gift_satang = 0", 'name_en = ""']
)
def test_figures_that_make_no_fund_are_refused(tmp_path: Path, line: str) -> None:
    shipped = (profile_files.PROVINCES / "khonkaen" / "demo.toml").read_text(encoding="utf-8").splitlines()
    kept = [one for one in shipped if one.split(" =")[0] != line.split(" =")[0] or "[" in one]
    file = tmp_path / "profile.toml"
    file.write_text("\n".join([line, *kept]), encoding="utf-8")
    with pytest.raises(profile_files.ProfileError):
        profile_files.from_file(file, "khonkaen")


def test_two_accounts_with_one_number_are_refused(tmp_path: Path) -> None:
    shipped = (profile_files.PROVINCES / "khonkaen" / "demo.toml").read_text(encoding="utf-8")
    file = tmp_path / "profile.toml"
    file.write_text(shipped.replace("9870001234", "1230456789"), encoding="utf-8")
    with pytest.raises(profile_files.ProfileError, match="one number"):
        profile_files.from_file(file, "khonkaen")


@pytest.mark.parametrize("book", ["KK2", "KKA"])
def test_a_receipt_book_whose_numbers_could_not_be_told_apart_is_refused(tmp_path: Path, book: str) -> None:
    shipped = (profile_files.PROVINCES / "khonkaen" / "demo.toml").read_text(encoding="utf-8")
    file = tmp_path / "profile.toml"
    file.write_text(shipped.replace('receipt_book = "KK"', f'receipt_book = "{book}"'), encoding="utf-8")
    with pytest.raises(profile_files.ProfileError, match="receipt_book"):
        profile_files.from_file(file, "khonkaen")


@pytest.mark.parametrize("text", ["not toml", "name_th = 5", "[issuer]\nname_th = 'x'"])
def test_a_profile_file_that_says_nonsense_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "profile.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(profile_files.ProfileError):
        profile_files.from_file(file, "khonkaen")


def test_a_province_that_is_not_shipped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(profile_files.ProfileError):
        profile_files.from_answers(ANSWERS, "../khonkaen")


def test_a_profile_without_an_account_is_refused() -> None:
    shipped = (profile_files.PROVINCES / "khonkaen" / "demo.toml").read_text(encoding="utf-8").split("[[accounts]]")[0]
    with pytest.raises(profile_files.ProfileError, match="bank account"):
        profile_files.checked(tomllib.loads(shipped) | {"accounts": []})


def test_the_newest_profile_that_is_in_force_counts(database: Database) -> None:
    founded = a_founded_fund(database)
    with database.write() as session:
        later = a_fund_profile(pledge_days=60)
        profile.adopt(session, later, valid_from=clock.today().replace(year=2999), by=OFFICER)
    with database.read() as session:
        assert profile.current(session).pledge_days == founded.pledge_days


@pytest.mark.parametrize(
    ("month", "day", "year"), [(10, "2026-09-30", 2026), (10, "2026-10-01", 2027), (1, "2026-12-31", 2026)]
)
def test_a_fiscal_year_is_named_after_the_year_it_ends_in(month: int, day: str, year: int) -> None:
    assert a_fund_profile(fiscal_year_starts_month=month).fiscal_year(date.fromisoformat(day)) == year
