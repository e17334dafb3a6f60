"""Who acts in a story, through HTTP alone: a donor, an officer, and the bank that saw the payment.

What the bank prints comes from the QR that an independent scanner read, so a story is closed only if both agree.
"""

import csv
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from fund import clock
from fund.bank import sample_files
from fund.bank.sample_files import SampleLine
from fund.people import demo_people
from ledger.money import parse_baht
from receipts import qr
from receipts.qr import Payment
from tests.stories.pages import Page, Visitor

FOUNDED = datetime(2026, 10, 1, 9, 0, tzinfo=clock.BANGKOK)
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=clock.BANGKOK)
DAY, NEXT_DAY = date(2026, 11, 20), date(2026, 11, 21)
KBANK, KBANK_OPENING = "1230456789", 5_000_000
BBL, BBL_OPENING = "9870001234", 1_000_000
DISTRICT, DISTRICT_FUND = "mueang-khon-kaen", "D4001"


@dataclass(frozen=True)
class Gift:
    """A donor's own page: its address, reference, and the payment its QR asks for."""

    page: Page
    link: str
    reference: str
    payment: Payment


def give(donor: Visitor, slug: str = DISTRICT, **typed: str) -> Gift:
    """A donor fills the form of a campaign and scans the QR of the page it leads to."""
    page = donor.send(donor.open(f"/give/{slug}"), f"/give/{slug}", **typed)
    assert page.status == 200, page.words
    link = "/gift/" + page.address.split("/gift/")[1]
    return Gift(page, link, link.split("/")[2], scanned(donor.open(f"{link}/qr.png").content))


def poster(visitor: Visitor, slug: str = DISTRICT) -> Payment:
    """What a bank's app reads off the poster of a campaign."""
    return scanned(visitor.open(f"/give/{slug}/poster.png").content)


def scanned(picture: bytes) -> Payment:
    """The payment that the QR in a picture asks for, as zbarimg reads it."""
    return qr.decode(read_qr(picture))


def read_qr(picture: bytes) -> str:
    """The text of the one QR in a picture, as zbarimg reads it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "qr.png"
        path.write_bytes(picture)
        return zbarimg(path)


def zbarimg(path: Path) -> str:
    """The text of the one QR in a picture file."""
    command = ["zbarimg", "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout + done.stderr
    return done.stdout.rstrip("\n")


def paid(
    payment: Payment, *, baht: str = "", on: date = DAY, at: time = time(9, 0), references: Sequence[str] = ()
) -> SampleLine:
    """The bank's line of a payment: amount and references as scanned, or as somebody typed them."""
    amount = parse_baht(baht) if baht else payment.amount_satang
    assert amount is not None, "a poster's QR leaves the amount to the payer"
    printed = tuple(references or filter(None, (payment.ref1, payment.ref2)))
    return SampleLine(on, amount, sample_files.bill_payment_detail(*printed), at, references=printed)


def transferred(baht: str, text: str, *, at: time = time(9, 0), is_out: bool = False) -> SampleLine:
    """A line of money that came (or went out) with nothing but words beside it."""
    amount = parse_baht(baht)
    return SampleLine(DAY, -amount if is_out else amount, text, at)


def kbank(
    *lines: SampleLine, opening_satang: int = KBANK_OPENING, from_on: date = DAY, to_on: date = NEXT_DAY
) -> bytes:
    """KBank's file with these lines."""
    return sample_files.kbank_corporate_csv(KBANK, lines, opening_satang=opening_satang, from_on=from_on, to_on=to_on)


def camt053(*lines: SampleLine, version: int = 8) -> bytes:
    """The other bank's camt.053 file with these lines."""
    return sample_files.camt053(BBL, lines, version, opening_satang=BBL_OPENING, from_on=DAY, to_on=NEXT_DAY)


def sign_in(officer: Visitor, name: str = demo_people.NAME) -> None:
    """The officer (or another of the demonstration's people) signs in by the form, which prints name and password."""
    page = officer.open("/staff/sign-in")
    entered = officer.send(page, "/staff/sign-in", name=name, password=demo_people.PASSWORD)
    assert entered.address.endswith("/staff"), entered.words


def hand_in(officer: Visitor, content: bytes, name: str = "statement.csv") -> Page:
    """The officer hands in a statement; the page that tells what it did."""
    return officer.upload(officer.open("/staff/statements"), "/staff/statements", name, content)


def waiting(officer: Visitor) -> list[str]:
    """Where the officer may say which campaign each waiting gift is for."""
    return [form.action for form in officer.open("/staff/lines").forms if form.action.endswith("/name")]


def state(donor: Visitor, gift: Gift) -> str:
    """What the open gift page hears when it asks."""
    words = donor.open(f"{gift.link}/state").content.decode()
    return words.split('"state":"')[1].split('"')[0]


def came_in(visitor: Visitor, fund: str) -> int:
    """Satang that came in for a fund, by the public table."""
    rows = csv.DictReader(visitor.open("/figures.csv").content.decode("utf-8-sig").splitlines())
    return next(int(Decimal(row["came_in"]) * 100) for row in rows if row["fund"] == fund)
