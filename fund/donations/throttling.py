"""How often one address may write and guess on the donor's pages.

Counted in this process's memory, not in a table: a public page must not cost a write before it is allowed one, and a
restart may forget. With several processes an address gets the limit in each. Behind a carrier's NAT thousands of phones
share an address, so the limits are wide: they stop machines, not crowds. Refuses with the seconds to wait.
"""

import time
from collections import deque
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

from fund import walls
from fund.errors import TooManyError
from fund.web import AnyRequest

WINDOW_SECONDS: Final = 600
MOST_PLEDGES: Final = 300
MOST_WRONG_ANSWERS: Final = 30
_MOST_ADDRESSES: Final = 10_000  # remembered at once; the first of them is forgotten for the next


class Window:
    """Acts of each address in the last ten minutes, up to a limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._acts: dict[str, deque[int]] = {}
        self._lock = Lock()

    def count(self, address: str) -> None:
        """Count one act before it is done. Raises TooManyError for the one too many, which is not counted."""
        now = int(time.monotonic())
        with self._lock:
            acts = self._recent(address, now)
            if len(acts) >= self._most:
                raise TooManyError(retry_seconds=acts[0] + WINDOW_SECONDS - now + 1)
            acts.append(now)

    def forgive(self, address: str) -> None:
        """Take the last act back: it was no guess."""
        with self._lock:
            if acts := self._acts.get(address):
                acts.pop()

    def _recent(self, address: str, now: int) -> deque[int]:
        acts = self._acts.pop(address, deque())
        while acts and acts[0] <= now - WINDOW_SECONDS:
            acts.popleft()
        if len(self._acts) >= _MOST_ADDRESSES:
            del self._acts[next(iter(self._acts))]
        self._acts[address] = acts  # the last to act stands last
        return acts


def pledges(request: AnyRequest) -> Window:
    """The one count of pledges in this process."""
    known: Window = request.app.state.setdefault("pledge_window", Window(MOST_PLEDGES))
    return known


def guesses(request: AnyRequest) -> Window:
    """The one count of wrong references, numbers and codes in this process."""
    known: Window = request.app.state.setdefault("guess_window", Window(MOST_WRONG_ANSWERS))
    return known


def who(request: AnyRequest) -> str:
    """Whom to count for: the client's address; of IPv6 its network, which belongs to one subscriber."""
    address = walls.client_address(request, request.app.state.settings)
    try:
        is_long = ip_address(address).version == 6
    except ValueError:
        return address[:64]
    return str(ip_network(f"{address}/64", strict=False)) if is_long else address
