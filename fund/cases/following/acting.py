"""What the pages of referrals, follow-ups and complaints share: whose a matter is, which acts they offer, how refused.

Refuses what lies elsewhere as if it were not there, and notes who tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response

from fund import audit, web
from fund.cases.following import states
from fund.cases.following.errors import MatterNotFoundError, NotInThisStateError
from fund.cases.following.queries import FollowUpView, ReferralView
from fund.cases.following.referrals import FIELDS
from fund.cases.following.states import ACTS, SAYS, Machine
from fund.db import Database
from fund.errors import FundError
from fund.people import door
from fund.people.powers import NoPowerError, Place
from fund.web import AnyRequest

PRIVATE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: what it says, the field it says it at, and what was typed."""

    error: FundError
    typed: Any
    field: str = "words"


def require_theirs(
    request: AnyRequest, database: Database, found: ReferralView | FollowUpView, machine: Machine, action: str
) -> None:
    """Raises MatterNotFoundError, after noting who tried, where it is of no place of theirs."""
    if door.visitor(request).may(action, found.place):
        return
    with database.write() as session:
        audit.record(session, door.actor(request), f"{machine}.refused", found.id)
    raise MatterNotFoundError()


def require_power(request: AnyRequest, machine: Machine, state: str, act: str, place: Place) -> None:
    """Raises NotInThisStateError where the table has no such act here, NoPowerError where it is not theirs."""
    power = states.after(machine, state, act).power
    if not power:
        raise NotInThisStateError()
    if not door.visitor(request).may(power, place):
        raise NoPowerError()


def offered(request: AnyRequest, machine: Machine, state: str, place: Place) -> list[tuple[str, str]]:
    """The acts that this visitor may do from here, each with its word."""
    may = door.visitor(request).may
    return [(one.act, ACTS[one.act]) for one in states.offered(machine, state) if may(one.power, place)]


def page(request: AnyRequest, template: str, refused: Refused | None = None, **context: Any) -> Response[str]:
    """A page that only whoever asked for it keeps, with what was refused at its field."""
    errors: Mapping[str, str] = {}
    if refused is not None:
        errors = {refused.field: web.message_of(refused.error, web.language(request))}
    answer = web.page(
        request, template, status=web.status_of(refused.error if refused else None), errors=errors,
        typed=refused.typed if refused else None, says=SAYS, fields=FIELDS, **context,
    )  # fmt: skip
    answer.headers.update(PRIVATE)
    return answer
