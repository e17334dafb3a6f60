"""Anybody offers goods without an account; staff answer; hostile words harm nobody; nobody's name lies anywhere."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text
from sqlmodel import select

from fund.db import Database
from fund.goods.offers import pages, queries
from fund.goods.offers.models import OfferRow
from fund.limits import Limit
from fund.people.powers import Grant
from tests.fund.browsing import Browser, browser, form_token, signed_in
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.fund.goods.offers.builders import FORM, OFFER, PEOPLE, a_photo, an_offer, found

GIVEN = Canary(70)


def offered(client: Browser, **changes: Any) -> Any:
    """What the public form answers."""
    key = re.search(r'name="form_key" value="([^"]+)"', client.get("/offer?language=en").text)
    return client.post("/offer", data={**FORM, "form_key": key[1] if key else "", **changes})


def numbers(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(OfferRow.number)))


def test_a_company_offers_staff_answer_and_its_own_page_says_so(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        link = offered(client).headers["location"]
        page = client.get(link)
        assert OFFER.what in page.text and page.headers["cache-control"] == "no-store"
    (number,) = numbers(database)
    with signed_in(database_url, "som", PEOPLE["som"]) as client:
        assert number in client.get("/staff/offers").text and OFFER.what not in client.get("/staff/offers").text
        assert "0812345678" in client.get(f"/staff/offers/{number}").text
        answer = {"reason": "enough", "accepted": "๑๒", "words": "ขอบคุณมาก", "csrf_token": form_token(client)}
        assert client.post(f"/staff/offers/{number}/part", data=answer).status_code == 303
        assert client.post(f"/staff/offers/{number}/part", data=answer).status_code == 409
        assert client.post(f"/staff/offers/{number}/eat", data=answer).status_code == 404
        client.cookies.set("language", "en")
        own = client.get(link).text
    assert "We take 12 of 20." in own and "ขอบคุณมาก" in own and "We have use for so many" in own
    with browser(database_url) as client:
        assert client.post(f"{link}/withdraw").status_code == 303
        assert client.post(f"{link}/withdraw").status_code == 409
        assert client.get(link[:-1]).status_code == 404


UNREADABLE: tuple[tuple[dict[str, str], str], ...] = (
    ({"what": ""}, "what"),
    ({"what": "\u200b\u200b"}, "what"),
    ({"what": "ก" * 201}, "what"),
    ({"what": "a\0b"}, "what"),
    ({"quantity": "0"}, "quantity"),
    ({"quantity": "1e3"}, "quantity"),
    ({"quantity": "1000001"}, "quantity"),
    ({"condition": "broken"}, "condition"),
    ({"thing": "00000000-0000-0000-0000-000000000000"}, "thing"),
    ({"wanted_by": "2560-01-01"}, "wanted_by"),
    ({"wanted_by": "31/02"}, "wanted_by"),
    ({"district": "9999"}, "district"),
    ({"words": "ก" * 2_001}, "words"),
    ({"giver": "ghost"}, "giver"),
    ({"name": ""}, "name"),
    ({"phone": "12"}, "phone"),
    ({"phone": "", "email": ""}, "phone"),
    ({"email": "nobody"}, "email"),
)


def test_what_cannot_be_read_is_said_at_its_field_and_nothing_typed_is_lost(
    database: Database, database_url: str
) -> None:
    found(database)
    with browser(database_url) as client:
        for typed, field in UNREADABLE:
            answer = offered(client, **{"unit": "กล่องสีฟ้า", **typed})
            assert (answer.status_code, f'id="{field}-error"' in answer.text) == (400, True), (typed, field)
            assert "กล่องสีฟ้า" in answer.text
    assert numbers(database) == []


HOSTILE = (
    "<script>alert(1)</script>",
    "‮อาร์ทีแอล‬ RTL",
    "ก\u200bข\u200cค\u200d",
    "{{7*7}} ' OR 1=1--",
    "=HYPERLINK(1)",
    "ก" * 200,
    "รถ " + "🚲" * 60,
)


def test_hostile_words_are_kept_and_shown_as_words(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "som", PEOPLE["som"]) as client:
        for words in HOSTILE:
            link = offered(client, what=words, name=words, where=words, words=words).headers["location"]
            shown = client.get(link).text + client.get(f"/staff/offers/{link.split('/')[2]}").text
            assert "<script>alert" not in shown
            assert "\u200b" not in what_of(database, link) and 0 < len(what_of(database, link)) <= 200


def what_of(database: Database, link: str) -> str:
    """What is kept as the name of what is offered by this link."""
    _, _, number, token = link.split("/")
    with database.read() as session:
        told = queries.by_link(session, number, token).told
    assert told is not None
    return told.what


def test_one_offer_too_many_is_told_when_and_loses_nothing(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(pages, "OFFERS", Limit("offer", 2))
    with browser(database_url) as client:
        answers = [offered(client) for _ in range(3)]
    assert [one.status_code for one in answers] == [303, 303, 429]
    assert OFFER.where in answers[-1].text and 0 < int(answers[-1].headers["retry-after"]) <= 600


def test_a_photo_is_drawn_anew_without_where_it_was_taken(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    found(database)
    number, token = an_offer(database)
    taken = a_photo(side=3000, place=GIVEN.email)
    with signed_in(database_url, "som", PEOPLE["som"], files_dir=str(tmp_path)) as client:
        link = f"/offer/{number}/{token}"
        assert client.post(f"{link}/photo", files={"photo": ("แม่.jpg", taken, "image/jpeg")}).status_code == 303
        kept = client.get(f"/staff/offers/{number}/photos/1").content
        for content, status in ((b"<svg/>", 415), (b"%PDF-1.4", 415), (taken[:900], 400), (b"x" * 8_400_000, 413)):
            assert client.post(f"{link}/photo", files={"photo": ("a.jpg", content, "image/jpeg")}).status_code == status
        assert client.post(f"{link[:-1]}/photo", files={"photo": ("a.jpg", taken, "")}).status_code == 404
    with Image.open(BytesIO(kept)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (1600, 800), {})
    assert GIVEN.email.encode() in taken and GIVEN.email.encode() not in kept


def test_an_offer_is_found_by_its_number_and_waits_on_the_home_page(database: Database, database_url: str) -> None:
    found(database)
    number, _ = an_offer(database)
    with signed_in(database_url, "som", PEOPLE["som"]) as client:
        assert "/staff/offers" in client.get("/staff").text
        answer = client.post("/staff/search", data={"q": number.lower(), "csrf_token": form_token(client)})
        assert number in answer.text + answer.headers.get("location", "")
    with signed_in(database_url, "fin", PEOPLE["fin"]) as client:
        assert client.get(f"/staff/offers/{number}").status_code == 403


def test_staff_note_an_offer_for_somebody_who_called(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "ton", Grant("core_team")) as client:
        assert client.post("/staff/offers/new", data={"csrf_token": form_token(client)}).status_code == 400
        made = client.post("/staff/offers/new", data={**FORM, "csrf_token": form_token(client)})
        assert OFFER.what in client.get(made.headers["location"]).text


def test_nobody_s_name_lies_anywhere_after_an_offer(
    database: Database, database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found(database)
    (tmp_path / "files").mkdir()
    told = {"what": GIVEN.name, "unit": GIVEN.name, "where": GIVEN.name, "words": GIVEN.email}
    told |= {"name": GIVEN.public_name, "phone": GIVEN.phone, "email": GIVEN.email}
    led = []
    with signed_in(database_url, "som", PEOPLE["som"], files_dir=str(tmp_path / "files")) as client:
        link = offered(client, **told).headers["location"]
        offered(client, **{**told, "quantity": GIVEN.phone, "district": GIVEN.name})
        photo = {"photo": (GIVEN.name, a_photo(place=GIVEN.email), "image/jpeg")}
        led += [link, client.post(f"{link}/photo", files=photo).headers["location"]]
        number = link.split("/")[2]
        answer = {"reason": "needed", "words": GIVEN.name, "csrf_token": form_token(client)}
        led.append(client.post(f"/staff/offers/{number}/accept", data=answer).headers["location"])
        assert GIVEN.public_name in client.get(f"/staff/offers/{number}").text
    said = {"log": "".join(capfd.readouterr()).encode(), "addresses": "\n".join(led).encode()}
    assert seen(said | left_by(database) | dict(left_in(tmp_path))) == []


def test_a_giver_s_name_in_a_clear_column_is_found(database: Database) -> None:
    """The control: the same hunt after one column was written as it is."""
    found(database)
    an_offer(database)
    assert seen(left_by(database)) == []
    with database.write() as session:
        planted = text("INSERT INTO goods_need VALUES (:name, 'all', '', 10, '2026-11-23')")
        session.connection().execute(planted, {"name": GIVEN.name})
    assert any(one.endswith(": text") for one in seen(left_by(database)))
