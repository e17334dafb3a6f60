"""What we hold on a child, found by their case's code, as records to show and to hand over.

Knows the case opened as a look that is noted once. An erased child has none. Papers and pictures are named; they are
handed over by whoever may open the case.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, select

from fund.audit import Actor
from fund.cases import codes, histories
from fund.cases.children import Child
from fund.cases.models import CaseRow

PURPOSE: Final = "asked_by_the_person"


def of_code(session: Session, shown: str) -> UUID | None:
    """Whose case has this code; None where it is the code of none."""
    code = codes.fold(shown)
    if not codes.is_valid(code):
        return None
    return session.exec(select(CaseRow.child_id).where(CaseRow.code == code)).first()


def records(session: Session, child_id: UUID, *, by: Actor) -> Iterator[dict[str, Any]]:
    """Each record of the child's case; the look is noted."""
    code = session.exec(select(CaseRow.code).where(CaseRow.child_id == child_id)).one()
    history = histories.opened(session, code, purpose=PURPOSE, by=by)
    if history.who.child is None:
        return
    yield {"child": {"case_code": code, **_child(history.who.child)}}
    for need in history.needs:
        yield {"need": {**asdict(need.said), "noted_at": need.noted_at}}
    for note in history.notes:
        yield {"note": {"words": note.words, "noted_at": note.noted_at}}
    for help_ in history.helps:
        yield {"help": {**asdict(help_.said), "noted_at": help_.noted_at}}
    for paper in history.papers:
        yield {"paper": {"paper": paper.said.kind, "words": paper.said.words, "noted_at": paper.kept_at}}
    for consent in history.consents:
        told = {"consent_by": consent.of.who, "relation": consent.of.relation, "scopes": list(consent.scopes)}
        yield {"consent": {**told, "given_on": consent.given_on, "withdrawn_on": consent.withdrawn_on}}
    for reason in history.reasons.values():
        yield {"step": {"words": reason}}


def _child(child: Child) -> dict[str, Any]:
    told = asdict(child)
    guardian, household = told.pop("guardian"), told.pop("household")
    return {
        **told,
        **{f"guardian_{name}": value for name, value in guardian.items()},
        **{f"household_{name}": value for name, value in household.items()},
    }


LABELS: Final = {
    "case_code": "Case",
    "nickname": "Nickname",
    "birth_on": "Born",
    "national_id": "National ID",
    "other_id": "Another number",
    "sex": "Girl or boy",
    "address": "Where the child lives",
    "school_name": "School",
    "guardian_name": "Guardian",
    "guardian_relation": "Guardian is the child's",
    "guardian_phone": "Guardian's phone",
    "guardian_promptpay": "Guardian's PromptPay",
    "guardian_bank": "Guardian's bank",
    "guardian_account": "Guardian's account",
    "household_people": "People in the household",
    "household_earners": "Of them earning",
    "household_income_satang": "Income a month, in satang",
    "household_words": "About the household",
    "need": "Need",
    "words": "Words",
    "noted_at": "Noted",
    "given_on": "Given on",
    "giver": "Who gave",
    "paper": "Paper",
    "consent_by": "Consent by",
    "relation": "As the child's",
    "scopes": "To what",
    "withdrawn_on": "Taken back on",
}
