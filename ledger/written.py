"""What each line of a book written as JSON Lines says, and of which type: read strictly, from whoever wrote it.

Refuses a field that is missing, unknown or of another type, and a moment without a zone or that has not come yet.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta, Struct, json

from ledger.accounts import AccountType, Guarded, Nature, Restriction, Side

FORMAT: Final = 1

Moment = Annotated[datetime, Meta(tz=True)]
_CLOCKS_DIFFER: Final = timedelta(days=1)


class Line(Struct, frozen=True, forbid_unknown_fields=True, tag_field="what"):
    """Any line; `what` tells which."""

    @property
    def what(self) -> str:
        """The word that the line begins with."""
        return str(self.__struct_config__.tag)


class BookLine(Line, frozen=True, tag="book"):
    format: Literal[1]


class AccountLine(Line, frozen=True, tag="account"):
    code: str
    name_th: str
    name_en: str
    type: AccountType
    side: Side
    guarded: Guarded
    is_spendable: bool


class FundLine(Line, frozen=True, tag="fund"):
    code: str
    name_th: str
    name_en: str
    restriction: Restriction
    principal_satang: int
    valid_from: date | None


class PurposeLine(Line, frozen=True, tag="purpose"):
    fund: str
    purpose: str
    scope: str


class KindLine(Line, frozen=True, tag="kind"):
    code: str
    nature: Nature


class EntryLine(Line, frozen=True, tag="entry"):
    """An entry with its postings: account, fund, satang, subject, purpose, scope."""

    id: UUID
    kind: str
    occurred_on: date
    booked_on: date
    recorded_at: Moment
    recorded_by: str
    key: str
    request_hash: str
    subject: str
    reverses: UUID | None
    reason: str
    details_digest: str | None
    postings: list[tuple[str, str, int, str, str | None, str | None]]
    salt: str = ""
    content: str = ""

    def __post_init__(self) -> None:
        _require_past(self.recorded_at)


class PeriodLine(Line, frozen=True, tag="period"):
    starts_on: date
    revision: int
    ends_on: date
    is_closed: bool
    reason: str
    recorded_by: str
    approved_by: str
    recorded_at: Moment

    def __post_init__(self) -> None:
        _require_past(self.recorded_at)


class AccountClosedLine(Line, frozen=True, tag="account_closed"):
    code: str


class FundEndsLine(Line, frozen=True, tag="fund_ends"):
    code: str
    on: date


class EndLine(Line, frozen=True, tag="end"):
    lines: int
    sha256: str


_Any = (
    BookLine
    | AccountLine
    | FundLine
    | PurposeLine
    | KindLine
    | EntryLine
    | PeriodLine
    | AccountClosedLine
    | FundEndsLine
    | EndLine
)
_READER: Final[json.Decoder[_Any]] = json.Decoder(_Any)


def read(line: str) -> _Any:
    """One line. Raises msgspec.DecodeError, or RecursionError for one that is nested without end."""
    return _READER.decode(line)


def _require_past(moment: datetime) -> None:
    if moment > datetime.now(UTC) + _CLOCKS_DIFFER:
        raise ValueError("a moment that has not come yet")
