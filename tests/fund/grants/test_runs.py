"""Payment runs: prepared by one, authorised whole by another as shown, frozen; a file that is what was authorised."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund import clock, files
from fund.grants import paying, run_states, run_views, runs, states
from fund.grants.files.errors import NameNotCarriedError, WayNotCarriedError
from fund.grants.run_errors import (
    CashChosenError,
    LineChangedError,
    NothingChosenError,
    PayDayError,
    PayeeGoneError,
    RunAccountError,
    RunChangedError,
    RunStateError,
    RunTamperedError,
)
from fund.grants.run_views import RunView
from fund.people.errors import OtherSideError
from fund.sealed import destroy
from fund.settings import Settings
from tests.fund.grants.office import BANK, DAY, TODAY, Office, money, without_references


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(files_dir=str(tmp_path / "files"))


@pytest.fixture(autouse=True)
def everything_holds(office: Office) -> Iterator[None]:
    yield
    assert office.wrong() == []


def prepared(office: Office, settings: Settings, *requests: UUID, layout: str = "table", by: str = "fah") -> RunView:
    """A run of the first part of each."""
    told = [(one, 1) for one in requests]
    run_id = office.act(runs.prepare, settings, told, BANK, layout, DAY, by=office.people[by])
    return seen(office, run_id)


def seen(office: Office, run_id: UUID) -> RunView:
    found = office.ask(run_views.run, run_id)
    assert isinstance(found, RunView)
    return found


def payable(office: Office) -> int:
    return -office.on("2200") - office.on("2200", "D4001")


def authorised(office: Office, settings: Settings, *requests: UUID, layout: str = "table") -> RunView:
    run = prepared(office, settings, *requests, layout=layout)
    office.act(runs.authorise, settings, run.id, run.digest, by=office.tree)
    return seen(office, run.id)


def test_a_run_is_prepared_by_one_authorised_by_another_and_its_file_says_what_it_says(
    office: Office, settings: Settings
) -> None:
    run = authorised(office, settings, office.awarded(100_000), office.awarded(50_050))
    told = office.act(runs.download, settings, run.id, by=office.fah)
    rows = told.content.decode("utf-8-sig").splitlines()
    assert run.authorised and (run.state, told.sha256) == (run_states.AUTHORISED, run.authorised.file_sha256)
    assert len(rows) == 4 and rows[-1].startswith("sum,2,") and "1500.50" in rows[-1] and run.reference in told.name
    assert {line.state for line in run.lines} == {states.AUTHORISED}
    assert office.ask(views_noted) == 2


def views_noted(session: Session) -> int:
    counted = "SELECT count(*) FROM fund_audit WHERE action = 'payee.viewed' AND reason = 'payment'"
    return int(session.connection().execute(text(counted)).scalar_one())


def test_a_line_may_be_taken_out_with_a_reason_and_prepared_anew(office: Office, settings: Settings) -> None:
    first, second = office.awarded(100_000), office.awarded(50_000)
    run = prepared(office, settings, first, second)
    office.act(runs.take_out, run.id, 1, "บัญชีผิด", by=office.tree)
    now = seen(office, run.id)
    assert (now.amount_satang, [line.state for line in now.lines]) == (50_000, ["out", "in"])
    with pytest.raises(RunChangedError):
        office.act(runs.authorise, settings, run.id, run.digest, by=office.tree)
    office.act(runs.authorise, settings, run.id, now.digest, by=office.tree)
    again = prepared(office, settings, first)
    assert (again.state, seen(office, run.id).lines[0].state) == (run_states.PREPARED, "out")


def test_a_run_is_sent_back_whole(office: Office, settings: Settings) -> None:
    run = prepared(office, settings, office.awarded(1_000), office.awarded(2_000))
    office.act(runs.send_back, run.id, "วันหยุดธนาคาร", by=office.tree)
    assert seen(office, run.id).state == run_states.SENT_BACK
    assert len(office.ask(run_views.due, DAY)) == 2


@pytest.mark.parametrize("name", ["fah", "nok", "ton"])
def test_nobody_authorises_who_prepared_asked_or_approved(office: Office, settings: Settings, name: str) -> None:
    run = prepared(office, settings, office.awarded(1_000))
    office.employ(name, "treasurer")
    with pytest.raises(OtherSideError):
        office.act(runs.authorise, settings, run.id, run.digest, by=office.people[name])
    assert seen(office, run.id).state == run_states.PREPARED


def test_all_or_nothing_where_one_line_was_held_meanwhile(office: Office, settings: Settings) -> None:
    held, other = office.awarded(1_000), office.awarded(2_000)
    run = prepared(office, settings, held, other)
    office.act(paying.hold, held, 1, "ถอนความยินยอม", by=office.ton)
    with pytest.raises(RunChangedError):
        office.act(runs.authorise, settings, run.id, run.digest, by=office.tree)
    now = seen(office, run.id)
    assert [line.state for line in now.lines] == ["out", "in"]
    assert [one.why_not for one in office.ask(run_views.due, DAY)] == ["ถอนความยินยอม"]
    office.act(runs.authorise, settings, run.id, now.digest, by=office.tree)
    assert payable(office) == 2_000


def test_a_run_is_authorised_once_however_many_try_at_once(office: Office, settings: Settings) -> None:
    run = prepared(office, settings, office.awarded(1_000), office.awarded(2_000))

    def attempt(name: str) -> None:
        office.act(runs.authorise, settings, run.id, run.digest, by=office.people[name])

    assert at_once(attempt, "tree", "thip", "tree", "thip").count(None) == 1
    assert payable(office) == 3_000


def at_once(attempt: Callable[[str], None], *names: str) -> list[Exception | None]:
    start = threading.Barrier(len(names))

    def one(name: str) -> Exception | None:
        start.wait()
        with clock.at(TODAY):
            try:
                attempt(name)
            except Exception as refused:
                return refused
        return None

    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(one, names))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE grants_run SET account = '1110.02'",
        "UPDATE grants_run_line SET amount_satang = amount_satang + 1",
        "UPDATE grants_run_authorised SET file_sha256 = lines_sha256",
        "DELETE FROM grants_order",
        "INSERT INTO grants_run_line SELECT run_id, 2, chain, number, step, state, amount_satang, payee_id"
        " FROM grants_run_line",
        "INSERT INTO grants_order SELECT run_id, 2, chain, number, step, before, state FROM grants_order",
        "INSERT INTO grants_run_authorised SELECT run_id, preparer, preparer, count, amount_satang, lines_sha256,"
        " file_sha256, authorised_at, authorised_by FROM grants_run_authorised",
    ],
)
def test_nothing_of_an_authorised_run_changes_past_the_service_either(
    office: Office, settings: Settings, statement: str
) -> None:
    authorised(office, settings, office.awarded(1_000))
    with pytest.raises(DBAPIError):
        office.sql(statement)


SIGNED = (
    "INSERT INTO grants_run_authorised SELECT id, person, {person}, {count}, {amount}, '{d}', '{d}', prepared_at, 'x'"
    " FROM grants_run"
)


@pytest.mark.parametrize(("count", "amount"), [("1", "1000"), ("0", "0"), ("count", "amount_satang")])
def test_a_run_is_not_authorised_by_a_row_alone(office: Office, settings: Settings, count: str, amount: str) -> None:
    prepared(office, settings, office.awarded(1_000))
    person = "(SELECT id FROM people_person WHERE name = 'tree')"
    with pytest.raises(DBAPIError):
        office.sql(SIGNED.format(person=person, count=count, amount=amount, d="0" * 64))


def test_a_changed_file_is_found_and_not_handed_out(office: Office, settings: Settings) -> None:
    run = authorised(office, settings, office.awarded(1_000))
    assert run.authorised
    sha256 = run.authorised.file_sha256
    path = office.ask(files.path_of, settings.files_path, sha256, run.id)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-1] + b"0")
    with pytest.raises(RunTamperedError, match=run.reference):
        office.act(runs.download, settings, run.id, by=office.fah)


def test_a_run_that_was_changed_after_it_was_authorised_is_found(office: Office, settings: Settings) -> None:
    run = authorised(office, settings, office.awarded(1_000))
    with without_references(office) as connection:
        connection.execute(text("UPDATE grants_run_line SET amount_satang = 2000"))
        changed = run_views.run(Session(connection), run.id)
    assert runs.is_as_authorised(run) and not runs.is_as_authorised(changed)


def test_what_the_file_cannot_carry_is_told_before_anything_is_prepared(office: Office, settings: Settings) -> None:
    long = office.awarded(1_000, payee_id=office.payee(bank="KBANK", account="1234567890", name="ก" * 150))
    with pytest.raises(NameNotCarriedError, match="Line 1"):
        prepared(office, settings, long, layout="krungthai")
    with pytest.raises(WayNotCarriedError):
        prepared(office, settings, office.awarded(1_000), layout="krungthai")
    assert office.ask(run_views.runs) == []


def test_who_was_erased_is_not_paid(office: Office, settings: Settings) -> None:
    payee_id = office.payee()
    run = prepared(office, settings, office.awarded(1_000, payee_id=payee_id))
    office.act(destroy, payee_id)
    with pytest.raises(PayeeGoneError, match="Line 1"):
        office.act(runs.authorise, settings, run.id, run.digest, by=office.tree)


def test_a_run_wants_payments_an_account_of_ours_and_a_day_to_come(office: Office, settings: Settings) -> None:
    one = office.awarded(1_000)
    cash = office.awarded(1_000, payee_id=office.payee(kind="cash", bank="", account=""))
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (NothingChosenError, {"chosen": []}),
        (NothingChosenError, {"chosen": [(one, 1), (one, 1)]}),
        (RunAccountError, {"account": "1110.77"}),
        (PayDayError, {"pay_on": DAY - timedelta(days=1)}),
        (PayDayError, {"pay_on": DAY + timedelta(days=61)}),
        (CashChosenError, {"chosen": [(cash, 1)]}),
    ]
    for refusal, change in refused:
        told = {"chosen": [(one, 1)], "account": BANK, "layout": "table", "pay_on": DAY} | change
        with pytest.raises(refusal):
            office.act(runs.prepare, settings, **told, by=office.fah)
    prepared(office, settings, one)
    with pytest.raises(LineChangedError):
        prepared(office, settings, one)


def test_a_run_is_settled_when_every_line_has_left_or_stayed_and_what_stayed_is_due_again(
    office: Office, settings: Settings
) -> None:
    first, second = office.awarded(1_000), office.awarded(2_000)
    run = authorised(office, settings, first, second)
    office.act(paying.left, first, 1, money(1_000), by=office.fai)
    assert seen(office, run.id).state == run_states.AUTHORISED
    office.act(runs.stayed, run.id, 2, "บัญชีปิด", by=office.fai)
    now = seen(office, run.id)
    assert (now.state, [line.state for line in now.lines]) == (run_states.SETTLED, [states.LEFT, states.CAME_BACK])
    authorised(office, settings, second)
    assert [line.state for line in seen(office, run.id).lines] == [states.LEFT, states.CAME_BACK]


def test_every_act_on_a_run_is_as_the_table_says(office: Office, settings: Settings) -> None:
    done = authorised(office, settings, office.awarded(1_000))
    there = {
        run_states.PREPARED: prepared(office, settings, office.awarded(1_000)),
        run_states.SENT_BACK: prepared(office, settings, office.awarded(1_000)),
        run_states.AUTHORISED: authorised(office, settings, office.awarded(1_000)),
        run_states.SETTLED: done,
    }
    office.act(runs.send_back, there[run_states.SENT_BACK].id, "ผิด", by=office.tree)
    office.act(runs.stayed, done.id, 1, "ผิด", by=office.fai)
    acts: dict[str, Any] = {
        "take_out": lambda run: office.act(runs.take_out, run.id, 9, "ผิด", by=office.tree),
        "send_back": lambda run: office.act(runs.send_back, run.id, " ", by=office.tree),
        "authorise": lambda run: office.act(runs.authorise, settings, run.id, "", by=office.tree),
        "download": lambda run: office.act(runs.download, settings, run.id, by=office.fah),
        "stay": lambda run: office.act(runs.stayed, run.id, 9, "ผิด", by=office.fai),
    }
    known = {(one.state, one.act) for one in run_states.TRANSITIONS}
    for state, run in there.items():
        assert seen(office, run.id).state == state
        for act, attempt in acts.items():
            is_refused = isinstance(refusal(attempt, run), RunStateError)
            assert is_refused == ((state, act) not in known), (state, act)


def refusal(attempt: Any, run: RunView) -> Exception | None:
    try:
        attempt(run)
    except Exception as why:
        return why
    return None
