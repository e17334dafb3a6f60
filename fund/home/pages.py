"""Staff's home: what waits for whoever looks, the search, and how they like their pages.

What is searched goes by POST: people type names and numbers where they should not, and those must not come to stand
in an address, a history or a server's log. Language, text size and keys are cookies of the browser, not of the person:
a phone in the sun is read otherwise than a laptop, and pages that ask no database (a refusal) are in the same size.
"""

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import checkups, language, web
from fund.db import Database
from fund.home import finds, search, waiting
from fund.home.finds import Term
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest

SEARCH: Final = "/staff/search"
SETTINGS: Final = "/staff/settings"
Short = Annotated[str, msgspec.Meta(max_length=100)]


class SearchForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one field of the search."""

    q: Short = ""
    csrf_token: Short = ""


class SettingsForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody likes their pages; what is unknown is as it was at first."""

    language: Short = language.DEFAULT
    text_size: Short = ""
    keys: Short = ""
    csrf_token: Short = ""


@get("/staff", guards=[door.require("home.see")], sync_to_thread=True)
def home(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits for this person, and what the last check of the books found."""
    with database.read() as session:
        waits = waiting.waiting(session, door.visitor(request).person)
        checkup = checkups.last(session)
    return web.page(request, "home/home.html", waits=waits, checkup=checkup)


@get(SEARCH, guards=[door.require("search.use")], sync_to_thread=True)
def search_form(request: AnyRequest) -> Response[str]:
    """The field, and by what something is found."""
    ways = search.ways(door.visitor(request).person)
    return web.page(request, "home/search.html", term=Term(""), found=[], ways=ways, most=finds.MOST)


@post(SEARCH, guards=[door.require("search.use")], sync_to_thread=True, status_code=200)
def find(request: AnyRequest, data: URLEncodedBody[SearchForm], database: NamedDependency[Database]) -> Response[str]:
    """What the word means, as far as this person may see it."""
    person, term = door.visitor(request).person, finds.read(data.q)
    with database.read() as session:
        found = search.found(session, person, term)
    return web.page(request, "home/search.html", term=term, found=found, ways=search.ways(person), most=finds.MOST)


@get(SETTINGS, guards=[door.require("own.settings")], sync_to_thread=True)
def settings_form(request: AnyRequest, saved: FromQuery[bool] = False) -> Response[str]:
    """Language, text size and keys, as they are."""
    return web.page(request, "home/settings.html", saved=saved)


@post(SETTINGS, guards=[door.require("own.settings")], sync_to_thread=False)
def keep_settings(data: URLEncodedBody[SettingsForm], settings: NamedDependency[Settings]) -> Redirect:
    """Remember them in this browser."""
    size = data.text_size if data.text_size in web.TEXT_SIZES else web.TEXT_SIZES[0]
    kept = {
        web.LANGUAGE_COOKIE: language.named(data.language),
        web.TEXT_COOKIE: size,
        web.KEYS_COOKIE: "on" if data.keys else "off",
    }
    cookies = [web.setting(settings, name, value) for name, value in kept.items()]
    return Redirect(f"{SETTINGS}?saved=true", status_code=303, cookies=cookies)


ROUTES = [home, search_form, find, settings_form, keep_settings]
