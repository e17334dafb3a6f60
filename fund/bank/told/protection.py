"""Whether a callback is the bank's: the secret of its address, the network it came from, its signature where it signs.

Knows signatures over the body as it came: `t=<seconds>,key=<name>,v1=<HMAC-SHA256 of "t.body">`, with as many keys as
are in rotation. Refuses, without a word of what was wrong, whatever does not show them all.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

from fund import clock
from fund.bank.told.banks import Bank
from fund.errors import ForbiddenError, MalformedError, NotFoundError

SIGNATURE: Final = "x-callback-signature"
TOLERANCE_SECONDS: Final = 300


class NotTheBankError(ForbiddenError):
    """The network or the signature is not the bank's."""


class StaleSignatureError(MalformedError):
    message = "This was signed too long ago, or not yet."


def require_address(banks: Mapping[str, Bank], bank: str, secret: str) -> Bank:
    """The bank whose address this is. Raises NotFoundError."""
    found = banks.get(bank)
    if found is None or not found.is_secret(secret):
        raise NotFoundError()
    return found


def require_theirs(bank: Bank, caller: str, signature: str, body: bytes) -> None:
    """Raises NotTheBankError for another network or a wrong signature, StaleSignatureError for a wrong moment."""
    if not bank.may_call_from(caller):
        raise NotTheBankError()
    if bank.signing_keys:
        _require_signed(bank.signing_keys, signature, body)


def sign(key_name: str, key: str, body: bytes, seconds: int) -> str:
    """The signature of a body, as a bank writes it."""
    return f"t={seconds},key={key_name},v1={_digest(key, str(seconds), body)}"


def _require_signed(keys: Mapping[str, str], signature: str, body: bytes) -> None:
    parts = dict(part.split("=", 1) for part in signature[:300].split(",") if "=" in part)
    key, seconds = keys.get(parts.get("key", "")), parts.get("t", "")
    if key is None or not (seconds.isascii() and seconds.isdecimal()):
        raise NotTheBankError()
    if not hmac.compare_digest(_digest(key, seconds, body).encode(), parts.get("v1", "").encode()):
        raise NotTheBankError()
    if abs(int(clock.now().timestamp()) - int(seconds)) > TOLERANCE_SECONDS:
        raise StaleSignatureError()


def _digest(key: str, seconds: str, body: bytes) -> str:
    return hmac.new(key.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
