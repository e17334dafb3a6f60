"""The command line: what each command prints, and how it refuses."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import update

from fund import checks, cli, clock, demo, outbox, profile, profile_files
from fund.db import Database
from fund.outbox import OutboxRow
from ledger import accounts, book, log, notes, periods
from tests.builders import a_founded_fund
from tests.ledger.builders import DAY, a_gift, open_book, posted

SAMPLES = Path(__file__).parent.parent / "golden" / "statements"
BILLER = "099400000000601"
KEY = notes.new_key("test")


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> "Run":
    return Run({"DATABASE_URL": database_url, "FILES_DIR": str(tmp_path / "files"), "SIPBAHT_ENV": "/nonexistent"})


class Run:
    """Runs `sipbaht` in an environment of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(cli.main, arguments, env=self._environment, input=typed, catch_exceptions=False)


def _profile_file(tmp_path: Path) -> Path:
    shipped = Path(profile_files.PROVINCES / "khonkaen" / "demo.toml").read_text(encoding="utf-8")
    file = tmp_path / "profile.toml"
    file.write_text(shipped, encoding="utf-8")
    return file


def test_a_bill_payment_is_written_and_read_back(run: Run) -> None:
    payload = run("qr", "encode", "--biller", BILLER, "--ref1", "KK4001", "--amount", "๑๐").output.strip()
    fields = json.loads(run("qr", "decode", payload).output)
    assert fields["amount_satang"] == 1000
    assert BILLER in fields.values()


@pytest.mark.parametrize(
    "target", [("--phone", "0812345678"), ("--tax-id", "0994000000006"), ("--ewallet", "123456789012345")]
)
def test_a_credit_transfer_is_written_for_each_kind_of_target(run: Run, target: tuple[str, str]) -> None:
    assert run("qr", "encode", *target).output.startswith("000201")


@pytest.mark.parametrize("payload", ["", "00020101", "nonsense", "6304FFFF"])
def test_a_wrong_payload_is_refused_with_a_reason(run: Run, payload: str) -> None:
    result = run("qr", "decode", payload)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")


def test_two_targets_are_wrong_usage(run: Run) -> None:
    assert run("qr", "encode", "--phone", "0812345678", "--biller", BILLER, "--ref1", "A").exit_code == 2


def test_a_wrong_amount_is_refused_not_rounded(run: Run) -> None:
    assert run("qr", "encode", "--phone", "0812345678", "--amount", "10.005").exit_code == 1


def test_reading_a_statement_prints_json_lines_and_changes_nothing(run: Run) -> None:
    result = run("statement", "read", str(SAMPLES / "kbank_corporate_cp874.csv"))
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert [line["amount_satang"] for line in lines] == [1000, 110000, -50000, 1000]


def test_a_file_that_is_no_statement_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"\x00\x01")
    assert run("statement", "read", str(file)).exit_code == 1


def test_importing_a_statement_twice_adds_nothing_the_second_time(run: Run, database: Database) -> None:
    a_founded_fund(database)
    file = str(SAMPLES / "kbank_corporate_cp874.csv")
    assert "0 lines known, 4 new" in run("statement", "import", file).output
    assert "0 new" in run("statement", "import", file).output


def test_importing_before_the_fund_is_founded_is_refused(run: Run) -> None:
    result = run("statement", "import", str(SAMPLES / "kbank_corporate_cp874.csv"))
    assert result.exit_code == 1
    assert "sipbaht init" in result.output


def test_init_founds_a_real_fund_and_prints_the_first_administrator_s_link(run: Run, tmp_path: Path) -> None:
    arguments = ("init", "--profile", str(_profile_file(tmp_path)), "--administrator", "somsri")
    founded = run(*arguments)
    assert (founded.exit_code, "/staff/invitation/" in founded.output) == (0, True)
    assert "somsri  administrator, invited" in run("person", "list").output
    assert run(*arguments).exit_code == 1
    assert run("demo").exit_code == 1


def test_a_fund_whose_administrator_cannot_be_named_is_not_founded(run: Run, tmp_path: Path) -> None:
    arguments = ("init", "--profile", str(_profile_file(tmp_path)), "--administrator")
    assert run(*arguments, "a@b").exit_code == 1
    assert run(*arguments, "somsri").exit_code == 0


def test_a_changed_profile_is_in_force_and_its_new_account_is_in_the_chart(
    run: Run, database: Database, tmp_path: Path
) -> None:
    file = _profile_file(tmp_path)
    assert run("profile", str(file)).exit_code == 1
    a_founded_fund(database)
    more = '\n[[accounts]]\nbank = "SCB"\nnumber = "123-4-56789-0"\nname = "ก"\naccount = "1110.03"\n'
    file.write_text(file.read_text(encoding="utf-8") + more + 'campaign = "general"\n', encoding="utf-8")
    assert run("profile", str(file)).exit_code == 0
    with database.read() as session:
        assert [one.number for one in profile.current(session).accounts][-1] == "1234567890"
        assert "1110.03" in {account.code for account in accounts.accounts(session)}


def test_the_operator_invites_lists_and_resets_people(run: Run, database: Database) -> None:
    a_founded_fund(database)
    first = run("person", "invite", "somchai", "--role", "case_manager", "--scope", "district:4001").output
    second = run("person", "reset", "somchai").output
    assert first.splitlines()[-1] != second.splitlines()[-1]
    assert "somchai  case_manager district:4001, invited" in run("person", "list").output
    assert run("person", "invite", "somchai", "--role", "finance").exit_code == 1
    assert run("person", "invite", "somying", "--role", "case_manager").exit_code == 1
    assert run("person", "reset", "nobody here").exit_code == 1


def test_a_database_that_is_away_is_one_line_not_a_traceback() -> None:
    away = Run({"DATABASE_URL": "postgresql://x:secret@127.0.0.1:1/none", "SIPBAHT_ENV": "/nonexistent"})
    result = away("check")
    assert (result.exit_code, "secret" in result.output) == (2, False)
    assert "Traceback" not in result.output


def test_init_without_a_terminal_and_without_a_profile_is_wrong_usage(run: Run) -> None:
    assert run("init", "--administrator", "somsri").exit_code == 2


def test_the_demonstration_is_loaded_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MONTHS", 2)
    assert "/give/general" in run("demo", "--until", "2026-11-22").output
    assert "already" in run("demo").output
    with clock.at(demo._morning(date(2026, 11, 23))):
        assert run("check").exit_code == 0
    assert "no job" not in run("work", "--until-empty").output


@pytest.mark.parametrize("syntax", ["hledger", "ledger", "beancount"])
def test_the_journal_is_exported_in_each_syntax(run: Run, database: Database, syntax: str) -> None:
    a_founded_fund(database)
    assert "50000.00" in run("export", syntax).output
    assert run("export", syntax, "--with-details").exit_code == 2


def a_book(database: Database) -> None:
    """Entries, one of them undone, one with private details, months closed and opened."""
    open_book(database)
    first = posted(database, a_gift(700), replace(a_gift(5), details={"note": "น้องเอ"}))[0]
    with database.write() as session:
        book.reverse(session, first.entry_id, reason="wrong", booked_on=DAY, by="treasurer")
        periods.close_month(session, DAY, by="treasurer")
        periods.open_month(session, DAY, reason="late", approved_by="chair", by="treasurer")


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[Run, Database]:
    """A fresh SQLite database, whatever the engine of the run."""
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    fresh = Database(url)
    fresh.migrate()
    return Run({"DATABASE_URL": url, "SIPBAHT_ENV": "/nonexistent"}), fresh


def root(database: Database) -> bytes:
    with database.write() as session:
        log.add_key(session, KEY)
        head = log.seal(session, KEY)
    assert head is not None
    return head.root


@pytest.mark.parametrize("way", ["there", "back"])
def test_an_exported_book_is_taken_in_on_the_other_engine_to_the_same_root(
    run: Run, database: Database, elsewhere: tuple[Run, Database], tmp_path: Path, way: str
) -> None:
    there, here = elsewhere, (run, database)
    (give, given), (take, taken) = (here, there) if way == "there" else (there, here)
    a_book(given)
    file = tmp_path / "book.jsonl"
    assert give("export", "jsonl", "--with-details", "--to", str(file)).exit_code == 0
    assert (file.stat().st_mode & 0o077, "น้องเอ".encode().hex() in file.read_text(encoding="utf-8")) == (0, True)
    for _ in range(2):
        result = take("import", str(file))
        assert (result.exit_code, "3 entries" in result.output) == (0, True), result.output
    assert take("export", "jsonl", "--with-details").stdout == file.read_text(encoding="utf-8")
    assert root(given) == root(taken)
    there[1].close()


def test_a_book_is_taken_in_only_whole_and_only_by_itself(
    run: Run, database: Database, elsewhere: tuple[Run, Database], tmp_path: Path
) -> None:
    give, given = elsewhere
    a_book(given)
    text, file = give("export", "jsonl").stdout, tmp_path / "book.jsonl"
    assert '"content"' not in text
    for wrong, said in ((text[:-200], "Line "), (text.replace("late", "then"), "Line "), ("\x00", "Line 1 ")):
        file.write_text(wrong, encoding="utf-8")
        result = run("import", str(file))
        assert (result.exit_code, said in result.output) == (1, True)
    file.write_text(text, encoding="utf-8")
    a_founded_fund(database)
    result = run("import", str(file))
    assert (result.exit_code, "holds a fund" in result.output) == (1, True)
    given.close()


def test_what_the_books_refuse_is_told_with_its_lines(
    run: Run, database: Database, elsewhere: tuple[Run, Database], tmp_path: Path
) -> None:
    """A file that says of itself that it is whole, with an act on a month that cannot be."""
    give, given = elsewhere
    a_book(given)
    lines = give("export", "jsonl").stdout.splitlines(keepends=True)[:-1]
    lines = [line for line in lines if '"revision":1' not in line]
    told = {"lines": len(lines), "sha256": sha256("".join(lines).encode()).hexdigest(), "what": "end"}
    file = tmp_path / "book.jsonl"
    file.write_text("".join(lines) + json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
    result = run("import", str(file))
    assert result.exit_code == 1
    assert f"to {len(lines) + 1}: This month cannot be turned now." in result.output
    with database.read() as session:
        assert len(book.entries(session)) == 3
    given.close()


def test_the_check_says_what_holds_in_the_reader_s_language(run: Run, database: Database) -> None:
    a_founded_fund(database)
    english, thai = run("check"), run("check", "--language", "th_TH.UTF-8")
    assert (english.exit_code, thai.exit_code) == (0, 0)
    assert english.output.count("✓") + english.output.count("–") == len(checks.CHECKS)
    assert "✓ เดบิตเท่ากับเครดิตในทุกกองทุน" in thai.output
    told = [json.loads(line) for line in run("check", "--json").output.splitlines()]
    assert [one["name"] for one in told] == [look.__name__ for look in checks.CHECKS]


def test_the_check_fails_with_what_is_wrong_and_what_to_do(run: Run, database: Database) -> None:
    a_founded_fund(database)
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
        session.execute(update(OutboxRow).values(failed_at=clock.now()))
    result = run("check")
    assert result.exit_code == 1
    assert "✗ No job in the background was given up." in result.output
    assert "receipt.render · KK-2570-000001" in result.output
    assert checks.RETRY in result.output


def test_migrate_and_settings_say_what_they_found(run: Run) -> None:
    assert run("migrate").exit_code == 0
    assert "DATABASE_URL=" in run("settings").output


def test_an_unusable_setting_is_one_line_not_a_traceback(database_url: str) -> None:
    result = Run({"DATABASE_URL": "mysql://x", "SIPBAHT_ENV": "/nonexistent"})("settings")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)


def test_serving_an_unfounded_database_is_refused(run: Run) -> None:
    assert run("serve").exit_code == 1
