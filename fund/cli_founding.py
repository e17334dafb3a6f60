"""Commands that make a fund: init, profile, demo.

Knows what must be asked for. Refuses before anything is founded.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from fund import cli_people, clock, demo, founding, profile_files, sealing
from fund.errors import FundError
from fund.people import staff
from fund.people.powers import Grant
from fund.profile import Profile
from fund.settings import Settings
from fund.terminal import OPERATOR, in_steps, opened
from ledger.errors import LedgerError
from receipts.errors import ReceiptError

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_province = click.option("--province", default="khonkaen", show_default=True, help="Shipped province to start from.")


@click.command()
@click.option("--profile", "profile_file", type=_file, help="TOML file with issuer and accounts; else they are asked.")
@_province
@click.option("--administrator", help="Name of the first administrator, who makes all other people.")
@click.pass_obj
def init(settings: Settings, profile_file: Path | None, province: str, administrator: str | None) -> None:
    """Found a real fund: issuer, bank accounts, chart, campaigns, first administrator."""
    asked = profile_files.from_file(profile_file, province) if profile_file else _ask_profile(province)
    name = administrator or click.prompt("Name of the first administrator")
    with opened(settings) as database, database.write() as session:
        founding.found(session, asked, province, as_demo=False, by=OPERATOR)
        _, token = staff.invite(session, name, [Grant("administrator")], by=OPERATOR)
        sealing.begin(session, settings)
    click.echo("The fund is founded. Start it with: sipbaht serve")
    cli_people.tell_link(settings, name, token)


@click.command("profile")
@click.argument("profile_file", type=_file)
@_province
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="First day in force (default: today).")
@click.pass_obj
def change_profile(settings: Settings, profile_file: Path, province: str, valid_from: datetime | None) -> None:
    """Let a changed profile be in force from a day on; papers issued before keep theirs."""
    changed = profile_files.from_file(profile_file, province)
    day = valid_from.date() if valid_from else clock.today()
    with opened(settings) as database, database.write() as session:
        founding.change_profile(session, changed, valid_from=day, by=OPERATOR)
    click.echo(f"The profile is in force from {day} on.")


@click.command("demo")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the year shown (default: yesterday).")
@click.option("--serve", "and_serve", is_flag=True, help="Serve it afterwards.")
@click.pass_context
def load_demo(context: click.Context, until: datetime | None, and_serve: bool) -> None:
    """Make a demonstration: one seeded year of Khon Kaen, in a database of its own."""
    settings: Settings = context.obj
    with opened(settings) as database:
        if demo.is_loaded(database):
            click.echo("The demonstration is already there.", err=True)
        else:
            last = until.date() if until else None
            in_steps("Loading the year", lambda tell: demo.load(database, settings, until=last, tell=tell))
    for line in demo.addresses(settings):
        click.echo(line)
    if and_serve:
        context.invoke(context.parent.command.commands["serve"])  # type: ignore[union-attr]


def _ask_profile(province: str) -> Profile:
    """Ask for what a province's shipped file cannot know; a wrong answer is asked for again at once."""
    if not sys.stdin.isatty():
        raise click.UsageError("no terminal to ask on: give --profile FILE")
    answers = {
        question.path: click.prompt(question.text, default=question.default, value_proc=_answer_to(question))
        for question in profile_files.QUESTIONS
    }
    return profile_files.from_answers(answers, province)


def _answer_to(question: profile_files.Question) -> Any:
    def read(typed: str) -> str:
        try:
            question.refuses(typed.strip())
        except (FundError, LedgerError, ReceiptError) as refusal:
            raise click.BadParameter(str(refusal)) from refusal
        return typed.strip()

    return read


COMMANDS: Final = (init, change_profile, load_demo)
