"""Language, text size and keys as this browser's settings: kept, followed by every page, and never needed."""

import re

from fund.db import Database
from fund.people.powers import Grant
from tests.fund.browsing import Browser, browser, come_in, form_token
from tests.fund.donations.builders import found


def choose(client: Browser, **chosen: str) -> str:
    """Send the form as a browser without script does, and read where it leads."""
    answer = client.post("/staff/settings", data={"csrf_token": form_token(client), **chosen})
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/settings?saved=true")
    return client.get(answer.headers["location"]).text


def html_tag(client: Browser, path: str) -> str:
    return str(re.findall(r"<html[^>]*>", client.get(path).text)[0])


def test_a_choice_is_kept_and_shown_as_chosen(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        come_in(client, "watcher", Grant("watcher", "school:x"))
        page = choose(client, language="en", text_size="large", keys="yes")
        assert "This browser will remember it." in page
        assert re.search(r'value="large" checked', page)
        assert re.search(r'value="en" checked', page)
        assert "ตั้งค่า" in choose(client, language="th", text_size="normal")


def test_every_page_follows_public_ones_and_refusals_too(database: Database, database_url: str) -> None:
    found(database)
    pages = ("/", "/give", "/verify", "/nowhere", "/staff", "/staff/settings", "/staff/powers")
    with browser(database_url) as client:
        come_in(client, "watcher", Grant("watcher", "school:x"))
        assert {html_tag(client, path) for path in pages} == {'<html lang="th">'}
        choose(client, language="en", text_size="larger", keys="yes")
        assert {html_tag(client, path) for path in pages} == {'<html lang="en" class="text-larger">'}


def test_a_size_that_is_none_is_the_usual_one(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        come_in(client, "watcher", Grant("watcher", "school:x"))
        for value in ("", "huge", '"><script>', "normal"):
            choose(client, language="xx", text_size=value)
            assert html_tag(client, "/staff") == '<html lang="th">'
            client.cookies.set("text_size", value.replace('"', ""))
            assert html_tag(client, "/") == '<html lang="th">'


def test_keys_that_are_turned_off_are_not_there(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        come_in(client, "watcher", Grant("watcher", "school:x"))
        assert ("keys.js" in client.get("/staff").text, "<dialog" in client.get("/staff").text) == (True, True)
        choose(client, language="th", text_size="normal")
        for path in ("/staff", "/staff/settings"):
            page = client.get(path).text
            assert ("keys.js" in page, "<dialog" in page, "<kbd>" in page) == (False, False, False)
        assert "keys.js" not in client.get("/staff").text
        choose(client, language="th", text_size="normal", keys="yes")
        assert "keys.js" in client.get("/staff").text


def test_the_cookies_of_settings_stay_with_this_site(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        come_in(client, "watcher", Grant("watcher", "school:x"))
        answer = client.post("/staff/settings", data={"csrf_token": form_token(client), "language": "en"})
        given = answer.headers.get_list("set-cookie")
        assert [one.partition("=")[0] for one in given] == ["language", "text_size", "keys"]
        assert all("HttpOnly" in one and "SameSite=lax" in one and "Path=/" in one for one in given)


def test_nobody_is_given_a_setting_they_did_not_choose(database: Database, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        assert client.get("/").headers.get_list("set-cookie") == []
        assert client.get("/staff/settings").status_code == 303
