"""The second factor: an app's six digits (TOTP, RFC 6238), and codes for whoever lost it.

Knows one app a person (a new one counts once it was tried) and ten recovery codes that work once. Refuses a step that
was used before, and any but the present one and its neighbours. Passkeys are in `passkeys`.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete
from sqlmodel import Session, col, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.people.errors import CodeRefusedError, LastFactorError
from fund.people.models import FactorRow, PasskeyRow, RecoveryRow

STEP_SECONDS: Final = 30
RECOVERY_CODES: Final = 10
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_SIGNS: Final = "ACDEFGHJKMNPQRTUVWXYZ234679"  # none that look alike; 16 of them are 76 bits
_PLACE: Final = "people_factor.secret"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app is set up with: the text of a QR, and the secret to type."""

    address: str
    secret: str


def has_any(session: Session, person_id: UUID) -> bool:
    """Whether this person has a second factor: an app that was tried, or a passkey."""
    return has_app(session, person_id) or has_passkey(session, person_id)


def has_app(session: Session, person_id: UUID) -> bool:
    """Whether this person's app was set up and tried."""
    return session.get(FactorRow, (person_id, True)) is not None


def has_passkey(session: Session, person_id: UUID) -> bool:
    """Whether this person has a passkey."""
    return session.exec(select(PasskeyRow).where(col(PasskeyRow.person_id) == person_id).limit(1)).first() is not None


def begin_app(session: Session, person_id: UUID) -> None:
    """Make the secret of a new app; it counts once a code of it was given."""
    session.execute(_app(person_id, is_confirmed=False))
    secret = b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    session.add(FactorRow(person_id=person_id, is_confirmed=False, secret=_sealed(session, person_id, secret)))
    session.flush()


def new_app(session: Session, person_id: UUID, *, account: str, issuer: str) -> Enrolment | None:
    """The app that is being set up; None where none is."""
    row = session.get(FactorRow, (person_id, False))
    secret = _unsealed(session, row) if row else ""
    if not secret:
        return None
    return Enrolment(_totp(secret).get_provisioning_uri(account, issuer), secret)


def confirm_app(session: Session, person_id: UUID, code: str, *, by: Actor) -> None:
    """Let the new app count, in the place of a former one, as it gave this code. Raises CodeRefusedError."""
    row = session.get(FactorRow, (person_id, False), with_for_update=True)
    step = _step(session, row, code) if row else None
    if row is None or step is None:
        raise CodeRefusedError()
    session.execute(_app(person_id, is_confirmed=True))
    session.execute(_app(person_id, is_confirmed=False))
    session.expunge(row)
    session.add(FactorRow(person_id=person_id, is_confirmed=True, secret=row.secret, last_step=step))
    audit.record(session, by, "factor.app_set_up", person_id)
    session.flush()


def give_code(session: Session, person_id: UUID, code: str, *, by: Actor) -> None:
    """Take a code of the app, or a recovery code, once. Raises CodeRefusedError."""
    folded = re.sub(r"[^0-9A-Z]", "", code.upper())
    if re.fullmatch(r"\d{6}", folded):
        _use_step(session, person_id, folded)
    else:
        _use_recovery(session, person_id, folded, by=by)


def new_recovery_codes(session: Session, person_id: UUID, *, by: Actor) -> list[str]:
    """Ten new codes, kept only as digests; those before are void."""
    session.execute(delete(RecoveryRow).where(col(RecoveryRow.person_id) == person_id))
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryRow(person_id=person_id, code_sha256=_digest(code)) for code in codes)
    audit.record(session, by, "factor.codes_made", person_id)
    session.flush()
    return ["-".join(re.findall("....", code)) for code in codes]


def recovery_codes_left(session: Session, person_id: UUID) -> int:
    """How many recovery codes were not used."""
    return len(session.exec(select(RecoveryRow).where(RecoveryRow.person_id == person_id)).all())


def refuse_last(session: Session, person_id: UUID, *, is_needed: bool) -> None:
    """Raises LastFactorError where a passkey is all that is left of a second factor that is needed."""
    passkeys = session.exec(select(PasskeyRow).where(PasskeyRow.person_id == person_id)).all()
    if is_needed and len(passkeys) < 2 and not has_app(session, person_id):
        raise LastFactorError()


def _use_step(session: Session, person_id: UUID, code: str) -> None:
    row = session.get(FactorRow, (person_id, True), with_for_update=True, populate_existing=True)
    step = _step(session, row, code) if row else None
    if row is None or step is None:
        raise CodeRefusedError()
    row.last_step = step
    session.flush()


def _use_recovery(session: Session, person_id: UUID, code: str, *, by: Actor) -> None:
    mine = (col(RecoveryRow.person_id) == person_id) & (col(RecoveryRow.code_sha256) == _digest(code))
    used = session.execute(delete(RecoveryRow).where(mine))
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise CodeRefusedError()
    audit.record(session, by, "factor.recovery_code_used", person_id)


def _step(session: Session, row: FactorRow, code: str) -> int | None:
    """The step that this code is of: the present one, or one beside it, later than the last that was used."""
    secret = _unsealed(session, row)
    if not secret:
        return None
    totp, now = _totp(secret), int(clock.now().timestamp()) // STEP_SECONDS
    given = code.strip().encode()
    known = {step: totp.generate(step * STEP_SECONDS) for step in (now - 1, now, now + 1)}
    return next((step for step in known if step > row.last_step and hmac.compare_digest(known[step], given)), None)


def _totp(secret: str) -> TOTP:
    return TOTP(b32decode(secret), _DIGITS, SHA1(), STEP_SECONDS)  # what every app understands


def _app(person_id: UUID, *, is_confirmed: bool) -> Any:
    return delete(FactorRow).where(col(FactorRow.person_id) == person_id, col(FactorRow.is_confirmed).is_(is_confirmed))


def _sealed(session: Session, person_id: UUID, secret: str) -> bytes:
    return sealed.seal(session, person_id, _PLACE, person_id, secret)


def _unsealed(session: Session, row: FactorRow) -> str:
    return sealed.unseal(session, row.person_id, _PLACE, row.person_id, row.secret) or ""


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
