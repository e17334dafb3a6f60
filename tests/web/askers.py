"""Who asks: nobody, or a member of staff with one role; and what no answer to them may hold.

Knows from the table of powers what a role may see, so that a role or an act made tomorrow is asked about tomorrow.
"""

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from fund import limits
from fund.audit import Actor
from fund.people import door, sessions, staff
from fund.people.powers import ACTIONS, Grant
from fund.people.roles import ROLES
from fund.people.sessions import Origin
from tests.fund.browsing import a_person
from tests.web.life import ASKED, COLLEAGUE, COLLECTED, COMPLAINED, DONOR, HELPED, PAID, REPORTED, STRANGER, Life

NOBODY: Final = ""
REFUSED: Final = (400, 401, 403, 404, 405, 413, 415)
SHOWN_BY: Final = {
    STRANGER: {"lines.see", "statements.see", "books.read"},
    COLLECTED: {"collections.people", "collections.make"},
    COLLEAGUE: {"people.see", "trail.see", "stand_ins.see", "stand_ins.appoint"},
    DONOR: {"rights.open"},
    PAID: {"runs.authorise", "runs.download", "requests.see"},
    ASKED: {"requests.see"},
    REPORTED: {"reports.see"},
    HELPED: {"cases.see", "referrals.see"},
    COMPLAINED: {"complaints.see"},
}
"""What lies in this fund, and the acts that show it."""
BY_LINK: Final = ("/r/", "/gift/")
"""What whoever holds a link sees, whoever they are."""
PLACES: Final = {"": "", "district": "district:4001", "school": "school:KK4001001V", "office": "office:health"}


@dataclass
class Asker:
    """One who sends requests; comes in again when told to."""

    life: Life
    role: str
    session: str = ""

    def carries(self, *, is_with_token: bool = True) -> dict[str, str]:
        """The headers of this browser: its session, and the token of its forms."""
        if not self.role:
            return {}
        self.session = self.session or self._come_in()
        token = {"x-csrf-token": door.form_token(self.session)} if is_with_token else {}
        return {"cookie": f"staff={self.session}", **token}

    def _come_in(self) -> str:
        with self.life.database.write() as session:
            session.execute(sa.delete(limits.Act))
            name = f"one with the role {self.role}"
            row = staff.named(session, name)
            person = staff.person(session, row.id) if row else a_person(session, name, self._grant())
            return sessions.begin(session, person.id, "", Origin(), is_strong=True, by=Actor(name, person.id))

    def _grant(self) -> Grant:
        return Grant(self.role, PLACES[ROLES[self.role].place])

    def may(self, *actions: str) -> bool:
        """Whether their role does one of these."""
        return any(self.role in ACTIONS[action].roles for action in actions)

    def require_in_scope(self, answer: Any, action: str) -> None:
        """What is not theirs is refused, and shown nowhere."""
        led = answer.headers.get("location", "")
        if action and not self.may(action):
            assert answer.status_code in REFUSED or led.startswith("/staff/sign-in"), (self.role, action)
        for words, actions in SHOWN_BY.items():
            is_theirs = self.may(*actions) or answer.url.path.startswith(BY_LINK)
            assert is_theirs or words not in answer.text, (self.role, words, answer.url)
        if answer.status_code == 401 or led.startswith("/staff/sign-in"):
            self.session = ""


def everybody(life: Life) -> list[Asker]:
    """Nobody, and one for each role."""
    return [Asker(life, role) for role in (NOBODY, *ROLES)]
