"""What happens in the demonstration's year, as values: who gives when, and what the banks say of it.

Knows made-up names, schools and amounts; the same seed gives the same year. Touches no database.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final

FIRST_NAMES: Final = ("สมชาย", "มาลี", "บุญมี", "คำปัน", "สุดารัตน์", "ประยูร", "วิไล", "ธนพล", "อรทัย", "ทองสุข")
LAST_NAMES: Final = ("ศรีสุข", "แก้วมณี", "พลเยี่ยม", "โคตรภูมี", "ชัยวงศ์", "บุตรดี", "วงษ์คำ", "อินทรา")
SCHOOLS: Final = (
    ("โรงเรียนบ้านตัวอย่าง", "Ban Tuayang School"),
    ("โรงเรียนชุมชนสมมติ", "Chumchon Sommut School"),
    ("วัดป่าตัวอย่าง", "Wat Pa Tuayang"),
)
"""Made up: no such school or temple exists."""

FEE_TEXT: Final = "ค่าธรรมเนียมรายเดือน"
POSTER_TEXT: Final = "ชำระค่าพิมพ์โปสเตอร์"
INTEREST_TEXT: Final = "ดอกเบี้ยเงินฝาก"
KINDS_BY_TEXT: Final = {FEE_TEXT: "fee", POSTER_TEXT: "running-cost", INTEREST_TEXT: "interest"}
"""By what the bank writes, how the finance officer explains it."""

AMOUNTS: Final = (1000,) * 14 + (2000,) * 4 + (5000, 10000, 10000, 50000)
"""Most people give ten baht; satang."""


@dataclass(frozen=True, slots=True)
class Pledged:
    """Someone opens the give page of a campaign (by its place in the list) and pays, or does not."""

    at: datetime
    campaign: int
    amount_satang: int
    name: str  # empty: anonymous
    wants_receipt: bool
    is_paid: bool
    paid_satang: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """Someone scans a campaign's poster."""

    at: datetime
    campaign: int
    amount_satang: int


@dataclass(frozen=True, slots=True)
class Stray:
    """Money comes with words that name nobody."""

    at: datetime
    amount_satang: int
    text: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The bank takes, or the office pays."""

    at: datetime
    amount_satang: int
    text: str


@dataclass(frozen=True, slots=True)
class Interest:
    """The bank pays interest."""

    at: datetime
    amount_satang: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the year: its first and last day shown, and everything that happens in it."""

    first: date
    last: date
    pledged: tuple[Pledged, ...]
    scanned: tuple[Scanned, ...]
    strays: tuple[Stray, ...]
    outgoing: tuple[Outgoing, ...]
    interest: tuple[Interest, ...]


def months_until(until: date, count: int) -> list[tuple[date, date]]:
    """The last `count` calendar months up to `until`, each as (first day, last day); the last ends at `until`."""
    firsts = [until.replace(day=1)]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    firsts.reverse()
    lasts = [following - timedelta(days=1) for following in firsts[1:]]
    return list(zip(firsts, [*lasts, until], strict=True))


def month(seed: Random, first: date, last: date, campaigns: int) -> Month:
    """One month of gifts to `campaigns` campaigns, busier when a school term begins (May, November)."""
    busy = 2 if first.month in (5, 11) else 1
    pledged = [_pledged(seed, first, last, campaigns) for _ in range(seed.randint(30, 45) * busy)]
    scanned = [_scanned(seed, first, last, campaigns) for _ in range(seed.randint(90, 130) * busy)]
    scanned += scanned[:3]  # equal gifts in the same second happen, and each is a gift of its own
    return Month(
        first=first,
        last=last,
        pledged=tuple(pledged),
        scanned=tuple(scanned),
        strays=tuple(_stray(seed, first, last) for _ in range(seed.randint(2, 4))),
        outgoing=_outgoing(seed, last),
        interest=(Interest(_evening(last), seed.randint(1200, 9900)),) if first.month in (6, 12) else (),
    )


def _moment(seed: Random, first: date, last: date) -> datetime:
    day = first + timedelta(days=seed.randint(0, (last - first).days))
    return datetime.combine(day, time(seed.randint(6, 20), seed.randint(0, 59), seed.randint(0, 59)))


def _evening(day: date) -> datetime:
    return datetime.combine(day, time(23, 30))


def _campaign(seed: Random, campaigns: int) -> int:
    """The province's own campaign and the town's are the best known."""
    places: list[int] = [0, 0, 1, *range(campaigns)]
    return seed.choice(places)


def _pledged(seed: Random, first: date, last: date, campaigns: int) -> Pledged:
    amount = seed.choice(AMOUNTS)
    wants_receipt = seed.randint(1, 4) == 1
    name = f"{seed.choice(FIRST_NAMES)} {seed.choice(LAST_NAMES)}"
    return Pledged(
        at=_moment(seed, first, last),
        campaign=_campaign(seed, campaigns),
        amount_satang=amount,
        name=name if wants_receipt or seed.randint(1, 3) == 1 else "",
        wants_receipt=wants_receipt,
        is_paid=seed.randint(1, 12) > 1,
        paid_satang=amount if seed.randint(1, 40) > 1 else amount * 2,
    )


def _scanned(seed: Random, first: date, last: date, campaigns: int) -> Scanned:
    return Scanned(_moment(seed, first, last), _campaign(seed, campaigns), seed.choice(AMOUNTS))


def _stray(seed: Random, first: date, last: date) -> Stray:
    text = seed.choice(("โอนเงิน", "ทำบุญให้น้อง", "จาก X4471 นาย ตัวอย่าง ข++", "ค่าเสื้อนักเรียน"))
    return Stray(_moment(seed, first, last), seed.choice((1000, 2000, 30000, 100000)), text)


def _outgoing(seed: Random, last: date) -> tuple[Outgoing, ...]:
    return (
        Outgoing(_evening(last), 2000, FEE_TEXT),
        Outgoing(_evening(last), seed.randint(30, 90) * 1000, POSTER_TEXT),
    )
