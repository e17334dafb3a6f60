"""Commands of the tamper-evident log: seal, verify, proof.

Knows the sealer's key file, which lies outside the database. Refuses to seal with a key that the log does not know.
"""

import os
import sys
import time
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from fund.db import Database
from fund.settings import Settings
from fund.terminal import opened
from ledger import log, notes, proofs, verification
from ledger.notes import SigningKey

KEY_FILE: Final = "var/log.key"
ORIGIN: Final = "sipbaht"


@click.command()
@click.option("--key", "key_file", default=KEY_FILE, show_default=True, type=click.Path(path_type=Path),
              help="File with the signing key; made if there is none and the log is still empty.")  # fmt: skip
@click.option("--follow", is_flag=True, help="Go on sealing, about once a second, until stopped.")
@click.pass_obj
def seal(settings: Settings, key_file: Path, follow: bool) -> None:
    """Give committed entries their places in the log and sign its head."""
    with opened(settings) as database:
        key = _signing_key(database, key_file)
        seal_all(database, key)
        while follow:
            time.sleep(1)
            seal_all(database, key)
        with database.read() as session:
            last = log.head(session)
    click.echo(last.note() if last else "There is nothing to seal yet.", nl=last is None)


def seal_all(database: Database, key: SigningKey) -> int:
    """Seal batch by batch, each in one unit of work, until nothing is new; how many heads were signed."""
    signed = 0
    while True:
        with database.write() as session:
            if log.seal(session, key) is None:
                return signed
        signed += 1


def _signing_key(database: Database, path: Path) -> SigningKey:
    """The key in a file that only its owner reads; a new one is made for an empty log only."""
    with database.read() as session:
        is_new = not log.keys(session)
    if is_new and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(notes.new_key(ORIGIN).text() + "\n")
    key = notes.parse_signing_key(path.read_text(encoding="ascii").strip())
    if is_new:
        with database.write() as session:
            log.add_key(session, key)
    return key


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
        wrong = list(verification.verify(session, trusted=trusted, held=held))
        last = log.head(session)
    for finding in wrong:
        click.echo(finding)
    if wrong:
        sys.exit(1)
    click.echo(f"Nothing is wrong; the log holds {last.size if last else 0} leaves.")


@click.command()
@click.argument("entry", type=click.UUID)
@click.pass_obj
def proof(settings: Settings, entry: UUID) -> None:
    """Print the proof that an entry stands in the log, for `verify_receipt.py`."""
    with opened(settings) as database, database.read() as session:
        click.echo(proofs.entry_file(session, entry), nl=False)


COMMANDS: Final = (seal, verify, proof)
