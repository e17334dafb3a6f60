"""The mappings of columns that people made, remembered for each bank account; the last one made counts.

Refuses a mapping by which no line could be read.
"""

from collections.abc import Sequence

import msgspec
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.bank.importers.mapped import Mapped, Mapping
from fund.bank.models import MappingRow
from fund.profile import Profile
from ledger.identifiers import new_id


def remember(session: Session, account: str, mapping: Mapping, *, by: Actor) -> None:
    """From now on files of this account (its code) may be read by this mapping. Raises MappingError."""
    mapping.check()
    if mapping == recall(session, account):
        return
    told = msgspec.json.encode(mapping).decode()
    row = MappingRow(id=new_id(), account=account, mapping=told, made_at=clock.now(), made_by=by.name)
    session.add(row)
    audit.record(session, by, "mapping.made", row.id)
    session.flush()


def recall(session: Session, account: str) -> Mapping | None:
    """The mapping of an account, if somebody made one."""
    newest = select(MappingRow).where(MappingRow.account == account).order_by(col(MappingRow.id).desc()).limit(1)
    row = session.exec(newest).first()
    return msgspec.json.decode(row.mapping, type=Mapping) if row else None


def importers(session: Session, profile: Profile, account: str | None = None) -> Sequence[Mapped]:
    """The importers that the mappings make: that of the account with this code, or those of all accounts."""
    asked = [one for one in profile.accounts if account in (None, one.account)]
    return [Mapped(mapping, one.number) for one in asked if (mapping := recall(session, one.account))]
