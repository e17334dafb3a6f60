"""A process that serves on a socket it was given; told so, with a defect that the controls must notice."""

import sys
from collections import Counter

import uvicorn
from sqlmodel import Session

from fund import limits, walls
from fund.app import create_app
from fund.errors import TooManyError
from fund.limits import Limit
from fund.settings import Settings

_made: Counter[str] = Counter()


def _count_alone(_session: Session, limit: Limit, *whom: str) -> None:
    """Count in this process's memory."""
    for one in whom:
        _made[one] += 1
        if _made[one] > limit.most:
            raise TooManyError(retry_seconds=1, retry_minutes=1)


def main() -> None:
    """Serve until told to stop."""
    _socket, *defects = sys.argv[1:]
    if "counts-alone" in defects:
        setattr(limits, "count", _count_alone)  # noqa: B010 – a defect is no assignment that types allow
    if "believes-everyone" in defects:
        setattr(walls, "_is_among", lambda *_: True)  # noqa: B010
    server = uvicorn.Config(
        create_app(Settings.from_environment()),
        fd=int(_socket),
        access_log=False,
        proxy_headers=False,
        log_level="warning",
    )
    uvicorn.Server(server).run()


if __name__ == "__main__":
    main()
