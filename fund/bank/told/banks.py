"""What each bank that tells us of payments is known by: the file that BANKS_FILE names, readable by its owner alone.

Knows the callback's secret and networks, signing keys where the bank signs, and how it is asked back. Refuses a
file that others may read, a secret that could be guessed, and a bank without networks.
"""

import hmac
import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

import msgspec

from fund.settings import SettingError, Settings

BANKS: Final = ("scb", "kbank")
SHORTEST_SECRET: Final = 32
_ADDRESS: Final = re.compile(
    r"https://[\w.:-]+(/[\w./-]*)?|http://(127\.0\.0\.1|localhost)(:\d+)?(/[\w./-]*)?", re.ASCII
)


class Inquiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the bank is asked whether a payment is true, and as whom."""

    url: str
    key: str
    secret: str
    biller_id: str

    def __repr__(self) -> str:
        """Without its secret."""
        return f"Inquiry({self.url!r})"


class Bank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bank: by what its callbacks are known to be its own, and how it is asked."""

    secret: str
    networks: tuple[str, ...]
    signing_keys: dict[str, str] = {}
    inquiry: Inquiry | None = None

    def __repr__(self) -> str:
        """Without its secrets."""
        return f"Bank({list(self.networks)})"

    def is_secret(self, given: str) -> bool:
        """Whether this is the secret of its address; how long that takes tells nothing."""
        return hmac.compare_digest(self.secret.encode(), given.encode(errors="surrogatepass"))

    def may_call_from(self, address: str) -> bool:
        """Whether it calls from this address."""
        try:
            caller = ip_address(address)
        except ValueError:
            return False
        return any(caller in network for network in _networks(self.networks))


def of(settings: Settings) -> dict[str, Bank]:
    """The banks by name; none without a file. Raises SettingError."""
    if not settings.banks_file:
        return {}
    path = Path(settings.banks_file)
    try:
        state = path.stat()
        if state.st_mode & 0o077:
            raise SettingError(f"BANKS_FILE can be read by others. Give it to its owner alone: chmod 600 {path}")
        return _read(path, state.st_mtime_ns)
    except OSError:
        raise SettingError(f"BANKS_FILE cannot be read: {path}") from None


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int) -> dict[str, Bank]:
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=dict[str, Bank])
    except (msgspec.DecodeError, UnicodeDecodeError):  # what it says may be a secret: it is not repeated
        raise SettingError(f"BANKS_FILE must be as docs/operations.md says: {path}") from None
    for name, bank in found.items():
        _require_usable(name, bank)
    return found


def _require_usable(name: str, bank: Bank) -> None:
    if name not in BANKS:
        raise SettingError(f"BANKS_FILE names a bank that we cannot read: use {', '.join(BANKS)}")
    secrets = (bank.secret, *bank.signing_keys.values())
    if any(len(secret) < SHORTEST_SECRET or not re.fullmatch(r"[\w-]+", secret, re.ASCII) for secret in secrets):
        raise SettingError(f"BANKS_FILE: a secret of {name} must be {SHORTEST_SECRET} letters and digits or more")
    try:
        if not _networks(bank.networks):
            raise ValueError
    except ValueError:
        raise SettingError(f"BANKS_FILE: {name} needs the networks that it calls from") from None
    if bank.inquiry and (name != "scb" or not _ADDRESS.fullmatch(bank.inquiry.url)):
        raise SettingError(f"BANKS_FILE: {name} cannot be asked at this address; it must be https://")


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)
