"""What can be read of the books and their log, asked as `asked` has it and told as `answers` has it.

Each function is one address of the interface; its first sentence is what the description says of it. Knows the order
of every list and its cursors. Refuses what is not there, and what is not in the log yet.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType
from sqlmodel import Session

from fund.books import answers, asked, cursors
from fund.books.answers import Page, told
from fund.books.errors import CursorError
from fund.errors import NotFoundError
from ledger import accounts as chart
from ledger import balances as standing
from ledger import book, leaves, log, proofs
from ledger import history as postings
from ledger.book import BookedEntry
from ledger.errors import UnknownEntryError
from ledger.log import Head, LogKey
from receipts import service as receipts
from receipts.proofs import receipt_file

T = TypeVar("T")


def accounts(session: Session, wanted: asked.Paging) -> Page[answers.Account]:
    """The chart of accounts, by code."""
    after = _after("accounts", wanted, str)
    rows = [told(answers.Account, one) for one in chart.accounts(session) if one.code > (after or "")]
    return _page("accounts", wanted, rows, lambda row: row.code)


def account(session: Session, wanted: asked.OneAccount) -> answers.Account:
    """One account of the chart."""
    return told(answers.Account, _account(session, wanted.account))


def funds(session: Session, wanted: asked.Paging) -> Page[answers.Fund]:
    """The funds, by code."""
    after = _after("funds", wanted, str)
    rows = [told(answers.Fund, one) for one in chart.funds(session) if one.code > (after or "")]
    return _page("funds", wanted, rows, lambda row: row.code)


def fund(session: Session, wanted: asked.OneFund) -> answers.Fund:
    """One fund."""
    return told(answers.Fund, _fund(session, wanted.fund))


def balances(session: Session, wanted: asked.Balances) -> answers.BalancePage:
    """What stands on every account of every fund that was ever booked on, on any day, as of any place in the log."""
    listing = f"balances {wanted.account} {wanted.fund} {wanted.on} {wanted.as_of}"
    after = _after(listing, wanted, tuple[str, str, UUID | None])
    last = after[2] if after else _last_entry(session, wanted.as_of)
    with _of_this_book():
        there = standing.trial_balance(session, on=wanted.on or None, as_of=last) if last else []
    rows = [
        told(answers.Balance, one)
        for one in there
        if one.account == (wanted.account or one.account)
        and one.fund == (wanted.fund or one.fund)
        and (after is None or (one.account, one.fund) > after[:2])
    ]
    page = _page(listing, wanted, rows, lambda row: (row.account, row.fund, last))
    return told(answers.BalancePage, page, moment=_moment(session, wanted.on, last))


def balance(session: Session, wanted: asked.OneBalance) -> answers.OneBalance:
    """What stands on one account of a fund, on any day, as of any place in the log; 0 where nothing was booked."""
    _account(session, wanted.account), _fund(session, wanted.fund)
    last = _last_entry(session, wanted.as_of)
    satang = 0
    if last is not None:
        satang = standing.balance(session, wanted.account, wanted.fund, on=wanted.on or None, as_of=last)
    there = standing.Balance(wanted.account, wanted.fund, satang)
    return told(answers.OneBalance, there, moment=_moment(session, wanted.on, last))


def history(session: Session, wanted: asked.History) -> Page[answers.Line]:
    """Every posting on one account of a fund in the order of the log, with what stood there when it was written."""
    _account(session, wanted.account), _fund(session, wanted.fund)
    listing = f"history {wanted.account} {wanted.fund}"
    after = _after(listing, wanted, tuple[UUID, asked.Count])
    cursor = f"{after[0]}.{after[1]}" if after else ""
    with _of_this_book():
        found = postings.history(session, wanted.account, wanted.fund, after=cursor, limit=wanted.size + 1)
    rows = [told(answers.Line, line) for line in found.lines]
    return _page(listing, wanted, rows, lambda row: (row.entry_id, row.line))


def entries(session: Session, wanted: asked.Paging) -> Page[answers.Entry]:
    """The journal in the order of the log: turning pages meets every entry once, whatever is booked meanwhile."""
    after = _after("entries", wanted, UUID)
    with _of_this_book():
        found = book.entries(session, after=after, limit=wanted.size + 1, only_settled=True)
    return _page("entries", wanted, _entries(session, found), lambda row: row.id)


def entry(session: Session, wanted: asked.OneEntry) -> answers.Entry:
    """One entry with its postings and its place in the log."""
    return _entries(session, [book.entry(session, wanted.entry)])[0]


def entry_proof(session: Session, wanted: asked.OneEntry) -> str:
    """The proof that an entry stands in the log, as a file that `verify_receipt.py` checks offline."""
    book.entry(session, wanted.entry)
    return proofs.entry_file(session, wanted.entry)


def head(session: Session, wanted: asked.Asked) -> answers.LogHead:
    """The newest signed head of the log."""
    return _head(log.head(session))


def heads(session: Session, wanted: asked.Paging) -> Page[answers.LogHead]:
    """Every signed head of the log, the oldest first."""
    after = _after("heads", wanted, asked.Count)
    rows = [_head(one) for one in log.heads(session, after=after or 0, limit=wanted.size + 1)]
    return _page("heads", wanted, rows, lambda row: row.size)


def head_of_size(session: Session, wanted: asked.OneHead) -> answers.LogHead:
    """The signed head of one size."""
    return _head(log.head(session, wanted.size))


def keys(session: Session, wanted: asked.Paging) -> Page[answers.Key]:
    """The keys that sign the log, in the order of their use, each vouched for by the one before it."""
    after = _after("keys", wanted, asked.Count)
    rows = [_key(one) for one in log.keys(session) if one.number > (after or 0)]
    return _page("keys", wanted, rows, lambda row: row.number)


def consistency(session: Session, wanted: asked.Consistency) -> str:
    """The proof that a later head continues the one you kept, as a file that `verify_receipt.py` checks offline."""
    return proofs.consistency_file(session, wanted.old, wanted.new or None)


def receipt_proof(session: Session, wanted: asked.ReceiptLink) -> str:
    """The proof of a receipt, for whoever has its link, as a file that `verify_receipt.py` checks offline."""
    opened = receipts.open_receipt(session, wanted.number, wanted.token)
    return receipt_file(session, opened.number, with_donor=wanted.donor)


def _account(session: Session, code: str) -> chart.Account:
    return _only(one for one in chart.accounts(session) if one.code == code)


def _fund(session: Session, code: str) -> chart.Fund:
    return _only(one for one in chart.funds(session) if one.code == code)


def _only(found: Iterator[T]) -> T:
    for one in found:
        return one
    raise NotFoundError()


def _last_entry(session: Session, as_of: int | UnsetType) -> UUID | None:
    """The last entry that counts: up to a place in the log, else the newest that nothing can precede any more."""
    return book.last_settled(session) if as_of is UNSET else log.last_entry(session, as_of)


def _moment(session: Session, on: date | UnsetType, last: UUID | None) -> answers.Moment:
    position = log.position(session, leaves.ENTRY, str(last)) if last else None
    return answers.Moment(entry_id=last, position=position, on=on or None)


def _entries(session: Session, found: Sequence[BookedEntry]) -> list[answers.Entry]:
    positions = log.positions(session, leaves.ENTRY, [str(one.id) for one in found])
    return [
        told(
            answers.Entry,
            one,
            position=positions.get(str(one.id)),
            postings=[told(answers.PostingLine, line) for line in one.postings],
        )
        for one in found
    ]


def _head(one: Head | None) -> answers.LogHead:
    if one is None:
        raise NotFoundError()
    return told(answers.LogHead, one, root=_base64(one.root), key=one.key.text(), note=one.note())


def _key(one: LogKey) -> answers.Key:
    endorsement = _base64(one.endorsement) if one.endorsement else None
    return answers.Key(number=one.number, key=one.public.text(), endorsement=endorsement)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _after(listing: str, wanted: asked.Paging, kind: type[T]) -> T | None:
    """Where the page begins; None for the first."""
    return cursors.place(listing, wanted.after, kind) if wanted.after else None


@contextmanager
def _of_this_book() -> Iterator[None]:
    """A cursor of another book names an entry that this one does not have."""
    try:
        yield
    except UnknownEntryError:
        raise CursorError() from None


def _page(listing: str, wanted: asked.Paging, rows: list[T], place: Callable[[T], object]) -> Page[T]:
    """The first of `rows`, which hold one more than the page where there is more."""
    shown = rows[: wanted.size]
    following = cursors.written(listing, place(shown[-1])) if shown else wanted.after or None
    return Page(rows=shown, next=following, has_more=len(rows) > len(shown))
