"""Staff's campaigns over HTTP: listed, added below a district, closed, printed as posters."""

from collections.abc import Iterator

import pytest

from fund.db import Database
from fund.donations import queries, service
from fund.donations.openings import CampaignAddressError, slug
from tests.fund.browsing import Browser, browser, form_token, signed_in
from tests.fund.donations.builders import STAFF, chum_phae, found

HOME = "/staff/campaigns"


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[Browser]:
    found(database)
    with signed_in(database_url) as opened:
        yield opened


def code_of(database: Database) -> str:
    with database.read() as session:
        return chum_phae(session).code


def send(client: Browser, path: str = HOME, **fields: str) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": form_token(client), **fields})
    return answer.status_code, answer.text or answer.headers.get("location", "")


def test_every_campaign_is_listed_with_its_code_and_poster(client: Browser, database: Database) -> None:
    page = client.get(HOME).text
    code = code_of(database)
    assert f'id="{code}"' in page
    assert f"{HOME}/{code}/poster.pdf?size=A3" in page


def test_a_temples_campaign_is_added_below_a_district(client: Browser, database: Database) -> None:
    names = {"name_th": "วัดป่าแสงอรุณ", "name_en": "Wat Pa Saeng Arun"}
    status, _ = send(client, parent=code_of(database), purpose_th="ชุดนักเรียน", **names)
    assert status == 303
    with database.read() as session:
        temple = queries.campaign_by_slug(session, "wat-pa-saeng-arun")
    assert (temple.fund, temple.purpose_th) == ("D4005", "ชุดนักเรียน")
    assert client.get("/give/wat-pa-saeng-arun").status_code == 200


@pytest.mark.parametrize(
    ("names", "field", "status"),
    [
        ({"name_th": "", "name_en": "School"}, "name_th", 400),
        ({"name_th": "โรงเรียน", "name_en": "โรงเรียน"}, "name_en", 400),
        ({"name_th": "ก\0", "name_en": "School"}, "name_th", 400),
        ({"name_th": "พล", "name_en": "Phon"}, "name_en", 409),
    ],
)
def test_a_bad_name_is_refused_at_its_field(
    client: Browser, database: Database, names: dict[str, str], field: str, status: int
) -> None:
    answered, page = send(client, parent=code_of(database), purpose_en="Uniforms", **names)
    assert answered == status
    assert f'id="{field}-error"' in page
    assert 'value="Uniforms"' in page


def test_a_campaign_below_nothing_is_not_found(client: Browser) -> None:
    assert send(client, parent="KK9999A", name_th="ก", name_en="A")[0] == 404


def test_a_campaign_is_closed_once(client: Browser, database: Database) -> None:
    path = f"{HOME}/{code_of(database)}/close"
    assert send(client, path)[0] == 303
    assert client.get("/give/chum-phae").status_code == 410
    assert "ปิดรับแล้ว" in client.get(HOME).text
    assert send(client, path)[0] == 409


@pytest.mark.parametrize(("size", "status"), [("A4", 200), ("A3", 200), ("A5", 400)])
def test_a_poster_is_printed(client: Browser, database: Database, size: str, status: int) -> None:
    answer = client.get(f"{HOME}/{code_of(database)}/poster.pdf?size={size}")
    assert answer.status_code == status
    if status == 200:
        assert answer.content.startswith(b"%PDF")
        assert f"poster-chum-phae-{size}.pdf" in answer.headers["content-disposition"]


def test_only_an_open_campaign_of_the_province_or_a_district_has_others_below(
    client: Browser, database: Database
) -> None:
    with database.write() as session:
        names = {"name_th": "โรงเรียน", "name_en": "School", "purpose_th": "", "purpose_en": ""}
        school = service.open_below(session, chum_phae(session), **names, by=STAFF)
        phon = queries.campaign_by_slug(session, "phon")
        service.close_campaign(session, phon.id, by=STAFF)
    offered = client.get(HOME).text
    for code in (school.code, phon.code):
        assert f'<option value="{code}"' not in offered
        status, page = send(client, parent=code, name_th="ก", name_en="Another")
        assert status == 409
        assert 'id="parent-error"' in page


def test_a_closed_campaign_prints_no_poster(client: Browser, database: Database) -> None:
    code = code_of(database)
    paper = f"{HOME}/{code}/poster.pdf?size=A4"
    assert send(client, f"{HOME}/{code}/close")[0] == 303
    answer = client.get(paper)
    assert answer.status_code == 410
    assert "โครงการนี้ปิดรับแล้ว" in answer.text
    assert paper not in client.get(HOME).text


def test_a_form_without_the_sessions_token_changes_nothing(client: Browser, database: Database) -> None:
    assert client.post(f"{HOME}/{code_of(database)}/close", data={"csrf_token": "x"}).status_code == 403
    assert client.get("/give/chum-phae").status_code == 200


def test_nobody_closes_a_campaign_without_signing_in(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as stranger:
        assert stranger.post(f"{HOME}/{code_of(database)}/close", data={}).status_code == 401


@pytest.mark.parametrize(
    ("name", "address"), [("Ban Nong Waeng School", "ban-nong-waeng-school"), ("Café  No. 1!", "cafe-no-1")]
)
def test_an_address_is_made_from_the_english_name(name: str, address: str) -> None:
    assert slug(name) == address


def test_a_name_without_letters_makes_no_address() -> None:
    with pytest.raises(CampaignAddressError):
        slug("วัด")
