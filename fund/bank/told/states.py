"""How far a callback may come, and by which act; every other act is refused.

new → hint | unknown → confirmed → cleared | taken-back; a hint, a doubtful or an unknown one whose line came:
on-statement
"""

from typing import Final

NEW: Final = "new"  # stored and answered
UNKNOWN: Final = "unknown"  # names no pledge and no campaign of ours
HINT: Final = "hint"  # names one; the bank was not asked yet, or cannot be
DENIED: Final = "denied"  # asked, the bank knows of no such payment
CONTRADICTED: Final = "contradicted"  # asked, or told again, the bank says something else
CONFIRMED: Final = "confirmed"  # asked, the bank says so: booked in 1130
CLEARED: Final = "cleared"  # its statement line came
ON_STATEMENT: Final = "on-statement"  # its line came without a confirmation: the line is the gift
TAKEN_BACK: Final = "taken-back"  # it never came

ACTS: Final = {
    "recognise": ((NEW,), HINT),
    "not recognise": ((NEW,), UNKNOWN),
    "confirm": ((HINT,), CONFIRMED),
    "deny": ((HINT,), DENIED),
    "contradict": ((NEW, HINT), CONTRADICTED),
    "be on a statement": ((NEW, UNKNOWN, HINT, DENIED, CONTRADICTED), ON_STATEMENT),
    "clear": ((CONFIRMED,), CLEARED),
    "open again": ((CLEARED,), CONFIRMED),
    "take back": ((CONFIRMED,), TAKEN_BACK),
}
"""act → (the states in which it may be done, the state that it leads to)."""

LOOKED_INTO: Final = (UNKNOWN, DENIED, CONTRADICTED)
"""What a person must look at."""
