"""Bodies too large, of the wrong kind or made to be slow are refused early; only what is a statement is taken."""

import gzip
import io
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Final

import pytest
from PIL import Image

from fund.app import LARGEST_BODY
from fund.bank.importers import registry
from fund.db import Database
from tests.builders import a_founded_fund
from tests.stories import people
from tests.web.life import Life
from tests.web.routes import Route, table
from tests.web.test_workers import worker

FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
QUICK_SECONDS: Final = 1
REFUSED: Final = (400, 403, 404, 413, 415, 422, 429)
FIFTY_MB: Final = 50 * 1024 * 1024


CARRY_MORE = {
    "/staff/class-lists/screen",  # what was handed in on the page before, and stayed in the browser meanwhile
    "/staff/lines/{line_id:uuid}/collection/{reference:str}",  # everybody whose money a line may be
    "/handover/{key:str}",  # a signature
}


@pytest.fixture
def officer(life: Life) -> Life:
    life.sign_in()
    return life


def changing(life: Life) -> Iterator[Route]:
    return (one for one in table(life.client.app) if one.method == "POST" and not one.path.endswith("/sign-out"))


def test_a_password_of_fifty_megabytes_is_refused_before_it_is_read(database: Database, database_url: str) -> None:
    a_founded_fund(database, as_demo=True)
    with worker(database_url) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(
                f"POST /staff/sign-in HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {FIFTY_MB}\r\n"
                f"Content-Type: {FORM['content-type']}\r\n\r\nname=x&password=".encode()
            )
            said = line.recv(4096).decode("latin-1")
    assert said.startswith("HTTP/1.1 413 ")  # though all but sixteen bytes of it were never sent
    assert "content-security-policy" in said.lower()


def test_a_body_that_does_not_say_how_large_it_is_is_read_up_to_the_limit(life: Life) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        yield b"name=x&password="
        while len(taken) < 10_000:
            taken.append(1)
            yield b"x" * 8_192

    assert life.client.post("/staff/sign-in", content=endless(), headers=FORM).status_code == 413
    assert len(b"x" * 70_000) > LARGEST_BODY


def test_no_route_but_the_upload_takes_more_than_sixty_four_kilobytes(officer: Life) -> None:
    headers = FORM | {"x-csrf-token": officer.form_token()}
    content = b"a=" + b"x" * LARGEST_BODY
    smaller = (route for route in changing(officer) if not route.files and route.path not in CARRY_MORE)
    others = [officer.path(route) for route in smaller]
    answers = {path: officer.client.post(path, content=content, headers=headers).status_code for path in others}
    assert set(answers.values()) <= {403, 404, 409, 413}, answers  # 409: what no body is read for
    assert sum(status == 413 for status in answers.values()) > 5


BODIES: Final[dict[str, tuple[bytes, dict[str, str]]]] = {
    "gzip": (gzip.compress(b"reference=x&amount=10"), FORM | {"content-encoding": "gzip"}),
    "a gzip bomb": (gzip.compress(bytes(10_000_000)), FORM | {"content-encoding": "gzip"}),
    "deflate": (zlib.compress(b"reference=x"), FORM | {"content-encoding": "deflate"}),
    "30,000 fields": (b"&".join(b"f%d=" % number for number in range(7_000)), FORM),
    "one field 30,000 times": (b"f&" * 30_000, FORM),
    "JSON": (b'{"reference":"x"}', {"content-type": "application/json"}),
    "JSON with a key twice": (b'{"reference":"x","reference":"y"}', {"content-type": "application/json"}),
    "JSON with a role": (b'{"role":"treasurer"}', {"content-type": "application/json"}),
    "deep JSON": (b"[" * 30_000, {"content-type": "application/json"}),
    "MessagePack": (b"\x81\xa1a\x01", {"content-type": "application/msgpack"}),
    "a field nobody asked for": (b"role=treasurer", FORM),
    "a part of nonsense": (b"--b\r\n\xff\xff\r\n--b--", {"content-type": "multipart/form-data; boundary=b"}),
    "100,000 parts": (
        b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 1_100 + b"--b--\r\n",
        {"content-type": "multipart/form-data; boundary=b"},
    ),
}


def test_a_body_of_a_kind_that_no_form_sends_is_refused_at_once_everywhere(officer: Life) -> None:
    token = {"x-csrf-token": officer.form_token()}
    for what, (content, headers) in BODIES.items():
        for route in changing(officer):
            if route.fields:
                began = time.process_time()
                answer = officer.client.post(officer.path(route), content=content, headers=headers | token)
                assert answer.status_code in REFUSED, (what, route.path, answer.status_code)
                assert time.process_time() - began < QUICK_SECONDS, (what, route.path)


def a_picture() -> bytes:
    """A picture of 10,000 × 10,000 pixels, which is small until somebody opens it."""
    written = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(written, "PNG")
    return written.getvalue()


PAGE: Final = b"<html><script>alert(document.domain)</script></html>"
SCRIPTED: Final = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
UPLOADS: Final[dict[str, tuple[str, bytes]]] = {
    "a picture": ("slip.png", a_picture()),
    "a picture named CSV": ("statement.csv", a_picture()),
    "a page named picture": ("slip.png", PAGE),
    "a page named CSV": ("statement.csv", PAGE),
    "a page after spaces": ("statement.csv", b" \r\n\t" + PAGE),
    "a PDF named XML": ("statement.xml", SCRIPTED),
    "a drawing with a script": ("statement.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "a statement named picture": ("statement.png", people.kbank(people.transferred("10", "x"))),
    "a statement named program": ("statement.csv.exe", people.kbank(people.transferred("10", "x"))),
    "XML named CSV": ("statement.csv", people.camt053(people.transferred("10", "x"))),
    "a packed file": ("statement.csv", b"PK\x03\x04" + bytes(100)),
    "a program": ("statement.csv", b"MZ" + bytes(100)),
}
WRONG_TYPE: Final = {"th": "ไม่ตรงกับ", "en": "not what its name says"}


def test_what_is_no_statement_is_refused_with_words_and_kept_nowhere(officer: Life) -> None:
    token, kept = officer.form_token(), sorted(officer.settings.files_path.rglob("*"))
    for language, words in WRONG_TYPE.items():
        officer.client.get(f"/language/{language}")
        for what, file in UPLOADS.items():
            answer = officer.client.post("/staff/statements", files={"file": file}, headers={"x-csrf-token": token})
            assert (answer.status_code, words in answer.text) == (415, True), what
            assert b"alert(" not in answer.content
    assert sorted(officer.settings.files_path.rglob("*")) == kept


def test_a_statement_with_a_script_in_it_is_refused_with_words_and_kept_nowhere(officer: Life) -> None:
    token, kept = officer.form_token(), sorted(officer.settings.files_path.rglob("*"))
    file = ("statement.pdf", SCRIPTED)
    answer = officer.client.post("/staff/statements", files={"file": file}, headers={"x-csrf-token": token})
    assert answer.status_code == 400 and b"alert(" not in answer.content
    assert sorted(officer.settings.files_path.rglob("*")) == kept


def test_a_picture_that_was_let_in_would_be_found(officer: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body where the file's name alone is asked."""
    monkeypatch.setattr(registry, "_SIGNATURES", (b"\0no file begins so",))
    file = ("statement.csv", a_picture())
    answer = officer.client.post("/staff/statements", data={"csrf_token": officer.form_token()}, files={"file": file})
    assert answer.status_code != 415


NAMES: Final = ("../../../etc/cron.d/x.csv", "..\\..\\x.csv", 'a"; x=".csv', "<script>.csv", "ก" * 300 + ".csv")


def test_a_file_s_name_is_only_ever_shown(officer: Life) -> None:
    token = officer.form_token()
    for number, name in enumerate(NAMES):
        content = people.kbank(people.transferred("10", "x"), opening_satang=number)
        answer = officer.client.post("/staff/statements", data={"csrf_token": token}, files={"file": (name, content)})
        assert answer.status_code in (303, 400)
    assert "<script>" not in officer.client.get("/staff/statements").text
    stored = [path for path in officer.settings.files_path.rglob("*") if path.is_file()]
    assert all(len(path.name) == 64 for path in stored)


def test_a_problem_says_the_same_in_json(officer: Life) -> None:
    headers = {"accept": "application/json", "x-csrf-token": officer.form_token()}
    answer = officer.client.post("/staff/statements", files={"file": UPLOADS["a picture"]}, headers=headers)
    told = json.loads(answer.text)
    assert (answer.status_code, told["status"]) == (415, 415)
    assert told["request_id"] == answer.headers["x-request-id"]


def test_a_form_of_bytes_that_are_no_text_is_refused_and_breaks_nothing(officer: Life) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
    for path in ("/staff/people", "/staff/campaigns", "/give/general"):
        answer = officer.client.post(path, content=part, headers={"content-type": "multipart/form-data; boundary=b"})
        assert 400 <= answer.status_code < 500, path
