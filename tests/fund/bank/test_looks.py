"""Every look at a payer's words is a row of the trail: one for each line that a page shows, none for any other."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlmodel import select

from fund import audit
from fund.audit import AuditRow
from tests.fund.bank.builders import Fund, a_csv, a_gift
from tests.fund.bank.test_pages import act, hand_in, waiting
from tests.fund.browsing import Browser, signed_in


@pytest.fixture
def officer(fund: Fund, database_url: str) -> Iterator[Browser]:
    """In front of three gifts that nobody can name, and two smaller amounts that went out."""
    with signed_in(database_url, files_dir=str(fund.folder)) as client:
        gifts = [a_gift(detail=f"payer {day}", day=day) for day in (2, 3, 4)]
        hand_in(client, a_csv([*gifts, a_gift(-1000, "sent back", day=5), a_gift(-700, "out", day=6)]))
        yield client


def looks(fund: Fund) -> Counter[str]:
    """How often each line was looked at, and that each time somebody did."""
    with fund.database.read() as session:
        rows = session.exec(select(AuditRow).where(AuditRow.action == "line.viewed")).all()
    assert all(row.actor == "officer" and row.person_id for row in rows)
    return Counter(row.subject for row in rows)


def missed(fund: Fund, officer: Browser) -> list[str]:
    """What a page showed and no row tells, or a row tells and no page showed."""
    before, shown = looks(fund), set(waiting(officer))
    noted = looks(fund) - before
    assert len(shown) == 5
    return [line for line in shown | noted.keys() if noted[line] != 1]


def test_a_page_leaves_a_row_for_each_line_on_it(fund: Fund, officer: Browser) -> None:
    assert missed(fund, officer) == []


def test_a_page_that_notes_nothing_is_found(fund: Fund, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(audit, "viewed_each", lambda *_, **__: None)
    assert len(missed(fund, officer)) == 5


def test_a_refusal_in_place_shows_one_line_and_notes_one(fund: Fund, officer: Browser) -> None:
    line = waiting(officer)[0]
    before = looks(fund)
    assert "payer 2" in act(officer, line, "name", campaign="", reference="nothing", reason="x").text
    assert looks(fund) - before == Counter({line: 1})


def test_a_line_that_is_settled_shows_no_payer_and_notes_none(fund: Fund, officer: Browser) -> None:
    line = waiting(officer)[0]
    before = looks(fund)
    page = act(officer, line, "name", campaign=fund.campaign().code, reason="the donor called")
    assert "payer 2" not in page.text and looks(fund) == before
