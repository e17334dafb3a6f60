"""Who stands on the other side of a line, as a keyed digest: enough to know them again, not to know who they are.

Refuses to prove anything: banks mask names and numbers, so that two people may look alike.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from fund.bank import rules
from fund.bank.models import MatchRow, PayerRow, UndoneRow
from fund.donations.models import DonationRow
from fund.keyring import Keyring

KIND: Final = "bank_payer.payer"
_SHORTEST: Final = 5  # shorter tells nobody apart


def index(keyring: Keyring, payer: str) -> bytes | None:
    """The digest of what a bank writes of a payer; None where it writes nothing to go by."""
    told = rules.folded(payer)
    return keyring.blind(KIND, told) if len(told) >= _SHORTEST else None


def keep(session: Session, found: Sequence[tuple[UUID, bytes]]) -> None:
    """Remember the payers of these lines."""
    if not found:
        return
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    rows = [{"line_id": line_id, "payer_index": digest} for line_id, digest in found]
    session.connection().execute(insert(PayerRow).on_conflict_do_nothing(), rows)


def of_lines(session: Session, line_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The digests of these lines' payers, by line."""
    asked = select(col(PayerRow.line_id), col(PayerRow.payer_index)).where(col(PayerRow.line_id).in_(line_ids))
    return {row.line_id: row.payer_index for row in session.execute(asked)} if line_ids else {}


def campaigns_of(session: Session, digests: Collection[bytes]) -> dict[bytes, set[UUID]]:
    """Which campaigns these payers have given to."""
    if not digests:
        return {}
    given = (
        select(col(PayerRow.payer_index), col(DonationRow.campaign_id))
        .join(MatchRow, col(MatchRow.line_id) == col(PayerRow.line_id))
        .join(DonationRow, col(DonationRow.id) == col(MatchRow.donation_id))
        .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
        .where(col(PayerRow.payer_index).in_(digests), col(UndoneRow.match_id).is_(None))
    )
    found: dict[bytes, set[UUID]] = defaultdict(set)
    for digest, campaign_id in session.execute(given.distinct()):
        found[digest].add(campaign_id)
    return found
