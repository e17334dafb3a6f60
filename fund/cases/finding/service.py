"""Verbs on reports: make one, take it into a case, merge it into one, close it; and schools' links to report by.

Refuses to end a report twice, and to do any of it by itself: a case manager decides. What a report said goes where the
child's case goes; who reported keeps a key of their own.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from fund import audit, clock, codes, notices, sealed
from fund.audit import Actor
from fund.cases import sealing
from fund.cases import service as cases
from fund.cases.children import Child, parse_words
from fund.cases.finding.errors import (
    EndReasonError,
    LinkEndedError,
    LinkNotFoundError,
    ReportEndedError,
    ReportErasedError,
    ReportNotFoundError,
    SchoolMissingError,
)
from fund.cases.finding.models import EndRow, IdentityRow, LinkEndRow, LinkRow, ReportRow
from fund.cases.finding.told import Reporter, Source, Told
from fund.cases.places import CasePlace
from fund.people import places, staff, turns
from fund.people.errors import PlaceNotFoundError
from fund.people.powers import Place
from ledger.identifiers import new_id
from ledger.private import Part

ANYONE: Final = Actor("reporter")
"""Who reports without an account."""

REPORT: Final = "finding_report.sealed"
REPORTER: Final = "finding_report.reporter"
MERGED: Final = "finding_report_end.merged"
CLOSED: Final = "finding_report_end.closed"
KEY_LENGTH: Final = 12

MERGES: Final = {
    "same_id": "The ID number is the same",
    "same_facts": "Name and birthday are the same",
    "family": "The family or the school told me",
}
CLOSINGS: Final = {
    "no_need": "I looked: the child needs no help from us",
    "helped": "Others help already",
    "not_found": "The child cannot be found",
    "twice": "The same report came twice",
    "elsewhere": "It belongs to another province, and was told there",
    "nonsense": "It is not meant seriously",
}
"""Why a report ends without a case of its own; free words go beside it, sealed."""


def report(
    session: Session, told: Told, reporter: Reporter, source: Source, *, form_key: str, by: Actor = ANYONE
) -> tuple[UUID, bool]:
    """Keep a report, sealed, and tell the case managers that one waits; its id, and whether the same form brought it.

    Raises WhoMissingError and SignMissingError.
    """
    told.check()
    known = session.exec(select(ReportRow.id).where(ReportRow.form_key == form_key)).first()
    if known is not None:
        return known, True
    report_id = new_id()
    row = ReportRow(
        id=report_id,
        form_key=form_key,
        channel=source.channel,
        district=source.district,
        school=source.school,
        link_key=source.link_key,
        class_list_id=source.class_list_id,
        is_urgent=told.is_urgent,
        sealed=sealing.begin(session, report_id, REPORT, report_id, told),
        **_of_reporter(session, report_id, reporter),
        reported_at=clock.now(),
        reported_by=by.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # the same form at this moment
        return session.exec(select(ReportRow.id).where(ReportRow.form_key == form_key)).one(), True
    if told.national_id:
        index = sealed.blind(session, sealing.NATIONAL_ID, told.national_id)
        session.add(IdentityRow(report_id=report_id, national_id_index=index))
    audit.record(session, by, "report.made", report_id)
    _tell(session, source, is_urgent=told.is_urgent)
    session.flush()
    return report_id, False


def take(session: Session, report_id: UUID, child: Child, place: CasePlace, *, by: Actor) -> str:
    """Open a case for the reported child, under whose key the report lies from now on; the case's code.

    Raises ReportNotFoundError, ReportEndedError, ReportErasedError, and what opening a case does.
    """
    _open(session, report_id)
    code = cases.open_case(session, child, place, child_id=report_id, by=by)
    session.execute(delete(IdentityRow).where(col(IdentityRow.report_id) == report_id))  # the case has its own
    _end(session, EndRow(report_id=report_id, outcome="taken", reason="", case_code=code, **_stamp(by)))
    audit.record(session, by, "report.taken", report_id)
    return code


def merge(session: Session, report_id: UUID, code: str, reason: str, *, by: Actor) -> None:
    """Lay a report to the case of the same child, whose key it is sealed under from now on; its own is destroyed.

    `reason` is one of `MERGES`. Raises EndReasonError, ReportNotFoundError, ReportEndedError, ReportErasedError,
    CaseNotFoundError and ErasedChildError.
    """
    if reason not in MERGES:
        raise EndReasonError()
    told = _open(session, report_id)
    child_id = cases.take(session, code).child_id
    content = sealing.close(session, child_id, MERGED, report_id, told)
    row = EndRow(report_id=report_id, outcome="merged", reason=reason, case_code=code, sealed=content, **_stamp(by))
    _end(session, row)
    sealed.destroy(session, report_id)
    audit.record(session, by, "report.merged", report_id)


def close(session: Session, report_id: UUID, reason: str, words: str = "", *, by: Actor) -> None:
    """End a report without a case; `reason` is one of `CLOSINGS`. What it said is erased after its time.

    Raises EndReasonError, ReportNotFoundError, ReportEndedError and TextTooLongError.
    """
    if reason not in CLOSINGS:
        raise EndReasonError()
    said = parse_words(words)
    _waiting(session, report_id)
    is_there = said and sealing.has_key(session, report_id)
    content = sealing.close(session, report_id, CLOSED, report_id, said) if is_there else None
    _end(session, EndRow(report_id=report_id, outcome="closed", reason=reason, sealed=content, **_stamp(by)))
    audit.record(session, by, "report.closed", report_id)


def make_link(session: Session, school: str, *, by: Actor) -> str:
    """The key of a school's link; the one it has, if it has one. Raises SchoolMissingError."""
    turns.wait_for(session, f"report link {school}")
    ended = select(LinkEndRow.key)
    standing = select(LinkRow.key).where(LinkRow.school == school, col(LinkRow.key).not_in(ended))
    known = session.exec(standing).first()
    if known is not None:
        return known
    try:
        at = places.one(session, "school", school)
    except PlaceNotFoundError:
        raise SchoolMissingError() from None
    key = codes.new("R", KEY_LENGTH)
    session.add(LinkRow(key=key, district=at.district, school=school, made_at=clock.now(), made_by=by.name))
    audit.record(session, by, "report_link.made", key)
    session.flush()
    return key


def end_link(session: Session, key: str, *, by: Actor) -> None:
    """Let nobody report by this link any more; what came by it stays. Raises LinkNotFoundError and LinkEndedError."""
    turns.wait_for(session, f"report link {key}")
    if session.get(LinkRow, key) is None:
        raise LinkNotFoundError()
    if session.get(LinkEndRow, key) is not None:
        raise LinkEndedError()
    session.add(LinkEndRow(key=key, ended_at=clock.now(), ended_by=by.name))
    audit.record(session, by, "report_link.ended", key)
    session.flush()


def _of_reporter(session: Session, report_id: UUID, reporter: Reporter) -> dict[str, Any]:
    """Who reported, under a key of their own: it goes without the child's, and the child's without it."""
    if reporter.is_unnamed:
        return {}
    reporter_id = new_id()
    return {"reporter_id": reporter_id, "reporter": sealing.begin(session, reporter_id, REPORTER, report_id, reporter)}


def _waiting(session: Session, report_id: UUID) -> ReportRow:
    """A report that nobody has dealt with; who else does at this moment waits."""
    turns.wait_for(session, f"report {report_id}")
    row = session.get(ReportRow, report_id)
    if row is None:
        raise ReportNotFoundError()
    if session.get(EndRow, report_id) is not None:
        raise ReportEndedError()
    return row


def _open(session: Session, report_id: UUID) -> Told:
    """What a waiting report says."""
    row = _waiting(session, report_id)
    (told,) = sealing.opened(session, [Part(report_id, REPORT, str(report_id), row.sealed)], Told)
    if told is None:
        raise ReportErasedError()
    return told


def _stamp(by: Actor) -> dict[str, Any]:
    return {"ended_at": clock.now(), "ended_by": by.name}


def _end(session: Session, row: EndRow) -> None:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # ended at this moment by somebody else
        raise ReportEndedError() from None


def _tell(session: Session, source: Source, *, is_urgent: bool) -> None:
    """A letter a day to those who may take it: a flood of reports is no flood of letters."""
    place, known = Place(source.district, source.school), staff.people(session)
    told = [one.id for one in known if _has(one, "case_manager", place)]
    told = told or [one.id for one in known if _has(one, "core_team", place)]
    about = f"{source.district} {clock.today()}" + (" urgent" if is_urgent else "")
    notices.tell(session, notices.REPORT, told, about)


def _has(person: staff.PersonView, role: str, place: Place) -> bool:
    return not person.is_suspended and any(one.role == role and one.covers(place) for one in person.grants)
