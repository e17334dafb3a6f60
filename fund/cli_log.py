"""Commands of the tamper-evident log: seal, verify, proof.

Knows where a signing key may lie, and that a proof is of an entry or of a receipt. Refuses nothing itself.
"""

import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from fund import sealing
from fund.db import Database
from fund.sealing import seal_all
from fund.settings import Settings
from fund.terminal import opened
from ledger import log, notes, proofs
from ledger.notes import SigningKey
from receipts import numbering
from receipts.proofs import receipt_file


@click.command()
@click.option("--key", "key_file", help="File with the signing key, instead of LOG_KEY_FILE.")
@click.option("--follow", is_flag=True, help="Go on sealing, about once a second, until stopped.")
@click.pass_obj
def seal(settings: Settings, key_file: str | None, follow: bool) -> None:
    """Give what was committed its places in the log and sign its head, as the worker does by itself."""
    settings = replace(settings, log_key_file=key_file or settings.log_key_file)
    with opened(settings) as database:
        key = _signing_key(database, settings)
        seal_all(database, key)
        while follow:
            time.sleep(1)
            seal_all(database, key)
        with database.read() as session:
            last = log.head(session)
    click.echo(last.note() if last else "There is nothing to seal yet.", nl=last is None)


def _signing_key(database: Database, settings: Settings) -> SigningKey:
    """The key in its file; a new one is made for an empty log only."""
    with database.write() as session:
        sealing.begin(session, settings)
    return sealing.signing_key(settings.log_key_path)


@click.command()
@click.option("--head", "heads", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A signed head that somebody else kept: the log must continue it. May be repeated.")  # fmt: skip
@click.option("--key", "key_text", help="The log's public key as it was published.")
@click.pass_obj
def verify(settings: Settings, heads: tuple[Path, ...], key_text: str | None) -> None:
    """Read the whole book again and name what is wrong; exit status 1 when anything is."""
    trusted = notes.parse_public_key(key_text) if key_text else None
    held = [path.read_text(encoding="utf-8") for path in heads]
    with opened(settings) as database, database.read() as session:
        last, is_whole = log.head(session), True
        for finding in sealing.verify(session, trusted=trusted, held=held):
            click.echo(finding)
            is_whole = False
    if not is_whole:
        sys.exit(1)
    click.echo(f"Nothing is wrong; the log holds {last.size if last else 0} leaves.")


@click.command()
@click.argument("what")
@click.pass_obj
def proof(settings: Settings, what: str) -> None:
    """Print the proof that an entry (by its id) or a receipt (by its number) is in the log, for `verify_receipt.py`."""
    with opened(settings) as database, database.read() as session:
        file = (
            proofs.entry_file(session, UUID(what))
            if _ID.fullmatch(what)
            else receipt_file(session, numbering.fold(what))
        )
        click.echo(file, nl=False)


_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
COMMANDS: Final = (seal, verify, proof)
