"""Nouns of reports: what waits for whom, what one says, and which cases and reports may be of the same child.

Refuses to say what a report tells without a purpose, and leaves one row in the trail for each time that it does. What
is like a report is found after opening it, within its district, and noted as a search; it is shown without names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, sealed
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases.finding import likeness, service
from fund.cases.finding.errors import LinkNotFoundError, ReportNotFoundError
from fund.cases.finding.likeness import CERTAIN, Described, Likeness, Mark, Reason
from fund.cases.finding.models import ClassListRow, EndRow, IdentityRow, LinkEndRow, LinkRow, ReportRow
from fund.cases.finding.told import Reporter, Told
from fund.cases.models import StandingRow
from fund.people.powers import ACTIONS, Person, Place
from ledger.private import Part

SEE: Final = "reports.see"
MOST_SHOWN: Final = 200
MOST_ALIKE: Final = 8


@dataclass(frozen=True, slots=True)
class Report:
    """A report without anything that it says: where it is of, which way it came, and what became of it."""

    id: UUID
    channel: str
    district: str
    school: str
    is_urgent: bool
    reported_at: datetime
    reported_by: str
    outcome: str = ""
    reason: str = ""
    case_code: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def place(self) -> Place:
        """Where it belongs, as powers ask."""
        return Place(district=self.district, school=self.school)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a report says, and who made it; None once that was erased."""

    report: Report
    told: Told | None
    reporter: Reporter | None


@dataclass(frozen=True, slots=True)
class Alike:
    """A case (by its code) or a waiting report that may be of the same child, and why; `place` is where it belongs."""

    place: Place
    likeness: Likeness
    case_code: str = ""
    report_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A school's link to report by."""

    key: str
    district: str
    school: str
    made_at: datetime
    made_by: str
    is_open: bool
    reports: int = 0


@dataclass(frozen=True, slots=True)
class ClassList:
    """A class list that was screened."""

    school: str
    row_count: int
    report_count: int
    taken_at: datetime
    taken_by: str


def waiting(session: Session, person: Person) -> list[Report]:
    """The reports that wait in this person's districts: what cannot wait first, then the oldest."""
    rows = _mine(_reports().where(col(EndRow.report_id).is_(None)), person)
    ordered = rows.order_by(col(ReportRow.is_urgent).desc(), col(ReportRow.reported_at), col(ReportRow.id))
    return [_view(*found) for found in session.execute(ordered.limit(MOST_SHOWN))]


def count_waiting(session: Session, person: Person) -> tuple[int, datetime | None, bool]:
    """How many reports wait for this person, since when the oldest does, and whether one of them cannot wait."""
    urgent_ones = func.count().filter(col(ReportRow.is_urgent))
    columns = select(func.count(), func.min(ReportRow.reported_at), urgent_ones)
    joined = columns.select_from(ReportRow).outerjoin(EndRow, col(EndRow.report_id) == col(ReportRow.id))
    count, since, urgent = session.execute(_mine(joined.where(col(EndRow.report_id).is_(None)), person)).one()
    return count, since, bool(urgent)


def ended(session: Session, person: Person, limit: int = 20) -> list[Report]:
    """The last reports that somebody dealt with in this person's districts."""
    rows = _mine(_reports().where(col(EndRow.report_id).is_not(None)), person)
    return [_view(*found) for found in session.execute(rows.order_by(col(EndRow.ended_at).desc()).limit(limit))]


def one(session: Session, report_id: UUID) -> Report:
    """One report, without what it says. Raises ReportNotFoundError."""
    found = session.execute(_reports().where(col(ReportRow.id) == report_id)).first()
    if found is None:
        raise ReportNotFoundError()
    return _view(*found)


def opened(session: Session, report_id: UUID, *, purpose: str, by: Actor) -> Opened:
    """What a report says, the look noted with its purpose. Raises PurposeMissingError and ReportNotFoundError."""
    found = one(session, report_id)
    audit.viewed(session, by, "report", report_id, reason=cases.require_purpose(purpose))
    return _opened(session, found)


def of_case(session: Session, code: str, *, purpose: str, by: Actor) -> list[Opened]:
    """What was reported of the child of a case, first to last, the look noted. Raises PurposeMissingError."""
    cases.note_look(session, code, purpose, by)
    rows = session.execute(_reports().where(col(EndRow.case_code) == code).order_by(col(ReportRow.reported_at)))
    return [_opened(session, _view(*found)) for found in rows]


def alike(session: Session, of: Opened, *, purpose: str, by: Actor) -> list[Alike]:
    """The cases and waiting reports that may be of the same child, the likeliest first, without names.

    By the blind index everywhere, by name, birthday and school within the district. Raises PurposeMissingError.
    """
    if of.told is None:
        return []
    child = of.told.described(of.report.school, of.report.reported_at.year)
    found = {**_of_reports(session, of, child, purpose, by), **_of_cases(session, of, child, purpose, by)}
    likely = [one for one in found.values() if one.likeness.is_likely]
    return sorted(likely, key=lambda one: -one.likeness.score)[:MOST_ALIKE]


def link(session: Session, key: str) -> Link:
    """One link. Raises LinkNotFoundError."""
    row = session.get(LinkRow, key)
    if row is None:
        raise LinkNotFoundError()
    return _link(row, session.get(LinkEndRow, key) is None)


def links(session: Session) -> list[Link]:
    """Every link that still opens, and how many reports came by it, by district and school."""
    counts = select(ReportRow.link_key, func.count()).where(col(ReportRow.link_key).is_not(None))
    came: dict[str | None, int] = dict(session.exec(counts.group_by(col(ReportRow.link_key))).all())
    rows = select(LinkRow).where(col(LinkRow.key).not_in(select(LinkEndRow.key)))
    ordered = session.exec(rows.order_by(col(LinkRow.district), col(LinkRow.school)))
    return [_link(row, True, came.get(row.key, 0)) for row in ordered]


def class_lists(session: Session, limit: int = 100) -> list[ClassList]:
    """The class lists that were screened, newest first."""
    rows = session.exec(select(ClassListRow).order_by(col(ClassListRow.taken_at).desc()).limit(limit))
    return [ClassList(row.school, row.row_count, row.report_count, row.taken_at, row.taken_by) for row in rows]


def _reports() -> Any:
    return select(ReportRow, EndRow).outerjoin(EndRow, col(EndRow.report_id) == col(ReportRow.id))


def _mine(query: Any, person: Person) -> Any:
    """Those of the places for which this person has a role that sees reports."""
    scopes = [grant.scope for grant in person.grants if grant.role in ACTIONS[SEE].roles]
    if "" in scopes:
        return query
    of = {scope.partition(":")[2] for scope in scopes if scope.startswith("district:")}
    return query.where(col(ReportRow.district).in_(of))


def _view(row: ReportRow, end: EndRow | None) -> Report:
    ended = (end.outcome, end.reason, end.case_code or "", end.ended_at, end.ended_by) if end else ()
    facts = (row.id, row.channel, row.district, row.school, row.is_urgent, row.reported_at, row.reported_by)
    return Report(*facts, *ended)


def _opened(session: Session, report: Report) -> Opened:
    row = session.get_one(ReportRow, report.id)
    part = Part(report.id, service.REPORT, str(report.id), row.sealed)
    if report.outcome == "merged":
        content = session.get_one(EndRow, report.id).sealed
        assert content is not None
        child_id = cases.case(session, report.case_code).child_id
        part = Part(child_id, service.MERGED, str(report.id), content)
    (told,) = sealing.opened(session, [part], Told)
    reporter: Reporter | None = Reporter()
    if row.reporter_id and row.reporter:
        (reporter,) = sealing.opened(
            session, [Part(row.reporter_id, service.REPORTER, str(report.id), row.reporter)], Reporter
        )
    return Opened(report, told, reporter)


def _of_cases(session: Session, of: Opened, child: Described, purpose: str, by: Actor) -> dict[str, Alike]:
    district = of.report.district
    near = {one.code: one.child for one in cases.children_near(session, f"district:{district}", purpose=purpose, by=by)}
    rows = session.exec(select(StandingRow.code, StandingRow.school).where(StandingRow.district == district))
    found = {}
    for code, school in rows:
        if known := near.get(code):
            theirs = Described(known.name, known.nickname, known.birth_on, None, 0, school, known.national_id)
            found[code] = Alike(Place(district, school), likeness.compare(child, theirs), case_code=code)
    same = cases.case_by_national_id(session, child.national_id) if child.national_id else None
    if same and same not in found:
        found[same] = Alike(cases.case(session, same).place, _same_id(), case_code=same)
    return found


def _of_reports(session: Session, of: Opened, child: Described, purpose: str, by: Actor) -> dict[str, Alike]:
    audit.viewed(session, by, "reports", f"district:{of.report.district}", reason=cases.require_purpose(purpose))
    rows = _reports().where(col(EndRow.report_id).is_(None), col(ReportRow.id) != of.report.id)
    near = session.execute(rows.where(col(ReportRow.district) == of.report.district)).all()
    parts = [Part(row.id, service.REPORT, str(row.id), row.sealed) for row, _ in near]
    found = {}
    for (row, end), told in zip(near, sealing.opened(session, parts, Told), strict=True):
        if told is not None:
            compared = likeness.compare(child, told.described(row.school, row.reported_at.year))
            found[str(row.id)] = Alike(_view(row, end).place, compared, report_id=row.id)
    for row in _elsewhere(session, of.report.id, child.national_id):
        found.setdefault(str(row.id), Alike(_view(row, None).place, _same_id(), report_id=row.id))
    return found


def _elsewhere(session: Session, report_id: UUID, national_id: str) -> Iterator[ReportRow]:
    """The waiting reports of any district that tell this ID, found without opening them."""
    if not national_id:
        return
    index = sealed.blind(session, sealing.NATIONAL_ID, national_id)
    ids = select(IdentityRow.report_id).where(IdentityRow.national_id_index == index)
    rows = _reports().where(col(EndRow.report_id).is_(None), col(ReportRow.id).in_(ids), col(ReportRow.id) != report_id)
    yield from (row for row, _ in session.execute(rows))


def _same_id() -> Likeness:
    return Likeness((Reason("id", Mark.FOR, CERTAIN),))


def _link(row: LinkRow, is_open: bool, reports: int = 0) -> Link:
    return Link(row.key, row.district, row.school, row.made_at, row.made_by, is_open, reports)
