"""hledger, ledger and beancount read the export and count as we do, per account and fund."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from fund.db import Database
from ledger import balances, book, checkpoints, export
from ledger.journal import Entry, Posting, move
from tests.ledger.builders import (
    BANK,
    DAY,
    FUNDS,
    GIFTS,
    a_fee,
    a_gift,
    a_key,
    a_spend,
    an_authorised_payment,
    an_award,
    posted,
)

Counted = dict[tuple[str, str], int]


@pytest.fixture
def year(books: Database) -> Database:
    """A book with every sort of entry, some of them awkward to write down."""
    gifts = posted(books, a_gift(300_000), a_gift(5_050, "D4001", on=date(2026, 10, 1)), a_gift(1, "KEEP"))
    posted(books, an_award(20_000, "grant:1"), an_authorised_payment(20_000, "grant:1"), an_award(5, "grant:2"))
    awkward = move(777, "GEN", debit=BANK, credit=GIFTS, subject="ก;ข")
    posted(books, Entry("donation", date(2026, 9, 30), DAY, awkward, 'k; "x" (y) | \\ z\n', "donation:น้อง;1"))
    both = (
        Posting(BANK, "GEN", -9),
        Posting("3200", "GEN", 9),
        Posting(BANK, "D4001", 9),
        Posting("3200", "D4001", -9),
    )
    posted(books, a_spend(4_000), a_fee(60_000, "D4001"), Entry("payment", DAY, DAY, both, a_key()))
    with books.write() as session:
        reason = 'twice "booked"; sorry'
        book.reverse(session, gifts[2].entry_id, reason=reason, booked_on=DAY, by="treasurer")
    return books


def ours(database: Database) -> Counted:
    with database.read() as session:
        return {(b.account, b.fund): b.amount_satang for b in balances.trial_balance(session)}


def exported(database: Database, write: Callable[[Session], Iterator[str]], path: Path) -> Path:
    with database.read() as session:
        path.write_text("\n".join(write(session)) + "\n", encoding="utf-8")
    return path


def counted(rows: Iterator[tuple[str, str]]) -> Counted:
    """Balances by our account and fund, from `Assets:1110-01:GEN` and `1234.50 THB`."""
    names = {row[0].rsplit(":", 2)[-2:][0] + "|" + row[0].rsplit(":", 1)[-1]: row[1] for row in rows}
    cut = {name: amount.replace("THB", "").strip() for name, amount in names.items()}
    return {
        (name.split("|")[0].replace("-", "."), name.split("|")[1]): int(Decimal(amount) * 100)
        for name, amount in cut.items()
    }


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert not done.stderr, done.stderr
    return done.stdout


def test_hledger_accepts_the_export_and_agrees(year: Database, tmp_path: Path) -> None:
    path = exported(year, export.hledger, tmp_path / "book.hledger")
    run("hledger", "-f", str(path), "-s", "check", "accounts", "commodities")
    output = run("hledger", "-f", str(path), "balance", "--flat", "-E", "-N", "-O", "csv")
    rows = list(csv.reader(io.StringIO(output)))[1:]
    assert counted((name, amount) for name, amount in rows) == ours(year)


def test_ledger_accepts_the_export_and_agrees(year: Database, tmp_path: Path) -> None:
    path = exported(year, export.ledger_cli, tmp_path / "book.ledger")
    layout = "%(account)|%(quantity(scrub(total)))\n"
    output = run("ledger", "--args-only", "--pedantic", "-f", str(path), "balance", "--flat", "-E",
                 "--no-total", "--balance-format", layout)  # fmt: skip
    rows = (line.split("|") for line in output.splitlines() if line.count(":") >= 2)
    assert counted((name, amount) for name, amount in rows) == ours(year)


def test_beancount_accepts_the_export_and_agrees(year: Database, tmp_path: Path) -> None:
    path = exported(year, export.beancount, tmp_path / "book.beancount")
    run(str(Path(sys.executable).parent / "bean-check"), str(path))
    program = (
        "import sys; from beancount import loader; from beancount.core import realization as r\n"
        "entries, errors, options = loader.load_file(sys.argv[1]); assert not errors, errors\n"
        "for real in r.iter_children(r.realize(entries)):\n"
        "    if real.account.count(':') >= 2 and real.txn_postings:\n"
        "        amounts = [position.units.number for position in real.balance]\n"
        "        print(real.account, sum(amounts), sep='|')\n"
    )
    output = run(sys.executable, "-W", "ignore", "-c", program, str(path))
    rows = (line.split("|") for line in output.splitlines())
    assert counted((name, amount) for name, amount in rows) == ours(year)


@pytest.mark.parametrize("program", ["hledger", "ledger"])
def test_a_wrong_amount_in_the_file_is_refused(year: Database, tmp_path: Path, program: str) -> None:
    write = export.hledger if program == "hledger" else export.ledger_cli
    path = exported(year, write, tmp_path / "book.journal")
    path.write_text(path.read_text().replace("3000.00 THB", "3000.01 THB", 2))
    assert subprocess.run([program, "-f", str(path), "balance"], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("program", ["hledger", "ledger", "bean-check"])
def test_a_gift_that_slips_into_the_next_month_is_refused(year: Database, tmp_path: Path, program: str) -> None:
    """At the book's end all would be right again: only the assertion at the end of October sees it."""
    write = {"hledger": export.hledger, "ledger": export.ledger_cli, "bean-check": export.beancount}[program]
    path = exported(year, write, tmp_path / "book")
    blocks = path.read_text().split("\n\n")
    gift = next(number for number, block in enumerate(blocks) if block[:10].replace("/", "-") == "2026-10-01")
    assert blocks[gift + 1].startswith(("2026-10-31 * balances asserted", "2026-11-01 balance "))
    late = blocks[gift].replace("2026-10-01", "2026-11-01").replace("2026/10/01", "2026/11/01")
    command = [str(Path(sys.executable).parent / program)] if program == "bean-check" else [program, "-f"]
    tail = [] if program == "bean-check" else ["balance"]
    for now_it_is, is_good in ((blocks[gift : gift + 2], True), ([blocks[gift + 1], late], False)):
        path.write_text("\n\n".join([*blocks[:gift], *now_it_is, *blocks[gift + 2 :]]))
        done = subprocess.run([*command, str(path), *tail], capture_output=True, check=False)
        assert (done.returncode == 0) == is_good


def test_an_export_after_checkpoints_says_the_same(year: Database) -> None:
    def lines(write: Callable[[Session], Iterator[str]]) -> list[str]:
        with year.read() as session:
            return list(write(session))

    before = [lines(write) for write in (export.hledger, export.ledger_cli, export.beancount)]
    with year.write() as session:
        assert checkpoints.take(session, tail=1) > 0
    assert [lines(write) for write in (export.hledger, export.ledger_cli, export.beancount)] == before


def test_an_empty_book_is_a_good_file(books: Database, tmp_path: Path) -> None:
    run("hledger", "-f", str(exported(books, export.hledger, tmp_path / "a")), "-s", "check")
    run("ledger", "--pedantic", "-f", str(exported(books, export.ledger_cli, tmp_path / "b")), "balance")
    run(str(Path(sys.executable).parent / "bean-check"), str(exported(books, export.beancount, tmp_path / "c")))
    assert ours(books) == {}


def test_every_fund_sums_to_zero(year: Database) -> None:
    found = ours(year)
    assert all(sum(amount for (_, code), amount in found.items() if code == fund.code) == 0 for fund in FUNDS)
