"""A grant paid on a bank line, received and proven: each part apart, so that each may be missing."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund import sealing
from fund.audit_receipts import issuing
from fund.cases.handing import handovers, states
from fund.grants import advances, payees, paying
from fund.grants.models import StepRow, chain_of
from fund.settings import Settings
from receipts import queries as receipts
from receipts.queries import Receipt
from tests.fund.canaries import Canary
from tests.fund.cases.builders import a_case, a_child
from tests.fund.cases.handing.builders import MOTHER, Handed, a_pdf
from tests.fund.grants.office import Office, money
from tests.fund.grants.test_runs import authorised
from tests.fund.grants.test_runs_on_lines import accept, told

CHILD, GUARDIAN = Canary(30).name, Canary(31).name
ACCOUNT: Final = "9876543210"
VOUCHER_SHA: Final = hashlib.sha256(a_pdf("voucher").paper.content).hexdigest()
AMOUNT: Final = 100_000


@dataclass
class Proving:
    """An office with a case, and what becomes of one grant of it."""

    office: Office
    settings: Settings
    request_id: UUID
    case_code: str

    amount: int = AMOUNT
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def chain(self) -> str:
        return chain_of(self.request_id)

    @property
    def handed(self) -> Handed:
        return Handed(self.office, self.settings.files_path, self.case_code, self.request_id)

    def pay(self, text: str = "โอนเงิน") -> None:
        """The run is authorised, and somebody else finds the line."""
        authorised(self.office, self.settings, self.request_id)
        self._find(-self.amount, text)

    def give_cash(self, kept: int) -> None:
        """The case manager is given the cash, has so much signed for, and pays in the rest."""
        office, whose = self.office, (self.request_id, 1)
        office.act(paying.prepare, *whose, by=office.fah)
        office.act(paying.authorise, *whose, by=office.tree)
        self._find(-self.amount, "ถอนเงินสดทดรอง")
        paper = a_pdf("account").paper
        office.act(advances.account_for, self.settings.files_path, *whose, kept, paper, by=office.fah)
        if kept < self.amount:
            self._find(self.amount - kept, f"คืนเงินทดรอง {GUARDIAN}")

    def pay_without_a_line(self) -> None:
        """Somebody books that it has left; the bank shows no such thing."""
        authorised(self.office, self.settings, self.request_id)
        self.office.act(paying.left, self.request_id, 1, money(AMOUNT), by=self.office.people["fai"])

    def come_back(self, amount: int, text: str) -> None:
        """The bank shows that so much came back."""
        self._find(amount, text)

    def _find(self, amount: int, text: str) -> None:
        self.lines.append((amount, text))
        line = told(self.office, self.settings, *self.lines)[-1]
        accept(self.office, line, f"{self.chain}:1")

    def hand_over(self, paper: str = "voucher", *, by: str = "fon", is_accepted: bool = True) -> None:
        """The guardian has received it and signed the voucher, which somebody else looked at."""
        self.handed.decide(self.handed.file(picture=a_pdf(paper)), "เห็นแล้ว", is_accepted=is_accepted, by=by)

    def answer(self) -> None:
        """The guardian says that it arrived; no paper was handed in."""

        def received(session: Session) -> None:
            row = handovers.current(session, self.chain, 1)
            handovers.answer(session, row, MOTHER, states.PAPER, by=self.office.people["nok"])

        self.office.act(received)

    def told_at(self) -> tuple[str, ...]:
        """Where staff who may see the case are led to its audit receipt."""
        request_id = self.request_id
        return f"cases/{self.case_code}?why=case_work", f"requests/{request_id}", f"handovers/{request_id}/1"

    def seal(self) -> None:
        sealing.seal_news(self.office.database, self.settings)

    def job(self) -> None:
        issuing.issue(self.office.database, self.settings, f"{self.chain} 1")

    def papers(self) -> list[Receipt]:
        """The audit receipts of the grant, first to last."""
        with self.office.database.read() as session:
            entries = session.exec(select(StepRow.entry_id).where(StepRow.chain == self.chain)).all()
            return receipts.proving(session, [one for one in entries if one], "audit")


def a_proving(
    office: Office,
    folder: Path,
    amount: int = AMOUNT,
    kind: str = "guardian",
    approve: Callable[[Office, UUID], object] = Office.approve,
) -> Proving:
    """A grant that is awarded, approved as `approve` does it."""
    settings = Settings(
        database_url=office.database.engine.url.render_as_string(hide_password=False),
        files_dir=str(folder / "files"),
        log_key_file=str(folder / "log-key"),
    )
    office.act(sealing.begin, settings)
    code = a_case(office.database, a_child(name=CHILD), by=office.nok)
    told = ("", "") if kind == "cash" else ("KTB", ACCOUNT)
    payee_id = office.act(payees.add, payees.Payee(kind, GUARDIAN, *told), by=office.nok)
    request_id = office.request(amount, case_code=code, payee_id=payee_id)
    approve(office, request_id)
    return Proving(office, settings, request_id, code, amount)
