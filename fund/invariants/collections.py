"""What must hold of collections: the money that is here is the gifts of their people, each once, to the satang."""

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session

from fund.invariants.asking import found

_GIFTS: Final = """
SELECT p.collection_id, p.version, substr(d.money_identity, 1, 64) AS identity, count(*) AS gifts,
       count(DISTINCT p.id) AS people, CAST(sum(d.amount_satang) AS bigint) AS satang
FROM collections_person p JOIN donations_donation d ON d.pledge_id = p.id
LEFT JOIN donations_reversal x ON x.donation_id = d.id
WHERE x.donation_id IS NULL GROUP BY p.collection_id, p.version, substr(d.money_identity, 1, 64)
"""
_ARRIVALS: Final = """
SELECT a.* FROM collections_arrival a LEFT JOIN donations_reversal x ON x.donation_id = a.donation_id
WHERE x.donation_id IS NULL
"""
_SAME: Final = "g.collection_id = a.collection_id AND g.version = a.version AND g.identity = a.identity"


def collections_are_paid_by_their_peoples_gifts(session: Session) -> Iterator[str]:
    """What a collection counts as here is, to the satang, its people's gifts from that bank line, one for each."""
    yield from found(
        session,
        f"SELECT a.id FROM ({_ARRIVALS}) a LEFT JOIN ({_GIFTS}) g ON {_SAME}"
        " WHERE g.people IS NULL OR g.people <> a.people OR g.gifts <> a.people OR g.satang <> a.amount_satang",
    )


def rosters_are_the_sum_of_their_people(session: Session) -> Iterator[str]:
    """A confirmed roster's people and sum are those of its rows."""
    yield from found(
        session,
        "SELECT r.collection_id, r.version FROM collections_roster r LEFT JOIN ("
        "SELECT collection_id, version, count(*) AS people, CAST(sum(amount_satang) AS bigint) AS satang"
        " FROM collections_person GROUP BY collection_id, version) p"
        " ON p.collection_id = r.collection_id AND p.version = r.version"
        " WHERE p.people IS NULL OR p.people <> r.people OR p.satang <> r.sum_satang",
    )


READ_ALL: Final = frozenset({collections_are_paid_by_their_peoples_gifts, rosters_are_the_sum_of_their_people})
