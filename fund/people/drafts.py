"""What a browser seals its unsent drafts with: a secret of each person, told to their own pages and kept nowhere.

A draft that lies on a lost phone is read by nobody but the one who wrote it, once they are signed in again.
"""

import base64
from uuid import UUID

from sqlmodel import Session

from fund import sealed


def secret(session: Session, person_id: UUID) -> str:
    """The 256 bits of this person, in base64; the same each time."""
    return base64.b64encode(sealed.blind(session, "draft", str(person_id))).decode()
