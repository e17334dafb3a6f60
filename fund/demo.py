"""The demonstration: one seeded year of Khon Kaen, lived through the same services that people use.

Knows a made-up fund and a random but repeatable year: pledges, posters' gifts, schools' collections, statements in
the banks' real file formats, fees, interest, and some money that nobody can name. Writes no table itself.
Refuses a database that holds a real fund.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

from sqlmodel import Session

from fund import (
    audit,
    clock,
    demo_cash,
    demo_collections,
    demo_goods,
    demo_grants,
    demo_offers,
    demo_year,
    founding,
    profile,
    profile_files,
    sealing,
    signing,
)
from fund.audit import DONOR, Actor
from fund.bank import explaining, sample_files, settling
from fund.bank import queries as bank_queries
from fund.bank import service as bank
from fund.bank.queries import InboxLine
from fund.bank.sample_files import SampleLine
from fund.cases.finding import sample_reports
from fund.cases.following import sample_following
from fund.db import Database
from fund.demo_year import Month, Pledged
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.queries import CampaignView
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.errors import StateError
from fund.people import demo_people
from fund.profile import Profile
from fund.settings import Settings
from fund.terminal import Tell

SEED: Final = 4001
PROVINCE: Final = "khonkaen"
OFFICER: Final = Actor("demo")
MONTHS: Final = 12


LOADED: Final = "demo.loaded"


class LoadInterruptedError(StateError):
    message = "Loading the demonstration was interrupted. Delete its database (make run: var/demo.db*) and start again."


class NotADemonstrationError(StateError):
    message = "This database holds a real fund. The demonstration needs one of its own: set DATABASE_URL."


def is_loaded(database: Database) -> bool:
    """Whether the whole demonstration is here.

    Raises NotADemonstrationError for a real fund's database, LoadInterruptedError for a part of the year.
    """
    with database.read() as session:
        if not profile.is_installed(session):
            return False
        if not profile.is_demo(session):
            raise NotADemonstrationError()
        if not audit.is_recorded(session, LOADED):
            raise LoadInterruptedError()
        return True


def load(database: Database, settings: Settings, *, until: date | None, tell: Tell) -> None:
    """Found a demonstration and live a year that ends on `until` (yesterday)."""
    last = until or clock.today() - timedelta(days=1)
    months = demo_year.months_until(last, MONTHS)
    seed = Random(SEED)
    with clock.at(_morning(months[0][0])), database.write() as session:
        made_up = profile_files.from_file(profile_files.PROVINCES / PROVINCE / "demo.toml", PROVINCE)
        founding.found(session, made_up, PROVINCE, as_demo=True, by=OFFICER)
        sealing.begin(session, settings)
    if settings.signing_path is None:
        signing.make_own(settings.own_signing_path, f"{signing.DEMONSTRATION} {made_up.name_en}")
    with clock.at(_morning(months[0][0])):
        _open_schools(database)
    balances = {account.number: account.opening_satang for account in made_up.accounts}
    for done, (first, month_last) in enumerate(months):
        tell(done, MONTHS)
        with database.read() as session:
            campaigns = gifts.campaigns(session)
        month = demo_year.month(seed, first, month_last, len(campaigns))
        lines = [*_pledge_all(database, month.pledged, campaigns), *_unpledged(month, campaigns)]
        if month_last == last:
            collected = demo_collections.begin(database, _morning(first), _morning(last))
            lines += [_line(datetime.combine(last, time(12)), *one) for one in collected]
        _bring_in(database, settings, made_up, month, lines, balances)
        if month_last != last:
            _explain_all(database, _morning(month_last + timedelta(days=2)))
    demo_cash.live(database, settings.files_path, last)
    demo_grants.live(database, settings, last)
    demo_offers.live(database, _morning(last))
    with clock.at(_morning(last)), database.write() as session:
        sample_reports.tell(session, by=OFFICER)
    sample_following.live(database, settings.files_path, _morning(last))
    demo_goods.live(database, settings.files_path, _morning(last))
    with database.write() as session:
        audit.record(session, OFFICER, LOADED, last)
    sealing.seal_news(database, settings)
    tell(MONTHS, MONTHS)


def addresses(settings: Settings) -> list[str]:
    """What to open and how to sign in, for the terminal."""
    here = settings.address
    return [
        f"Open books:   {here}/",
        f"Give:         {here}/give/general",
        f"Check paper:  {here}/verify",
        f"Staff:        {here}/staff  (name {demo_people.NAME}, password {demo_people.PASSWORD})",
    ]


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 0), clock.BANGKOK)


def _open_schools(database: Database) -> None:
    """A school's or temple's campaign below the first few districts."""
    with database.write() as session:
        parents = [campaign for campaign in gifts.campaigns(session) if campaign.district]
        for parent, (name_th, name_en) in zip(parents, demo_year.SCHOOLS, strict=False):
            donations.open_below(
                session, parent, name_th=name_th, name_en=name_en, purpose_th="", purpose_en="", by=OFFICER
            )


def _pledge_all(database: Database, pledged: Sequence[Pledged], campaigns: Sequence[CampaignView]) -> list[SampleLine]:
    """Make the month's pledges; give the bank lines of those who then pay."""
    lines = []
    for one in pledged:
        campaign = campaigns[one.campaign]
        reference = _pledge(database, one, campaign)
        if one.is_paid:
            lines.append(_line(one.at, one.paid_satang, (reference, campaign.code)))
    return lines


def _pledge(database: Database, one: Pledged, campaign: CampaignView) -> str:
    told = ContactDetails(public_name=one.name, name=one.name if one.wants_receipt else "")
    request = PledgeRequest(campaign.id, one.amount_satang, donations.new_form_key(), told, one.wants_receipt)
    with clock.at(one.at.replace(tzinfo=clock.BANGKOK)), database.write() as session:
        return donations.pledge(session, request, by=DONOR).pledge.reference


def _unpledged(month: Month, campaigns: Sequence[CampaignView]) -> list[SampleLine]:
    """The month's lines that no pledge announced."""
    scanned = [_line(one.at, one.amount_satang, (campaigns[one.campaign].code,)) for one in month.scanned]
    strays = [replace(_line(one.at, one.amount_satang, ()), detail=one.text) for one in month.strays]
    outgoing = [_own_line(one.at, -one.amount_satang, one.text) for one in month.outgoing]
    interest = [_own_line(one.at, one.amount_satang, demo_year.INTEREST_TEXT) for one in month.interest]
    return [*scanned, *strays, *outgoing, *interest]


def _line(at: datetime, amount_satang: int, references: tuple[str, ...]) -> SampleLine:
    detail = sample_files.bill_payment_detail(*references) if references else ""
    return SampleLine(at.date(), amount_satang, detail, at.time(), references=references)


def _own_line(at: datetime, amount_satang: int, text: str) -> SampleLine:
    return SampleLine(at.date(), amount_satang, text, at.time(), kind=text, channel="")


def _bring_in(
    database: Database,
    settings: Settings,
    made_up: Profile,
    month: Month,
    lines: Sequence[SampleLine],
    balances: dict[str, int],
) -> None:
    """The banks' files of the month, one a bank, taken in the next morning and settled."""
    ordered = sorted(lines, key=lambda line: (line.occurred_on, line.time))
    kbank, other = made_up.accounts
    shares = {
        kbank.number: [line for place, line in enumerate(ordered) if place % 5 or not line.references],
        other.number: [line for place, line in enumerate(ordered) if place % 5 == 0 and line.references],
    }
    for account, write, ending in ((kbank, _kbank_file, "csv"), (other, _camt_file, "xml")):
        content = write(account.number, shares[account.number], balances[account.number], month)
        balances[account.number] += sum(line.amount_satang for line in shares[account.number])
        with clock.at(_morning(month.last + timedelta(days=1))):
            with database.write() as session:
                name = f"{account.bank}-{month.last:%Y-%m}.{ending}"
                bank.import_statement(session, settings, made_up, content, name, by=OFFICER)
            settling.settle_waiting(database, by=OFFICER)


def _kbank_file(number: str, lines: Sequence[SampleLine], opening_satang: int, month: Month) -> bytes:
    return sample_files.kbank_corporate_csv(
        number, lines, opening_satang=opening_satang, from_on=month.first, to_on=month.last
    )


def _camt_file(number: str, lines: Sequence[SampleLine], opening_satang: int, month: Month) -> bytes:
    return sample_files.camt053(number, lines, 8, opening_satang=opening_satang, from_on=month.first, to_on=month.last)


def _explain_all(database: Database, moment: datetime) -> None:
    """What the finance officer does two days after a month: name what came in, explain what went out."""
    with database.read() as session:
        waiting = bank_queries.waiting_lines(session, limit=200)
    for line in waiting:
        with clock.at(moment), database.write() as session:
            _explain(session, line)


def _explain(session: Session, line: InboxLine) -> None:
    kind = next((kind for text, kind in demo_year.KINDS_BY_TEXT.items() if text in line.text), None)
    if kind:
        explaining.explain_line(session, line.id, kind, reason="รายการของธนาคาร", by=OFFICER)
    elif line.amount_satang > 0:
        code = next(one.code for one in gifts.campaigns(session) if one.slug == "general")
        explaining.name_line(session, line.id, code, reason="ผู้โอนแจ้งทางโทรศัพท์", by=OFFICER)
