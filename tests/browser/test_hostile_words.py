"""What strangers write runs nowhere: payloads in every field that is kept, every page that shows them, in Chromium."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path
from typing import Final

import pytest
from jinja2 import Environment
from playwright.sync_api import Browser, Dialog

from fund import clock, web
from fund.bank.sample_files import SampleLine
from tests.browser import house
from tests.browser.house import House
from tests.browser.windows import Window, window
from tests.stories import people

_CALLS: Final = ("boo()", "top.boo()", "self['boo']()", "setTimeout('boo()')", "Function('boo()')()")
_SHAPES: Final = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    '"><svg onload={}>',
    "'><body onload={}>",
    '" autofocus onfocus="{}',
    "' onmouseover='{}",
    "<a href=javascript:{}>x</a>",
    "</title><script>{}</script>",
    "</option></select><img src=x onerror={}>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<details open ontoggle={}>",
    "<!--><img src=x onerror={}>-->",
)
PAYLOADS: Final = tuple(shape.format(call) for call in _CALLS for shape in _SHAPES)
"""Sixty; the first dozen has each shape once."""
WATCHING: Final = """
window.ran = []; window.boo = () => window.ran.push('ran');
document.addEventListener('securitypolicyviolation', told => window.ran.push(told.violatedDirective));
"""


def lead_in(at: House, payloads: tuple[str, ...]) -> list[tuple[str, bool]]:
    """Put each payload into every field that is kept; (address, whether it is staff's) of every page that shows one."""
    today, gifts = clock.today(), []
    for number, payload in enumerate(payloads):
        words = {"name_th": payload, "name_en": f"{payload} {number}", "purpose_th": payload, "purpose_en": payload}
        at.officer.send(at.officer.open("/staff/campaigns"), "/staff/campaigns#new", **words)
        gifts.append(people.give(at.donor, choice="10", name=payload, public_name=payload))
    told = [SampleLine(today, 100 + number, one, time(10)) for number, one in enumerate(payloads)]
    content = at.next_file(*(people.paid(gift.payment, on=today) for gift in gifts), *told)
    people.hand_in(at.officer, content, f"{payloads[1]}.csv")
    links = [at.donor.open(gift.link).link("/r/") for gift in gifts]
    opened = [(path, False) for path in (*(gift.link for gift in gifts), *links, *campaigns(at), "/give", "/")]
    return opened + [(path, True) for path in (*waiting(at), "/staff", "/staff/statements", "/staff/campaigns")]


def campaigns(at: House) -> list[str]:
    return [link for link in at.donor.open("/give").links if link.startswith("/give/") and "boo" in link]


def waiting(at: House) -> Iterator[str]:
    """Every page of the list of waiting lines."""
    path = "/staff/lines"
    while path:
        yield path
        page = at.officer.open(path)
        path = next((link for link in page.links if "after=" in link), "")


def noticed(opened: Window, path: str) -> list[str]:
    """What ran, what the policy had to stop, what asked, and what stands in the page as markup."""
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    opened.page.on("dialog", dismiss)
    opened.open(path)
    opened.unfold()
    opened.page.wait_for_timeout(30)
    strange = "[onerror],[onload],[onfocus],[onmouseover],[ontoggle],iframe,a[href^='javascript']"
    unescaped = opened.page.evaluate("them => document.querySelectorAll(them).length", strange)
    return [*opened.page.evaluate("window.ran"), *asked, *["unescaped"] * unescaped]


@contextmanager
def two_windows(chromium: Browser, at: House) -> Iterator[dict[bool, Window]]:
    with window(chromium, at) as donor, window(chromium, at, cookie=at.staff_cookie) as officer:
        for opened in (donor, officer):
            opened.page.add_init_script(WATCHING)
        yield {False: donor, True: officer}


def everything_noticed(chromium: Browser, at: House, payloads: tuple[str, ...]) -> dict[str, list[str]]:
    pages = lead_in(at, payloads)
    with two_windows(chromium, at) as windows:
        found = {path: noticed(windows[is_staff], path) for path, is_staff in pages}
        shown = "".join(windows[is_staff].page.content() for _, is_staff in pages[-1:])
        assert html.escape(payloads[0], quote=False) in shown, "the payloads are not on the page that was looked at"
    return {path: what for path, what in found.items() if what}


def test_a_payload_of_each_shape_runs_nowhere(chromium: Browser, tmp_path: Path) -> None:
    with house.running(tmp_path) as at:
        assert everything_noticed(chromium, at, PAYLOADS[: len(_SHAPES)]) == {}


@pytest.mark.nightly
def test_sixty_payloads_run_nowhere(chromium: Browser, tmp_path: Path) -> None:
    assert len(PAYLOADS) == 60
    with house.running(tmp_path) as at:
        assert everything_noticed(chromium, at, PAYLOADS) == {}


def test_a_page_that_does_not_escape_would_be_found(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body over templates that show what was written as it is."""
    web.environment.cache_clear()
    monkeypatch.setattr(web, "Environment", lambda **how: Environment(**{**how, "autoescape": False}))
    try:
        with house.running(tmp_path) as at, two_windows(chromium, at) as windows:
            words = {"name_th": PAYLOADS[1], "name_en": "planted", "purpose_th": PAYLOADS[1], "purpose_en": "planted"}
            at.officer.send(at.officer.open("/staff/campaigns"), "/staff/campaigns#new", **words)
            assert noticed(windows[True], "/staff/campaigns")
    finally:
        web.environment.cache_clear()
