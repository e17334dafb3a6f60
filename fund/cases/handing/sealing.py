"""Words of handing over, sealed under the key of the request: answers, what stands beside evidence, reasons."""

from typing import Any, Final, TypeVar

import msgspec
from sqlmodel import Session

from fund import sealed
from fund.cases.handing.models import HandoverRow
from fund.grants.models import id_of
from ledger.private import Part

T = TypeVar("T")

STEP: Final = "handing_step.sealed"
EVIDENCE: Final = "handing_evidence.sealed"
VERDICT: Final = "handing_verdict.sealed"


def close(session: Session, chain: str, place: str, row_id: object, value: Any) -> bytes:
    """A value sealed for a row of a place."""
    return sealed.seal(session, id_of(chain), place, row_id, msgspec.json.encode(value).decode())


def opened(session: Session, chain: str, place: str, rows: dict[str, bytes], kind: type[T]) -> dict[str, T | None]:
    """What each row says, all with one question; None once it was erased."""
    said = sealed.unseal_many(session, [Part(id_of(chain), place, key, content) for key, content in rows.items()])
    return {
        key: None if one is None else msgspec.json.decode(one, type=kind) for key, one in zip(rows, said, strict=True)
    }


def step_id(row: HandoverRow, step: int) -> str:
    """What a step is called in its seal."""
    return f"{row.chain}:{row.number}:{row.went}:{step}"
