"""The `sipbaht` command: serve, work, migrate, init, demo, check, settings, statement, qr, export.

Knows words on a terminal. Refuses with exit status 1 and one line that says why; wrong usage exits with 2.
"""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final, TypeVar

import click
import uvicorn

from fund import checks, demo, founding, jobs, profile
from fund.app import create_app
from fund.audit import Actor
from fund.bank import service as bank
from fund.bank import settling
from fund.db import Database, UnsafeDatabaseError
from fund.demo import Tell
from fund.errors import FundError
from fund.people import service as people
from fund.settings import SettingError, Settings
from ledger import export
from ledger.errors import LedgerError
from ledger.money import parse_baht
from receipts import qr
from receipts.errors import ReceiptError

T = TypeVar("T")

OPERATOR: Final = Actor("operator")
SHORTEST_PASSWORD: Final = 12
DRAIN_SECONDS: Final = 10
_EXPORTS: Final = {"hledger": export.hledger, "ledger": export.ledger_cli, "beancount": export.beancount}


class _Refusals(click.Group):
    """Turns what the service refuses into one line on standard error and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (FundError, LedgerError, ReceiptError, SettingError, UnsafeDatabaseError) as refusal:
            raise click.ClickException(str(refusal)) from refusal


@click.group(cls=_Refusals)
@click.version_option(package_name="sipbaht")
@click.pass_context
def main(context: click.Context) -> None:
    """The ledger of the ten-baht fund.

    Settings come from the environment; `sipbaht settings` lists them.
    """
    context.obj = Settings.from_environment()


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """The database of the settings, safe to write to and with the newest schema."""
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    try:
        database.require_safe()
        database.migrate()
        yield database
    finally:
        database.close()


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    with _opened(settings):
        click.echo("The schema is the newest.")


@main.command("settings")
@click.pass_obj
def list_settings(settings: Settings) -> None:
    """List every setting: its name, its value now, and what it is for."""
    for name, value, about in settings.listing():
        click.echo(f"{name}={value}\n    {about}")


@main.command()
@click.option("--profile", "profile_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="TOML file with issuer and accounts; without it, they are asked for.")  # fmt: skip
@click.option("--province", default="khonkaen", show_default=True, help="Shipped province to start from.")
@click.option("--staff-name", help="Name of the first administrator.")
@click.option("--staff-password-file", type=click.File(), help="File with the password; without it, it is asked for.")
@click.option("--env-file", default="var/sipbaht.env", show_default=True, type=click.Path(path_type=Path),
              help="Where the sign-in is written for the service to read.")  # fmt: skip
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
    asked = founding.profile_from_file(profile_file, province) if profile_file else _ask_profile(province)
    name = staff_name or click.prompt("Name of the first administrator")
    password = staff_password_file.readline().rstrip("\n") if staff_password_file else _ask_password()
    if len(password) < SHORTEST_PASSWORD:
        raise click.ClickException(f"The password needs {SHORTEST_PASSWORD} characters or more.")
    hashed = people.password_hash(password)
    with _opened(settings) as database, database.write() as session:
        founding.found(session, asked, province, as_demo=False, by=OPERATOR)
    founding.write_environment(env_file, {"STAFF_NAME": name, "STAFF_PASSWORD_HASH": hashed})
    click.echo(f"The fund is founded. The sign-in of {name} is in {env_file}. Start it with: sipbaht serve")


def _ask_password() -> str:
    return str(
        click.prompt(f"Password ({SHORTEST_PASSWORD} characters or more)", hide_input=True, confirmation_prompt=True)
    )


def _ask_profile(province: str) -> profile.Profile:
    """Ask for what a province's shipped file cannot know."""
    if not sys.stdin.isatty():
        raise click.UsageError("no terminal to ask on: give --profile FILE")
    answers = {question.path: click.prompt(question.text, default=question.default) for question in founding.QUESTIONS}
    return founding.profile_from_answers(answers, province)


@main.command("demo")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the year shown (default: yesterday).")
@click.option("--serve", "and_serve", is_flag=True, help="Serve it afterwards.")
@click.pass_context
def load_demo(context: click.Context, until: datetime | None, and_serve: bool) -> None:
    """Make a demonstration: one seeded year of Khon Kaen, in a database of its own."""
    settings: Settings = context.obj
    with _opened(settings) as database:
        if demo.is_loaded(database):
            click.echo("The demonstration is already there.", err=True)
        else:
            last = until.date() if until else None
            _in_steps("Loading the year", lambda tell: demo.load(database, settings, until=last, tell=tell))
    for line in demo.addresses(settings):
        click.echo(line)
    if and_serve:
        context.invoke(serve)


def _in_steps(label: str, run: Callable[[Tell], T]) -> T:
    """Run with a progress bar on standard error; `run` is given a function to tell (done, of how many)."""
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def tell(done: int, of: int) -> None:
            bar.update(max(0, done * 100 // max(of, 1) - bar.pos))

        return run(tell)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve the pages and work through the jobs, until stopped."""
    with _opened(settings) as database:
        with database.read() as session:
            profile.current(session)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the server raises it again when it has drained
        with _working(database, settings):
            uvicorn.run(
                create_app(settings), host=settings.host, port=int(settings.port), access_log=False,
                log_level="warning", server_header=False, proxy_headers=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )  # fmt: skip


@contextmanager
def _working(database: Database, settings: Settings) -> Iterator[None]:
    """A worker beside the block; it ends its job and stops with it."""
    stop = threading.Event()
    worker = threading.Thread(target=jobs.work, args=(database, settings, stop), name="worker")
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


@main.command()
@click.option("--until-empty", is_flag=True, help="Stop when no job is due, instead of waiting for more.")
@click.pass_obj
def work(settings: Settings, until_empty: bool) -> None:
    """Work through the jobs, beside a service that runs elsewhere."""
    with _opened(settings) as database:
        if not until_empty:
            jobs.work(database, settings, threading.Event())
        tried = 0
        while jobs.work_once(database, settings):
            tried += 1
        click.echo(f"{tried} jobs tried.")


@main.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Check the named invariants; exit status 1 when one does not hold."""
    with _opened(settings) as database, database.read() as session:
        findings = checks.run(session)
    for name, about in checks.described():
        wrong = [finding for finding in findings if finding.check == name]
        click.echo(f"{'FAILS' if wrong else 'holds'}  {name}: {about}")
        for finding in wrong[:10]:
            click.echo(f"       {finding.what}")
    if findings:
        sys.exit(1)


@main.group()
def statement() -> None:
    """Bank statements: read a file, or import it."""


@statement.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bank", "bank_name", help="Importer's name, when the file could be of several banks.")
def read_statement(file: Path, bank_name: str | None) -> None:
    """Print what FILE says as JSON lines; changes nothing."""
    read = bank.read_statement(bank.file_content(file), file.name, bank_name)
    for line in bank.as_json_lines(read):
        click.echo(line)


@statement.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def import_statement(settings: Settings, file: Path) -> None:
    """Store the lines of FILE and settle what can be settled."""
    content = bank.file_content(file)
    with _opened(settings) as database:
        with database.write() as session:
            fund = profile.current(session)
            result = bank.import_statement(session, settings, fund, content, file.name, by=OPERATOR)
        click.echo(f"{result.known} lines known, {result.new} new")
        settled = _in_steps("Settling", lambda tell: settling.settle_waiting(database, by=OPERATOR, progress=tell))
    click.echo(settled.sentence())


@main.group("qr")
def qr_group() -> None:
    """Thai QR payloads: write one, or read one."""


@qr_group.command("encode")
@click.option("--biller", help="Biller ID, 15 digits: a bill payment (tag 30).")
@click.option("--ref1", default="", help="Reference 1 of a bill payment.")
@click.option("--ref2", default="", help="Reference 2 of a bill payment.")
@click.option("--ref3", default="", help="Reference 3, the terminal label.")
@click.option("--phone", help="Phone number: a credit transfer (tag 29).")
@click.option("--tax-id", help="National or tax ID, 13 digits: a credit transfer (tag 29).")
@click.option("--ewallet", help="E-wallet ID, 15 digits: a credit transfer (tag 29).")
@click.option("--amount", help="Amount in baht; without it the payer chooses.")
def encode_qr(
    biller: str | None, ref1: str, ref2: str, ref3: str,
    phone: str | None, tax_id: str | None, ewallet: str | None, amount: str | None,
) -> None:  # fmt: skip
    """Print the payload of a payment QR."""
    targets = {kind: target for kind, target in (("phone", phone), ("tax-id", tax_id), ("e-wallet", ewallet)) if target}
    if bool(biller) + len(targets) != 1:
        raise click.UsageError("give exactly one of --biller, --phone, --tax-id, --ewallet")
    satang = parse_baht(amount) if amount is not None else None
    if biller:
        click.echo(qr.bill_payment(biller, ref1, ref2, ref3, satang))
    for kind, target in targets.items():
        click.echo(qr.credit_transfer(kind, target, satang))


@qr_group.command("decode")
@click.argument("payload")
def decode_qr(payload: str) -> None:
    """Print the fields of a payment QR's payload as JSON."""
    click.echo(json.dumps(qr.decode(payload).as_fields(), ensure_ascii=False))


@main.command("export")
@click.argument("syntax", type=click.Choice(sorted(_EXPORTS)))
@click.pass_obj
def export_journal(settings: Settings, syntax: str) -> None:
    """Print the whole journal in the syntax of another accounting program."""
    with _opened(settings) as database, database.read() as session:
        for line in _EXPORTS[syntax](session):
            click.echo(line, nl=not line.endswith("\n"))
