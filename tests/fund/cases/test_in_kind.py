"""Help in goods for a real case: consent first, signed for by the family, free again when consent is taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import clock
from fund.cases import service as cases
from fund.cases.children import Child
from fund.cases.errors import ConsentMissingError
from fund.cases.handing.errors import OwnHandoverError
from fund.cases.in_kind import service
from fund.cases.in_kind.service import Signed, Signer
from fund.cases.places import CasePlace
from fund.db import Database
from fund.goods import awards
from fund.people import duties
from fund.people.errors import ConflictError
from tests.fund.cases.following.builders import agree, take_consent_back
from tests.fund.goods.store import PAPER, TODAY, Store, a_store


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Iterator[Store]:
    with clock.at(TODAY):
        yield a_store(database, tmp_path)


def test_goods_wait_for_consent_and_stop_with_it(store: Store) -> None:
    lot, nok = store.lot(5), store.people["nok"]
    code = store.act(cases.open_case, Child("เด็กหญิงใบตอง"), CasePlace("4001"), by="nok")
    with pytest.raises(ConsentMissingError):
        store.act(service.ask, code, store.uniform, "S", 2, by="nok")
    consent = agree(store.database, code, "help", by=nok)
    request_id = store.act(service.ask, code, store.uniform, "S", 2, by="nok")
    assert store.act(service.approve, request_id, by="ton") and store.stands(lot) == (5, 2)
    with pytest.raises(OwnHandoverError):
        hand_out(store, request_id, "nok")
    take_consent_back(store.database, code, consent, by=nok)
    assert store.stands(lot) == (5, 0)
    assert store.ask(awards.state_of, f"goods-grant:{request_id}") == "stopped"
    with pytest.raises(ConsentMissingError):
        hand_out(store, request_id, "นางจันทร์")
    assert (store.on("5200"), store.wrong()) == (0, [])


def test_who_declared_a_tie_to_the_child_approves_no_goods_for_it(store: Store) -> None:
    lot, nok, ton = store.lot(5), store.people["nok"], store.people["ton"]
    code = store.act(cases.open_case, Child("เด็กหญิงใบตอง"), CasePlace("4001"), by="nok")
    agree(store.database, code, "help", by=nok)
    request_id = store.act(service.ask, code, store.uniform, "S", 2, by="nok")
    store.act(duties.declare, ton.person_id, code, "relative", by="nok")
    with pytest.raises(ConflictError):
        store.act(service.approve, request_id, by="ton")
    assert store.stands(lot) == (5, 0)
    assert store.act(service.approve, request_id, by="kaew") and store.stands(lot) == (5, 2)


def hand_out(store: Store, request_id: object, who: str) -> object:
    signed = Signed(Signer(who, "mother"), "paper", PAPER)
    return store.act(service.hand_out, store.folder, request_id, store.places[0], signed, by="som")
