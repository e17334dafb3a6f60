"""What a batch of lines may be about, looked up in a few questions for all of them.

Knows pledges by reference and by what is left of one, rules in force, money due to leave or to come back, payers met
before, and (where the fund's QR carries no reference) the pledges open at each line's moment. Changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from fund import clock, postings, profile, sealed
from fund.bank import matching, payers, reasons, standing, teaching, unaddressed
from fund.bank.matching import Expected, Match, Proposal, Rival, Told, Waits
from fund.bank.models import InboxRow, LineRow
from fund.bank.paid_in import ExpectedCash
from fund.bank.queries import InboxLine
from fund.bank.unaddressed import Gift
from fund.cash import carrying
from fund.collections import queries as collections
from fund.collections.queries import CollectionView
from fund.donations import queries as gifts
from fund.donations import references, slips
from fund.donations.queries import PledgeView
from fund.profile import Profile


@dataclass(frozen=True, slots=True)
class _Batch:
    """Lines, what is told of each, and the references in it."""

    lines: Sequence[InboxLine]
    told: list[Told]
    found: list[list[str]]


def propose(session: Session, lines: Sequence[InboxLine]) -> list[Proposal]:
    """What each line is, or why it waits: looked up for all, decided by `matching` and `unaddressed`."""
    fund = profile.current(session)
    batch = _read(session, lines)
    expected = _expected(session, batch, fund)
    first = [matching.propose(one, found, expected) for one, found in zip(batch.told, batch.found, strict=True)]
    awaiting = collections.awaiting(session, {one.amount_satang for one in batch.told})
    if not fund.promptpay.biller_id:
        first = _by_amount_and_time(session, batch, first, fund, {one.open_satang for one in awaiting})
    ruled = [
        (one.amount_satang > 0 and _is_open(proposal) and matching.after_all(one, expected)) or proposal
        for one, proposal in zip(batch.told, first, strict=True)
    ]
    told = zip(batch.told, matching.distinct(ruled), strict=True)
    return [_with_awaited(one, proposal, awaiting) for one, proposal in told]


def moment(occurred_on: date, occurred_at: str) -> datetime | None:
    """When the bank says a line happened; None where it tells no time, or midnight sharp, which means the same."""
    told = time.fromisoformat(occurred_at) if occurred_at else time.min
    return datetime.combine(occurred_on, told, clock.BANGKOK) if told != time.min else None


def _read(session: Session, lines: Sequence[InboxLine]) -> _Batch:
    blind = sealed.of(session).keyring
    told = [
        Told(
            line.amount_satang,
            (*line.references, line.text),
            line.account,
            moment(line.occurred_on, line.occurred_at),
            line.occurred_on,
            line.bank_id,
            payers.index(blind, line.payer),
        )
        for line in lines
    ]
    return _Batch(lines, told, matching.references_in(told))


def _expected(session: Session, batch: _Batch, fund: Profile) -> Expected:
    every = {reference for found in batch.found for reference in found}
    pledges = gifts.pledges_by_reference(session, every)
    amounts = {one.amount_satang for one in batch.told}
    stems = _stems(batch, pledges)
    return Expected(
        pledges=pledges,
        collections=collections.by_reference(session, every),
        campaigns=gifts.campaigns_by_code(session, every),
        stems=gifts.pledges_by_stem(session, stems),
        collection_stems=collections.by_stem(session, stems),
        slips=_slips(session, batch, pledges),
        moves=standing.expected(
            session,
            amounts,
            {one.payer for one in batch.told if one.amount_satang < 0},
            {one.amount_satang for one in batch.lines if one.is_booked},
        ),
        cash=_cash(session),
        own_numbers={account.number: account.account for account in fund.accounts},
        rules=teaching.in_force(session),
        seen=payers.campaigns_of(session, {one.payer for one in batch.told if one.payer is not None}),
    )


def _cash(session: Session) -> list[ExpectedCash]:
    """What was carried to the bank and is on no line yet."""
    return [
        ExpectedCash(postings.cash_subject(str(one.id)), one.amount_satang, one.account, one.carried_on, one.reference)
        for one in carrying.on_the_way(session)
    ]


def _unsure(batch: _Batch, known: Mapping[str, PledgeView]) -> Iterator[Told]:
    """The lines that came in and name no pledge, or one of another amount."""
    for one, found in zip(batch.told, batch.found, strict=True):
        named = [known[reference] for reference in found if reference in known]
        if one.amount_satang > 0 and not any(pledge.amount_satang == one.amount_satang for pledge in named):
            yield one


def _slips(session: Session, batch: _Batch, known: Mapping[str, PledgeView]) -> dict[str, PledgeView]:
    """Pledges by the bank's numbers on the slips that were shown for them, where such a number stands on a line."""
    numbers = {number for one in _unsure(batch, known) for number in (one.bank_id, *one.texts) if number}
    shown = slips.pledges_by_slip(session, numbers)
    pledges = gifts.pledges_by_id(session, shown.values())
    return {number: pledges[pledge_id] for number, pledge_id in shown.items()}


def _stems(batch: _Batch, known: Mapping[str, PledgeView]) -> set[str]:
    """How what is left of a reference begins, in the lines that came in and name no pledge for sure."""
    texts = {text for one in _unsure(batch, known) for text in one.texts}
    return {part[: references.STEM_LENGTH] for text in texts for part in references.broken_in(text)}


def _with_awaited(line: Told, proposal: Proposal, awaiting: Sequence[CollectionView]) -> Proposal:
    """The same, and for a line that names nobody the collections that await as much."""
    if not isinstance(proposal, Waits) or not _only_unaddressed(proposal) or line.amount_satang < 0:
        return proposal
    return replace(proposal, candidates=(*proposal.candidates, *matching.awaited(line.amount_satang, awaiting)))


def _is_open(proposal: Proposal) -> bool:
    """Whether nothing at all was found, so that a rule about gifts may speak."""
    return isinstance(proposal, Waits) and not proposal.candidates and _only_unaddressed(proposal)


def _only_unaddressed(proposal: Waits) -> bool:
    return all(reason.what == reasons.NO_REFERENCE for reason in proposal.reasons)


def _by_amount_and_time(
    session: Session, batch: _Batch, first: Sequence[Proposal], fund: Profile, awaited: Collection[int]
) -> list[Proposal]:
    """The same proposals, and for lines without any reference what amount and moment say.

    What is as much as a collection awaits may be that: a person looks.
    """
    places: dict[tuple[str, int], list[Gift]] = {}
    for number, (one, proposal) in enumerate(zip(batch.told, first, strict=True)):
        if one.amount_satang > 0 and one.at and _is_open(proposal) and one.amount_satang not in awaited:
            places.setdefault((one.account, one.amount_satang), []).append(Gift(number, one.at))
    if not places:
        return list(first)
    moments = [gift.at for some in places.values() for gift in some]
    since, until = min(moments) - unaddressed.PAID_WITHIN, max(moments) + unaddressed.PAID_WITHIN
    taken = {one.pledge_id for one in first if isinstance(one, Match)}
    amounts = {amount for _, amount in places}
    pledges = [one for one in gifts.open_pledges_between(session, amounts, since, until) if one.id not in taken]
    rivals = _rivals(session, batch, places.keys(), since, until)
    found = unaddressed.find(places, rivals, pledges, _homes(session, fund))
    return [found.get(number, proposal) for number, proposal in enumerate(first)]


def _rivals(
    session: Session, batch: _Batch, places: Iterable[tuple[str, int]], since: datetime, until: datetime
) -> list[Rival]:
    """Other lines that wait, or are still to be matched, and may be the same gifts: whatever their text says."""
    accounts, amounts = ({place[part] for place in places} for part in (0, 1))
    first, last = (moment.astimezone(clock.BANGKOK) for moment in (since, until))
    asked = (
        select(col(LineRow.id), col(LineRow.account), col(LineRow.amount_satang), col(LineRow.occurred_on),
               col(LineRow.occurred_at))
        .join(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
        .where(
            col(LineRow.account).in_(accounts),
            col(LineRow.amount_satang).in_(amounts),
            col(LineRow.occurred_on).between(first.date(), last.date()),
            col(InboxRow.state) != "withdrawn",
        )
    )  # fmt: skip
    if first.date() == last.date():
        asked = asked.where(col(LineRow.occurred_at).between(f"{first:%H:%M:%S}", f"{last:%H:%M:%S}"))
    own = {line.id for line in batch.lines}
    found = []
    for row in session.execute(asked):
        at = moment(row.occurred_on, row.occurred_at)
        if row.id not in own and at is not None:
            found.append(Rival(row.account, row.amount_satang, at))
    return found


def _homes(session: Session, fund: Profile) -> dict[UUID, set[str]]:
    """Where a campaign's gifts arrive: on the accounts kept for it, for the one above, else for the general one."""
    campaigns = gifts.campaigns(session)
    kept: dict[UUID, set[str]] = {}
    for campaign in campaigns:
        kept[campaign.id] = {one.account for one in fund.accounts if one.campaign in (campaign.slug, campaign.code)}
    general = {account for one in campaigns if not one.district for account in kept[one.id]}
    return {one.id: kept[one.id] or (kept[one.parent_id] if one.parent_id else set()) or general for one in campaigns}
