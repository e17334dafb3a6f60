"""Commands of bank statements: read a file, preview a table, import a file.

Knows how a mapping of columns is written on a terminal. Each command is a call of a service.
"""

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from fund.bank import handing_in, mappings, service, settling
from fund.bank.importers import mapped
from fund.bank.importers.mapped import Mapped, Mapping
from fund.settings import Settings
from fund.terminal import OPERATOR, in_steps, opened

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_BANK = click.option("--bank", help="Importer's or bank's name, when the file could be of several.")
_PASSWORD = click.option(
    "--password", is_flag=False, prompt=True, prompt_required=False, hide_input=True, help="Asks for a locked PDF's."
)
_MAP = click.option(
    "--map",
    "columns",
    metavar="COLUMNS",
    help="Columns of any other table by their numbers, such as `headings=7,day=1,came=5,went=4,balance=6,text=2+3`;"
    " also time, amount, reference, payer, channel, era=543, order, footer, delimiter, is_newest_first.",
)


@click.group()
def statement() -> None:
    """Bank statements: read a file, or import it."""


@statement.command("read")
@_FILE
@_BANK
@_MAP
@_PASSWORD
def read(file: Path, bank: str | None, columns: str | None, password: str | None) -> None:
    """Print what FILE says as JSON lines; changes nothing."""
    content = service.file_content(file)
    by_map = [Mapped(_mapping(columns, content), "")] if columns else []
    told = service.read_statement(content, file.name, bank, password=password, mapped=by_map)
    for line in service.as_json_lines(told):
        click.echo(line)
    if not told.is_end_proven:
        click.echo("Nothing in the file proves its end; the next file will.", err=True)


@statement.command("preview")
@_FILE
@click.option("--delimiter", default=",", show_default=True, help="What stands between two cells.")
def preview(file: Path, delimiter: str) -> None:
    """Print the first rows of a table, each with its number, cells divided by tabs."""
    for row in mapped.preview(service.file_content(file), delimiter):
        click.echo("\t".join([str(row.number), *row.cells]))


@statement.command("import")
@_FILE
@click.option("--account", help="Code of the bank account in the chart, for files that do not say it.")
@_BANK
@_MAP
@_PASSWORD
@click.pass_obj
def import_file(
    settings: Settings, file: Path, account: str | None, bank: str | None, columns: str | None, password: str | None
) -> None:
    """Store the lines of FILE and settle what can be settled; --map is remembered for the account."""
    content = service.file_content(file)
    if columns and not account:
        raise click.UsageError("--map needs the --account that it is for")
    with opened(settings) as database:
        if columns and account:
            with database.write() as session:
                mappings.remember(session, account, _mapping(columns, content), by=OPERATOR)
        result = in_steps(
            "Reading",
            lambda tell: handing_in.read_and_take(
                database, settings, content, file.name, account,
                bank=bank, password=password, progress=tell, by=OPERATOR,
            ),
        )  # fmt: skip
        click.echo(f"{result.known} lines known, {result.new} new")
        settled = in_steps("Settling", lambda tell: settling.settle_waiting(database, by=OPERATOR, progress=tell))
    click.echo(settled.sentence())


def _mapping(columns: str, content: bytes) -> Mapping:
    """The mapping that `day=1,text=2+3,headings=7` says of this table; headings are the row's of that number."""
    said: dict[str, Any] = dict(one.partition("=")[::2] for one in columns.split(",") if one)
    said["text"] = [part for part in said.get("text", "").split("+") if part]
    if "headings" in said:
        rows = mapped.preview(content, said.get("delimiter", ","))
        said["headings"] = next((row.cells for row in rows if str(row.number) == said["headings"]), [])
    try:
        return msgspec.convert(said, Mapping, strict=False)
    except msgspec.ValidationError as wrong:
        raise click.UsageError(f"--map: {wrong}") from wrong


COMMANDS: Final = [statement]
