"""Which of a case's money is held, and which of it waits until the core team has looked at a bad answer."""

from uuid import UUID

from sqlmodel import Session, col, select

from fund.audit import WORKER
from fund.cases.handing import states
from fund.cases.handing.models import HandoverRow, HoldRow, StepRow
from fund.grants import paying
from fund.grants import queries as grants
from fund.grants.models import chain_of, id_of
from fund.grants.states import HELD, HELD_BACK

HOLD = "A family says that help did not arrive as it should."
Tranches = set[tuple[UUID, int]]


def held(session: Session, code: str) -> Tranches:
    """The parts of a case's grants that are held, whatever for."""
    return {
        (part.request_id, part.number)
        for asked in grants.requests_of_case(session, code)
        for part in grants.tranches(session, asked.id)
        if part.state in (HELD, HELD_BACK)
    }


def waited_for(session: Session, code: str) -> Tranches:
    """The parts that wait until some bad answer in the case is looked at."""
    rows = (
        select(HoldRow)
        .join(
            HandoverRow,
            (col(HandoverRow.chain) == col(HoldRow.chain))
            & (col(HandoverRow.number) == col(HoldRow.number))
            & (col(HandoverRow.went) == col(HoldRow.went)),
        )
        .where(HandoverRow.case_code == code, col(HandoverRow.state).in_(states.BAD))
    )
    return {(id_of(row.held_chain), row.held_number) for row in session.exec(rows)}


def hold(session: Session, row: HandoverRow, step: StepRow, others: Tranches) -> None:
    """Hold what of the case's money can be held, until this answer is looked at; and what waits for `others` too."""
    before = held(session, row.case_code)
    shared = others | waited_for(session, row.case_code)
    paying.hold_case(session, row.case_code, HOLD, by=WORKER)
    for request_id, number in (held(session, row.case_code) - before) | shared:
        session.add(
            HoldRow(
                chain=step.chain, number=step.number, went=step.went, step=step.step, held_chain=chain_of(request_id),
                held_number=number,
            )
        )  # fmt: skip
    session.flush()


def held_for(session: Session, row: HandoverRow) -> Tranches:
    """What was held for the answers of this handover."""
    rows = select(HoldRow).where(HoldRow.chain == row.chain, HoldRow.number == row.number, HoldRow.went == row.went)
    return {(id_of(one.held_chain), one.held_number) for one in session.exec(rows)}
