"""A founded fund with a collection to test against, and the bank's line that pays it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from fund import clock
from fund.bank import sample_files, settling
from fund.bank import service as bank
from fund.bank.models import LineRow
from fund.bank.sample_files import SampleLine
from fund.collections import drafts, queries, rosters, service
from fund.collections.queries import CollectionView
from fund.collections.rosters import Roster
from fund.db import Database
from fund.donations import queries as gifts
from fund.settings import Settings
from tests.builders import OFFICER, a_founded_fund

LARGEST = 10**9


def a_list(*amounts: str, receipt: str = "ใช่") -> str:
    """A list of so many people, as somebody pastes it."""
    rows = (f"คนที่ {number}\tป.{number}\t{amount}\t{receipt}" for number, amount in enumerate(amounts, start=1))
    return "\n".join(["ชื่อ\tชั้น\tจำนวนเงิน\tใบเสร็จ", *rows])


def read(text: str | bytes) -> Roster:
    """What is read of a list by its headings."""
    rows = rosters.rows_of(rosters.table(text if isinstance(text, bytes) else text.encode()))
    return rosters.read(rows, rosters.recognise(rows), largest_satang=LARGEST)


def confirm(session: Session, collection_id: UUID) -> CollectionView:
    """Confirm the list that waits."""
    draft = drafts.draft(session, collection_id)
    assert draft is not None
    return service.confirm(session, collection_id, str(draft.id), by=OFFICER)


def a_collection(session: Session, *amounts: str, receipt: str = "ใช่") -> CollectionView:
    """A collection of the first district, confirmed."""
    campaign = gifts.campaigns(session)[1]
    table = rosters.table(a_list(*amounts, receipt=receipt).encode())
    return confirm(session, service.begin(session, campaign.id, table, by=OFFICER))


def again(session: Session, of: CollectionView) -> CollectionView:
    """The collection as it is now."""
    return queries.collection(session, of.id)


class Bank:
    """The first account's bank over one day, a file for each time that it tells something."""

    def __init__(self, database: Database, folder: Path, **profile: Any) -> None:
        self.profile = a_founded_fund(database, **profile)
        self._database, self._settings = database, Settings(files_dir=str(folder))
        self._account = self.profile.accounts[0]
        self._lines: list[SampleLine] = []

    def tells(self, *told: tuple[int, str]) -> settling.SettleResult:
        """Amounts (satang) with what is written beside them come in and are settled."""
        day = clock.today()
        self._lines += [SampleLine(day, satang, text) for satang, text in told]
        content = sample_files.kbank_corporate_csv(
            self._account.number,
            self._lines,
            opening_satang=self._account.opening_satang,
            from_on=self._lines[0].occurred_on,
            to_on=day,
        )
        with self._database.write() as session:
            bank.import_statement(session, self._settings, self.profile, content, f"{len(self._lines)}.csv", by=OFFICER)
        return settling.settle_waiting(self._database, by=OFFICER)


def line_ids(session: Session) -> Sequence[UUID]:
    """The bank's lines, as they came."""
    return session.exec(select(LineRow.id).order_by(LineRow.position)).all()  # type: ignore[arg-type]
