"""A day of whoever steals the disk of a case manager's office: nobody's name, number or word lies in it, whatever was
done, and none went through an address or a log."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from fund.cases import service
from fund.db import Database
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, form_token, signed_in
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.fund.cases.builders import a_case, a_child, a_fund
from tests.fund.cases.test_pages import CASES, DRAWN, MANAGER, PNG, code_in, send

CHILD, GUARDIAN, GIVER, WRONG = (Canary(number) for number in range(20, 24))


def everything(client: Browser) -> None:
    """Every form of a case, right and wrong, each with somebody's name in it, and every page that shows them."""
    known = {"name": CHILD.name, "nickname": CHILD.public_name, "national_id": CHILD.tax_id, "address": CHILD.name}
    family = {"guardian": GUARDIAN.name, "phone": GUARDIAN.phone, "promptpay": GUARDIAN.tax_id, "relation": "mother"}
    here = send(client, f"{CASES}/new", **known | family, school=CHILD.name, household=GUARDIAN.name, district="4001")
    case, token = f"{CASES}/{code_in(here)}", form_token(client)
    send(client, f"{case}/needs", why="case_work", need="food", urgency="3", need_words=CHILD.name)
    send(client, f"{case}/notes", why="case_work", note=GUARDIAN.email)
    helped = {"help_on": "2026-01-05", "help_need": "food", "giver": GIVER.name, "help_words": GIVER.name}
    send(client, f"{case}/helps", why="case_work", **helped)
    agreed = {"csrf_token": token, "who": GUARDIAN.name, "consent_relation": "mother"}
    agreed |= {"given_on": "2026-01-05", "help": "y", "signature": DRAWN}
    assert client.post(f"{case}/consents", data=agreed, files={"why": (None, "case_work")}).status_code == 303
    paper = ("p.png", PNG + CHILD.name.encode(), "image/png")
    told = {"csrf_token": token, "why": "case_work", "paper_kind": "id", "paper_words": CHILD.name}
    assert client.post(f"{case}/papers", data=told, files={"paper": paper}).status_code == 303
    send(client, f"{case}/move", why="case_work", act="close", reason=CHILD.name)
    send(client, f"{case}/child", why="case_work", **known | {"name": CHILD.public_name}, district="4001")
    assert (
        CHILD.name in client.get(here).text and CHILD.public_name in client.get(f"{CASES}?why=audit&stage=closed").text
    )
    go_wrong(client, case, token)


def go_wrong(client: Browser, case: str, token: str) -> None:
    """Everything a case manager can get wrong, with a name in it."""
    wrong = {"csrf_token": token, "name": WRONG.name, "national_id": WRONG.tax_id[::-1], "phone": WRONG.email}
    answers = [
        client.post(f"{CASES}/new", data=wrong),
        client.post(f"{CASES}/new", data={**wrong, "unknown": WRONG.name}),
        client.post(f"{CASES}/new", data={**wrong, "national_id": CHILD.tax_id, "phone": "", "district": "4001"}),
        client.post(f"{case}/needs", data={"csrf_token": token, "need": WRONG.name, "urgency": WRONG.name}),
        client.post(f"{case}/move", data={"csrf_token": token, "act": WRONG.name}),
        client.post(f"{case}/helps", data={"csrf_token": token, "help_on": WRONG.name, "giver": WRONG.name}),
        client.post(f"{case}/tie", data={"csrf_token": token, "tie": WRONG.name}),
        client.get(case, params={"why": WRONG.name}),
        client.get(f"{CASES}/{WRONG.name}"),
        client.get(CASES, params={"stage": WRONG.name}),
    ]
    assert {answer.status_code for answer in answers} <= {400, 403, 404, 409}


@pytest.fixture
def addresses() -> list[str]:
    return []


def test_nobodys_name_lies_anywhere_after_a_day_with_cases(
    database: Database, database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], addresses: list[str]
) -> None:
    a_founded_fund(database)
    (tmp_path / "files").mkdir()
    with signed_in(database_url, "Malee", MANAGER, files_dir=str(tmp_path / "files")) as client:
        client.event_hooks["response"].append(lambda answer: addresses.extend(led_to(answer)))
        everything(client)
    said = {"log": "".join(capfd.readouterr()).encode(), "addresses": "\n".join(addresses).encode()}
    assert len(addresses) >= 8 and len(list((tmp_path / "files").rglob("*"))) > 2
    assert seen(said | left_by(database) | dict(left_in(tmp_path))) == []


def led_to(answer: httpx.Response) -> list[str]:
    """The address that an answer leads to: what is typed by hand into an address is not ours."""
    return [answer.headers[name] for name in ("location", "content-disposition") if name in answer.headers]


def test_a_name_in_a_clear_column_of_a_case_is_found(database: Database) -> None:
    """The control: the same hunt after one sealed column was written as it is."""
    by = a_fund(database)
    code = a_case(database, a_child(name=CHILD.name), by=by)
    assert seen(left_by(database)) == []
    with database.write() as session:
        service.take(session, code)
        session.connection().execute(text("UPDATE cases_standing SET grade = :name"), {"name": CHILD.name})
    assert any(one.endswith(": text") for one in seen(left_by(database)))
