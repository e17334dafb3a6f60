"""Who has looked: the part of the trail that a page about somebody or something shows beside it.

Knows the last looks at one subject; the whole trail is the auditor's. `templates/_looks.html` shows them.
"""

from sqlmodel import Session

from fund import audit
from fund.audit import Act, Sought

SHOWN = 20


def at(session: Session, subject: object) -> list[Act]:
    """Who looked last at what we hold of this subject, newest first."""
    return audit.acts(session, Sought(subject=str(subject), is_view=True), limit=SHOWN)
