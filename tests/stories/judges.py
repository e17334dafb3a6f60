"""Three programs that are not ours read the export and must count as our ledger does, per account and fund."""

import csv
import io
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session

from ledger import balances, export

Counted = dict[tuple[str, str], int]
LEDGER_LINE = "%(account)|%(quantity(scrub(total)))\n"
BEANCOUNT_PROGRAM = """
import sys
from beancount import loader
from beancount.core import realization
from beancount.ops import validation
entries, errors, _ = loader.load_file(sys.argv[1], extra_validations=validation.HARDCORE_VALIDATIONS)
assert not errors, errors
for real in realization.iter_children(realization.realize(entries)):
    if real.txn_postings:
        print(real.account, sum(position.units.number for position in real.balance), sep="|")
"""


def all_agree(session: Session, folder: Path) -> None:
    """hledger, ledger and beancount accept the whole book and find our balances in it."""
    ours = {(row.account, row.fund): row.amount_satang for row in balances.trial_balance(session)}
    assert by_hledger(_written(session, export.hledger, folder / "book.hledger")) == ours
    assert by_ledger(_written(session, export.ledger_cli, folder / "book.ledger")) == ours
    assert by_beancount(_written(session, export.beancount, folder / "book.beancount")) == ours


def by_hledger(book: Path) -> Counted:
    """What hledger finds, after its strict checks."""
    _run("hledger", "-f", str(book), "-s", "check", "accounts", "commodities")
    table = _run("hledger", "-f", str(book), "balance", "--flat", "-E", "-N", "-O", "csv")
    return _counted((name, amount.removesuffix(" THB")) for name, amount in list(csv.reader(io.StringIO(table)))[1:])


def by_ledger(book: Path) -> Counted:
    """What ledger finds, pedantically."""
    options = ("--flat", "-E", "--no-total", "--balance-format", LEDGER_LINE)
    table = _run("ledger", "--args-only", "--pedantic", "-f", str(book), "balance", *options)
    return _counted((row.split("|")[0], row.split("|")[1].removesuffix(" THB")) for row in table.splitlines())


def by_beancount(book: Path) -> Counted:
    """What beancount finds, after all that `bean-check` checks (it is this very call)."""
    table = _run(sys.executable, "-W", "ignore", "-c", BEANCOUNT_PROGRAM, str(book))
    return _counted((row.split("|")[0], row.split("|")[1]) for row in table.splitlines())


def _counted(rows: Iterable[tuple[str, str]]) -> Counted:
    """Satang by our account and fund, from `Assets:1110-01:GEN` and baht."""
    leaves = ((name.split(":")[-2:], amount) for name, amount in rows if name.count(":") >= 2)
    return {(account.replace("-", "."), fund): int(Decimal(amount) * 100) for (account, fund), amount in leaves}


def _written(session: Session, write: Callable[[Session], Iterator[str]], path: Path) -> Path:
    path.write_text("\n".join(write(session)) + "\n", encoding="utf-8")
    return path


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout
