"""The schools and districts that somebody chooses from: theirs alone, by name."""

from sqlmodel import Session

from fund.language import Language
from fund.people import places
from fund.people.door import Visitor
from fund.people.errors import PlaceNotFoundError
from fund.people.places import SEPARATOR, KnownPlace
from fund.people.powers import Place

Options = list[tuple[str, str]]
"""What is sent, and what it is called."""


def schools(session: Session, district: str, language: Language) -> Options:
    """The open schools of a district."""
    return [(one.code, _name(one, language)) for one in _open(session) if one.district == district]


def their_schools(session: Session, visitor: Visitor, action: str, language: Language) -> Options:
    """The open schools for which this visitor does the act, by what a role is given for."""
    theirs = (one for one in _open(session) if visitor.may(action, Place(one.district, one.code)))
    return [(one.scope, f"{_name(one, language)}{SEPARATOR}{one.code}") for one in theirs]


def their_places(session: Session, visitor: Visitor, action: str, language: Language) -> Options:
    """The same, and each district that is theirs as a whole."""
    which = 0 if language == "th" else 1
    districts = [
        (f"district:{code}", names[which])
        for code, names in places.districts(session).items()
        if visitor.may(action, Place(code))
    ]
    return [*their_schools(session, visitor, action, language), *districts]


def place_of(session: Session, visitor: Visitor, action: str, scope: str) -> Place | None:
    """The place that was chosen; None for one that is not here, or not theirs."""
    kind, _, code = scope.partition(":")
    if kind not in ("school", "district") or (kind == "district" and code not in places.districts(session)):
        return None
    try:
        found = places.place_of(session, scope)
    except PlaceNotFoundError:
        return None
    return found if visitor.may(action, found) else None


def _open(session: Session) -> list[KnownPlace]:
    return [one for one in places.every(session) if one.kind == "school" and one.is_open]


def _name(one: KnownPlace, language: Language) -> str:
    return one.name_th if language == "th" else one.name_en
