"""Matching by itself: a hundred thousand lines against as many open pledges, and a made-up year whose truth is known.

The first tells how time grows with the lines (half as many beside all). The second settles the demonstration's year,
with references spoilt as people and banks spoil them, and counts what was matched rightly, wrongly, or left to people.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from benchmarks.measuring import Figure, Finding, Note, Scale, tell
from benchmarks.places import BENCHMARK, Places, found
from fund import clock, codes, demo_year
from fund.audit import DONOR
from fund.bank import matching, sample_files, service, settling, teaching, unaddressed
from fund.bank.matching import Expected, Match, Told
from fund.bank.models import LineRow, MatchRow
from fund.bank.sample_files import SampleLine
from fund.bank.teaching import Lesson
from fund.bank.unaddressed import Gift
from fund.db import Database
from fund.demo_year import Month
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.models import DonationRow
from fund.donations.queries import CampaignView, PledgeView
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.profile import Profile
from fund.settings import Settings

ACCOUNT: Final = "1110.01"
SEED: Final = 2570
STRANGER: Final = "nobody's"
"""What stray money is in truth: no gift that anybody could know."""


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """The figures of matching."""
    lines = scale.of(100_000, 10_000)
    for name, matched in (("by reference", _by_reference), ("by amount and moment", _by_moment)):
        tell(f"matching · {lines:,} lines {name}")
        pairs = [(lines / matched(lines), lines / 2 / matched(lines // 2)) for _ in range(scale.of(3, 2))]
        rates, halves = zip(*pairs, strict=True)
        limit = f"{lines // 2:,} lines against as many pledges"
        yield Figure(f"matching · {lines:,} against as many open pledges · {name}", "lines", rates, limit, halves)
    yield _year(places, scale.of(12, 2))


def _by_reference(count: int) -> float:
    """Seconds for finding references in so many lines, and their pledges among as many."""
    pledges = list(_pledges(count))
    expected = Expected({pledge.reference: pledge for pledge in pledges})
    lines = [Told(1_000, (f"รหัสอ้างอิง {pledge.reference.lower()}, ขอบคุณ",), ACCOUNT) for pledge in pledges]
    begin = perf_counter()
    read = matching.references_in(lines)
    proposals = matching.distinct(
        [matching.propose(line, one, expected) for line, one in zip(lines, read, strict=True)]
    )
    seconds = perf_counter() - begin
    _require(sum(isinstance(one, Match) for one in proposals), count)
    return seconds


def _by_moment(count: int) -> float:
    """Seconds for so many ten-baht lines without a word, against as many open pledges of nobody, one a second."""
    pledges = list(_pledges(count))
    lines = {(ACCOUNT, 1_000): [Gift(n, pledge.made_at + timedelta(seconds=40)) for n, pledge in enumerate(pledges)]}
    begin = perf_counter()
    proposals = unaddressed.find(lines, (), pledges, {pledges[0].campaign_id: {ACCOUNT}})
    seconds = perf_counter() - begin
    _require(sum(isinstance(one, Match) for one in proposals.values()), count)
    return seconds


def _require(done: int, count: int) -> None:
    if done != count:
        raise RuntimeError(f"{count} lines, but {done} were matched")


def _pledges(count: int) -> Iterator[PledgeView]:
    begun, campaign = clock.now(), UUID(int=1)
    for number in range(count):
        made = begun + timedelta(seconds=number)
        until = made + timedelta(days=30)
        reference = codes.with_check(f"D{number:09d}")
        yield PledgeView(UUID(int=number), reference, campaign, 1_000, None, False, "th", made, until, False)


@dataclass
class _Year:
    """A fund, its bank's lines so far, and what each of them is in truth."""

    database: Database
    profile: Profile
    settings: Settings
    seed: Random = field(default_factory=lambda: Random(SEED))
    balance: int = 0
    truth: dict[tuple[datetime, int], list[str]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)


def _year(places: Places, months: int) -> Note:
    """What became of the lines of a year: right, wrong, or waiting."""
    tell(f"matching · the made-up year, {months} months")
    url = places.empty("sqlite")
    spans = demo_year.months_until(clock.today() - timedelta(days=1), months)
    with clock.at(datetime.combine(spans[0][0], time(9), clock.BANGKOK)):
        fund = found(url)
    with tempfile.TemporaryDirectory() as folder:
        year = _Year(Database(url), fund, Settings(files_dir=str(Path(folder) / "files")))
        year.balance = fund.accounts[0].opening_satang
        _teach(year)
        for first, last in spans:
            _live(year, first, last)
        right, wrong, waiting = _judged(year)
        year.database.close()
    total = right + wrong + waiting
    return Note(
        f"matching · the made-up year · {total:,} lines: {right:,} right, {wrong:,} wrong, {waiting:,} for a person;"
        f" settled without a person: {100 * (right + wrong) / total:.1f} % · {dict(year.told)}"
    )


def _teach(year: _Year) -> None:
    """What the officer says once of each text that the bank repeats."""
    with year.database.write() as session:
        for words, kind in demo_year.KINDS_BY_TEXT.items():
            teaching.teach(session, Lesson(words, kind, came_in=kind == "interest"), by=BENCHMARK)


def _live(year: _Year, first: date, last: date) -> None:
    with year.database.read() as session:
        campaigns = gifts.campaigns(session)
    month = demo_year.month(year.seed, first, last, len(campaigns))
    lines = sorted(_lines(year, month, campaigns), key=lambda line: (line.occurred_on, line.time))
    content = sample_files.kbank_corporate_csv(
        year.profile.accounts[0].number, lines, opening_satang=year.balance, from_on=month.first, to_on=month.last
    )
    year.balance += sum(line.amount_satang for line in lines)
    with year.database.write() as session:
        service.import_statement(session, year.settings, year.profile, content, f"{month.last}.csv", by=BENCHMARK)
    settling.settle_waiting(year.database, by=BENCHMARK)


def _lines(year: _Year, month: Month, campaigns: list[CampaignView]) -> Iterator[SampleLine]:
    for pledged in month.pledged:
        reference = _pledge(year, pledged, campaigns[pledged.campaign])
        if pledged.is_paid:
            spoilt = _spoilt(year, reference, campaigns[pledged.campaign].code)
            yield _line(year, pledged.at, pledged.paid_satang, spoilt, reference)
    for scanned in month.scanned:
        code = campaigns[scanned.campaign].code
        yield _line(year, scanned.at, scanned.amount_satang, sample_files.bill_payment_detail(code), code)
    for stray in month.strays:
        yield _line(year, stray.at, stray.amount_satang, stray.text, STRANGER)
    for out in month.outgoing:
        yield _line(year, out.at, -out.amount_satang, out.text, demo_year.KINDS_BY_TEXT[out.text])
    for paid in month.interest:
        yield _line(year, paid.at, paid.amount_satang, demo_year.INTEREST_TEXT, "interest")


def _pledge(year: _Year, pledged: demo_year.Pledged, campaign: CampaignView) -> str:
    told = ContactDetails(public_name=pledged.name, name=pledged.name if pledged.wants_receipt else "")
    request = PledgeRequest(
        campaign.id, pledged.amount_satang, donations.new_form_key(), told, wants_receipt=pledged.wants_receipt
    )
    with clock.at(pledged.at.replace(tzinfo=clock.BANGKOK)), year.database.write() as session:
        return donations.pledge(session, request, by=DONOR).pledge.reference


def _spoilt(year: _Year, reference: str, code: str) -> str:
    """What a bank makes of a reference: mostly all of it; sometimes blanks, small letters, look-alikes, or a part."""
    ways = {
        "whole": f"รหัสอ้างอิง {reference}, {code}",
        "spaced": f"{reference[:4]} {reference[4:8]}-{reference[8:]}",
        "small": f"โอน {reference.lower()}",
        "look-alikes": reference.replace("0", "O").replace("1", "l").replace("5", "S"),
        "cut off": f"โอน {reference[:9]}",
        "last one wrong": reference[:-1] + ("A" if reference[-1] != "A" else "C"),
    }
    way = year.seed.choices([*ways], weights=(75, 6, 6, 5, 4, 4))[0]
    year.told[way] += 1
    return ways[way]


def _line(year: _Year, at: datetime, amount_satang: int, text: str, truth: str) -> SampleLine:
    """A line, and the truth about it: by its moment and amount, which twins share, as they share their truth."""
    year.truth.setdefault((at, amount_satang), []).append(truth)
    is_gift = not re.fullmatch("|".join(demo_year.KINDS_BY_TEXT), text)
    return replace(SampleLine(at.date(), amount_satang, text, at.time()), kind="รับโอนเงิน" if is_gift else text)


def _judged(year: _Year) -> tuple[int, int, int]:
    """How many lines were settled rightly, wrongly, and not at all."""
    with year.database.read() as session:
        settled = _settled(session)
        rows = session.exec(select(LineRow)).all()
    right = wrong = waiting = 0
    for row in rows:
        at = datetime.fromisoformat(f"{row.occurred_on}T{row.occurred_at}")
        said, truths = settled.get(row.id), year.truth[at, row.amount_satang]
        if said is None:
            waiting += 1
        elif said in truths:
            truths.remove(said)
            right += 1
        else:
            wrong += 1
    return right, wrong, waiting


def _settled(session: Session) -> dict[UUID, str]:
    """What each settled line was taken for: a pledge's reference, a campaign's code, or another kind."""
    codes = {campaign.id: campaign.code for campaign in gifts.campaigns(session)}
    made = {row.id: row for row in session.exec(select(DonationRow))}
    pledges = gifts.pledges_by_id(session, {row.pledge_id for row in made.values() if row.pledge_id})
    found = {}
    for match in session.exec(select(MatchRow).where(MatchRow.kind != "unidentified")):
        gift = made.get(match.donation_id) if match.donation_id else None
        if gift is None:
            found[match.line_id] = match.kind
        else:
            found[match.line_id] = pledges[gift.pledge_id].reference if gift.pledge_id else codes[gift.campaign_id]
    return found
