"""How many examples a property is tried with: a count for the gate, twenty times as many at night."""

from typing import Final

from hypothesis import settings

NIGHTS: Final = 20


def count(gate: int) -> int:
    """`gate` examples in the gate, many more in the nightly run."""
    return gate * NIGHTS if settings.get_current_profile_name() == "nightly" else gate
