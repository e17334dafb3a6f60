"""The `sipbaht` command: serve, work, migrate, settings, qr, and what the `cli_` files add.

Knows words on a terminal; each command is one call of a service.
"""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click
import uvicorn

from fund import (
    cli_access,
    cli_books,
    cli_erasures,
    cli_founding,
    cli_keys,
    cli_log,
    cli_people,
    cli_receipts,
    cli_statements,
    jobs,
    outbox,
    profile,
    signing,
)
from fund.app import create_app
from fund.db import Database
from fund.settings import Settings
from fund.terminal import OPERATOR, Refusals, opened
from ledger.money import parse_baht
from receipts import qr

DRAIN_SECONDS: Final = 10


@click.group(cls=Refusals)
@click.version_option(package_name="sipbaht")
@click.pass_context
def main(context: click.Context) -> None:
    """The ledger of the ten-baht fund.

    Settings come from the environment; `sipbaht settings` lists them.
    """
    context.obj = Settings.from_environment()


for room in (
    cli_founding,
    cli_people,
    cli_log,
    cli_books,
    cli_access,
    cli_keys,
    cli_erasures,
    cli_receipts,
    cli_statements,
):
    for command in room.COMMANDS:
        main.add_command(command)


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    with opened(settings):
        click.echo("The schema is the newest.")


@main.command("settings")
@click.pass_obj
def list_settings(settings: Settings) -> None:
    """List every setting: its name, its value now, and what it is for."""
    for name, value, about in settings.listing():
        click.echo(f"{name}={value}\n    {about}")


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve the pages and work through the jobs, until stopped."""
    with opened(settings) as database:
        with database.read() as session:
            profile.current(session)
        signing.begin(database, settings, by=OPERATOR)
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
@click.option("--failed", is_flag=True, help="Try again what was given up.")
@click.pass_obj
def work(settings: Settings, until_empty: bool, failed: bool) -> None:
    """Work through the jobs, beside a service that runs elsewhere."""
    with opened(settings) as database:
        signing.begin(database, settings, by=OPERATOR)
        if failed:
            with database.write() as session:
                click.echo(f"{outbox.try_failed_again(session)} jobs are tried again.")
        if not until_empty:
            jobs.work(database, settings, threading.Event())
        tried = 0
        while jobs.work_once(database, settings):
            tried += 1
        click.echo(f"{tried} jobs tried.")


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
