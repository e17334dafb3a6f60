"""A founded fund to test against: the demonstration's made-up profile, without its year."""

from typing import Any

import msgspec

from fund import founding, profile_files
from fund.audit import Actor
from fund.db import Database
from fund.profile import Profile

OFFICER = Actor("officer")


def a_fund_profile(**changes: Any) -> Profile:
    """The made-up Khon Kaen fund, with `changes`."""
    made_up = profile_files.from_file(profile_files.PROVINCES / "khonkaen" / "demo.toml", "khonkaen")
    return msgspec.structs.replace(made_up, **changes)


def a_founded_fund(database: Database, *, as_demo: bool = False, **changes: Any) -> Profile:
    """The same, founded in `database` as a real fund (or a demonstration)."""
    profile = a_fund_profile(**changes)
    with database.write() as session:
        founding.found(session, profile, "khonkaen", as_demo=as_demo, by=OFFICER)
    return profile
