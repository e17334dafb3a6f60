"""What programs are told: accounts, balances, entries, heads, each as one struct that is also its description.

Knows amounts as whole satang beside the text that people read. Holds no private detail of an entry and no donor.
"""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from ledger import accounts as chart
from ledger.money import format_baht

T = TypeVar("T")
A = TypeVar("A", bound="Answer")

Code = Annotated[str, Meta(description="The code of an account.", examples=["1110.01"])]
FundCode = Annotated[str, Meta(description="The code of a fund.", examples=["GEN"])]
Satang = Annotated[int, Meta(description="Whole satang, debit + and credit −, exact in 64 bits.", examples=[100050])]
Baht = Annotated[str, Meta(description="The same in baht, as people read it.", examples=["1,000.50"])]
NameTh = Annotated[str, Meta(description="The name in Thai.", examples=["เงินฝากธนาคาร"])]
NameEn = Annotated[str, Meta(description="The name in English.", examples=["Bank deposits"])]
EntryId = Annotated[UUID, Meta(description="The entry.", examples=["019ab0c4-5f00-7c3e-9d2b-6a1f0e8d7c55"])]
Reverses = Annotated[UUID | None, Meta(description="The entry that this one undoes.")]
KindCode = Annotated[str, Meta(description="What happened.", examples=["donation"])]
OccurredOn = Annotated[date, Meta(description="The day it happened.", examples=["2026-11-21"])]
BookedOn = Annotated[date, Meta(description="The day in whose books it counts.", examples=["2026-11-23"])]
RecordedAt = Annotated[
    datetime, Meta(tz=True, description="The moment it was written, in UTC.", examples=["2026-11-23T05:00:00.000000Z"])
]
Subject = Annotated[
    str,
    Meta(
        description="What it is about, never a name; empty where nothing is named.",
        examples=["donation:019ab0c4-5ef0-7a11-8c5d-2f3e4d5c6b7a"],
    ),
]
Next = Annotated[
    str | None,
    Meta(description="Send it as `after` for what follows; kept for later when nothing follows yet."),
]
HasMore = Annotated[bool, Meta(description="Whether something follows already.")]
Position = Annotated[int | None, Meta(description="The place in the log; null until it is sealed.", examples=[1204])]
Size = Annotated[int, Meta(description="How many leaves the log had.", examples=[1205])]
Text64 = Annotated[str, Meta(description="Bytes in base64.", examples=["uR7rVYm2bJ7gqJ3cZ0a4yX3c0nq1Jr7m6yqk6v0b1xI="])]
Note = Annotated[
    str,
    Meta(
        description="The signed head as text: keep it, and the log must continue it.",
        examples=["sipbaht\n1205\nuR7rVYm2bJ7gqJ3cZ0a4yX3c0nq1Jr7m6yqk6v0b1xI=\n…"],
    ),
]
KeyText = Annotated[
    str,
    Meta(
        description="The public key as it is published: origin, id, base64.",
        examples=["sipbaht+3f1b2c4d+AUuZ0c1m5r2J8h6eXb0sQ9t7v3w1y5z8a2c4e6g8i0k2"],
    ),
]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Told whole, and refusing on the reader's side what it does not know."""


class Page(Answer, Generic[T], frozen=True):
    """One page of a list."""

    rows: list[T]
    next: Next
    has_more: HasMore


class Account(Answer, frozen=True):
    """An account of the chart."""

    code: Code
    name_th: NameTh
    name_en: NameEn
    type: chart.AccountType
    side: chart.Side
    guarded: chart.Guarded
    is_spendable: bool


class Fund(Answer, frozen=True):
    """A fund: a set of accounts that balances by itself."""

    code: FundCode
    name_th: NameTh
    name_en: NameEn
    restriction: chart.Restriction
    principal_satang: Satang
    principal_baht: Baht
    valid_from: date | None
    valid_to: date | None


class Balance(Answer, frozen=True):
    """What stands on an account of a fund."""

    account: Code
    fund: FundCode
    amount_satang: Satang
    amount_baht: Baht


class Moment(Answer, frozen=True):
    """Of which moment balances are: recorded up to an entry, and booked up to a day."""

    entry_id: Annotated[UUID | None, Meta(description="The last entry that counts; null before the first.")]
    position: Position
    on: Annotated[date | None, Meta(description="The last day that counts; null for all.")]


class BalancePage(Page[Balance], frozen=True):
    """One page of balances; every page of one list is of one moment, so that each fund adds up to 0."""

    moment: Moment


class OneBalance(Balance, frozen=True):
    """What stands on one account of a fund, and when."""

    moment: Moment


class Line(Answer, frozen=True):
    """One posting on an account, and what stood there when it was written."""

    entry_id: EntryId
    line: Annotated[int, Meta(description="The number of the posting in its entry.", examples=[1])]
    kind: KindCode
    occurred_on: OccurredOn
    booked_on: BookedOn
    recorded_at: RecordedAt
    subject: Subject
    reverses: Reverses
    amount_satang: Satang
    amount_baht: Baht
    balance_satang: Satang
    balance_baht: Baht


class PostingLine(Answer, frozen=True):
    """One line of an entry."""

    account: Code
    fund: FundCode
    amount_satang: Satang
    amount_baht: Baht
    subject: Subject
    purpose: str
    scope: str


class Entry(Answer, frozen=True):
    """An entry of the journal as it stands there for ever."""

    id: EntryId
    position: Position
    kind: KindCode
    occurred_on: OccurredOn
    booked_on: BookedOn
    recorded_at: RecordedAt
    recorded_by: Annotated[str, Meta(description="Which member of staff or which program.", examples=["officer"])]
    key: Annotated[str, Meta(description="What makes it happen at most once.", examples=["money:6f2c…"])]
    subject: Subject
    reverses: Reverses
    reversed_by: Annotated[UUID | None, Meta(description="The entry that undoes this one.")]
    reason: Annotated[str, Meta(description="Why, for a reversal.", examples=[""])]
    postings: list[PostingLine]


class LogHead(Answer, frozen=True):
    """The whole log at one size, signed."""

    size: Size
    root: Text64
    follows: Annotated[int, Meta(description="The size of the head before it.", examples=[1190])]
    signed_at: RecordedAt
    key: KeyText
    note: Note


class Key(Answer, frozen=True):
    """A key that signs the log's heads, or did."""

    number: Annotated[int, Meta(description="Its turn among the log's keys.", examples=[1])]
    key: KeyText
    endorsement: Annotated[
        str | None, Meta(description="The signature of the key before it, in base64; null where none vouches for it.")
    ]


class Opened(Answer, frozen=True):
    """What lies behind a digest of a leaf, with the salt of what is somebody's own."""

    field: Annotated[str, Meta(description="The digest's name in the leaf.", examples=["facts"])]
    content: Text64
    salt: Text64


class Leaf(Answer, frozen=True):
    """A row of the log as the bytes that were hashed, and the way from it up to the head."""

    index: Annotated[int, Meta(description="The place in the log.", examples=[1204])]
    leaf: Text64
    opened: list[Opened]
    path: list[Text64]


class Vouched(Answer, frozen=True):
    """A key of the log, vouched for by the one before it."""

    key: KeyText
    endorsement: Text64


class Proof(Answer, frozen=True):
    """That rows stand in the log under one signed head, as a file for `verify_receipt.py`."""

    format: Annotated[str, Meta(examples=["sipbaht-inclusion-1"])]
    head: Note
    keys: list[Vouched]
    leaves: list[Leaf]


class Consistency(Answer, frozen=True):
    """That a later head continues an earlier one, as a file for `verify_receipt.py`."""

    format: Annotated[str, Meta(examples=["sipbaht-consistency-1"])]
    head: Note
    keys: list[Vouched]
    old: Note
    path: list[Text64]


class Problem(Answer, frozen=True):
    """A refusal (RFC 9457), in the reader's language."""

    type: Annotated[str, Meta(examples=["about:blank"])]
    title: Annotated[str, Meta(examples=["This could not be understood"])]
    status: Annotated[int, Meta(examples=[400])]
    detail: Annotated[str, Meta(examples=["The parameter size takes: 1–200."])]
    request_id: Annotated[str, Meta(examples=["9f86d081884c"])]


def told(kind: type[A], value: object, **more: Any) -> A:
    """`value` as an answer of this kind: field by field, amounts in baht beside their satang, and `more`."""
    fields = {name: more[name] if name in more else _field(value, name) for name in kind.__struct_fields__}
    return kind(**fields)


def _field(value: object, name: str) -> Any:
    if name.endswith("_baht"):
        return format_baht(getattr(value, name.removesuffix("baht") + "satang"))
    return getattr(value, name)
