"""Cases of which help was given, offices they are referred to, and families who complain."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final
from uuid import UUID

from fund import clock
from fund.audit import Actor
from fund.cases import consents, service
from fund.cases.consents import Given
from fund.cases.following import complaints, referrals
from fund.cases.following.complaints import Said
from fund.cases.following.referrals import HandedOver
from fund.cases.queries import ConsentOf
from fund.db import Database
from fund.people.powers import Grant
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id
from tests.fund.browsing import a_person
from tests.fund.cases.builders import HERE, a_child

HELPED: Final = datetime(2026, 11, 23, 3, tzinfo=UTC)
OFFICE, OTHER_OFFICE = "KK-MSDHS", "KK-REDCROSS"
TOLD: Final = HandedOver({"name": "เด็กหญิงดาว ตัวอย่าง"}, ("travel",), "ขอรถรับส่ง")
SAID: Final = Said("not_received", "ยังไม่ได้รับชุดนักเรียน", "นางจันทร์ ตัวอย่าง", "0800000000")


def somebody(database: Database, name: str, role: str, scope: str = "") -> Actor:
    with database.write() as session:
        person = a_person(session, name, Grant(role, scope))
    return Actor(person.name, person.id)


def agree(database: Database, code: str, *scopes: str, by: Actor) -> UUID:
    """The mother's consent to these, on signed paper."""
    given = Given(
        ConsentOf("นางจันทร์ ตัวอย่าง", "mother"), scopes, clock.today(), "paper",
        Paper(b"%PDF-1.4 " + str(new_id()).encode(), "application/pdf", "pdf"),
    )  # fmt: skip
    with database.write() as session:
        return consents.give_consent(session, Path(mkdtemp()), code, given, by=by)


def take_consent_back(database: Database, code: str, consent_id: UUID, *, by: Actor) -> None:
    with database.write() as session:
        consents.withdraw_consent(session, code, consent_id, by=by)


def a_planned_case(database: Database, *, by: Actor) -> str:
    with database.write() as session:
        code = service.open_case(session, a_child(), HERE, by=by)
        for act in ("assess", "plan"):
            service.move(session, code, act, by=by)
    return code


def a_helped_case(database: Database, *, by: Actor) -> str:
    """A case of which help arrived on the day `HELPED`, with consent to it."""
    with clock.at(HELPED):
        code = a_planned_case(database, by=by)
        agree(database, code, "help", by=by)
        with database.write() as session:
            service.move(session, code, "help", by=by)
    return code


def a_referral(database: Database, code: str, office: str = OFFICE, *, by: Actor, **changes: Any) -> UUID:
    with database.write() as session:
        return referrals.send(session, code, office, HandedOver(**{**vars_of(TOLD), **changes}), by=by)


def vars_of(told: HandedOver) -> dict[str, Any]:
    return {"fields": told.fields, "needs": told.needs, "words": told.words}


def a_complaint(database: Database, said: Said = SAID, *, key: str = "", district: str = "") -> UUID:
    with database.write() as session:
        return complaints.complain(session, said, key=key, district=district, form_key=str(new_id()))
