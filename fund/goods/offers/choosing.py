"""What the forms of offers let somebody choose from: things with their sizes, conditions, districts, kinds of giver."""

from typing import Any

from sqlmodel import Session

from fund.goods import things
from fund.goods.offers.told import GIVERS
from fund.goods.states import CONDITIONS
from fund.language import Language
from fund.people import places


def choices(session: Session, language: Language) -> dict[str, Any]:
    """The lists of the form, as a template takes them."""
    which = 0 if language == "th" else 1
    known = [
        (f"{one.id} {size}".strip(), f"{one.name(language)} {size}".strip())
        for one in things.things(session).values()
        for size in (one.sizes or ("",))
    ]
    districts = [(code, name[which]) for code, name in places.districts(session).items()]
    return {"things": known, "conditions": CONDITIONS, "givers": GIVERS, "district_options": districts}
