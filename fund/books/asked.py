"""What may be asked: the parameters of every address as structs, read strictly.

Knows each parameter's limits, from which its refusal and its description follow. Refuses parameters it does not know,
those sent twice, and days of the Buddhist era.
"""

from datetime import date
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from fund.books.errors import EraError, ParameterError, UnknownParameterError
from fund.errors import NotFoundError
from fund.web import AnyRequest
from receipts.numbering import BUDDHIST_ERA

A = TypeVar("A", bound="Asked")

LARGEST_PAGE: Final = 200
LAST_CHRISTIAN_YEAR: Final = 2400
LARGEST: Final = 2**53 - 1
"""The largest whole number that every reader of JSON holds exactly."""

AccountCode = Annotated[
    str, Meta(description="The code of an account.", examples=["1110.01"], pattern=r"^[0-9A-Za-z.-]{1,32}$")
]
FundCode = Annotated[str, Meta(description="The code of a fund.", examples=["GEN"], pattern=r"^[0-9A-Za-z.-]{1,32}$")]
After = Annotated[str, Meta(description="The `next` of the page before; without it the list begins.")]
PageSize = Annotated[int, Meta(description="How many rows at most.", ge=1, le=LARGEST_PAGE, examples=[50])]
LastDay = Annotated[date, Meta(description="Only what is booked up to the end of this day.", examples=["2026-09-30"])]
AsOf = Annotated[
    int,
    Meta(description="Only what was recorded up to this place in the log.", ge=0, le=LARGEST, examples=[1204]),
]
Count = Annotated[int, Meta(ge=0, le=LARGEST)]
HeadSize = Annotated[int, Meta(description="How many leaves the log had.", ge=1, le=LARGEST, examples=[1205])]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked."""


class Paging(Asked, frozen=True):
    after: After = ""
    size: PageSize = 50


class OneAccount(Asked, frozen=True):
    account: AccountCode


class OneFund(Asked, frozen=True):
    fund: FundCode


class Balances(Paging, frozen=True):
    on: LastDay | UnsetType = UNSET
    as_of: AsOf | UnsetType = UNSET
    account: AccountCode | UnsetType = UNSET
    fund: FundCode | UnsetType = UNSET


class OneBalance(Asked, frozen=True):
    account: AccountCode
    fund: FundCode
    on: LastDay | UnsetType = UNSET
    as_of: AsOf | UnsetType = UNSET


class History(Paging, frozen=True, kw_only=True):
    account: AccountCode
    fund: FundCode


class OneEntry(Asked, frozen=True):
    entry: Annotated[UUID, Meta(description="An entry.", examples=["019ab0c4-5f00-7c3e-9d2b-6a1f0e8d7c55"])]


class OneHead(Asked, frozen=True):
    size: HeadSize


class Consistency(Asked, frozen=True):
    old: Annotated[int, Meta(description="The size of the head you kept.", ge=1, le=LARGEST, examples=[1190])]
    new: Annotated[int, Meta(description="A later head; without it the newest.", ge=1, le=LARGEST)] | UnsetType = UNSET


class ReceiptLink(Asked, frozen=True):
    number: Annotated[
        str, Meta(description="The receipt's number.", examples=["KK-2570-000001"], pattern=r"^[0-9A-Za-z-]{1,40}$")
    ]
    token: Annotated[
        str, Meta(description="The last part of the receipt's link.", examples=["…"], pattern=r"^[0-9A-Za-z-]{1,60}$")
    ]
    donor: Annotated[bool, Meta(description="Whether the donor's own part is opened too: name and tax ID.")] = False


def read(request: AnyRequest, kind: type[A]) -> A:
    """The parameters of a request. Raises UnknownParameterError, ParameterError; NotFoundError for a bad path."""
    path, query = request.path_params, list(request.query_params.multi_items())
    known = {field.name: field for field in msgspec.structs.fields(kind)}
    allowed = [name for name in known if name not in path]
    if any(name not in allowed for name, _ in query):
        raise UnknownParameterError(allowed=", ".join(allowed) or "–")
    values = {name: _path_value(known[name].type, text) for name, text in path.items()}
    for name, text in query:
        if name in values:
            raise _refused(name, known[name].type)
        values[name] = _query_value(name, known[name].type, text)
    missing = [name for name in allowed if known[name].required and name not in values]
    if missing:
        raise _refused(missing[0], known[missing[0]].type)
    return kind(**values)


def _path_value(kind: Any, text: str) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        raise NotFoundError() from None


def _query_value(name: str, kind: Any, text: str) -> Any:
    try:
        value = msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError:
        raise _refused(name, kind) from None
    if isinstance(value, date) and value.year > LAST_CHRISTIAN_YEAR:
        raise EraError(day=f"{value.year - BUDDHIST_ERA}-{value:%m-%d}")
    return value


def _refused(name: str, kind: Any) -> ParameterError:
    return ParameterError(name=name, takes=takes(msgspec.json.schema(kind)))


def takes(schema: dict[str, Any]) -> str:
    """What a parameter takes, in no language: `1–200`, `YYYY-MM-DD`, `1110.01 …`."""
    if schema.get("format") == "date":
        return "YYYY-MM-DD"
    if schema.get("type") == "boolean":
        return "true, false"
    if "minimum" in schema:
        return f"{schema['minimum']}–{schema['maximum']}"
    return f"{schema.get('examples', ['…'])[0]} …"
