"""The whole book as text that hledger, ledger and beancount read: three programs that check ours.

Each account of each fund is an account of its own (`Assets:1110-01:GEN`), memorandum accounts stand under
`Equity:Memorandum`. Every entry is one transaction, by the day it is booked on. At the end of every month, and of the
book, each balance is asserted as our checkpoints have it: a program that counts otherwise refuses the file. Private
details are left out.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from ledger import book
from ledger.accounts import Account, accounts
from ledger.balances import Balance, trial_balance
from ledger.book import BookedEntry
from ledger.money import format_plain_baht

_ROOTS: Final = {
    "asset": "Assets",
    "liability": "Liabilities",
    "net_assets": "Equity",
    "income": "Income",
    "expense": "Expenses",
    "memorandum": "Equity:Memorandum",
}
_SYNTAX: Final = str.maketrans(';|"\\', ",/'/")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stood on every account of every fund at the end of a day."""

    on: date
    balances: list[Balance]


@dataclass(frozen=True, slots=True)
class _Names:
    """What accounts of the chart are called in an export."""

    chart: dict[str, Account]

    def of(self, account: str, fund: str) -> str:
        """`Assets:1110-01:GEN`: letters, digits and hyphens, as all three programs take them."""
        return f"{_ROOTS[self.chart[account].type]}:{account.replace('.', '-')}:{fund}"

    def about(self, account: str) -> str:
        known = self.chart[account]
        return _plain(f"{known.name_en} · {known.name_th}")


def hledger(session: Session) -> Iterator[str]:
    """The book as an hledger journal, line by line; `hledger -s` accepts it."""
    names, ends = _names(session), trial_balance(session)
    yield "; -*- hledger -*-"
    yield "decimal-mark ."
    yield "commodity 1000.00 THB"
    for end in ends:
        yield f"account {names.of(end.account, end.fund)}  ; {names.about(end.account)}"
    for entry in _by_day(session):
        yield ""
        if isinstance(entry, _Standing):
            yield from _asserted(entry, names)
            continue
        yield f"{entry.booked_on}={entry.occurred_on} * ({_code(entry.key)}) {_title(entry)}"
        yield f"    ; id:{entry.id}"
        yield from _lines(entry, names)


def ledger_cli(session: Session) -> Iterator[str]:
    """The book as a ledger-cli journal, line by line; `ledger --pedantic` accepts it."""
    names, ends = _names(session), trial_balance(session)
    yield "; -*- ledger -*-"
    yield "commodity THB"
    yield "    format 1000.00 THB"
    for end in ends:
        yield f"account {names.of(end.account, end.fund)}"
        yield f"    note {names.about(end.account)}"
    yield "tag id"
    for entry in _by_day(session):
        yield ""
        if isinstance(entry, _Standing):
            yield from _asserted(entry, names)
            continue
        yield f"{entry.booked_on:%Y/%m/%d}={entry.occurred_on:%Y/%m/%d} * ({_code(entry.key)}) {_title(entry)}"
        yield f"    ; id: {entry.id}"
        yield from _lines(entry, names)


def beancount(session: Session) -> Iterator[str]:
    """The book in beancount's syntax, line by line; `bean-check` accepts it."""
    names, ends = _names(session), trial_balance(session)
    yield 'option "title" "sipbaht"'
    yield 'option "operating_currency" "THB"'
    yield "2000-01-01 commodity THB"
    for end in ends:
        yield f"2000-01-01 open {names.of(end.account, end.fund)} THB"
        yield f"  name: {_quoted(names.about(end.account))}"
    for entry in _by_day(session):
        yield ""
        if isinstance(entry, _Standing):
            yield from _checked(entry, names)
            continue
        yield f"{entry.booked_on} * {_quoted(_title(entry))}"
        yield f"  id: {_quoted(str(entry.id))}"
        yield f"  key: {_quoted(entry.key)}"
        yield f"  occurred: {entry.occurred_on}"
        yield from _lines(entry, names)


def _names(session: Session) -> _Names:
    return _Names({account.code: account for account in accounts(session)})


def _by_day(session: Session) -> Iterator[BookedEntry | _Standing]:
    """Every entry by the day it is booked on, with what stood on the accounts at each month's and the book's end."""
    last: date | None = None
    for entry in book.entries_by_day(session):
        if last is not None and (last.year, last.month) != (entry.booked_on.year, entry.booked_on.month):
            end = last.replace(day=monthrange(last.year, last.month)[1])
            yield _Standing(end, trial_balance(session, on=end))
        last = entry.booked_on
        yield entry
    if last is not None:
        yield _Standing(last, trial_balance(session))


def _lines(entry: BookedEntry, names: _Names) -> Iterator[str]:
    for posting in entry.postings:
        yield f"    {names.of(posting.account, posting.fund)}  {format_plain_baht(posting.amount_satang)} THB"


def _asserted(standing: _Standing, names: _Names) -> Iterator[str]:
    """A transaction of nothing that asserts every balance, as hledger and ledger read it."""
    yield f"{standing.on} * balances asserted"
    for one in standing.balances:
        name, amount = names.of(one.account, one.fund), format_plain_baht(one.amount_satang)
        yield f"    {name}  0.00 THB = {amount} THB"


def _checked(standing: _Standing, names: _Names) -> Iterator[str]:
    """The same in beancount's words; it looks at the beginning of a day."""
    for one in standing.balances:
        name, amount = names.of(one.account, one.fund), format_plain_baht(one.amount_satang)
        yield f"{standing.on + timedelta(days=1)} balance {name}  {amount} THB"


def _title(entry: BookedEntry) -> str:
    words = [entry.kind, entry.subject, f"reverses {entry.reverses}: {entry.reason}" if entry.reverses else ""]
    return _plain(" · ".join(word for word in words if word))


def _code(key: str) -> str:
    return _plain(key).replace("(", "[").replace(")", "]")


def _plain(text: str) -> str:
    """One line without what the programs read as syntax."""
    return " ".join(text.split()).translate(_SYNTAX)


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'
