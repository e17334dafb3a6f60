"""Gifts to be keyed into e-Donation: each once, by consent, with sums that are the ledger's."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from fund import clock, postings
from fund.audit import AuditRow, ReasonError
from fund.db import Database
from fund.donations import refunds
from fund.donations import service as donations
from fund.donors import service as contacts
from fund.donors.details import ContactDetails
from fund.edonation import service, standing, tables
from fund.edonation.errors import (
    ColumnsError,
    ExportNotFoundError,
    ExportOverError,
    FormError,
    MonthNotFoundError,
    NothingReadyError,
    NotToTakeBackError,
)
from fund.edonation.models import ExportedRow
from fund.edonation.standing import (
    BY_BANK,
    EXPORTED,
    GIVEN_BACK,
    NO_CONSENT,
    NO_ID,
    NO_RULE,
    READY,
    STATES,
    TAKEN_BACK,
    TO_TAKE_BACK,
)
from fund.people.errors import NobodyError
from fund.settings import Settings
from fund.tax import consents
from ledger.identifiers import new_id
from tests import examples
from tests.fund.donations.builders import STAFF, VALID_TAX_ID
from tests.fund.edonation.builders import MONTH, NOW, SINCE, SOMCHAI, Office, a_gift, a_told_pledge

DAY = timedelta(days=1)
FORMULA = ContactDetails(name="=1+1 มีสุข", tax_id=VALID_TAX_ID)
OURS = Settings()


def states(session: Session) -> dict[object, str]:
    """Where each gift of the month stands, by its id."""
    return {one.id: one.state for one in standing.month(session, MONTH).gifts}


def test_every_gift_stands_somewhere_with_its_reason(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
        office.rule(session, fund="D4005", since=SINCE + 21 * DAY, bank_reports=True)
    with database.write() as session, clock.at(NOW):
        told = {
            READY: a_gift(session, a_told_pledge(session)),
            NO_CONSENT: a_gift(session, a_told_pledge(session, agrees=False)),
            NO_ID: a_gift(session),
            NO_RULE: a_gift(session, a_told_pledge(session), occurred_on=SINCE - DAY),
            BY_BANK: a_gift(session, a_told_pledge(session), occurred_on=SINCE + 21 * DAY),
            GIVEN_BACK: a_gift(session, a_told_pledge(session)),
        }
        cash = a_gift(session, occurred_on=SINCE + 21 * DAY, identity=f"{postings.CASH_MONEY}1")
        donations.reverse(session, told[GIVEN_BACK].id, reason="twice", booked_on=MONTH + 22 * DAY, by=STAFF)
    with database.read() as session, clock.at(NOW):
        found = standing.month(session, MONTH)
        assert {one.id: one.state for one in found.gifts} == {
            **{gift.id: state for state, gift in told.items()},
            cash.id: NO_ID,
        }
        assert found.agrees and found.ledger_satang == 6_000 and found.undone_satang == 1_000
        assert set(found.sums) == set(told) and found.sums[NO_ID].amount_satang == 2_000


def test_a_gift_is_handed_out_once_and_its_table_holds_who_agreed(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
    with database.write() as session, clock.at(NOW):
        for contact in (SOMCHAI, FORMULA):
            a_gift(session, a_told_pledge(session, contact))
        a_gift(session, a_told_pledge(session, agrees=False))
        export_id = service.hand_out(session, MONTH, by=office.finance)
        with pytest.raises(NothingReadyError):
            service.hand_out(session, MONTH, by=office.finance)
        saved = {
            form: service.save(session, OURS, export_id, form, "law", by=office.finance) for form in ("csv", "xlsx")
        }
    rows = list(csv.reader(io.StringIO(saved["csv"].content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(saved["xlsx"].content)).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == cells[0] == tables.layout(None).titles
    assert rows[1][:5] == ["1", "20/11/2569", VALID_TAX_ID, "สมชาย ใจดี", "10.00"]
    assert [row[3] for row in rows[1:]] == ["สมชาย ใจดี", "'=1+1 มีสุข"] and len(cells) == 3
    assert cells[2][3] == "=1+1 มีสุข" and sheet["D3"].data_type == "s" and sheet["E3"].value == 10
    assert sheet["C2"].value == VALID_TAX_ID and sheet["C2"].data_type == "s"
    with database.read() as session:
        views = session.exec(select(AuditRow).where(AuditRow.action == "contact.viewed")).all()
        assert len(views) == 4 and {one.reason for one in views} == {"law"}
        assert not any(SOMCHAI.name in f"{one.subject}{saved['csv'].name}" for one in views)


def test_a_table_is_saved_for_a_week_with_a_reason_and_only_what_still_holds(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
    with database.write() as session, clock.at(NOW):
        kept, undone, erased, withdrawn = (a_told_pledge(session) for _ in range(4))
        gifts = [a_gift(session, one) for one in (kept, undone, erased, withdrawn)]
        export_id = service.hand_out(session, MONTH, by=office.finance)
        donations.reverse(session, gifts[1].id, reason="twice", booked_on=MONTH + 22 * DAY, by=STAFF)
        assert erased.pledge.contact_id and withdrawn.pledge.contact_id
        contacts.forget(session, erased.pledge.contact_id, by=STAFF)
        consents.withdraw(session, withdrawn.pledge.contact_id, by=STAFF)
        table = service.save(session, OURS, export_id, "csv", "law", by=office.finance)
        assert table.content.count(b"\r\n") == 2
        refusals = [("csv", "", ReasonError), ("pdf", "law", FormError)]
        for form, reason, refused in refusals:
            with pytest.raises(refused):
                service.save(session, OURS, export_id, form, reason, by=office.finance)
        with pytest.raises(ExportNotFoundError):
            service.save(session, OURS, new_id(), "csv", "law", by=office.finance)
        with pytest.raises(NobodyError):
            service.hand_out(session, MONTH, by=STAFF)
        with pytest.raises(MonthNotFoundError):
            service.hand_out(session, MONTH + 60 * DAY, by=office.finance)
    later = NOW + timedelta(days=service.SAVED_FOR_DAYS)
    with database.write() as session, clock.at(later), pytest.raises(ExportOverError):
        service.save(session, OURS, export_id, "csv", "law", by=office.finance)


def test_what_was_handed_out_and_given_back_is_taken_back(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
    with database.write() as session, clock.at(NOW):
        undone, refunded, stays = (a_gift(session, a_told_pledge(session)) for _ in range(3))
        service.hand_out(session, MONTH, by=office.finance)
        donations.reverse(session, undone.id, reason="twice", booked_on=MONTH + 22 * DAY, by=STAFF)
        refunds.ask(session, refunded.id, reason="asked", by=office.finance)
        refunds.decide(session, refunded.id, by=office.treasurer)
        expected = {undone.id: TO_TAKE_BACK, refunded.id: TO_TAKE_BACK, stays.id: EXPORTED}
        assert states(session) == expected
        assert {one.id for one in standing.to_take_back(session)} == {undone.id, refunded.id}
        service.take_back(session, undone.id, by=office.finance)
        assert states(session) == expected | {undone.id: TAKEN_BACK}
        for donation_id in (undone.id, stays.id, new_id()):
            with pytest.raises(NotToTakeBackError):
                service.take_back(session, donation_id, by=office.finance)
        assert standing.month(session, MONTH).agrees


def test_the_database_keeps_what_was_handed_out_and_wants_consent(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
    with database.write() as session, clock.at(NOW):
        a_gift(session, a_told_pledge(session))
        unasked = a_gift(session, pledge := a_told_pledge(session, agrees=False))
        export_id = service.hand_out(session, MONTH, by=office.finance)
        row = session.exec(select(ExportedRow)).one()
        twice, chain = row.model_dump(), row.chain
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(ExportedRow(**twice | {"position": 2}))
    assert pledge.pledge.contact_id
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            ExportedRow(
                donation_id=unasked.id,
                export_id=export_id,
                position=2,
                contact_id=pledge.pledge.contact_id,
                chain=chain,
            )
        )


kinds = st.lists(
    st.tuples(st.sampled_from(["named", "silent", "poster"]), st.integers(1, 10**9), st.booleans()), max_size=7
)


@settings(
    max_examples=examples.count(8), phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kinds)
def check_sums(database: Database, office: Office, told: list[tuple[str, int, bool]]) -> None:
    with database.write() as session, clock.at(NOW):
        for kind, amount, is_undone in told:
            pledged = None if kind == "poster" else a_told_pledge(session, agrees=kind == "named")
            gift = a_gift(session, pledged, amount_satang=amount)
            if is_undone:
                donations.reverse(session, gift.id, reason="x", booked_on=MONTH + 22 * DAY, by=STAFF)
        found = standing.month(session, MONTH)
        if READY in found.sums:
            service.hand_out(session, MONTH, by=office.finance)
        after = standing.month(session, MONTH)
    assert found.agrees and after.agrees
    assert sum(one.amount_satang for one in after.sums.values()) == after.amount_satang
    assert READY not in after.sums and set(after.sums) <= set(STATES)


def test_the_lists_sums_are_the_ledgers(database: Database) -> None:
    office = Office(database)
    with database.write() as session:
        office.rule(session)
    check_sums(database, office)


def test_a_list_that_forgets_what_was_undone_is_seen(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same check over a list that leaves out gifts that were given back."""
    office = Office(database)
    honest = standing._gifts
    with database.write() as session:
        office.rule(session)
    monkeypatch.setattr(standing, "_gifts", lambda *asked: [one for one in honest(*asked) if one.state != GIVEN_BACK])
    with pytest.raises(AssertionError):
        check_sums(database, office)


def test_columns_are_the_layouts(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'date = "%Y-%m-%d"\nera = 0\n[[columns]]\ntitle = "Day"\nfield = "day"\n'
        '[[columns]]\ntitle = "Kind"\nvalue = "cash"\n'
    )
    gift = tables.Keyed(1, SINCE, "ก", "1", 100, "", "", "", "1", "", "", "")
    assert tables.as_csv(tables.layout(path), [gift]).decode("utf-8-sig") == "Day,Kind\r\n2026-11-01,cash\r\n"
    for wrong in (
        "",
        "columns = []",
        'era = 1\n[[columns]]\ntitle = "x"',
        '[[columns]]\ntitle = "x"\nfield = "secret"',
    ):
        path.write_text(wrong)
        with pytest.raises(ColumnsError):
            tables.layout(path)
