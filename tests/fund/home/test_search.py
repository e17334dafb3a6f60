"""The search: references however they are spelled, numbers, codes, amounts; for each only what is theirs; no names."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from fund import language
from fund.audit import AuditRow
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from fund.home import finds, search
from fund.home.finds import Term
from fund.people import powers
from fund.people.powers import ACTIONS, Grant
from fund.people.roles import ROLES
from tests.fund.bank.builders import OFFICER, OPENING, Fund, a_csv, a_gift, a_payment
from tests.fund.browsing import Browser, browser, come_in, form_token

NAME, WORDS = "นางสาวขวัญใจ ใจดี", "จาก X1234 สมหญิง"
LINE = ("Bank line", "1110.01 09:05")
TO_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


@dataclass(frozen=True)
class Hit:
    """A row of the page."""

    kind: str
    code: str
    href: str
    words: str


@dataclass
class Desk:
    """A fund with a paid gift and a line that waits, and a browser before it."""

    fund: Fund
    client: Browser
    reference: str
    receipt: str

    def come_in(self, role: str, scope: str = "") -> None:
        come_in(self.client, f"{role} {scope}", Grant(role, scope))
        self.client.cookies.set("language", "en")

    def ask(self, text: str) -> Any:
        return self.client.post("/staff/search", data={"q": text, "csrf_token": form_token(self.client)})

    def hits(self, text: str) -> list[Hit]:
        """What the search shows."""
        rows = re.findall(
            r'<tr>\s*<th scope="row"><a href="([^"]+)">([^<]+)</a>(.*?)</tr>', self.found(text), re.DOTALL
        )
        return [Hit(kind, code_in(rest), html.unescape(href), plain(rest)) for href, kind, rest in rows]

    def found(self, text: str) -> str:
        """The page of results, up to the list of keys, which is a table too."""
        answer = self.ask(text)
        assert answer.status_code == 200
        return str(answer.text.split("<dialog")[0])


def code_in(row: str) -> str:
    return str(re.findall(r'class="code">([^<]*)<', row)[0])


def plain(row: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


@pytest.fixture
def desk(database: Any, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    fund = Fund(database, tmp_path)
    campaign = fund.campaign()
    told = ContactDetails(name=NAME)
    with database.write() as session:
        request = PledgeRequest(campaign.id, 10_000, donations.new_form_key(), told, wants_receipt=True)
        reference = donations.pledge(session, request, by=OFFICER).pledge.reference
    paid = a_payment(reference, campaign.code, amount_satang=10_000)
    fund.take_and_settle(a_csv([paid, a_gift(123_450, WORDS, day=3)]))
    with database.read() as session:
        gift = gifts.donations_of_pledge(session, gifts.pledges_by_reference(session, [reference])[reference].id)[0]
    with browser(database_url, files_dir=str(tmp_path)) as client:
        made = Desk(fund, client, reference, gift.receipt_number or "")
        made.come_in("finance")
        yield made


def spellings(reference: str) -> list[str]:
    look_alikes = reference.translate(str.maketrans("015", "OIS"))
    parts = (reference[:4], reference[4:8], reference[8:])
    return [
        reference.lower(), look_alikes, " ".join(parts), "-".join(parts), " ".join(reference),
        f" ref: {reference} ", reference.translate(TO_THAI), f"\ufeff{reference}",
    ]  # fmt: skip


def missed(desk: Desk) -> list[str]:
    """The spellings by which the gift is not found."""
    return [one for one in spellings(desk.reference) if ("Intended gift", desk.reference) not in pairs(desk.hits(one))]


def pairs(hits: list[Hit]) -> list[tuple[str, str]]:
    return [(hit.kind, hit.code) for hit in hits]


def test_a_reference_is_found_however_it_is_spelled(desk: Desk) -> None:
    assert missed(desk) == []


def test_a_search_for_the_very_letters_is_caught(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finds, "read", lambda text: Term(text, (text,)))
    assert len(missed(desk)) > 5


def test_a_gift_leads_to_its_receipt_its_line_and_its_campaign(desk: Desk) -> None:
    hits = desk.hits(desk.reference)
    assert [hit.kind for hit in hits] == ["Receipt", "Intended gift", "Bank line"]
    assert [desk.client.get(hit.href).status_code for hit in hits] == [200, 200, 200]
    assert all("100.00" in hit.words for hit in hits)
    assert desk.fund.campaign().code in hits[1].href


def test_a_receipt_is_found_by_its_number_however_it_is_written(desk: Desk) -> None:
    for text in (desk.receipt, desk.receipt.lower(), desk.receipt.replace("-", " "), desk.receipt.translate(TO_THAI)):
        assert pairs(desk.hits(text)) == [("Receipt", desk.receipt), LINE], text


def test_a_line_is_found_by_its_amount_and_leads_to_its_own_page(desk: Desk) -> None:
    for text in ("1,234.50", "1234.5", "๑,๒๓๔.๕๐", "฿1,234.50", "1234.50 บาท", "1,234.50 baht", "-1234.50"):
        hits = desk.hits(text)
        assert pairs(hits) == [LINE], text
    assert "1,234.50 Waits for a name" in hits[0].words
    line = hits[0].href.removeprefix("/staff/lines/")
    assert re.findall(r'id="line-([^"]+)"', desk.client.get(hits[0].href).text) == [line]


def test_of_an_amount_only_that_amount_is_found(desk: Desk) -> None:
    assert pairs(desk.hits("100")) == [("Intended gift", desk.reference), LINE]
    assert desk.hits("100.01") == []


def test_twins_are_found_as_two(desk: Desk) -> None:
    twins = [a_gift(2_000, "?", day=4)] * 2
    desk.fund.take_and_settle(a_csv(twins, opening_satang=OPENING + 133_450, first=4))
    assert pairs(desk.hits("20")) == [LINE, LINE]


def test_what_is_found_names_nobody_and_leaves_no_look(desk: Desk) -> None:
    with desk.fund.database.read() as session:
        before = len(session.exec(select(AuditRow)).all())
    for text in (desk.reference, desk.receipt, "1,234.50", NAME, WORDS):
        assert not {word for word in ("ขวัญใจ", "สมหญิง", "X1234") if word in desk.found(text).replace(f'"{text}"', "")}
    with desk.fund.database.read() as session:
        assert len(session.exec(select(AuditRow)).all()) == before


def test_what_is_no_reference_finds_nothing_and_is_told_what_would(desk: Desk) -> None:
    for text in (NAME, "X1234", "", "   ", "\0", "%", "'", "a" * 100, "0", "NaN", "1e3", "🙂"):
        page = desk.found(text)
        assert "You can search by:" in page
        assert "Names cannot be searched" in page
        assert ("Nothing was found." in page) == bool(text.strip(" \0")), text


def test_a_reference_with_a_wrong_sign_is_told_so(desk: Desk) -> None:
    wrong = desk.reference[:-1] + ("0" if desk.reference[-1] != "0" else "1")
    assert "check character does not fit" in desk.found(wrong)
    assert "check character does not fit" not in desk.found("D12")


def test_what_is_searched_stands_in_no_address(desk: Desk) -> None:
    page = desk.client.get("/staff").text
    assert re.search(r'<form class="search" role="search" method="post" action="/staff/search">', page)
    assert desk.client.get("/staff/search", params={"q": desk.reference}).text.count(desk.reference) == 0
    assert "no-store" in desk.ask(desk.reference).headers["cache-control"]


def test_a_longer_word_than_any_reference_is_refused(desk: Desk) -> None:
    assert desk.ask("1" * 101).status_code == 400


def unexpected(desk: Desk) -> list[str]:
    """The roles that find what they may not, or do not find what they may."""
    wrong = []
    code = desk.fund.campaign("chum-phae").code
    for role in sorted(ACTIONS["search.use"].roles):
        desk.come_in(role, {"collector": f"school:{code}", "case_manager": "district:4012"}.get(role, ""))
        kinds = {hit.kind for text in (desk.reference, code, "1,234.50") for hit in desk.hits(text)}
        elsewhere = role in ("collector", "case_manager")
        theirs = {"Campaign"} if role in ACTIONS["campaigns.see"].roles and not elsewhere else set()
        theirs |= {"Receipt", "Intended gift", "Bank line"} if role in ACTIONS["lines.see"].roles else set()
        theirs |= {"Trail"} if role in ACTIONS["trail.see"].roles else set()
        if kinds != theirs:
            wrong.append(f"{role}: {sorted(kinds ^ theirs)}")
    return wrong


def test_each_role_finds_what_is_theirs_and_nothing_else(desk: Desk) -> None:
    with desk.fund.database.write() as session:
        donations.close_campaign(session, desk.fund.campaign("chum-phae").id, by=OFFICER)
    assert unexpected(desk) == []


def test_a_search_that_asks_nobody_s_powers_is_caught(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powers, "may", lambda *_: True)
    assert len(unexpected(desk)) >= 3


def test_a_case_manager_finds_the_campaigns_of_their_district_alone(desk: Desk) -> None:
    desk.come_in("case_manager", "district:4005")
    for slug, is_theirs in (("chum-phae", True), ("phon", False), ("general", False)):
        assert bool(desk.hits(desk.fund.campaign(slug).code)) == is_theirs, slug


def test_the_auditor_is_led_to_the_trail_of_a_gift(desk: Desk) -> None:
    desk.come_in("auditor")
    hits = {hit.kind: hit for hit in desk.hits(desk.reference.lower())}
    assert "pledge.made" in desk.client.get(hits["Trail"].href).text


def test_whoever_could_find_nothing_has_no_search(desk: Desk) -> None:
    assert {role for kind in search.KINDS for role in ACTIONS[kind.action].roles} == ACTIONS["search.use"].roles
    for role in sorted(ROLES.keys() - ACTIONS["search.use"].roles):
        desk.come_in(role, {"school": "school:x", "office": "office:x"}.get(ROLES[role].place, ""))
        assert 'action="/staff/search"' not in desk.client.get("/staff").text
        assert desk.ask("100").status_code == 403


def test_every_text_of_the_search_has_its_thai() -> None:
    said = {*finds.STATES.values(), *finds.PLEDGE_STATES.values(), *(kind.by for kind in search.KINDS)}
    said |= {
        "Campaign",
        "Intended gift",
        "Receipt",
        "Bank line",
        "Trail",
        "Voided",
        "Genuine",
        "Taking gifts",
        "Closed",
    }
    assert said - language.catalogue().keys() == set()
