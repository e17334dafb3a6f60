"""Tables of statements, their lines, what settles them, and the inbox of lines that still wait.

Everything is append-only but the inbox and the payers' digests. The inbox holds work, not history: a settled line
leaves it, one whose match was undone comes back.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class StatementRow(SQLModel, table=True):
    """A file that was taken in; the file itself is kept write-once under its SHA-256."""

    __tablename__ = "bank_statement"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    sha256: str
    file_name: str
    importer: str
    account: str
    from_on: date = Field(sa_type=Day)
    to_on: date = Field(sa_type=Day)
    opening_satang: int | None = Field(default=None, sa_type=BigInt)  # None where the bank tells no balances
    closing_satang: int | None = Field(default=None, sa_type=BigInt)
    line_count: int = Field(sa_type=BigInt)
    imported_at: datetime = Field(sa_type=Instant)
    imported_by: str


class OpenEndRow(SQLModel, table=True):
    """A file whose end nothing in it proves, and the last line that it tells (which an earlier file may have told)."""

    __tablename__ = "bank_open_end"
    statement_id: UUID = Field(sa_type=Uid, primary_key=True)
    last_line_id: UUID = Field(sa_type=Uid)


class MetEndRow(SQLModel, table=True):
    """An open end that another file has proven."""

    __tablename__ = "bank_met_end"
    statement_id: UUID = Field(sa_type=Uid, primary_key=True)
    met_by: UUID = Field(sa_type=Uid)


class MappingRow(SQLModel, table=True):
    """A mapping of columns that somebody made for an account. See `importers.mapped.Mapping`."""

    __tablename__ = "bank_mapping"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    mapping: str  # JSON
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class LineRow(SQLModel, table=True):
    """What the bank said has happened on one of our accounts, once for ever by its identity."""

    __tablename__ = "bank_line"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    statement_id: UUID = Field(sa_type=Uid)
    position: int = Field(sa_type=BigInt)
    line_number: int = Field(sa_type=BigInt)
    account: str
    identity: str
    occurred_on: date = Field(sa_type=Day)
    occurred_at: str  # HH:MM:SS, or empty where the bank tells no time
    value_on: date | None = Field(default=None, sa_type=Day)
    amount_satang: int = Field(sa_type=BigInt)
    balance_satang: int | None = Field(default=None, sa_type=BigInt)
    bank_id: str


class LineTextRow(SQLModel, table=True):
    """What the bank wrote about a line, sealed under its statement's key: it may name people. See `texts`."""

    __tablename__ = "bank_line_text"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class MatchRow(SQLModel, table=True):
    """What a line was settled by, why, and who says so."""

    __tablename__ = "bank_match"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    line_id: UUID = Field(sa_type=Uid)
    kind: str
    reasons: str  # JSON, see `matching.Reason`
    words: str  # what a person gave as the reason
    entry_id: UUID = Field(sa_type=Uid)
    donation_id: UUID | None = Field(default=None, sa_type=Uid)
    matched_by: str
    matched_at: datetime = Field(sa_type=Instant)
    about: str = ""  # `refund:…` or `transfer:…`: what other lines may be about as well


class InboxRow(SQLModel, table=True):
    """A line that is not settled: `new` for the matcher, `waiting` for a person, `refused` by the books, `held` by
    somebody, or `withdrawn` with the import that told it.
    """

    __tablename__ = "bank_inbox"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    state: str
    is_booked: bool = Field(sa_type=Flag)  # as unidentified money
    statement_id: UUID = Field(
        sa_type=Uid
    )  # this and what follows are the line's own, so that sums touch only the inbox
    account: str
    amount_satang: int = Field(sa_type=BigInt)
    reasons: str  # JSON, see `matching.Reason`
    attempt: int = Field(default=0, sa_type=BigInt)  # how many of its matches were undone


class UndoneRow(SQLModel, table=True):
    """A match that was taken back: `entry_id` is the reversal of the match's own."""

    __tablename__ = "bank_undone"
    match_id: UUID = Field(sa_type=Uid, primary_key=True)
    line_id: UUID = Field(sa_type=Uid)
    entry_id: UUID = Field(sa_type=Uid)
    reason: str
    undone_by: str
    undone_at: datetime = Field(sa_type=Instant)


class StatementActRow(SQLModel, table=True):
    """A whole import was `undone`, or `restored` again; the last act is the one in force."""

    __tablename__ = "bank_statement_act"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    statement_id: UUID = Field(sa_type=Uid)
    act: str
    reason: str
    acted_by: str
    acted_at: datetime = Field(sa_type=Instant)


class RetoldRow(SQLModel, table=True):
    """A later file has told a line again that an earlier one had brought."""

    __tablename__ = "bank_retold"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    statement_id: UUID = Field(sa_type=Uid, primary_key=True)


class RuleRow(SQLModel, table=True):
    """What somebody taught: lines like this are that."""

    __tablename__ = "bank_rule"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str  # empty: any
    came_in: bool = Field(sa_type=Flag)
    sealed: bytes = Field(sa_type=LargeBinary)  # the words, which may name a payer, under the rule's own key
    is_whole: bool = Field(sa_type=Flag)  # the text is these words, not only holds them
    least_satang: int = Field(sa_type=BigInt)
    most_satang: int = Field(sa_type=BigInt)
    kind: str
    campaign_id: UUID | None = Field(default=None, sa_type=Uid)
    taught_by: str
    taught_at: datetime = Field(sa_type=Instant)


class RuleOffRow(SQLModel, table=True):
    """A rule that is followed no more."""

    __tablename__ = "bank_rule_off"
    rule_id: UUID = Field(sa_type=Uid, primary_key=True)
    reason: str
    switched_off_by: str
    switched_off_at: datetime = Field(sa_type=Instant)


class PayerRow(SQLModel, table=True):
    """Who stands on the other side of a line, as a keyed digest: enough to meet them again."""

    __tablename__ = "bank_payer"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    payer_index: bytes = Field(sa_type=LargeBinary)


class RemarkRow(SQLModel, table=True):
    """What somebody said about a line (sealed under its statement's key), or that it is held, or released."""

    __tablename__ = "bank_remark"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    line_id: UUID = Field(sa_type=Uid)
    act: str
    sealed: bytes = Field(sa_type=LargeBinary)
    asks_person: UUID | None = Field(default=None, sa_type=Uid)  # who is asked to answer
    said_by: str
    said_at: datetime = Field(sa_type=Instant)


class MonthReconciledRow(SQLModel, table=True):
    """Somebody says that a month of an account meets; the last one counts."""

    __tablename__ = "bank_month_reconciled"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    month: date = Field(sa_type=Day)
    closing_satang: int = Field(sa_type=BigInt)
    reconciled_by: str
    reconciled_person: UUID = Field(sa_type=Uid)
    reconciled_at: datetime = Field(sa_type=Instant)


class MonthClosingRow(SQLModel, table=True):
    """A month of an account was closed, by somebody else; after it was opened again, under the next number."""

    __tablename__ = "bank_month_closing"
    account: str = Field(primary_key=True)
    month: date = Field(sa_type=Day, primary_key=True)
    revision: int = Field(sa_type=BigInt, primary_key=True)
    ends_on: date = Field(sa_type=Day)
    reconciliation_id: UUID = Field(sa_type=Uid)
    reconciled_person: UUID = Field(sa_type=Uid)
    closed_by: str
    closed_person: UUID = Field(sa_type=Uid)
    closed_at: datetime = Field(sa_type=Instant)


class MonthAskedRow(SQLModel, table=True):
    """Somebody asks, with a reason, to have a closing undone: of an account's month, or (no account) of the books'."""

    __tablename__ = "bank_month_asked"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    month: date = Field(sa_type=Day)
    revision: int = Field(sa_type=BigInt)
    reason: str
    asked_by: str
    asked_person: UUID = Field(sa_type=Uid)
    asked_at: datetime = Field(sa_type=Instant)


class MonthWithdrawnRow(SQLModel, table=True):
    """Whoever asked to have a month opened again does so no more."""

    __tablename__ = "bank_month_withdrawn"
    asked_id: UUID = Field(sa_type=Uid, primary_key=True)
    withdrawn_by: str
    withdrawn_person: UUID = Field(sa_type=Uid)
    withdrawn_at: datetime = Field(sa_type=Instant)


class MonthOpenedRow(SQLModel, table=True):
    """Another has confirmed it: the month is open again."""

    __tablename__ = "bank_month_opened"
    asked_id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    month: date = Field(sa_type=Day)
    revision: int = Field(sa_type=BigInt)
    asked_person: UUID = Field(sa_type=Uid)
    confirmed_by: str
    confirmed_person: UUID = Field(sa_type=Uid)
    confirmed_at: datetime = Field(sa_type=Instant)


class StatedBalanceRow(SQLModel, table=True):
    """What stood on an account at the end of a day, by a paper of the bank that somebody handed in; the last counts."""

    __tablename__ = "bank_stated_balance"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    day: date = Field(sa_type=Day)
    balance_satang: int = Field(sa_type=BigInt)
    sha256: str  # of the paper, sealed under the row's own key
    stated_by: str
    stated_person: UUID = Field(sa_type=Uid)
    stated_at: datetime = Field(sa_type=Instant)


class HandedInRow(SQLModel, table=True):
    """A file that was handed in, to be read by a worker: `waiting`, `taken` or `refused`."""

    __tablename__ = "bank_handed_in"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    sha256: str
    file_name: str
    account: str
    state: str
    statement_id: UUID | None = Field(default=None, sa_type=Uid)
    is_repeat: bool = Field(default=False, sa_type=Flag)
    refusal: bytes | None = Field(default=None, sa_type=LargeBinary)
    read_count: int = Field(default=0, sa_type=BigInt)  # lines, as the worker reads on
    handed_in_by: str
    handed_in_person: UUID | None = Field(default=None, sa_type=Uid)
    handed_in_at: datetime = Field(sa_type=Instant)
