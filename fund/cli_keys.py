"""Commands of the keys that names are sealed under: new, rotate, list, drop.

Knows the order in which a key may come and go. Refuses to drop one that is still needed.
"""

from typing import Final

import click

from fund import profile, sealed, signing
from fund.db import Database
from fund.settings import Settings
from fund.terminal import opened

_AT_ONCE: Final = 500


@click.group()
def keys() -> None:
    """The master keys, under which every subject's key lies."""


@keys.command("list")
@click.pass_obj
def list_keys(settings: Settings) -> None:
    """List the master keys: version, what it is known by, since when, and how many keys lie under it."""
    with opened(settings) as database, database.read() as session:
        masters = sealed.masters(session)
    for one in masters:
        click.echo(f"{one.version}\t{one.fingerprint}\t{one.made_at:%Y-%m-%d %H:%M} UTC\t{one.count} keys")
    click.echo(f"They lie in {settings.master_key_path}.")


@keys.command("new")
@click.pass_obj
def new_key(settings: Settings) -> None:
    """Make a new master key; from now on new keys go under it. Copy the file before you rotate."""
    with opened(settings) as database, database.write() as session:
        version = sealed.add_master(session)
    click.echo(f"Master key {version} is in {settings.master_key_path}. Copy that file to where its copies are kept.")
    click.echo("Then put the old keys under it: sipbaht keys rotate")


@keys.command("rotate")
@click.pass_obj
def rotate(settings: Settings) -> None:
    """Put every key under the newest master key, while the service runs; interrupted, it goes on where it stopped."""
    with opened(settings) as database:
        turned = _rewrap_all(database)
        with database.read() as session:
            newest = sealed.masters(session)[-1].version if sealed.masters(session) else 0
    click.echo(f"{turned} keys were put under master key {newest}.")


def _rewrap_all(database: Database) -> int:
    turned = 0
    while True:
        with database.write() as session:
            some = sealed.rewrap(session, _AT_ONCE)
        if not some:
            return turned
        turned += some


@keys.command("drop")
@click.argument("version", type=int)
@click.pass_obj
def drop(settings: Settings, version: int) -> None:
    """Forget an old master key under which nothing lies any more, in the database and in the file."""
    with opened(settings) as database:
        with database.write() as session:
            keyring = sealed.of(session).keyring
            sealed.drop_master(session, version)
        keyring.drop(version)
    click.echo(f"Master key {version} is gone. Copies of the database from before need it: keep its copy as long.")


@keys.command("certificate")
@click.pass_obj
def make_certificate(settings: Settings) -> None:
    """Make a key that papers are signed with and a certificate that only itself vouches for, for a year."""
    with opened(settings) as database, database.read() as session:
        fund, is_demo = profile.current(session), profile.is_demo(session)
    name = f"{signing.DEMONSTRATION} {fund.name_en}" if is_demo else fund.name_en
    signing.make_own(settings.own_signing_path, name)
    click.echo(f"{settings.own_signing_path} signs papers from the next start on, as: {name}")


COMMANDS: Final = (keys,)
