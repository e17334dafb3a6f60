"""Payment runs: prepared out of what is due by one person, authorised by another, handed to the bank as a file.

Knows that a run is all or nothing, that whoever authorises names what they were shown, and that from then on run and
file are what they were: both digests stand on it. Refuses what was held or changed meanwhile, names that the file
cannot carry, and a file that is no longer the one that was authorised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, clock, codes, files, profile
from fund.audit import Actor
from fund.errors import NotFoundError
from fund.files import FileChangedError
from fund.grants import payees, paying, roles, run_states, run_views, states
from fund.grants.errors import NotInThisStateError
from fund.grants.files import layouts, writing
from fund.grants.files.writing import Line, Order
from fund.grants.models import PayeeRow, StandingRow, chain_of
from fund.grants.payees import CASH
from fund.grants.run_errors import (
    CashChosenError,
    LineChangedError,
    NothingChosenError,
    PayDayError,
    PayeeGoneError,
    RunAccountError,
    RunChangedError,
    RunNotFoundError,
    RunTamperedError,
)
from fund.grants.run_models import AuthorisedRow, OrderRow, RunLineRow, RunRow
from fund.grants.run_views import RunLine, RunView
from fund.people import turns
from fund.people.errors import NobodyError
from fund.profile import BankAccount
from fund.settings import Settings
from ledger.identifiers import new_id

MOST_LINES: Final = 500
DAYS_AHEAD: Final = 60
LETTER: Final = "P"
LENGTH: Final = 11

Tranche = tuple[UUID, int]
"""A request's id and the number of its part."""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """What the bank gets, under a name that says nothing of anybody."""

    name: str
    content: bytes
    sha256: str


def prepare(
    session: Session,
    settings: Settings,
    chosen: Sequence[Tranche],
    account: str,
    layout: str,
    pay_on: date,
    *,
    stand_in: UUID | None = None,
    by: Actor,
) -> UUID:
    """Prepare these payments as one run, to be paid from one account of ours; its id.

    Raises NothingChosenError, RunAccountError, PayDayError, CashChosenError, LineChangedError, LayoutNotFoundError,
    NotCarriedError and what `paying.prepare` does.
    """
    if by.person_id is None:
        raise NobodyError()
    if not 1 <= len(set(chosen)) == len(chosen) <= MOST_LINES:
        raise NothingChosenError(most=MOST_LINES)
    today = clock.today()
    if not today <= pay_on <= today + timedelta(days=DAYS_AHEAD):
        raise PayDayError(days=DAYS_AHEAD)
    _own(session, account)
    run_id = new_id()
    lines = [_prepared(session, run_id, position, one, stand_in, by) for position, one in enumerate(sorted(chosen), 1)]
    row = RunRow(
        id=run_id,
        reference=codes.new(LETTER, LENGTH),
        account=account,
        layout=layout,
        pay_on=pay_on,
        count=len(lines),
        amount_satang=sum(line.amount_satang for line in lines),
        person=by.person_id,
        prepared_at=clock.now(),
        prepared_by=by.name,
    )
    session.add(row)
    session.flush()
    session.add_all(lines)
    audit.record(session, by, "run.prepared", run_id)
    session.flush()
    written(session, settings, run_views.run(session, run_id))  # tried now, so that nothing is authorised in vain
    return run_id


def take_out(
    session: Session, run_id: UUID, position: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Take one line out before it is authorised, with the reason: it can be prepared anew. Raises RunStateError."""
    run = _taken(session, run_id, "take_out")
    line = _line(run, position, run_views.IN)
    paying.turn_down(session, line.request_id, line.number, reason, stand_in=stand_in, by=by)
    audit.record(session, by, "run.line_taken_out", f"{run_id}:{position}")


def send_back(session: Session, run_id: UUID, reason: str, *, stand_in: UUID | None = None, by: Actor) -> None:
    """Authorise nothing of a run: every line goes back, with the reason. Raises RunStateError."""
    run = _taken(session, run_id, "send_back")
    for line in _in_order(run.standing):
        paying.turn_down(session, line.request_id, line.number, reason, stand_in=stand_in, by=by)
    audit.record(session, by, "run.sent_back", run_id)


def authorise(
    session: Session, settings: Settings, run_id: UUID, shown: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Order every standing line of a run, all or nothing, as it was `shown` (its digest), and make its file.

    Raises RunStateError, RunChangedError, LineChangedError, PayeeGoneError, and what `paying.authorise` does.
    """
    if by.person_id is None:
        raise NobodyError()
    run = _taken(session, run_id, "authorise")
    if run.digest != shown:
        raise RunChangedError()
    for line in _in_order(run.standing):
        session.add(_ordered(session, run_id, line, stand_in, by))
    session.flush()
    content = written(session, settings, run)
    row = AuthorisedRow(
        run_id=run_id,
        preparer=run.preparer,
        person=by.person_id,
        count=len(run.standing),
        amount_satang=run.amount_satang,
        lines_sha256=run.digest,
        file_sha256=files.store(session, settings.files_path, content, run_id),
        authorised_at=clock.now(),
        authorised_by=by.name,
    )
    session.add(row)
    audit.record(session, by, "run.authorised", run_id)
    session.flush()


def download(session: Session, settings: Settings, run_id: UUID, *, by: Actor) -> PaymentFile:
    """The file of an authorised run, the look at every payee in it noted.

    Raises RunStateError, and RunTamperedError where run or file are not what was authorised.
    """
    run = run_views.run(session, run_id)
    roles.require(session, run_states.after(run.state, "download").roles, who=by)
    content = _as_authorised(session, settings.files_path, run)
    audit.viewed_each(session, by, "payee", [line.payee_id for line in run.standing], reason="payment")
    audit.record(session, by, "run.downloaded", run_id)
    session.flush()
    layout = layouts.layouts(settings.layouts_path).get(run.layout)
    return PaymentFile(f"{run.reference}.{layout.ending if layout else 'txt'}", content, sha256(content).hexdigest())


def stayed(
    session: Session, run_id: UUID, position: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """The bank did not carry out one line: it is payable anew. Raises RunStateError."""
    run = _taken(session, run_id, "stay")
    line = _line(run, position, states.AUTHORISED)
    paying.stayed(session, line.request_id, line.number, reason, stand_in=stand_in, by=by)
    audit.record(session, by, "run.line_stayed", f"{run_id}:{position}")


def give_up(
    session: Session, run_id: UUID, position: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """What came back of one line is not paid again. Raises RunNotFoundError and what `paying.give_up` does."""
    line = next((one for one in run_views.run(session, run_id).lines if one.position == position), None)
    if line is None:
        raise RunNotFoundError()
    paying.give_up(session, line.request_id, line.number, reason, stand_in=stand_in, by=by)


def written(session: Session, settings: Settings, run: RunView) -> bytes:
    """The file of a run's standing lines. Raises LayoutNotFoundError, PayeeGoneError and NotCarriedError."""
    layout = layouts.layout(settings.layouts_path, run.layout)
    own = _own(session, run.account)
    known = payees.opened(session, {line.payee_id for line in run.standing})
    lines = []
    for line in run.standing:
        payee = known.get(line.payee_id)
        if payee is None:
            raise PayeeGoneError(line=line.position)
        lines.append(Line(line.position, line.amount_satang, payee.name, payee.bank, payee.account))
    made_on = clock.bangkok_day(run.prepared_at)
    order = Order(run.reference, run.pay_on, made_on, own.bank, own.number, own.name, tuple(lines))
    return writing.write(layout, order)


def is_as_authorised(run: RunView) -> bool:
    """Whether an authorised run is still what was authorised, by its count, sum and digest."""
    if run.authorised is None:
        return True
    facts = (len(run.standing), run.amount_satang, run.digest)
    return facts == (run.authorised.count, run.authorised.amount_satang, run.authorised.lines_sha256)


def _as_authorised(session: Session, folder: Path, run: RunView) -> bytes:
    assert run.authorised is not None
    try:
        content = files.load(session, folder, run.authorised.file_sha256, run.id)
    except (FileChangedError, NotFoundError):
        raise RunTamperedError(reference=run.reference) from None
    if not is_as_authorised(run) or sha256(content).hexdigest() != run.authorised.file_sha256:
        raise RunTamperedError(reference=run.reference)
    return content


def _prepared(
    session: Session, run_id: UUID, position: int, one: Tranche, stand_in: UUID | None, by: Actor
) -> RunLineRow:
    request_id, number = one
    tranche = paying.tranche_row(session, request_id, number)
    if session.get_one(PayeeRow, tranche.payee_id).kind == CASH:
        raise CashChosenError(line=position)
    try:
        paying.prepare(session, request_id, number, stand_in=stand_in, by=by)
    except NotInThisStateError:
        raise LineChangedError(line=position) from None
    standing = session.get_one(StandingRow, (tranche.chain, number))
    return RunLineRow(
        run_id=run_id,
        position=position,
        chain=tranche.chain,
        number=number,
        step=standing.step,
        state=standing.state,
        amount_satang=tranche.amount_satang,
        payee_id=tranche.payee_id,
    )


def _ordered(session: Session, run_id: UUID, line: RunLine, stand_in: UUID | None, by: Actor) -> OrderRow:
    try:
        paying.authorise(session, line.request_id, line.number, stand_in=stand_in, by=by)
    except NotInThisStateError:
        raise LineChangedError(line=line.position) from None
    standing = session.get_one(StandingRow, (chain_of(line.request_id), line.number))
    return OrderRow(
        run_id=run_id,
        position=line.position,
        chain=standing.chain,
        number=line.number,
        step=standing.step,
        before=line.step,
    )


def _taken(session: Session, run_id: UUID, act: str) -> RunView:
    """A run with which something is about to be done: nobody else does anything meanwhile."""
    turns.wait_for(session, f"run {run_id}")
    run = run_views.run(session, run_id)
    run_states.after(run.state, act)
    return run


def _line(run: RunView, position: int, state: str) -> RunLine:
    found = next((line for line in run.lines if line.position == position), None)
    if found is None:
        raise RunNotFoundError()
    if found.state != state:
        raise LineChangedError(line=position)
    return found


def _in_order(lines: Sequence[RunLine]) -> list[RunLine]:
    """In the one order in which everybody takes several grants, so that nobody waits for each other."""
    return sorted(lines, key=lambda line: (chain_of(line.request_id), line.number))


def _own(session: Session, account: str) -> BankAccount:
    found = next((one for one in profile.current(session).accounts if one.account == account), None)
    if found is None:
        raise RunAccountError()
    return found
