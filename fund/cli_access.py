"""Commands of access keys: give one, list them, revoke one.

Knows that a token is printed once and never again.
"""

from typing import Final

import click

from fund.books import keys
from fund.settings import Settings
from fund.terminal import OPERATOR, opened


@click.group()
def access() -> None:
    """Access keys, by which other programs read the books."""


@access.command("new")
@click.argument("name")
@click.pass_obj
def give(settings: Settings, name: str) -> None:
    """Give a key called NAME and print its token, once."""
    with opened(settings) as database, database.write() as session:
        token = keys.give(session, name, by=OPERATOR)
    click.echo(token)
    click.echo("This is shown once. Send it as `Authorization: Bearer …`.", err=True)


@access.command("list")
@click.pass_obj
def list_keys(settings: Settings) -> None:
    """List every key that was ever given."""
    with opened(settings) as database, database.read() as session:
        for key in keys.keys(session):
            until = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "opens the books"
            click.echo(f"{key.name}  given {key.made_at:%Y-%m-%d} by {key.made_by}, {until}")


@access.command()
@click.argument("name")
@click.pass_obj
def revoke(settings: Settings, name: str) -> None:
    """Let the key called NAME open nothing any more."""
    with opened(settings) as database, database.write() as session:
        keys.revoke(session, name, by=OPERATOR)
    click.echo(f"{name} opens nothing any more.")


COMMANDS: Final = (access,)
