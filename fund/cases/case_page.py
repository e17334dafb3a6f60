"""The page of one case: what each of its forms comes back to, with what was typed where it was refused.

Without a purpose it says nothing of who the child is; with one it opens the case, which is one look in the trail.
Refuses a case of no place of theirs as if it were not there, and notes who tried.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, web
from fund.cases import codes, consents, helped, histories, queries, records, stages
from fund.cases.children import GRADES, NEEDS, RELATIONS
from fund.cases.errors import CaseNotFoundError
from fund.cases.forms import CaseForm
from fund.cases.handing import states as handing_states
from fund.cases.handing import views as handing
from fund.cases.in_kind import words as of_goods
from fund.cases.queries import CaseView
from fund.cases.requests import words as of_requests
from fund.db import Database
from fund.errors import (
    FundError,
    NotFoundError,
)
from fund.people import door, drafts, duties, looks, places, staff
from fund.people.places import KnownPlace
from fund.people.powers import ACTIONS, Person
from fund.web import AnyRequest
from ledger.identifiers import new_id

HOME: Final = "/staff/cases"
ONE: Final = HOME + "/{code:str}"
OFFERED: Final = {reason: says for reason, says in audit.REASONS.items() if reason != "complaint"}
"""Why somebody opens a case: never for a complaint, which whoever manages the case must not read here."""
RANKS: Final = {0: "Urgent", 1: "Soon", 2: "Some day", 3: "No need noted"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: the field at which it says why, and everything that was typed."""

    field: str
    error: FundError
    typed: CaseForm


def theirs(request: AnyRequest, database: Database, code: str, action: str = "cases.see") -> CaseView:
    """A case of a place of theirs. Raises CaseNotFoundError, the same for what is there and for what is not."""
    with database.read() as session:
        try:
            found = queries.case(session, code)
        except CaseNotFoundError:
            found = None
    if found is not None and door.visitor(request).may(action, found.place):
        return found
    if codes.is_valid(code):
        with database.write() as session:
            audit.record(session, door.actor(request), "case.refused", code)
    raise CaseNotFoundError()


def act(
    request: AnyRequest,
    database: Database,
    code: str,
    action: str,
    form: CaseForm,
    field: str,
    do: Callable[[Session], Any],
    fields: Mapping[type[FundError], str] = MappingProxyType({}),
) -> Response[str]:
    """Do what a form asks in a case of theirs, and show the case again.

    What is refused stands at `field`, or where `fields` says for its kind.
    """
    theirs(request, database, code, action)
    try:
        with database.write() as session:
            do(session)
    except NotFoundError:
        raise
    except FundError as error:
        return page(request, database, code, form.why, Refused(fields.get(type(error), field), error, form))
    return back(code, form.why)


def back(code: str, why: str) -> Response[str]:
    """The way to the case, opened for the same purpose."""
    query = f"?{urlencode({'why': why})}" if why in audit.REASONS else ""
    return Redirect(f"{HOME}/{code}{query}", status_code=303)


def page(request: AnyRequest, database: Database, code: str, why: str, refused: Refused | None = None) -> Response[str]:
    """A case as this visitor may see it, opened if they say why."""
    found, visitor = theirs(request, database, code), door.visitor(request)
    with database.write() as session:
        history = histories.opened(session, code, purpose=why, by=visitor.actor) if why else None
        context = _context(session, found, visitor.person)
        lines = helped.history(session, code, visitor.person, history.helps) if history else []
    return web.page(
        request, "cases/case.html", status=web.status_of(refused.error if refused else None), found=found,
        history=history, why=why if history else "", refused=refused, errors=_said(request, refused),
        typed=_typed(refused), helped=lines, totals=helped.totals(lines), **context, **words(),
    )  # fmt: skip


def words() -> dict[str, Any]:
    """The tables of words that the pages of cases speak with."""
    return {
        "stages": stages.STAGES, "nexts": stages.NEXT, "acts": stages.ACTS, "needs": NEEDS, "grades": GRADES,
        "relations": RELATIONS, "urgencies": records.URGENCIES, "kinds": records.KINDS, "scopes": consents.SCOPES,
        "reasons": audit.REASONS, "offered_reasons": OFFERED, "ranks": RANKS, "ties": TIES,
        "states": of_requests.STATES, "part_states": of_requests.PARTS,
        "referral_states": of_requests.REFERRALS, "goods_states": of_goods.STATES,
    }  # fmt: skip


TIES: Final = {"relative": "I am a relative", "teacher": "I am the child's teacher", "other": "Tied otherwise"}


def schools_of(session: Session, person: Person, action: str = "cases.work") -> list[KnownPlace]:
    """The schools in the districts whose cases this person works on."""
    districts = districts_of(session, person, action)
    return [one for one in places.every(session) if one.kind == "school" and one.district in districts]


def districts_of(session: Session, person: Person, action: str = "cases.work") -> dict[str, tuple[str, str]]:
    """The districts for which this person's roles do an act, by code."""
    scopes = {grant.scope for grant in person.grants if grant.role in ACTIONS[action].roles}
    return {
        code: name for code, name in places.districts(session).items() if "" in scopes or f"district:{code}" in scopes
    }


def _context(session: Session, found: CaseView, person: Person) -> dict[str, Any]:
    roles = {grant.role for grant in person.grants if grant.covers(found.place)}
    known = {one.id: one.name for one in staff.people(session)}
    in_charge = known.get(found.person_id, "") if found.person_id else ""
    return {
        "names": places.names(session),
        "handovers": handing.of_case(session, found.code),
        "says": handing_states.SAYS,
        "in_charge": in_charge,
        "stands_in": [one for one in duties.stand_ins(session, clock.today()) if one.for_name == in_charge],
        "able": able(session, found),
        "open_acts": stages.open_acts(found.stage, roles),
        "is_tied": duties.is_tied(session, person.id, found.code),
        "agreed": {scope: queries.has_consent(session, found.code, scope) for scope in consents.SCOPES},
        "looks": looks.at(session, found.code),
        "draft_secret": drafts.secret(session, person.id),
        "new_key": new_id,
        "today": clock.today(),
    }


def able(session: Session, found: CaseView) -> list[tuple[str, str]]:
    """Who may be in charge of a case: the case managers of its district, as ids and names."""
    staying = (one for one in staff.people(session) if not one.is_suspended)
    return [
        (str(one.id), one.name)
        for one in staying
        if any(grant.role == "case_manager" and grant.covers(found.place) for grant in one.grants)
    ]


def _said(request: AnyRequest, refused: Refused | None) -> dict[str, str]:
    return {refused.field: web.message_of(refused.error, web.language(request))} if refused else {}


def _typed(refused: Refused | None) -> dict[str, str]:
    """What was typed, by field; files are never given back."""
    if refused is None:
        return {}
    said = {name: getattr(refused.typed, name) for name in refused.typed.__struct_fields__}
    return {name: value for name, value in said.items() if isinstance(value, str) and name != "csrf_token"}
