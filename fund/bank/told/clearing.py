"""Statement lines and callbacks are told to be the same money: a line clears what was confirmed, each one once.

Knows that money of one pledge (or one campaign), one amount and one bank, whose line comes within three days, is the
same money; equals are taken in order, for it makes no difference. Books only the clearing; refuses nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from fund import postings, profile
from fund.audit import Actor
from fund.bank.models import LineRow
from fund.bank.queries import InboxLine
from fund.bank.told import moving, queries, states
from fund.bank.told.models import StandingRow
from fund.bank.told.queries import LATE_AFTER, Callback
from fund.collections.models import ArrivalRow, CollectionRow
from fund.donations import queries as gifts
from fund.donations import references
from fund.donations.models import DonationRow, ReversalRow
from fund.postings import Confirmed, Money
from ledger import book

Whose = tuple[UUID | None, UUID, int]
"""Pledge (if one is known), campaign and satang: what the same money has in common."""


@dataclass(frozen=True, slots=True)
class LineGift:
    """A statement line that was found to be a gift, before it is booked as one."""

    line_id: UUID
    money: Money
    campaign_id: UUID
    pledge_id: UUID | None
    was_unidentified: bool = False  # and booked as such

    @property
    def whose(self) -> Whose:
        return self.pledge_id, self.campaign_id, self.money.amount_satang


@dataclass(frozen=True, slots=True)
class Cleared:
    """A line that cleared confirmed money: by which entry, and whose gift it was."""

    entry_id: UUID
    donation_id: UUID


def clear_by_lines(session: Session, lines: Sequence[LineGift], *, by: Actor) -> dict[UUID, Cleared]:
    """Clear what was confirmed by these lines: those of them that did, by id. All others are to be booked as gifts.

    A callback that was not confirmed is from now on on its line: it will not be booked a second time.
    """
    queries.together(session, with_lines=True)
    pairs = _pairs(session, lines)
    unconfirmed = {one.id: line.line_id for line, one in pairs if one.state != states.CONFIRMED}
    _put_on_lines(session, unconfirmed, "be on a statement")
    return _clear(session, [(line, one) for line, one in pairs if one.state == states.CONFIRMED], by)


def meet_gathered(session: Session, reference: str, line: InboxLine) -> None:
    """What the bank told of one transfer for many, which named nobody, is on its line now. Books nothing."""
    queries.together(session, with_lines=True)
    known = Accounts(session)
    told = [
        one
        for one in queries.take_unnamed(session, line.amount_satang)
        if known.may_reach(one.bank, line.account) and _is_in_time(one, line.occurred_on)
    ]
    said = queries.payments(session, told)
    for one in told:
        if one.id in said and any(reference in references.found_in(text) for text in said[one.id].references):
            _put_on_lines(session, {one.id: line.id}, "be on a statement")
            return


def pair_gathered(session: Session, told: Mapping[UUID, Collection[str]], callbacks: Sequence[Callback]) -> None:
    """What names a collection's reference (`told`, by callback) and comes after its line is on that line."""
    if not told:
        return
    known = Accounts(session)
    lines = _gathered_lines(session, {reference for named in told.values() for reference in named})
    for one in callbacks:
        fitting = (
            line
            for line in lines
            if line.reference in told.get(one.id, ()) and line.amount_satang == one.amount_satang
            and known.may_reach(one.bank, line.account) and _is_in_time(one, line.occurred_on)
        )  # fmt: skip
        line = next(fitting, None)
        if line is not None:
            lines.remove(line)
            _put_on_lines(session, {one.id: line.id}, "be on a statement")


def pair_with_lines(session: Session, callbacks: Sequence[Callback]) -> list[Callback]:
    """Those of these hints whose line has not been booked; the others are on their lines from now on."""
    if not callbacks:
        return []
    known = Accounts(session)
    booked = _booked_lines(session, known, callbacks)
    found: dict[UUID, UUID] = {}
    for one in callbacks:
        for place, (line_id, account, day) in enumerate(booked[_whose(one)]):
            if known.may_reach(one.bank, account) and _is_in_time(one, day):
                found[one.id] = line_id
                del booked[_whose(one)][place]
                break
    _put_on_lines(session, found, "be on a statement")
    return [one for one in callbacks if one.id not in found]


def reopen(session: Session, line_id: UUID) -> None:
    """The line is not theirs after all (its clearing was reversed): what it cleared waits for its line again."""
    cleared = session.exec(select(StandingRow.callback_id).where(StandingRow.line_id == line_id)).all()
    moving.move(session, "open again", {callback_id: {"line_id": None} for callback_id in cleared})


def confirmed_money(session: Session, callbacks: Sequence[Callback]) -> list[Confirmed]:
    """What stands on 1130 for these confirmed callbacks, each in the fund of its campaign."""
    funds = gifts.campaigns_by_id(session, {one.campaign_id for one in callbacks if one.campaign_id})
    return [
        Confirmed(one.identity, funds[one.campaign_id].fund, one.amount_satang) for one in callbacks if one.campaign_id
    ]


def put_on_line(session: Session, callbacks: Sequence[Callback], line_id: UUID) -> None:
    """These confirmed callbacks are cleared by one line."""
    _put_on_lines(session, {one.id: line_id for one in callbacks}, "clear")


class Accounts:
    """Which of our accounts a bank's payments reach: those we have there; with none there, any."""

    def __init__(self, session: Session) -> None:
        self._of_bank: dict[str, set[str]] = defaultdict(set)
        accounts = profile.current(session).accounts
        self.codes = [account.account for account in accounts]
        for account in accounts:
            self._of_bank[account.bank.lower()].add(account.account)

    def may_reach(self, bank: str, account: str) -> bool:
        return bank not in self._of_bank or account in self._of_bank[bank]


def _pairs(session: Session, lines: Sequence[LineGift]) -> list[tuple[LineGift, Callback]]:
    known = Accounts(session)
    waiting = _waiting(session, lines)
    pairs = []
    for line in lines:
        for one in waiting[line.whose]:
            if known.may_reach(one.bank, line.money.account) and _is_in_time(one, line.money.occurred_on):
                pairs.append((line, one))
                waiting[line.whose].remove(one)
                break
    return pairs


def _waiting(session: Session, lines: Sequence[LineGift]) -> dict[Whose, list[Callback]]:
    """Callbacks of as much for the same that no line has come for, the confirmed first, then the oldest."""
    before = (states.CONFIRMED, *states.ACTS["be on a statement"][0])
    found: dict[Whose, list[Callback]] = defaultdict(list)
    pledges = {line.pledge_id for line in lines if line.pledge_id}
    campaigns = {line.campaign_id for line in lines if not line.pledge_id}
    amounts = {line.money.amount_satang for line in lines}
    for one in queries.take_waiting(session, pledges, campaigns, amounts, before):
        found[_whose(one)].append(one)
    for some in found.values():
        some.sort(key=lambda one: (one.state != states.CONFIRMED, one.occurred_at))
    return found


def _booked_lines(
    session: Session, known: "Accounts", callbacks: Sequence[Callback]
) -> dict[Whose, list[tuple[UUID, str, date]]]:
    """Lines that were booked as gifts like these, and that no callback has been found for, the oldest first."""
    days = [one.occurred_on for one in callbacks]
    taken = select(StandingRow.callback_id).where(col(StandingRow.line_id) == col(LineRow.id))
    rows = session.execute(
        sqlalchemy.select(
            col(DonationRow.pledge_id), col(DonationRow.campaign_id), col(DonationRow.amount_satang),
            col(LineRow.id), col(LineRow.account), col(LineRow.occurred_on),
        )
        .join(LineRow, col(LineRow.identity) == col(DonationRow.money_identity))
        .join(ReversalRow, col(ReversalRow.donation_id) == col(DonationRow.id), isouter=True)
        .where(
            col(DonationRow.campaign_id).in_({one.campaign_id for one in callbacks}),
            col(LineRow.account).in_(known.codes),
            col(LineRow.occurred_on).between(min(days), max(days) + LATE_AFTER),
            col(ReversalRow.donation_id).is_(None),
            ~taken.exists(),
        )
        .order_by(col(LineRow.id))
    )  # fmt: skip
    found: dict[Whose, list[tuple[UUID, str, date]]] = defaultdict(list)
    for pledge_id, campaign_id, satang, line_id, account, day in rows:
        found[pledge_id, campaign_id, satang].append((line_id, account, day))
    return found


def _gathered_lines(session: Session, references: Collection[str]) -> list[Any]:
    """Lines that were booked as the money of these collections, and that no callback has been found for."""
    taken = select(StandingRow.callback_id).where(col(StandingRow.line_id) == col(LineRow.id))
    rows = session.execute(
        sqlalchemy.select(
            col(LineRow.id), col(LineRow.account), col(LineRow.occurred_on), col(LineRow.amount_satang),
            col(CollectionRow.reference),
        )
        .join(ArrivalRow, col(ArrivalRow.identity) == col(LineRow.identity))
        .join(CollectionRow, col(CollectionRow.id) == col(ArrivalRow.collection_id))
        .join(ReversalRow, col(ReversalRow.donation_id) == col(ArrivalRow.donation_id), isouter=True)
        .where(
            col(CollectionRow.reference).in_(references), col(ReversalRow.donation_id).is_(None), ~taken.exists()
        )
        .order_by(col(LineRow.id))
    )  # fmt: skip
    return list(rows)


def _whose(one: Callback) -> Whose:
    assert one.campaign_id is not None
    return one.pledge_id, one.campaign_id, one.amount_satang


def _is_in_time(one: Callback, day: date) -> bool:
    return one.occurred_on <= day <= one.occurred_on + LATE_AFTER


def _clear(session: Session, pairs: Sequence[tuple[LineGift, Callback]], by: Actor) -> dict[UUID, Cleared]:
    if not pairs:
        return {}
    money = confirmed_money(session, [one for _, one in pairs])
    entries = [
        postings.confirmed_cleared(line.money, [part], was_unidentified=line.was_unidentified)
        for (line, _), part in zip(pairs, money, strict=True)
    ]
    posted = book.post_many(session, entries, by=by.name)
    _put_on_lines(session, {one.id: line.line_id for line, one in pairs}, "clear")
    return {
        line.line_id: Cleared(entry.entry_id, one.donation_id)
        for (line, one), entry in zip(pairs, posted, strict=True)
        if one.donation_id is not None
    }


def _put_on_lines(session: Session, lines: Mapping[UUID, UUID], act: str) -> None:
    moving.move(session, act, {callback_id: {"line_id": line_id} for callback_id, line_id in lines.items()})
