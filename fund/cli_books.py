"""Commands of the whole book: check it, export it, take an exported one in.

Refuses to take a book into a database that holds a fund, or another book. An import that was interrupted goes on where
it stopped when the same command is run again.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click
import msgspec
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund import checks, language, profile
from fund.checkups import Answer
from fund.db import Database, UnsafeDatabaseError
from fund.errors import StateError
from fund.invariants.asking import MOST
from fund.language import Language
from fund.settings import Settings
from fund.terminal import Tell, in_steps, opened
from ledger import export, jsonl
from ledger.errors import LedgerError

_JOURNALS: Final[dict[str, Callable[[Session], Iterator[str]]]] = {
    "hledger": export.hledger,
    "ledger": export.ledger_cli,
    "beancount": export.beancount,
}


class HoldsAFundError(StateError):
    message = "This database holds a fund. Take another DATABASE_URL: a book is taken in by itself."


class NotCheckedError(click.ClickException):
    """The books could not be looked at: neither right nor wrong."""

    exit_code = 2


@click.command()
@click.option("--language", "asked", envvar="LANG", default="en", help="th or en; else as LANG says.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an invariant, for programs.")
@click.pass_obj
def check(settings: Settings, asked: str, as_json: bool) -> None:
    """Check the named invariants; exit status 1 when one does not hold, 2 when they could not be asked."""
    chosen: Language = "th" if asked.startswith("th") else "en"
    all_hold = True
    try:
        with opened(settings) as database, database.read() as session:
            for answer in checks.answers(session):
                all_hold = all_hold and answer.holds
                click.echo(msgspec.json.encode(answer) if as_json else _report(answer, chosen))
    except (DBAPIError, UnsafeDatabaseError) as failure:
        said = str(failure.orig if isinstance(failure, DBAPIError) else failure).strip().splitlines()[0]
        raise NotCheckedError(f"The books could not be checked: {said}") from failure
    if not all_hold:
        sys.exit(1)


def _report(answer: Answer, chosen: Language) -> str:
    mark = "–" if answer.not_asked else "✓" if answer.holds else "✗"
    seconds = f"{answer.milliseconds // 1000}.{answer.milliseconds % 1000:03} s"
    told = [f"{mark} {language.gettext(chosen, answer.says)} [{answer.name}, {seconds}]"]
    told += [language.gettext(chosen, answer.not_asked)] if answer.not_asked else []
    if not answer.holds:
        told += [f"{answer.count}{'+' if answer.count == MOST else ''}:", *answer.findings]
        told += [language.gettext(chosen, answer.then)]
    return "\n    ".join(told)


@click.command("export")
@click.argument("syntax", type=click.Choice([*sorted(_JOURNALS), "jsonl"]))
@click.option("--with-details", is_flag=True, help="jsonl: the private details too; such a file is confidential.")
@click.option(
    "--to", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="FILE instead of the terminal."
)
@click.pass_obj
def export_book(settings: Settings, syntax: str, with_details: bool, to: Path | None) -> None:
    """Print the whole book: for another accounting program, or as JSON Lines that `sipbaht import` takes in."""
    if with_details and syntax != "jsonl":
        raise click.UsageError("only jsonl has private details")
    with opened(settings) as database, database.read() as session, _written(to) as file:
        if syntax == "jsonl":
            file.writelines(jsonl.lines(session, with_details=with_details))
        else:
            file.writelines(line.rstrip("\n") + "\n" for line in _JOURNALS[syntax](session))


@contextmanager
def _written(to: Path | None) -> Iterator[IO[str]]:
    """The terminal, or a file that is there when all of it is."""
    if to is None:
        yield sys.stdout
        return
    part = to.with_name(f"{to.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        yield file
    part.replace(to)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_book(settings: Settings, file: Path) -> None:
    """Take the book that `sipbaht export jsonl` wrote to FILE into an empty database, through the same door."""
    with _read(file) as text:
        count = jsonl.require_whole(text)
    with opened(settings) as database:
        with database.read() as session:
            if profile.is_installed(session):
                raise HoldsAFundError()
            with _read(file) as text:
                jsonl.require_begun(session, text)
        taken = in_steps("Taking in", lambda tell: _take_in(database, file, count, tell))
        with database.read() as session, _read(file) as text:
            jsonl.require_same(session, text)
    click.echo(f"{taken} entries are taken in; the book is the same as in {file.name}.")


def _read(file: Path) -> IO[str]:
    """The lines as they stand; what is no text is not what was exported, and found by the digest."""
    return file.open(encoding="utf-8", errors="replace", newline="")


def _take_in(database: Database, file: Path, count: int, tell: Tell) -> int:
    """Part by part, each in a unit of work of its own; those that are there already are passed over."""
    entries = line = 0
    with _read(file) as text:
        for part in jsonl.parts(text):
            try:
                with database.write() as session:
                    entries += jsonl.take_in(session, part)
            except LedgerError as refusal:
                raise click.ClickException(f"Lines {line + 1} to {line + len(part)}: {refusal}") from refusal
            line += len(part)
            tell(line, count)
    return entries


COMMANDS: Final = (check, export_book, import_book)
