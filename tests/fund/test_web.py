"""Pages speak two languages, lead nowhere else, and every text has its Thai."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from jinja2.ext import babel_extract
from litestar.testing import RequestFactory

import fund
import ledger
import receipts
from fund import app as service
from fund import assets, language, walls, web
from fund.errors import FundError
from fund.settings import SettingError, Settings
from ledger.errors import LedgerError
from receipts.errors import QrError, ReceiptError
from tests.fund.browsing import as_demo, browser
from tests.fund.donations.builders import found

TEMPLATES = assets.ROOT / "templates"


def texts_of_templates() -> Iterator[tuple[str, str]]:
    """(file, English text) of everything that a page says."""
    for path in sorted(TEMPLATES.rglob("*.html")):
        if path.parent.name == "receipts":
            continue  # papers carry both languages side by side
        with path.open("rb") as file:
            for _line, _function, said, _comments in babel_extract(file, ("_", "ngettext"), (), {}):
                texts = said if isinstance(said, tuple) else (said,)
                yield from ((path.name, text) for text in texts if text)


def kinds_below(kind: type[Any]) -> set[type[Any]]:
    return {kind}.union(*(kinds_below(child) for child in kind.__subclasses__()))


def texts_of_refusals() -> Iterator[tuple[str, str]]:
    """(class, English message) of every refusal in the three packages."""
    for package in (ledger, receipts, fund):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                importlib.import_module(module.name)
    for base in (LedgerError, ReceiptError, FundError):
        for kind in kinds_below(base):
            if kind.__module__.split(".")[0] in ("ledger", "receipts", "fund"):
                yield kind.__name__, kind.message
    yield from (("QrError", text) for text in QrError.reasons.values())


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|\{\w+\}", text))


def test_every_text_of_a_page_has_its_thai_with_the_same_places() -> None:
    thai = language.catalogue()
    lacking = [f"{file}: {text}" for file, text in texts_of_templates() if text not in thai]
    assert not lacking, "\n".join(lacking)
    assert [text for _, text in texts_of_templates() if placeholders(text) != placeholders(thai[text])] == []


def test_every_refusal_has_its_thai_with_the_same_places() -> None:
    thai = language.catalogue()
    lacking = [f"{kind}: {text}" for kind, text in texts_of_refusals() if text not in thai]
    assert not lacking, "\n".join(lacking)
    assert [text for _, text in texts_of_refusals() if placeholders(text) != placeholders(thai[text])] == []


def test_every_title_and_advice_has_its_thai() -> None:
    texts = {*web.TITLES.values(), *service.ADVICE.values()}
    assert texts - language.catalogue().keys() == set()
    assert service.ADVICE.keys() <= web.TITLES.keys()


def test_the_reader_s_choice_of_language_is_kept_and_leads_back(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        assert '<html lang="th">' in client.get("/").text
        chosen = client.get("/language/en?back=/give")
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/give")
        assert '<html lang="en">' in client.get("/").text
        client.get("/language/th")
        assert '<html lang="th">' in client.get("/").text


@pytest.mark.parametrize(
    "away", ["https://evil.example", "//evil", "/\\evil", "\\\\evil", "evil", "/a\nb", "/" + "a" * 600]
)
def test_the_language_switch_leads_nowhere_else(database_url: str, away: str) -> None:
    with browser(database_url) as client:
        assert client.get("/language/en", params={"back": away}).headers["location"] == "/"
        assert client.get("/language/de").status_code == 404


def test_a_page_s_own_switch_leads_back_to_it(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        page = client.get("/give")
        switch = re.search(r'href="(/language/en[^"]+)"', page.text)
        assert switch is not None
        assert client.get(switch[1]).headers["location"] == "/give"


@pytest.mark.parametrize(
    ("chosen", "day", "moment", "month"),
    [
        ("th", "23 พฤศจิกายน 2569", "24 พ.ย. 2569 00:30 น.", "พ.ย. 2569"),
        ("en", "23 November 2026", "24 Nov 2026, 00:30", "Nov 2026"),
    ],
)
def test_days_and_moments_are_written_as_people_say_them(chosen: Any, day: str, moment: str, month: str) -> None:
    assert language.day(chosen, date(2026, 11, 23)) == day
    assert language.moment(chosen, datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == moment
    assert language.month(chosen, date(2026, 11, 23)) == month


def test_an_error_says_its_facts_in_the_reader_s_language() -> None:
    error = LedgerError()
    assert web.message_of(error, "en") == "The ledger refused this."
    assert web.message_of(error, "th") == "บัญชีไม่รับรายการนี้"


def test_what_is_shown_is_escaped() -> None:
    template = web.environment("en").from_string('{{ _("Call us: %(phone)s", phone=phone) }}')
    assert template.render(phone="<script>") == "Call us: &lt;script&gt;"


@pytest.mark.parametrize(
    "name",
    [
        "../pyproject.toml",
        "vendor/../../fund/app.py",
        "",
        ".",
        "nothing.css",
        "x" * 300,
        "vendor",
        "app.css/x",
        "a\0b",
        "/etc/passwd",
    ],
)
def test_only_what_lies_in_static_is_served(name: str) -> None:
    assert assets.find(name) is None


def test_a_style_is_kept_for_ever_under_the_address_of_its_content(database_url: str) -> None:
    with browser(database_url) as client:
        now = client.get(assets.address("app.css"))
        assert "immutable" in now.headers["cache-control"]
        assert now.headers["content-type"].startswith("text/css")
        assert "immutable" not in client.get("/static/app.css?v=old").headers["cache-control"]


def test_a_name_longer_than_any_file_s_is_not_there(database_url: str) -> None:
    with browser(database_url) as client:
        assert client.get(f"/static/{'x' * 300}").status_code == 404


def test_fonts_and_htmx_come_from_their_packages(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    assets.make()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "htmx.min.js",
        "sarabun-400.woff2",
        "sarabun-600.woff2",
        "sarabun-700.woff2",
    ]
    assert all(path.read_bytes()[:4] == b"wOF2" for path in tmp_path.glob("*.woff2"))


CHAINS = [
    ("192.0.2.1", "", "192.0.2.1"),
    ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
    ("10.0.0.2", "203.0.113.5", "203.0.113.5"),
    ("10.0.0.2", "198.51.100.1, 203.0.113.5", "203.0.113.5"),
    ("10.0.0.2", "203.0.113.5, 10.0.0.9", "203.0.113.5"),
    ("10.0.0.2", "not an address", "not an address"),
]


@pytest.mark.parametrize(("peer", "forwarded", "who"), CHAINS)
def test_only_a_trusted_proxy_is_believed_about_who_asks(peer: str, forwarded: str, who: str) -> None:
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    request.scope["client"] = (peer, 40_000)
    assert walls.client_address(request, Settings(trusted_proxies="10.0.0.0/8, ::1")) == who


def test_a_proxy_that_is_no_address_is_refused_at_the_start(database_url: str) -> None:
    with pytest.raises(SettingError, match="TRUSTED_PROXIES"):
        service.create_app(Settings(database_url=database_url, trusted_proxies="localhost"))


def test_the_demonstration_says_so_on_every_page(database: Any, database_url: str) -> None:
    as_demo(database)
    with browser(database_url) as client:
        for path in ("/", "/staff/sign-in", "/verify", "/nowhere"):
            assert "ระบบตัวอย่าง" in client.get(path).text, path


def test_a_real_fund_does_not_call_itself_a_demonstration(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        assert "ระบบตัวอย่าง" not in client.get("/").text
