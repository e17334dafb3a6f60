"""Help on its way to a family: a case with consent, its grant paid or given out as cash, pictures of papers."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from PIL import Image

from fund import clock
from fund.cases import service
from fund.cases.handing import evidence, handovers, pictures
from fund.cases.handing.handovers import Said
from fund.cases.handing.pictures import Picture
from fund.grants import paying
from fund.grants.models import chain_of
from fund.people.stand_in_papers import Paper
from tests.fund.cases.builders import HERE, a_child
from tests.fund.cases.following.builders import agree
from tests.fund.grants.office import TODAY, Office, money

MOTHER: Final = Said("receive", "นางจันทร์ ตัวอย่าง", "mother")


@dataclass
class Handed:
    """One tranche that is out, its people, and where files lie."""

    office: Office
    folder: Path
    code: str
    request_id: UUID
    number: int = 1

    @property
    def chain(self) -> str:
        return chain_of(self.request_id)

    def act(self, verb: Any, *words: Any, by: str = "nok", **more: Any) -> Any:
        return self.office.act(verb, *words, by=self.office.people[by], **more)

    def file(
        self, kind: str = "voucher", picture: Picture | None = None, said: Said | None = MOTHER, **more: Any
    ) -> UUID:
        words = (self.folder, self.chain, self.number, kind, picture or a_pdf(), said)
        return UUID(str(self.act(evidence.file, *words, **more)))

    def decide(self, evidence_id: UUID, words: str = "", *, is_accepted: bool = True, by: str = "fon") -> None:
        self.act(evidence.decide, evidence_id, words, is_accepted=is_accepted, by=by)

    def row(self) -> Any:
        return self.office.act(handovers.current, self.chain, self.number)


def a_case_of(office: Office, *scopes: str) -> str:
    with clock.at(TODAY), office.database.write() as session:
        code = service.open_case(session, a_child(), HERE, by=office.nok)
    with clock.at(TODAY):
        agree(office.database, code, *(scopes or ("help",)), by=office.nok)
    return code


def handed(office: Office, folder: Path, *amounts: int, code: str = "", **payee: Any) -> Handed:
    """A grant whose first part has left for its payee; cash is given out."""
    code = code or a_case_of(office)
    with clock.at(TODAY):
        office.give(10_000_000)
        if payee.get("kind") == "cash":
            payee_id = office.payee(kind="cash", bank="", account="")
            request_id = office.awarded(*amounts, case_code=code, payee_id=payee_id)
            office.act(paying.prepare, request_id, 1, by=office.fah)
            office.act(paying.authorise, request_id, 1, by=office.tree)
            office.act(paying.issue_advance, request_id, 1, money(amounts[0]), by=office.fai)
        else:
            request_id = office.paid(*amounts, case_code=code, payee_id=office.payee(**payee))
    return Handed(office, folder, code, request_id)


def a_pdf(words: str = "") -> Picture:
    """A scanned paper, another one each time."""
    from ledger.identifiers import new_id

    return Picture(Paper(f"%PDF-1.4 {words or new_id()}".encode(), "application/pdf", "pdf"))


def a_photo(seed: int = 1, size: tuple[int, int] = (640, 480), *, kind: str = "JPEG", **saved: Any) -> bytes:
    """A made-up scene: bright and dark places, the same for a seed in any size."""
    places = Random(seed)
    small = Image.new("RGB", (8, 6))
    small.putdata([(places.randrange(256), places.randrange(256), places.randrange(256)) for _ in range(48)])
    out = BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(out, kind, **saved)
    return out.getvalue()


def signature() -> Picture:
    return pictures.read(a_photo(99, (64, 24), kind="PNG"))
