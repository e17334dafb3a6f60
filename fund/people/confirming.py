"""Asking once more who is there before a weighty act, without losing what was typed into its form.

Knows what proves it, and carries the form's fields through the question in a hidden field of our own pages: the server
keeps nothing. Carries no file and no password, nothing that is larger than `LARGEST`, and to no address but staff's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus
from uuid import UUID

import msgspec
from sqlmodel import Session

from fund import web
from fund.people import factors, passkeys
from fund.settings import Settings

LARGEST: Final = 40_000
"""Bytes of the fields as a browser sends them back, well below the largest form."""

CSRF_FIELD: Final = "csrf_token"  # form structs that refuse unknown fields declare it
_STAFF: Final = "/staff/"
_SECRET: Final = "password"


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form that was sent: where it goes, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What proves who is there, and the form (as text, or none) that is sent after it."""

    asks_code: bool
    asks_passkey: bool
    kept: str = ""


def question(session: Session, settings: Settings, person_id: UUID, *, is_demo: bool, kept: str = "") -> Question:
    """What to ask of this person; no second factor in a demonstration."""
    asks_code = factors.has_any(session, person_id) and not is_demo
    has_passkey = factors.has_passkey(session, person_id) and passkeys.site(settings) is not None
    return Question(asks_code, has_passkey, kept)


def written(path: str, sent: Iterable[tuple[str, object]]) -> str:
    """A form as text to carry; empty where it must be filled in anew."""
    fields = [(name, value) for name, value in sent if name != CSRF_FIELD]
    typed = tuple((name, value) for name, value in fields if isinstance(value, str) and name != _SECRET)
    text = msgspec.json.encode(Form(path, typed)).decode()
    is_whole = len(typed) == len(fields) and _is_staffs(path) and len(quote_plus(text)) <= LARGEST
    return text if is_whole else ""


def read(text: str) -> Form | None:
    """The form that `written` made; none where it is not one of ours."""
    try:
        form = msgspec.json.decode(text, type=Form)
    except msgspec.DecodeError:
        return None
    return form if _is_staffs(form.path) and CSRF_FIELD not in dict(form.fields) else None


def _is_staffs(path: str) -> bool:
    return path.startswith(_STAFF) and web.local_path(path, "") == path
