"""How a fund begins: its profile is adopted, its chart opened, its campaigns made, its bank balances booked.

Knows the shipped provinces' districts. Refuses to found a second fund in one database.
"""

import csv
from datetime import date

from sqlmodel import Session

from fund import audit, chart, clock, postings, profile, sealed
from fund.audit import Actor
from fund.donations import service as donations
from fund.errors import StateError
from fund.grants import rules
from fund.people import demo_people
from fund.profile import Profile
from fund.profile_files import PROVINCES
from ledger import accounts, book


class AlreadyFoundedError(StateError):
    message = "This database already holds a fund. Take another DATABASE_URL."


def found(session: Session, founded: Profile, province: str, *, as_demo: bool, by: Actor) -> None:
    """Set up a fund in an empty database; what it opens with is booked today."""
    if profile.is_installed(session):
        raise AlreadyFoundedError()
    today = clock.today()
    sealed.begin(session)
    profile.install(session, as_demo=as_demo)
    profile.adopt(session, founded, valid_from=today, by=by)
    districts = _districts(province)
    funds = [chart.district_fund(*district) for district in districts]
    chart.open_chart(session, founded.accounts, funds)
    rules.lay_first(session, [fund.code for fund in funds], founded.two_approve_from_satang, today, by=by)
    donations.open_province(session, founded, districts, opens_on=today, by=by)
    openings = [
        postings.opening_balance(account.account, postings.OPERATING_FUND, account.opening_satang, today)
        for account in founded.accounts
        if account.opening_satang
    ]
    book.post_many(session, openings, by=by.name)
    if as_demo:
        demo_people.move_in(session, by=by)
    audit.record(session, by, "fund.founded", "demonstration" if as_demo else "fund")


def change_profile(session: Session, changed: Profile, *, valid_from: date, by: Actor) -> None:
    """Let `changed` be in force from a day on; new bank accounts get their place in the chart.

    What was issued before keeps the facts of its day. Raises NoProfileError where no fund was founded.
    """
    profile.current(session)
    known = {account.code for account in accounts.accounts(session)}
    for account in changed.accounts:
        if account.account not in known:
            accounts.open_account(session, chart.bank_account(account))
    profile.adopt(session, changed, valid_from=valid_from, by=by)
    audit.record(session, by, "profile.changed", valid_from)


def _districts(province: str) -> list[tuple[str, str, str]]:
    """(code, Thai name, English name) of each district."""
    with (PROVINCES / province / "districts.csv").open(encoding="utf-8", newline="") as file:
        return [(row["dopa_code"], row["name_th"], row["name_en"]) for row in csv.DictReader(file)]
