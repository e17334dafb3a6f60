"""Which line is what: a pure function over bank lines and what is expected, with its reasons.

Knows references however badly they were copied, slips, rules that were taught, money that we expect to go out or to
come back, and gifts that carry nothing but an amount and a moment (`unaddressed`). Refuses to guess: between equals,
or on half a proof, a line waits for a person, with candidates and what speaks for each.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from fund.bank import moves, paid_in, reasons, rules
from fund.bank.moves import ExpectedOut
from fund.bank.paid_in import ExpectedCash
from fund.bank.reasons import Reason
from fund.bank.rules import Rule
from fund.collections import states as collections
from fund.collections.queries import CollectionView
from fund.donations import references, states
from fund.donations.queries import CampaignView, PledgeView
from ledger.money import format_plain_baht

_OPEN, _SETTLED, _EXPIRED = states.OPEN, states.SETTLED, states.EXPIRED
_GIFT: Final = "campaign"
COLLECTION: Final = "collection"


@dataclass(frozen=True, slots=True)
class Told:
    """What matching needs of a line: satang, + in, and every text that may hold a reference."""

    amount_satang: int
    texts: tuple[str, ...]
    account: str = ""
    at: datetime | None = None  # None where the bank tells no time
    day: date = date.min
    bank_id: str = ""
    payer: bytes | None = None  # a keyed digest of who stands on the other side


@dataclass(frozen=True, slots=True)
class Rival:
    """Another line that waits, with as much money at about the same time."""

    account: str
    amount_satang: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What a batch of lines may be about, looked up once for all of them."""

    pledges: Mapping[str, PledgeView] = field(default_factory=dict)  # by reference
    campaigns: Mapping[str, CampaignView] = field(default_factory=dict)  # by code
    collections: Mapping[str, CollectionView] = field(default_factory=dict)  # by reference
    stems: Mapping[str, Sequence[PledgeView]] = field(default_factory=dict)  # by the beginning of the reference
    collection_stems: Mapping[str, Sequence[CollectionView]] = field(default_factory=dict)  # the same of collections
    slips: Mapping[str, PledgeView] = field(default_factory=dict)  # by the bank's number of a transfer
    open_pledges: Sequence[PledgeView] = ()  # whose QR carried no reference
    homes: Mapping[UUID, Collection[str]] = field(default_factory=dict)  # campaign → accounts where its QR is paid
    rivals: Sequence[Rival] = ()
    moves: Mapping[int, Sequence[ExpectedOut]] = field(default_factory=dict)  # by amount, + in
    cash: Sequence[ExpectedCash] = ()  # carried to the bank
    own_numbers: Mapping[str, str] = field(default_factory=dict)  # of our accounts → code in the chart
    rules: Sequence[Rule] = ()
    seen: Mapping[bytes, Collection[UUID]] = field(default_factory=dict)  # payer → campaigns they gave to


@dataclass(frozen=True, slots=True)
class Match:
    """The line is this: a gift to a campaign (and of a pledge, if one is known), or something else of `kind`."""

    kind: str
    reasons: tuple[Reason, ...]
    campaign_id: UUID | None = None
    pledge_id: UUID | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a line may be: a pledge by its reference, or something expected by what it is about."""

    kind: str
    subject: str
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        return reasons.score(self.reasons)


@dataclass(frozen=True, slots=True)
class Waits:
    """The line needs a person."""

    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...] = ()
    collection_id: UUID | None = None  # with whose reference it came, and is not what it awaits


Proposal = Match | Waits


def references_in(lines: Sequence[Told]) -> list[list[str]]:
    """The well-formed references of each line, each once, in the order they stand there."""
    found: dict[str, list[str]] = {}  # campaigns' codes stand in many lines
    for text in (text for line in lines for text in line.texts):
        if text not in found:
            found[text] = references.found_in(text)
    return [list(dict.fromkeys(one for text in line.texts for one in found[text])) for line in lines]


def propose(line: Told, found: Collection[str], expected: Expected) -> Proposal:
    """What one line is, by the references `found` in it and everything else but amount and time."""
    return _out(line, expected) if line.amount_satang < 0 else _in(line, found, expected)


def distinct(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The same, where no two lines are the one thing that was expected once: then all of them wait.

    Of two that pay the same collection the first does; the second waits.
    """
    claimed = Counter(one.about for one in proposals if isinstance(one, Match) and one.about)
    met: set[str] = set()
    found: list[Proposal] = []
    for one in proposals:
        if isinstance(one, Match) and claimed[one.about] > 1:
            is_second = one.about in met
            met |= {one.about} if one.kind == COLLECTION else set()
            found.append(_again(one) if is_second else one if one.kind == COLLECTION else _rivalled(one))
        else:
            found.append(one)
    return found


def awaited(amount_satang: int, awaiting: Sequence[CollectionView]) -> tuple[Candidate, ...]:
    """The collections that await just this much, for a line that names none: a person says whether it is theirs."""
    return tuple(
        Candidate(COLLECTION, one.reference, (Reason(reasons.SUM, True),))
        for one in awaiting
        if one.open_satang == amount_satang
    )


def collection_of(found: Proposal) -> UUID | None:
    """The collection that a line pays, or came with the reference of."""
    if isinstance(found, Waits):
        return found.collection_id
    return UUID(found.about.removeprefix(f"{COLLECTION}:")) if found.kind == COLLECTION else None


def pledge_reasons(amount_satang: int, pledge: PledgeView) -> list[Reason]:
    """What speaks for and against this much money being that pledge's, whose reference is there."""
    return [Reason(reasons.REFERENCE, True, pledge.reference), *_standing(amount_satang, pledge)]


def after_all(line: Told, expected: Expected) -> Match | None:
    """What a rule says of a gift that nothing else could address."""
    speaking = [rule for rule in _speaking(line, expected) if rule.kind == _GIFT]
    return _ruled(speaking) if speaking else None


def _in(line: Told, found: Collection[str], expected: Expected) -> Proposal:
    pledges = [expected.pledges[reference] for reference in found if reference in expected.pledges]
    gathered = [expected.collections[reference] for reference in found if reference in expected.collections]
    if gathered:
        return _of_collection(line, gathered[0]) if len(gathered) + len(pledges) == 1 else _mixed(gathered, pledges)
    for number in (line.bank_id, *line.texts) if expected.slips and not pledges else ():
        if number in expected.slips:
            return _of_slip(line, expected.slips[number], number)
    campaigns = [expected.campaigns[code] for code in found if code in expected.campaigns]
    if len(pledges) == 1 and pledges[0].amount_satang != line.amount_satang:  # is there another, cut off?
        pledges += [pledge for pledge, _ in _near(line, expected) if pledge.id != pledges[0].id]
    if len(pledges) > 1:
        return _several(line, pledges)
    if pledges:
        return _of_pledge(line, pledges[0], campaigns, expected)
    return (
        _broken_collection(line, expected)
        or _broken(line, campaigns, expected)
        or _of_campaign(line, campaigns, found, expected)
    )


def _of_campaign(line: Told, campaigns: Sequence[CampaignView], found: Collection[str], expected: Expected) -> Proposal:
    if len(campaigns) > 1:
        return Waits((Reason(reasons.SEVERAL, False, ", ".join(campaign.code for campaign in campaigns)),))
    if campaigns:
        told = (Reason(reasons.CAMPAIGN, True, campaigns[0].code), *_seen(line, campaigns[0].id, expected))
        return Match(_GIFT, (*told, *_unknown(found)), campaigns[0].id)
    return _cash(line, expected) or _expected(line, expected) or _by_rule(line, expected) or Waits(_nothing(found))


def _out(line: Told, expected: Expected) -> Proposal:
    own = moves.own_account(line.texts, expected.own_numbers, line.account)
    if own:
        return Match("transfer-left", (Reason(reasons.OWN_ACCOUNT, True, own),))
    return _expected(line, expected) or _by_rule(line, expected) or Waits((Reason(reasons.WENT_OUT, False),))


def _of_pledge(line: Told, pledge: PledgeView, campaigns: Sequence[CampaignView], expected: Expected) -> Match:
    """The amount that arrived is the donation, whatever was pledged; a late or second payment is still that donor's."""
    told = [Reason(reasons.CAMPAIGN, one.id == pledge.campaign_id, one.code) for one in campaigns]
    also = (*told, *_seen(line, pledge.campaign_id, expected))
    return Match("pledge", (*pledge_reasons(line.amount_satang, pledge), *also), pledge.campaign_id, pledge.id)


def _of_collection(line: Told, gathered: CollectionView) -> Proposal:
    """One transfer for many: it is theirs if it is, to the satang, what is still awaited; else a person looks."""
    state, satang = gathered.state, gathered.open_satang
    is_sum = gathered.may_settle and satang == line.amount_satang
    against = {collections.EXPIRED: reasons.LATE, collections.SETTLED: reasons.PAID_BEFORE}
    against |= {collections.WITHDRAWN: reasons.WITHDRAWN, collections.DRAFT: reasons.WITHDRAWN}
    told = [Reason(reasons.REFERENCE, True, gathered.reference)]
    told += [_as_awaited(line, gathered)] if gathered.may_settle else []
    told += [Reason(against[state], False)] if state in against else []
    if is_sum:
        return Match(COLLECTION, tuple(told), about=f"{COLLECTION}:{gathered.id}")
    offered = (Candidate(COLLECTION, gathered.reference, tuple(told)),) if gathered.may_settle else ()
    return Waits(tuple(told), offered, gathered.id)


def _mixed(gathered: Sequence[CollectionView], pledges: Sequence[PledgeView]) -> Waits:
    named = ", ".join([*(one.reference for one in gathered), *(one.reference for one in pledges)])
    return Waits((Reason(reasons.SEVERAL, False, named),))


def _again(one: Match) -> Waits:
    """A second line with what a collection awaited once."""
    return Waits((*one.reasons, Reason(reasons.PAID_BEFORE, False)), collection_id=collection_of(one))


def _of_slip(line: Told, pledge: PledgeView, number: str) -> Proposal:
    """A slip shown for the pledge bears the bank's number of this line; with another amount a person looks."""
    told = (Reason(reasons.SLIP, True, number), *_standing(line.amount_satang, pledge))
    if line.amount_satang == pledge.amount_satang and pledge.state != _SETTLED:
        return Match("pledge", told, pledge.campaign_id, pledge.id)
    return Waits(told, (Candidate("pledge", pledge.reference, told),))


def _several(line: Told, pledges: Sequence[PledgeView]) -> Waits:
    """Two in one text: whether together they pledged what came is told, and a person divides it."""
    reason = Reason(reasons.SEVERAL, False, ", ".join(pledge.reference for pledge in pledges))
    total = sum(pledge.amount_satang for pledge in pledges)
    is_sum = (Reason(reasons.AMOUNT, True, format_plain_baht(total)),) if total == line.amount_satang else ()
    offered = (Candidate("pledge", one.reference, tuple(pledge_reasons(line.amount_satang, one))) for one in pledges)
    return Waits((reason, *is_sum), tuple(offered))


def _broken(line: Told, campaigns: Sequence[CampaignView], expected: Expected) -> Proposal | None:
    """What is left of a reference, where it began like one of ours.

    Cut off, or with another last character, it is taken for the only pledge that begins so if that one is open and
    exactly this much was pledged; anything less is a candidate.
    """
    near = _near(line, expected)
    if not near:
        return None
    offered = tuple(Candidate("pledge", pledge.reference, _broken_reasons(line, pledge, part)) for pledge, part in near)
    pledge, part = near[0]
    fits = {campaign.id for campaign in campaigns} <= {pledge.campaign_id}
    is_it = references.broken_alike(part, pledge.reference) and pledge.amount_satang == line.amount_satang
    if len(near) > 1 or not (fits and is_it and pledge.state == _OPEN):
        return Waits((Reason(reasons.BROKEN, False, ", ".join(dict.fromkeys(part for _, part in near))),), offered)
    return Match("pledge", offered[0].reasons, pledge.campaign_id, pledge.id)


def _broken_collection(line: Told, expected: Expected) -> Waits | None:
    """What is left of a collection's reference: a person says whether it is theirs."""
    parts = [part for text in line.texts for part in references.broken_in(text)] if expected.collection_stems else []
    near = {
        one.id: (one, part)
        for part in parts
        for one in expected.collection_stems.get(part[: references.STEM_LENGTH], ())
    }
    if not near:
        return None
    offered = [
        Candidate(COLLECTION, one.reference, (Reason(reasons.BROKEN, True, part), _as_awaited(line, one)))
        for one, part in near.values()
        if one.may_settle
    ]
    return Waits(
        (Reason(reasons.BROKEN, False, ", ".join(dict.fromkeys(part for _, part in near.values()))),), tuple(offered)
    )


def _as_awaited(line: Told, gathered: CollectionView) -> Reason:
    awaited = gathered.open_satang
    return Reason(reasons.SUM, awaited == line.amount_satang, format_plain_baht(awaited))


def _near(line: Told, expected: Expected) -> list[tuple[PledgeView, str]]:
    """Each pledge whose reference begins as a part of the text does, with the part that is most like it."""
    if not expected.stems:
        return []
    found: dict[UUID, tuple[PledgeView, str]] = {}
    for part in (part for text in line.texts for part in references.broken_in(text)):
        for pledge in expected.stems.get(part[: references.STEM_LENGTH], ()):
            if pledge.id not in found or references.broken_alike(part, pledge.reference):
                found[pledge.id] = (pledge, part)
    return list(found.values())


def _broken_reasons(line: Told, pledge: PledgeView, part: str) -> tuple[Reason, ...]:
    return (Reason(reasons.BROKEN, True, part), *_standing(line.amount_satang, pledge))


def _expected(line: Told, expected: Expected) -> Proposal | None:
    """Money that we expect to go out, or to come back: taken with a proof of who it is, offered without one.

    What only a person may say is offered however well it is proved; what came in is not offered for its amount alone.
    """
    told = [
        (move, moves.reasons_for(move, line.texts, line.payer, expected.own_numbers))
        for move in expected.moves.get(line.amount_satang, ())
        if move.may_be(line.account, line.day)
    ]
    told = [(move, why) for move, why in told if why or line.amount_satang < 0 or not move.is_for_a_person]
    proved = [(move, why) for move, why in told if why]
    if len(proved) == 1 and not proved[0][0].is_for_a_person:
        move, why = proved[0]
        return Match(move.kind, (*why, _as_expected(line)), about=move.about)
    if not told:
        return None
    unproved = Waits((Reason(reasons.WENT_OUT if line.amount_satang < 0 else reasons.NO_REFERENCE, False),))
    offered = tuple(Candidate(move.kind, move.about, (*why, _as_expected(line))) for move, why in told)
    ruled = None if any(move.is_for_a_person for move, _ in proved) else _by_rule(line, expected)
    return ruled or replace(unproved, candidates=offered)


def _cash(line: Told, expected: Expected) -> Proposal | None:
    """Cash that was carried to the bank: taken where one way alone fits; else it is told by how much it differs."""
    told = paid_in.fitting(expected.cash, line.account, line.day, line.texts) if expected.cash else []
    equal = [(one, why) for one, why in told if one.amount_satang == line.amount_satang]
    if len(equal) == 1:
        one, why = equal[0]
        return Match(paid_in.KIND, (*why, _as_expected(line)), about=one.about)
    if equal:
        offered = (Candidate(paid_in.KIND, one.about, (*why, _as_expected(line))) for one, why in equal)
        return Waits((Reason(reasons.RIVALS, False),), tuple(offered))
    return Waits(tuple(paid_in.difference(one, line.amount_satang) for one, _ in told)) if told else None


def _as_expected(line: Told) -> Reason:
    return Reason(reasons.AMOUNT, True, format_plain_baht(abs(line.amount_satang)))


def _by_rule(line: Told, expected: Expected) -> Proposal | None:
    """What the rules say, where they say that it is no gift; those about gifts come last, see `after_all`."""
    speaking = _speaking(line, expected)
    if len({rule.says for rule in speaking}) > 1:
        return Waits((Reason(reasons.RULES_DIFFER, False, ", ".join(rule.told for rule in speaking)),))
    return _ruled(speaking) if speaking and speaking[0].kind != _GIFT else None


def _ruled(speaking: Sequence[Rule]) -> Match:
    return Match(speaking[0].kind, (Reason(reasons.RULE, True, speaking[0].told),), speaking[0].campaign_id)


def _speaking(line: Told, expected: Expected) -> list[Rule]:
    return rules.speaking(expected.rules, line.account, line.amount_satang, line.texts) if expected.rules else []


def _standing(amount_satang: int, pledge: PledgeView) -> list[Reason]:
    told = [Reason(reasons.AMOUNT, amount_satang == pledge.amount_satang, format_plain_baht(pledge.amount_satang))]
    state = pledge.state
    if state == _EXPIRED:
        told.append(Reason(reasons.LATE, False))
    if state == _SETTLED:
        told.append(Reason(reasons.PAID_BEFORE, False))
    return told


def _seen(line: Told, campaign_id: UUID, expected: Expected) -> tuple[Reason, ...]:
    """A hint that this payer has given there before; never a match by itself."""
    is_seen = line.payer is not None and campaign_id in expected.seen.get(line.payer, ())
    return (Reason(reasons.SEEN, True),) if is_seen else ()


def _rivalled(one: Match) -> Waits:
    return Waits((Reason(reasons.RIVALS, False),), (Candidate(one.kind, one.about, one.reasons),))


def _nothing(found: Collection[str]) -> tuple[Reason, ...]:
    """A pledge's reference that we do not know is told; what only looks like a campaign's code is chance."""
    return _unknown(found) or (Reason(reasons.NO_REFERENCE, False),)


def _unknown(found: Collection[str]) -> tuple[Reason, ...]:
    shaped = [one for one in found if one.startswith("D") and len(one) == references.PLEDGE_LENGTH]
    return tuple(Reason(reasons.UNKNOWN, False, reference) for reference in shaped)
