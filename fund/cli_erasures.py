"""Commands of the list of erasures: hand it out, and play it again after a backup came back.

Knows that the list is signed with the log's key. Refuses one that is not.
"""

from pathlib import Path
from typing import Final

import click

from fund import sealing
from fund.rights import erasures as listed
from fund.settings import Settings
from fund.terminal import OPERATOR, opened


@click.group()
def erasures() -> None:
    """The list of who was erased, which every restore needs."""


@erasures.command("export")
@click.option("--to", "to", type=click.Path(dir_okay=False, path_type=Path), help="File to write; else it is printed.")
@click.pass_obj
def export(settings: Settings, to: Path | None) -> None:
    """Hand out the whole list, signed. Keep it apart from the backups, and where they do not reach."""
    key = sealing.signing_key(settings.log_key_path)
    with opened(settings) as database, database.write() as session:
        note = listed.export(session, key, by=OPERATOR)
        if to is None:
            click.echo(note, nl=False)
        else:
            to.write_text(note, encoding="utf-8")  # before the commit that says it was handed out


@erasures.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def replay(settings: Settings, file: Path) -> None:
    """Erase again what FILE names, after a restore and before the service starts; a second time does nothing."""
    with opened(settings) as database, database.write() as session:
        count, fresh = listed.replay(session, file.read_text(encoding="utf-8"), by=OPERATOR)
        missing = listed.standing(session).count - count
    click.echo(f"{count} erasures on the list, {fresh} of them done again.")
    if missing:
        click.echo(f"{missing} that this database knows are not on it: look for a newer list.")


COMMANDS: Final = (erasures,)
