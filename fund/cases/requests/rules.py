"""Whom the fund helps, and who may ask: consent to help, an age, an open case; never for oneself or one's own.

What it opens to find out is shown to nobody.
"""

from uuid import UUID

from sqlmodel import Session

from fund import clock, profile, spelling
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import service as case_verbs
from fund.cases import stages
from fund.cases.consents import HELP
from fund.cases.errors import ConsentMissingError, ErasedChildError, NotInThisStageError
from fund.cases.queries import CaseView
from fund.cases.requests.errors import OwnRequestError, PayeeChoiceError, TooOldError
from fund.grants import payees
from fund.grants import queries as grants
from fund.grants.payees import CASH, Payee


def require_helpable(session: Session, found: CaseView) -> None:
    """Raises NotInThisStageError, ErasedChildError, TooOldError and ConsentMissingError."""
    if found.stage == stages.CLOSED:
        raise NotInThisStageError()
    child, age = cases.for_the_machine(session, found.code), profile.current(session).help_until_age
    if child is None:
        raise ErasedChildError()
    if child.is_aged(age, clock.today()):
        raise TooOldError(age=age)
    require_consent(session, found.code)


def require_consent(session: Session, code: str) -> None:
    """Raises ConsentMissingError where nobody consents to help."""
    if not cases.has_consent(session, code, HELP):
        raise ConsentMissingError()


def require_others(session: Session, code: str, payee: UUID | Payee, who: Actor) -> None:
    """Whoever asks neither is tied to the child, nor answers for it, nor is paid.

    Raises ConflictError, OwnRequestError, and PayeeChoiceError for a payee who is not of this case.
    """
    require_untied(session, code, who)
    paid = payee if isinstance(payee, Payee) else kept_payees(session, code, who.person_id).get(payee)
    if paid is None:
        raise PayeeChoiceError()
    if spelling.is_one_name(paid.name, who.name):
        raise OwnRequestError()


def require_untied(session: Session, code: str, who: Actor) -> None:
    """Whoever asks or approves declared no tie to the child and is not its guardian.

    Raises ConflictError and OwnRequestError.
    """
    case_verbs.require_untied(session, code, who.person_id)
    child = cases.for_the_machine(session, code)
    if child is not None and spelling.is_one_name(child.guardian.name, who.name):
        raise OwnRequestError()


def kept_payees(session: Session, code: str, person_id: UUID | None) -> dict[UUID, Payee]:
    """Whom requests of a case named so far; whoever lets a person see them notes the view.

    Cash goes out to whoever asked for it: another's is not offered.
    """
    found = grants.requests_of_case(session, code)
    ids = {one.payee_id: None for one in found if one.payee_kind != CASH or one.made_by == person_id}
    return {known: payee for known, payee in payees.opened(session, ids).items() if payee is not None}
