"""What children wait for, counted over the cases each week and pushed down to goods as counts that tell of no child.

Knows cases and goods, which do not know each other. A child counts once for each kind of help or thing; districts and
sizes that are too small are put together until the group shows, whatever is too small even then is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from fund import clock
from fund.cases import sealing, stages
from fund.cases.models import CaseRow, NeedRow, StandingRow
from fund.cases.records import NeedSaid
from fund.db import Database
from fund.goods import needs, states, things
from fund.goods.models import RequestRow, RequestStepRow
from fund.goods.needs import Count
from fund.overview import suppression
from fund.people import places
from fund.settings import Settings
from ledger.private import Part

AT_ONCE: Final = 500

Waiting = tuple[str, str, str, str]
"""What is needed, the size, the district, the case's code."""


def publish_weekly(database: Database, _settings: Settings) -> None:
    """Count anew once a week: the table that everybody sees stands still in between."""
    monday = clock.today() - timedelta(days=clock.today().weekday())
    with database.read() as session:
        last = needs.counted_on(session)
    if last is None or last < monday:
        with database.write() as session:
            publish(session, monday)


def publish(session: Session, day: date) -> None:
    """Count, suppress, and show it as of this day."""
    waiting = {*_needs(session), *_asked(session)}
    districts = list(places.districts(session))
    sizes = {str(thing_id): thing.sizes for thing_id, thing in things.things(session).items()}
    needs.publish(session, suppressed(waiting, districts, sizes), day)


def suppressed(
    waiting: Iterable[Waiting], districts: Iterable[str], sizes: Mapping[str, Iterable[str]]
) -> Iterator[Count]:
    """The counts that may be shown: of each thing all, then by size and by district, each adding up to all."""
    by_thing: dict[str, list[Waiting]] = {}
    for one in waiting:
        by_thing.setdefault(one[0], []).append(one)
    for thing, theirs in sorted(by_thing.items()):
        yield from _counts(thing, "all", {"": len({code for *_, code in theirs})})
        if own := list(sizes.get(thing, ())):
            yield from _counts(thing, "size", _tally(own, [(size, code) for _, size, _, code in theirs]))
        yield from _counts(thing, "district", _tally(districts, [(district, code) for _, _, district, code in theirs]))


def _tally(names: Iterable[str], found: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many there are of each name, those without any too: what is not there tells something as well."""
    counts = dict.fromkeys(names, 0)
    for name, _ in set(found):
        if name in counts:
            counts[name] += 1
    return counts


def _counts(thing: str, by: str, tally: Mapping[str, int]) -> Iterator[Count]:
    for group in suppression.groups(tally):
        together = suppression.shown(sum(tally[name] for name in group))
        if together is not None:
            yield Count(thing, by, group, needs.rounded(together))


def _needs(session: Session) -> Iterator[Waiting]:
    """What the open cases need that goods can meet, each as it was seen last. The machine reads it for itself."""
    rows = (
        select(NeedRow, CaseRow.child_id, StandingRow.district)
        .join(CaseRow, col(CaseRow.code) == col(NeedRow.code))
        .join(StandingRow, col(StandingRow.code) == col(NeedRow.code))
        .where(StandingRow.stage != stages.CLOSED)
        .order_by(col(NeedRow.noted_at), col(NeedRow.id))
    )
    last: dict[tuple[str, str], tuple[int, str]] = {}
    for chunk in session.exec(rows).partitions(AT_ONCE):
        parts = [Part(child_id, sealing.NEED, str(row.id), row.sealed) for row, child_id, _ in chunk]
        for (row, _, district), said in zip(chunk, sealing.opened(session, parts, NeedSaid), strict=True):
            if said is not None:
                last[row.code, said.need] = row.urgency, district
    for (code, need), (urgency, district) in last.items():
        if urgency and need in needs.KINDS:
            yield need, "", district, code


def _asked(session: Session) -> Iterator[Waiting]:
    """What was asked for out of the store and not awarded yet."""
    newest = select(func.max(RequestStepRow.number)).where(RequestStepRow.chain == RequestRow.chain)
    rows = (
        select(RequestRow)
        .join(RequestStepRow, col(RequestStepRow.chain) == col(RequestRow.chain))
        .where(
            RequestStepRow.next == states.ASKED,
            col(RequestStepRow.number) == newest.correlate(RequestRow).scalar_subquery(),
        )
    )
    for row in session.exec(rows):
        yield str(row.thing_id), row.size, row.district, row.case_code
