"""Commands that make a fund: init, profile, password, demo.

Knows what must be asked for, and where the sign-in is written. Refuses before anything is founded.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import click

from fund import clock, demo, founding, profile_files, sealing
from fund.errors import FundError
from fund.people import service as people
from fund.profile import Profile
from fund.settings import ENVIRONMENT_FILE, Settings
from fund.terminal import OPERATOR, in_steps, opened
from ledger.errors import LedgerError
from receipts.errors import ReceiptError

SHORTEST_PASSWORD: Final = 12

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_province = click.option("--province", default="khonkaen", show_default=True, help="Shipped province to start from.")
_password_file = click.option(
    "--staff-password-file", type=click.File(), help="File with the password; without it, it is asked for."
)
_env_file = click.option(
    "--env-file",
    default=ENVIRONMENT_FILE,
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the sign-in is written for the service to read.",
)


@click.command()
@click.option("--profile", "profile_file", type=_file, help="TOML file with issuer and accounts; else they are asked.")
@_province
@click.option("--staff-name", help="Name of the first administrator.")
@_password_file
@_env_file
@click.pass_obj
def init(
    settings: Settings,
    profile_file: Path | None,
    province: str,
    staff_name: str | None,
    staff_password_file: IO[str] | None,
    env_file: Path,
) -> None:
    """Found a real fund: issuer, bank accounts, chart, campaigns, first administrator."""
    asked = profile_files.from_file(profile_file, province) if profile_file else _ask_profile(province)
    name = staff_name or click.prompt("Name of the first administrator")
    hashed = _password_hash(staff_password_file)
    with opened(settings) as database, database.write() as session:
        founding.found(session, asked, province, as_demo=False, by=OPERATOR)
        sealing.begin(session, settings)
        # before the commit: a fund whose door nobody can open is not founded
        founding.write_environment(env_file, {"STAFF_NAME": name, "STAFF_PASSWORD_HASH": hashed})
    click.echo(f"The fund is founded. The sign-in of {name} is in {env_file}. Start it with: {_serve(env_file)}")


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


@click.command()
@click.option("--staff-name", required=True, help="Name to sign in with.")
@_password_file
@_env_file
def password(staff_name: str, staff_password_file: IO[str] | None, env_file: Path) -> None:
    """Write a new sign-in for staff; it counts when the service is started again."""
    hashed = _password_hash(staff_password_file)
    founding.write_environment(env_file, {"STAFF_NAME": staff_name, "STAFF_PASSWORD_HASH": hashed})
    click.echo(f"The sign-in of {staff_name} is in {env_file}. Start the service again with: {_serve(env_file)}")


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


def _password_hash(file: IO[str] | None) -> str:
    typed = file.readline().rstrip("\n") if file else _ask_password()
    if len(typed) < SHORTEST_PASSWORD:
        raise click.ClickException(f"The password needs {SHORTEST_PASSWORD} characters or more.")
    return people.password_hash(typed)


def _ask_password() -> str:
    words = f"Password ({SHORTEST_PASSWORD} characters or more)"
    return str(click.prompt(words, hide_input=True, confirmation_prompt=True))


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


def _serve(env_file: Path) -> str:
    is_default = env_file == Path(ENVIRONMENT_FILE)
    return "sipbaht serve" if is_default else f"SIPBAHT_ENV={env_file} sipbaht serve"


COMMANDS: Final = (init, change_profile, password, load_demo)
