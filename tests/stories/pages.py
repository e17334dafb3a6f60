"""A page as a reader without script meets it: its words, its links, its forms with what stands in their fields.

Knows HTML only. Refuses a form that the page does not have.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

SILENT = ("script", "style", "title")


@dataclass
class Form:
    """A form's address and what a browser would send of it untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects words, links and forms from one page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._open: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag in SILENT:
            self._open.append(tag)
        elif tag == "a":
            self.links.append(named.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(named.get("action", "")))
        elif self.forms:
            self._read_field(tag, named)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if not self._open:
            self.words.append(data)

    def _read_field(self, tag: str, named: dict[str, str]) -> None:
        fields, name = self.forms[-1].fields, named.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in fields or "selected" in named):
            fields[self._select] = named.get("value", "")
        elif tag == "input" and name and named.get("type") != "file":
            is_choice = named.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in named:
                fields[name] = named.get("value", "")


@dataclass(frozen=True)
class Page:
    """What came back: status, where it led, and what the page says and offers."""

    status: int
    address: str
    words: str
    links: list[str]
    forms: list[Form]
    content: bytes
    source: str

    def form(self, ending: str) -> Form:
        """The first form whose address ends so."""
        found = [form for form in self.forms if form.action.endswith(ending)]
        assert found, f"{self.address} has no form that leads to …{ending}"
        return found[0]

    def link(self, part: str) -> str:
        """The first link with this in its address."""
        found = [link for link in self.links if part in link]
        assert found, f"{self.address} has no link with {part}"
        return found[0]

    def has_link(self, part: str) -> bool:
        return any(part in link for link in self.links)


class Visitor:
    """A person at a browser without script, who reads English."""

    def __init__(self, client: httpx.Client, language: str = "en") -> None:
        self._client = client
        client.cookies.set("language", language)

    def open(self, address: str) -> Page:
        """Go to an address."""
        return _page(self._client.get(address, follow_redirects=True))

    def send(self, page: Page, ending: str, **typed: str) -> Page:
        """Fill the form whose address ends so, press its button and follow where it leads."""
        form = page.form(ending)
        return _page(self._client.post(form.action, data=form.fields | typed, follow_redirects=True))

    def upload(self, page: Page, ending: str, name: str, content: bytes, *, field: str = "file", **typed: str) -> Page:
        """The same with a file chosen in one of the form's fields."""
        form = page.form(ending)
        files = {field: (name, content)}
        return _page(self._client.post(form.action, data=form.fields | typed, files=files, follow_redirects=True))


def _page(answer: httpx.Response) -> Page:
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    source = answer.text if is_page else ""
    reader = _Reader()
    reader.feed(source)
    words = " ".join(" ".join(reader.words).split())
    return Page(answer.status_code, str(answer.url), words, reader.links, reader.forms, answer.content, source)
