"""The verb on class lists: make a report of each child at risk, all of them or none.

Keeps how many children were on the list and nothing of those who are not at risk. Refuses the same list twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.cases import children
from fund.cases.finding import screening, service
from fund.cases.finding.errors import ListTakenError
from fund.cases.finding.models import ClassListRow
from fund.cases.finding.screening import Choice
from fund.cases.finding.told import Reporter, Source
from fund.people.powers import Place
from ledger.identifiers import new_id

INDEX: Final = "finding_class_list"
"""What the blind index of a whole list is of."""


def take(
    session: Session, place: Place, grade: str, rows: Sequence[Sequence[str]], choice: Choice, *, by: Actor
) -> int:
    """Make a report of each child at risk, all or none of them; how many there are.

    Raises what `screen` does, ChoiceError for no grade of ours, and ListTakenError for the same list and marks.
    """
    children.require_choice(grade, children.GRADES)
    count, found = screening.screen(rows, choice)
    same = msgspec.json.encode([place.school, grade, choice, rows]).decode()
    index = sealed.blind(session, INDEX, same)
    if session.exec(select(ClassListRow.id).where(ClassListRow.content_index == index)).first() is not None:
        raise ListTakenError()
    list_id = new_id()
    row = ClassListRow(
        id=list_id,
        school=place.school,
        row_count=count,
        report_count=len(found),
        content_index=index,
        taken_at=clock.now(),
        taken_by=by.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise ListTakenError() from None
    source = Source("class_list", place.district, place.school, class_list_id=list_id)
    for number, told in enumerate(found, start=1):
        in_class = replace(told, grade=grade)
        service.report(session, in_class, Reporter(), source, form_key=f"{list_id}:{number}", by=by)
    audit.record(session, by, "class_list.screened", list_id)
    return len(found)
