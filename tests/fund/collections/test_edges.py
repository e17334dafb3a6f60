"""Collections at their edges: money named twice, a list that crosses its line, papers of what was voided."""

import threading
from pathlib import Path
from uuid import UUID

import pypdfium2  # type: ignore[import-untyped]
import pytest

from fund import clock, jobs
from fund.bank import explaining, offering, undoing
from fund.bank import queries as bank
from fund.bank.told import bodies, filing
from fund.bank.told import queries as told
from fund.bank.told.inbox import Arrived, store
from fund.collections import bundles, queries, rosters, service
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import CampaignClosedError
from fund.settings import Settings
from receipts import service as receipt_book
from tests.builders import OFFICER
from tests.fund.bank.told.builders import scb
from tests.fund.collections.builders import Bank, a_list, again, confirm, line_ids
from tests.fund.collections.test_collections import WHY, made, now, numbers


@pytest.fixture
def banked(database: Database, tmp_path: Path) -> Bank:
    return Bank(database, tmp_path)


def paid(database: Database, banked: Bank, *amounts: str) -> queries.CollectionView:
    of = made(database, *amounts)
    banked.tells((of.sum_satang, of.reference))
    with database.read() as session:
        return again(session, of)


def undo(database: Database) -> None:
    with database.write() as session:
        undoing.undo_match(session, line_ids(session)[0], reason=WHY, by=OFFICER)


def references(database: Database, of: queries.CollectionView) -> list[str]:
    """Of what the people of a collection were found to give."""
    with database.read() as session:
        ids = [one.id for one in queries.persons(session, of, limit=10)]
        return [one.reference for one in gifts.pledges_by_id(session, ids).values()]


def test_a_person_of_a_collection_is_not_offered_for_another_line(database: Database, banked: Bank) -> None:
    of = paid(database, banked, "10", "20")
    undo(database)
    banked.tells((1_000, "โอนเงิน"))
    with database.read() as session:
        *_, line = bank.waiting_lines(session, limit=5)
        assert [one.kind for one in offering.offers(session, [line])[0]] == []
    assert now(database, of).state == "open"


@pytest.mark.parametrize("is_undone", [True, False])
def test_a_gift_named_for_a_person_of_a_collection_is_a_gift_beside_it(
    database: Database, banked: Bank, is_undone: bool
) -> None:
    of = paid(database, banked, "10", "20")
    [reference, _] = references(database, of)
    if is_undone:
        undo(database)
    banked.tells((1_000, reference))
    of = now(database, of)
    assert (of.state, of.open_satang) == (("open", 3_000) if is_undone else ("settled", 0))
    with database.write() as session:
        assert len(queries.persons(session, of, limit=10)) == 2
        if is_undone:
            explaining.name_line(session, line_ids(session)[0], of.reference, reason=WHY, by=OFFICER)
    of = now(database, of)
    assert of.state == "settled"


def test_a_list_confirmed_while_its_line_is_settled_meets_it(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    with database.write() as session:
        service.hand_in(session, of.id, rosters.table(a_list("10", "20", "5").encode()), by=OFFICER)
    settler = threading.Thread(target=lambda: banked.tells((3_500, of.reference)))
    with database.write() as session:
        confirm(session, of.id)
        settler.start()
        settler.join(3)
    settler.join(30)
    while jobs.work_once(database, Settings()):
        pass
    assert now(database, of).state == "settled"


def test_what_was_voided_is_not_printed(database: Database, banked: Bank, tmp_path: Path) -> None:
    of = paid(database, banked, "10", "20")
    settings = Settings(files_dir=str(tmp_path))
    with database.write() as session:
        first, second = numbers(session, of)
        receipt_book.void(session, first, reason=WHY, by=OFFICER.name)
    while jobs.work_once(database, settings):
        pass
    with database.read() as session:
        content = bundles.load(session, settings, of.arrivals[0].id, 1)
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    assert second in text and first not in text


def test_a_closed_campaign_takes_no_new_list_but_money_that_came(database: Database, banked: Bank) -> None:
    with database.write() as session:
        campaign = gifts.campaigns(session)[1]
        began = service.begin(session, campaign.id, rosters.table(a_list("10").encode()), by=OFFICER)
        donations.close_campaign(session, campaign.id, by=OFFICER)
        with pytest.raises(CampaignClosedError):
            confirm(session, began)
    banked.tells((1_000, reference_of(database, began)))
    with database.write() as session:
        confirm(session, began)
    explaining.meet_again(database, Settings(), str(began))
    with database.read() as session:
        assert queries.collection(session, began).state == "settled"


def reference_of(database: Database, collection_id: UUID) -> str:
    with database.read() as session:
        return queries.collection(session, collection_id).reference


@pytest.mark.parametrize("is_filed", [True, False])
def test_what_the_bank_told_early_is_on_the_collections_line_once_it_comes(
    database: Database, banked: Bank, is_filed: bool
) -> None:
    of, other = made(database, "10", "20"), made(database, "10", "20")
    with database.write() as session:
        bodies_of = [scb(one.reference, "30.00", f"scb-{place}") for place, one in enumerate((of, other))]
        payments = [(one, bodies.read("scb", one)) for one in bodies_of]
        store(session, [Arrived("scb", payment, one, clock.now()) for one, payment in payments if payment])
        if is_filed:
            filing.file(session, told.take_new(session, 5), [])
    banked.tells((3_000, of.reference))
    with database.read() as session:
        states = told.counts(session).items()
    assert sorted(states) == sorted([("on-statement", 1), ("unknown" if is_filed else "new", 1)])
    assert now(database, of).state == "settled"


def test_a_reference_that_was_cut_off_offers_its_collection(database: Database, banked: Bank) -> None:
    of = made(database, "10", "20")
    banked.tells((3_000, of.reference[:9]), (2_900, of.reference[:9]))
    with database.read() as session:
        lines = bank.waiting_lines(session, limit=5)
        offered = [[(one.kind, one.subject) for one in found] for found in offering.offers(session, lines)]
    assert offered == [[("collection", of.reference)]] * 2
    with database.write() as session:
        offering.choose(session, lines[0].id, "collection", of.reference, reason=WHY, by=OFFICER)
    assert now(database, of).state == "settled"
