"""One browser that passes from hand to hand while a child is helped, and what is there already when a story begins.

Everybody is one of the demonstration's people, known by their role; whoever has no account meets a browser that nobody
is signed in at.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from PIL import Image

from fund import clock
from fund.audit import Actor
from fund.bank.sample_files import SampleLine
from fund.cases import queries as cases
from fund.cases import service
from fund.cases.children import Child, Guardian
from fund.cases.places import CasePlace
from fund.cases.requests import service as requests
from fund.cases.requests.service import Asked
from fund.db import Database
from fund.grants import queries as grants
from fund.grants.payees import Payee
from fund.grants.service import PlannedPart
from fund.people import demo_people, staff
from ledger.identifiers import new_id
from tests.fund.browsing import Browser, come_in
from tests.fund.cases.following.builders import agree
from tests.stories import people
from tests.stories.pages import Page, Visitor

SCHOOL: Final = "KK4001001V"
CHILD, MOTHER = "เด็กหญิงเมฆ ตัวอย่าง", "นางฟ้า ตัวอย่าง"
MANAGER, CORE, FINANCE, TREASURER = "case_manager", "core_team", "finance", "treasurer"
DEMO = ""
"""Who has every role of the office; here, whoever finds payments on the bank's statement."""
REASON: Final = "คุยกันแล้ว"


def a_pdf() -> bytes:
    """A scanned paper, another one each time."""
    return f"%PDF-1.4 {new_id()}".encode()


def a_signature() -> str:
    """What a finger drew."""
    drawn = BytesIO()
    Image.linear_gradient("L").resize((64, 24)).save(drawn, "PNG")
    return "data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode()


@dataclass
class Office:
    """The browser, its database, and how much the statements have told so far."""

    client: Browser
    database: Database
    balance_satang: int = people.KBANK_OPENING
    minutes: int = 0

    def of(self, role: str) -> Visitor:
        """The browser in the hands of who has this role."""
        come_in(self.client, demo_people.name_of(role) if role else demo_people.NAME)
        return Visitor(self.client)

    def family(self) -> Visitor:
        """The browser in the hands of somebody without an account."""
        self.client.cookies.clear()
        return Visitor(self.client)

    def actor(self, role: str) -> Actor:
        with self.database.read() as session:
            row = staff.named(session, demo_people.name_of(role))
            assert row
            return Actor(row.name, row.id)

    def act(self, verb: Any, *words: Any, by: str = MANAGER, **more: Any) -> Any:
        """What somebody with this role did before the story begins."""
        actor = self.actor(by)
        with self.database.write() as session:
            return verb(session, *words, by=actor, **more)

    def tell(self, *lines: tuple[int, str]) -> None:
        """The bank's file of today, which the officer hands in (satang, + in)."""
        day = clock.today()
        made = [
            SampleLine(day, satang, text, time(9, place)) for place, (satang, text) in enumerate(lines, self.minutes)
        ]
        told = people.kbank(*made, opening_satang=self.balance_satang, from_on=day, to_on=day)
        people.hand_in(self.of(DEMO), told, f"{new_id()}.csv")
        self.balance_satang += sum(satang for satang, _ in lines)
        self.minutes += len(lines)

    def receive(self, baht: str) -> None:
        """A gift for the district's children."""
        gift = people.paid(people.poster(self.family()), baht=baht)
        people.hand_in(self.of(DEMO), people.kbank(gift))
        self.balance_satang += gift.amount_satang

    # What is there when a story begins.

    def a_case(self, *acts: str, scopes: Sequence[str] = ("help",), **child: Any) -> str:
        """A case with consent, that these acts brought where it is."""
        told: dict[str, Any] = {"name": CHILD, "guardian": Guardian(MOTHER, "mother")} | child
        code = str(self.act(service.open_case, Child(**told), CasePlace("4001", SCHOOL, "P4")))
        agree(self.database, code, *scopes, by=self.actor(MANAGER))
        for act in acts:
            self.act(service.move, code, act)
        return code

    def asked(self, code: str, *satang: int, **changes: Any) -> UUID:
        """A request of so many parts, all of them due."""
        plan = tuple(PlannedPart(one, clock.today()) for one in satang)
        told: dict[str, Any] = {"purpose": "travel", "payee": Payee("guardian", MOTHER, "KTB", "9876543210")} | changes
        return UUID(str(self.act(requests.ask, code, Asked(term="2569/2", plan=plan, urgency=2, words="ค่ารถ", **told))))

    def awarded(self, code: str, *satang: int, **changes: Any) -> UUID:
        """The same, approved."""
        request_id = self.asked(code, *satang, **changes)
        assert self.act(requests.approve, request_id, 1, by=CORE).is_awarded
        return request_id

    # What more than one story does, page by page.

    def prepare(self, *chosen: UUID) -> Page:
        """Finance's page of a new run of the first part of each."""
        finance = self.of(FINANCE)
        page = finance.open("/staff/runs/new")
        page.form("/new").fields.update(tranche=[f"{one}:1" for one in chosen], layout="table")  # type: ignore[call-overload]
        return finance.send(page, "/new")

    def pay(self, request_id: UUID, satang: int) -> Page:
        """Prepared by one, authorised by a second, found on the statement by a third; the run's page."""
        run = self.prepare(request_id)
        treasurer = self.of(TREASURER)
        assert "At the bank" in treasurer.send(treasurer.open(run.address), "/authorise").words
        self.tell((-satang, "โอนเงิน"))
        self.match()
        return self.of(FINANCE).open(run.address)

    def match(self) -> None:
        """The officer takes what the first waiting line is offered as."""
        officer = self.of(DEMO)
        officer.send(officer.open("/staff/lines"), "/choose", reason=REASON)

    def link_for_the_family(self, request_id: UUID) -> str:
        """The address that the case manager's screen shows."""
        manager = self.of(MANAGER)
        page = manager.open(f"/staff/handovers/{request_id}/1")
        return manager.send(page, "/link").link("/handover/")

    def answer(self, link: str, **typed: str) -> Page:
        """What the family says by its link."""
        family = self.family()
        said = {"answer": "receive", "who": MOTHER, "relation": "mother", "signature": a_signature()} | typed
        return family.send(family.open(link), link, **said)

    def is_over(self, link: str) -> bool:
        """Whether the link opens nothing any more."""
        return self.family().open(link).status == 404

    def accept(self, request_id: UUID, by: str) -> Page:
        """The one paper that waits is accepted."""
        looks, address = self.of(by), f"/staff/handovers/{request_id}/1"
        page = looks.open(address)
        (form,) = [one for one in page.forms if f"{address}/evidence/" in one.action and "/join" not in one.action]
        return looks.send(page, form.action, act="accept")

    def states(self, request_id: UUID) -> list[str]:
        with self.database.read() as session:
            return [one.state for one in grants.tranches(session, request_id)]

    def stage(self, code: str) -> str:
        with self.database.read() as session:
            return cases.case(session, code).stage
