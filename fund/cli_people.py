"""Commands of people: invite one, list them, invite one anew who lost every way in.

Knows that whoever runs commands on the machine may make anybody; each is written down as done by the operator.
"""

from typing import Final

import click

from fund.people import staff
from fund.people.errors import PersonNotFoundError
from fund.people.powers import Grant
from fund.people.roles import ROLES
from fund.settings import Settings
from fund.terminal import OPERATOR, opened


@click.group()
def person() -> None:
    """People who work here."""


@person.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What they do here.")
@click.option("--scope", default="", help="For which place: district:4001, school:…, office:…")
@click.option("--email", default="", help="By which they may sign in too.")
@click.pass_obj
def invite(settings: Settings, name: str, role: str, scope: str, email: str) -> None:
    """Invite NAME and print the link by which they choose a password."""
    with opened(settings) as database, database.write() as session:
        _, token = staff.invite(session, name, [Grant(role, scope)], email=email, by=OPERATOR)
    tell_link(settings, name, token)


@person.command()
@click.argument("name")
@click.pass_obj
def reset(settings: Settings, name: str) -> None:
    """Void password, second factors and sessions of NAME and print a link for new ones."""
    with opened(settings) as database, database.write() as session:
        row = staff.named(session, name)
        if row is None:
            raise PersonNotFoundError()
        token = staff.reset(session, row.id, by=OPERATOR)
    tell_link(settings, name, token)


@person.command("list")
@click.pass_obj
def list_people(settings: Settings) -> None:
    """List everybody, with their roles."""
    with opened(settings) as database, database.read() as session:
        for one in staff.people(session):
            roles = ", ".join(f"{grant.role} {grant.scope}".strip() for grant in one.grants) or "no role"
            state = "suspended" if one.is_suspended else "may sign in" if one.has_password else "invited"
            click.echo(f"{one.name}  {roles}, {state}")


def tell_link(settings: Settings, name: str, token: str) -> None:
    """Print an invitation's link, which is kept nowhere."""
    click.echo(f"{name} chooses a password here, once, within {staff.INVITED_FOR.days} days:")
    click.echo(f"{settings.address}/staff/invitation/{token}")


COMMANDS: Final = (person,)
