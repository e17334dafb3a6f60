"""What the commands share: an opened database, progress on the terminal, refusals as one line.

Refuses with exit status 1 and one sentence; wrong usage exits with 2.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import click
from sqlalchemy.exc import OperationalError

from fund import old_files
from fund.audit import Actor
from fund.db import Database, UnsafeDatabaseError
from fund.errors import FundError
from fund.keyring import Keyring
from fund.settings import SettingError, Settings
from ledger.errors import LedgerError
from receipts.errors import ReceiptError

T = TypeVar("T")

OPERATOR: Final = Actor("operator")

Tell = Callable[[int, int], None]
"""Told how many steps are done, and of how many."""


class Refusals(click.Group):
    """Turns what the service refuses into one line on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (FundError, LedgerError, ReceiptError, SettingError, UnsafeDatabaseError) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        except OperationalError as away:
            said = str(away.orig).strip().splitlines()[0]
            raise click.ClickException(f"The database cannot be used: {said}") from away
        except OSError as failure:
            raise click.ClickException(str(failure)) from failure


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings, safe to write to and with the newest schema; its files are its owner's alone."""
    os.umask(0o077)
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url, Keyring(settings.master_key_path))
    try:
        database.require_safe()
        database.migrate()
        old_files.seal_all(database, settings.files_path)
        yield database
    finally:
        database.close()


def in_steps(label: str, run: Callable[[Tell], T]) -> T:
    """Run with a progress bar on standard error; `run` is given a function to tell (done, of how many)."""
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def tell(done: int, of: int) -> None:
            bar.update(max(0, done * 100 // max(of, 1) - bar.pos))

        return run(tell)
