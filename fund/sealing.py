"""The fund's log: which rows are sealed beside the entries, with which key, and how all of it is read again.

Knows the key's file, which lies outside the database, and the guards that the migrations laid. Refuses to seal with a
key that the log does not know. A service without the file seals nothing; `sipbaht check` tells what waits.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sqlmodel import Session

from fund import audit, folders, postings
from fund.db import Database
from fund.settings import Settings
from ledger import leaves, log, notes, tracing, verification
from ledger.notes import PublicKey, SigningKey
from receipts import queries
from receipts.leaves import RECEIPTS, VOIDS

SOURCES: Final[tuple[leaves.Source, ...]] = (*log.CHART, log.PERIODS, RECEIPTS, VOIDS, audit.TRAIL)
"""What is sealed beside the entries, in this order."""

ORIGIN: Final = "sipbaht"
_GUARDS: Final = Path(__file__).parent / "migrations"


def begin(session: Session, settings: Settings) -> None:
    """Let an empty log know its key, which is made if its file is not there; readable by its owner alone."""
    if log.keys(session):
        return
    path = settings.log_key_path
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(notes.new_key(ORIGIN).text() + "\n")
            file.flush()
            os.fsync(file.fileno())  # the log must not know a key that a power cut took away
        for place in path.parents[:2]:
            folders.flush_names(place)
    log.add_key(session, signing_key(path))


def signing_key(path: Path) -> SigningKey:
    """The key that lies in a file. Raises LogKeyError for another content, OSError where there is none."""
    return notes.parse_signing_key(path.read_text(encoding="ascii").strip())


def seal_all(database: Database, key: SigningKey) -> int:
    """Seal batch by batch and trace what was sealed, each in one unit of work, until nothing is new.

    Answers how many heads were signed. What was sealed before there was a trace is traced first.
    """
    signed = 0
    while True:
        with database.write() as session:
            head = log.seal(session, key, sources=SOURCES)
            if not tracing.extend(session, no_money=postings.NO_MONEY) and head is None:
                return signed
        signed += head is not None


def seal_news(database: Database, settings: Settings) -> int:
    """The worker's turn: seal what is new, if this service has the key; how many heads were signed."""
    if not settings.log_key_path.exists():
        return 0
    with database.read() as session:
        if not log.has_news(session, SOURCES) and not tracing.is_behind(session):
            return 0
    return seal_all(database, signing_key(settings.log_key_path))


def verify(session: Session, *, trusted: PublicKey | None = None, held: Sequence[str] = ()) -> Iterator[str]:
    """Everything that is wrong with the books and the receipts, the first thing in the log first; reads all of it."""
    laid = laid_guards(session.connection().dialect.name)
    yield from verification.verify(session, sources=SOURCES, trusted=trusted, held=held, laid=laid)
    for series in queries.gaps(session):
        yield f"the receipts of {series} are not numbered without a gap"
    for number in queries.altered_donor_parts(session):
        yield f"the donor's part of receipt {number} is not the one that was promised"


def laid_guards(engine: str) -> dict[str, str]:
    """What the newest schema guards itself with, as `make golden` wrote it down."""
    return dict(json.loads(guards_file(engine).read_text(encoding="utf-8")))


def guards_file(engine: str) -> Path:
    """Where the guards of a database's engine are written down."""
    return _GUARDS / f"guards.{engine}.json"
