"""Files from before they were sealed: each is sealed for its subject, and the open one goes.

Knows where such files lay, named by their digests. Leaves nothing open: a file that no row names is sealed for nobody.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from fund import files
from fund.db import Database

_SUBJECTS: Final = """
SELECT s.sha256, s.id FROM bank_statement s UNION ALL
SELECT p.sha256, r.owner FROM fund_paper p LEFT JOIN receipts_private r ON r.number = p.number
"""
_AT_ONCE: Final = 100


def seal_all(database: Database, folder: Path) -> None:
    """Seal what still lies open in the folder; where it was cut short, it goes on."""
    open_files = _open_files(folder)
    while some := list(islice(open_files, _AT_ONCE)):
        with database.write() as session:
            subjects = _subjects(session)
            for path in some:
                files.store(session, folder, path.read_bytes(), subjects.get(path.name, files.NOBODY))
        for path in some:  # only now is it certain that the sealed one can be read
            path.unlink()
    for place in folder.glob("[0-9a-f][0-9a-f]"):
        place.rmdir()


def _open_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("[0-9a-f][0-9a-f]/*")))


def _subjects(session: Session) -> dict[str, UUID]:
    rows = session.connection().execute(text(_SUBJECTS))
    return {sha256: UUID(str(subject)) if subject else files.NOBODY for sha256, subject in rows}
