"""Commands of papers: whether a PDF is one of ours.

Knows that it may be asked where there is no database. Changes nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from cryptography import x509
from sqlmodel import Session

from fund import signing, verifying
from fund.settings import Settings
from fund.terminal import opened
from receipts.errors import NotPdfError

TRUE, FALSE, UNREADABLE = 0, 1, 2
LARGEST_FILE: Final = 20 << 20
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def receipt() -> None:
    """Papers that were issued."""


@receipt.command("verify")
@click.argument("paper", type=_file)
@click.option("--key", "log_key", default="", help="The log's public key as it was published.")
@click.option("--certificate", "certificates", multiple=True, type=_file,
              help="PEM file with a certificate of the fund, or of who issued it. May be repeated.")  # fmt: skip
@click.option("--offline", is_flag=True, help="Ask no database: the signature alone.")
@click.pass_obj
def verify_paper(settings: Settings, paper: Path, log_key: str, certificates: tuple[Path, ...], offline: bool) -> None:
    """Check a paper's PDF: its signature, its number and code, and the log.

    Exit status 0: what could be checked is true · 1: something is false, or the paper is void · 2: it cannot be read,
    or nothing could be checked.
    """
    pdf = paper.read_bytes() if paper.stat().st_size <= LARGEST_FILE else b""
    given = [one for path in certificates for one in _certificates(path)]
    with _session(settings, offline) as session:
        known = [*given, *(signing.known(session) if session else ())]
        try:
            found = list(verifying.answers(pdf, session, known, log_key))
        except NotPdfError as refusal:
            click.echo(str(refusal), err=True)
            sys.exit(UNREADABLE)
    for one in found:
        click.echo(f"{one.asked}: {one.verdict.value} · {one.found}")
    is_false = any(one.verdict is verifying.Verdict.FALSE for one in found)
    sys.exit(FALSE if is_false else TRUE if verifying.is_true(found) else UNREADABLE)


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError as refusal:
        raise click.BadParameter(f"{path} holds no certificate") from refusal


@contextmanager
def _session(settings: Settings, offline: bool) -> Iterator[Session | None]:
    """A look at the database; none where it is not to be asked, or is not there."""
    file = settings.database_url.removeprefix("sqlite:///")
    if offline or (file != settings.database_url and not Path(file).exists()):
        yield None
        return
    with opened(settings) as database, database.read() as session:
        yield session


COMMANDS: Final = (receipt,)
