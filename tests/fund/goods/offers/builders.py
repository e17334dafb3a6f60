"""Plain builders for offers: a founded fund with who answers, an offer, browsers, a photo."""

from io import BytesIO
from typing import Final

from PIL import Image

from fund.audit import Actor
from fund.db import Database
from fund.goods.offers import service
from fund.goods.offers.told import Giver, Offer
from fund.people import staff
from fund.people.powers import Grant
from tests.builders import a_founded_fund
from tests.fund.browsing import a_person

PEOPLE: Final = {
    "som": Grant("storekeeper"),
    "wan": Grant("valuer"),
    "ton": Grant("core_team"),
    "aud": Grant("auditor"),
    "fin": Grant("finance"),
}
OFFER: Final = Offer("จักรยาน 20 นิ้ว", 20, unit="คัน", where="โกดังหลังวัดหนองแวง", words="ล้อหลังเปลี่ยนใหม่", condition="good")
GIVER: Final = Giver("company", "บริษัท ปั่นดี จำกัด", "0812345678", "giver@example.org")
FORM: Final = {
    "what": OFFER.what,
    "quantity": "๒๐",
    "unit": OFFER.unit,
    "condition": "good",
    "where": OFFER.where,
    "words": OFFER.words,
    "giver": "company",
    "name": GIVER.name,
    "phone": "081-234-5678",
    "email": GIVER.email,
}


def found(database: Database) -> None:
    """The fund, and everybody in `PEOPLE`."""
    a_founded_fund(database)
    with database.write() as session:
        for name, grant in PEOPLE.items():
            a_person(session, name, grant)


def who(database: Database, name: str) -> Actor:
    """One of `PEOPLE`."""
    with database.read() as session:
        row = staff.named(session, name)
    assert row is not None
    return Actor(name, row.id)


def an_offer(database: Database, offer: Offer = OFFER, key: str = "k" * 22) -> tuple[str, str]:
    """The number of an offer, and the secret of its page."""
    with database.write() as session:
        return service.offer(session, offer, GIVER, form_key=key)


def a_photo(kind: str = "JPEG", side: int = 64, *, colour: str = "teal", place: str = "") -> bytes:
    """A picture; `place` is written into it as a camera would write where it was taken."""
    picture, made = Image.new("RGB", (side, side // 2 or 1), colour), BytesIO()
    exif = Image.Exif()
    if place:
        exif[0x010E] = place
        exif.get_ifd(0x8825)[29] = place
    picture.save(made, kind, exif=exif)
    return made.getvalue()
