"""The eleven roles, the kind of place each is given for, and which of them need a second factor at the door.

Refuses nothing: what a role may do stands in `powers`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["", "district", "school", "office"]
"""What a role is given for: everything, or one place of this kind."""


@dataclass(frozen=True, slots=True)
class Role:
    """A kind of work. With `needs_second_factor` a password alone does not let in."""

    name: str
    place: Kind = ""
    needs_second_factor: bool = False


ROLES: Final = {
    "collector": Role("Collector", "school"),
    "storekeeper": Role("Storekeeper"),
    "valuer": Role("Valuer"),
    "case_manager": Role("Case manager", "district"),
    "watcher": Role("Watcher", "school"),
    "partner": Role("Partner office", "office"),
    "core_team": Role("Core team", needs_second_factor=True),
    "finance": Role("Finance officer", needs_second_factor=True),
    "treasurer": Role("Treasurer", needs_second_factor=True),
    "auditor": Role("Auditor", needs_second_factor=True),
    "administrator": Role("Administrator", needs_second_factor=True),
}
ALONE: Final = "administrator"
"""Makes people, and has no power over money or cases: whoever has this role has no other."""

EVERYONE: Final = frozenset(ROLES)
