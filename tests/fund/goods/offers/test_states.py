"""An offer goes from state to state as the table says, by whom it says, each answer with a reason and a letter."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from fund.audit import Actor
from fund.db import Database
from fund.goods.errors import NotNowError
from fund.goods.offers import queries, service, states
from fund.goods.offers.errors import (
    ChoiceMissingError,
    OfferErasedError,
    OfferNotFoundError,
    PartError,
    PhotoKnownError,
    TooManyPhotosError,
)
from fund.goods.offers.models import OfferStepRow
from fund.goods.offers.service import GIVER
from fund.grants.errors import GrantRoleError
from fund.outbox import OutboxRow
from fund.people.errors import NobodyError
from fund.sealed import destroy
from tests.fund.goods.offers.builders import OFFER, PEOPLE, an_offer, found, who

ACTS = (states.ACCEPT, states.PART, states.DECLINE, states.EXPECT, states.RECEIVE, states.WITHDRAW)
WAYS = {
    states.OFFERED: (),
    states.ACCEPTED: ("accept",),
    states.PART_ACCEPTED: ("part",),
    states.DECLINED: ("decline",),
    states.EXPECTED: ("accept", "expect"),
    states.RECEIVED: ("accept", "receive"),
    states.WITHDRAWN: ("withdraw",),
}


def do(database: Database, number: str, act: str, by: Actor) -> None:
    """One act in a unit of work of its own."""
    with database.write() as session:
        if act == states.EXPECT:
            service.expect(session, number, "รถไปรับวันศุกร์", by=by)
        elif act == states.RECEIVE:
            service.note_received(session, number, by=by)
        elif act == states.WITHDRAW:
            service.withdraw(session, number, by=by)
        else:
            reason, count = next(iter(states.REASONS[act])), 12 if act == states.PART else None
            service.answer(session, number, act, reason, "ขอบคุณ", accepted=count, by=by)


def test_every_pair_of_state_and_act_is_allowed_or_refused_as_the_table_says(database: Database) -> None:
    found(database)
    som, place = who(database, "som"), 0
    for state, way in WAYS.items():
        for act in ACTS:
            place += 1
            number, _ = an_offer(database, key=f"{place:022}")
            for step in way:
                do(database, number, step, som)
            if act in states.acts_from(state):
                do(database, number, act, som)
                expected = states.after(state, act)
            else:
                with pytest.raises(NotNowError):
                    do(database, number, act, som)
                expected = state
            with database.read() as session:
                assert queries.one(session, number).state == expected, (state, act)


def test_each_role_does_its_acts_and_no_other(database: Database) -> None:
    found(database)
    for place, (name, grant) in enumerate(PEOPLE.items()):
        for act in ACTS:
            number, _ = an_offer(database, key=f"{name}-{act}-{place:016}")
            if act in (states.EXPECT, states.RECEIVE):
                do(database, number, states.ACCEPT, who(database, "ton"))
            if grant.role in states.ROLES[act]:
                do(database, number, act, who(database, name))
            else:
                with pytest.raises(GrantRoleError):
                    do(database, number, act, who(database, name))


def test_whoever_offered_takes_back_and_does_nothing_else(database: Database) -> None:
    found(database)
    number, _ = an_offer(database)
    for act in (states.ACCEPT, states.DECLINE):
        with pytest.raises(NobodyError):
            do(database, number, act, GIVER)
    do(database, number, states.WITHDRAW, GIVER)
    with pytest.raises(NotNowError):
        do(database, number, states.WITHDRAW, GIVER)


def test_the_database_refuses_a_step_that_the_table_does_not_have(database: Database) -> None:
    found(database)
    number, _ = an_offer(database)
    do(database, number, states.DECLINE, who(database, "som"))
    with database.read() as session:
        last = session.exec(select(OfferStepRow).where(OfferStepRow.number == number, OfferStepRow.step == 2)).one()
    forged = last.model_dump() | {"step": 3, "before": 2, "state": "declined", "act": "receive", "next": "received"}
    skipped = last.model_dump() | {"step": 3, "before": 1, "state": "offered", "act": "decline"}
    for row in (forged | {"reason": ""}, skipped):
        with pytest.raises(DatabaseError), database.write() as session:
            session.add(OfferStepRow(**row))
            session.flush()


def test_an_answer_says_a_reason_of_its_list_and_a_part_is_a_part(database: Database) -> None:
    found(database)
    number, _ = an_offer(database)
    som = who(database, "som")
    with database.write() as session:
        for act, reason in (("accept", "no_need"), ("decline", ""), ("receive", "needed")):
            with pytest.raises(ChoiceMissingError):
                service.answer(session, number, act, reason, by=som)
        for count in (0, OFFER.quantity, OFFER.quantity + 1, None):
            with pytest.raises(PartError):
                service.answer(session, number, states.PART, "enough", accepted=count, by=som)
        with pytest.raises(OfferNotFoundError):
            service.answer(session, "G000000000", states.ACCEPT, "needed", by=som)


def test_a_letter_leaves_with_an_answer_and_names_the_number_alone(database: Database) -> None:
    found(database)
    number, token = an_offer(database)
    do(database, number, states.PART, who(database, "ton"))
    with database.read() as session:
        (job,) = session.exec(select(OutboxRow).where(OutboxRow.kind == service.ANSWERED)).all()
        assert job.subject == f"{number} 2"
        assert queries.letter(session, number) == ("giver@example.org", token)
        opened = queries.by_link(session, number, token)
    assert (opened.accepted, opened.steps[-1].words) == (12, "ขอบคุณ")


def test_the_same_form_is_one_offer_and_leads_to_the_same_page(database: Database) -> None:
    found(database)
    assert an_offer(database) == an_offer(database) != an_offer(database, key="z" * 22)


def test_a_wrong_secret_and_an_unknown_number_are_the_same_refusal(database: Database) -> None:
    found(database)
    number, token = an_offer(database)
    with database.read() as session:
        for wrong in ((number, token[:-1]), (number, ""), ("G000000000", token)):
            with pytest.raises(OfferNotFoundError):
                queries.by_link(session, *wrong)


def test_photos_are_few_and_each_is_kept_once(database: Database, tmp_path: Path) -> None:
    found(database)
    number, _ = an_offer(database)
    with database.write() as session:
        for place in range(service.MOST_PHOTOS):
            service.add_photo(session, tmp_path, number, b"photo %d" % place, by=GIVER)
        assert queries.photo(session, tmp_path, number, 3) == b"photo 2"
        with pytest.raises(TooManyPhotosError):
            service.add_photo(session, tmp_path, number, b"photo 9", by=GIVER)
    other, _ = an_offer(database, key="o" * 22)
    with database.write() as session:
        service.add_photo(session, tmp_path, other, b"photo", by=GIVER)
        with pytest.raises(PhotoKnownError):
            service.add_photo(session, tmp_path, other, b"photo", by=GIVER)


def test_an_offer_whose_key_is_gone_says_nothing_and_takes_nothing(database: Database, tmp_path: Path) -> None:
    found(database)
    number, token = an_offer(database)
    som = who(database, "som")
    with database.write() as session:
        destroy(session, queries.one(session, number).id)
        opened = queries.by_link(session, number, token)
        assert opened.told is None and queries.letter(session, number)[1] == ""
        with pytest.raises(OfferErasedError):
            service.add_photo(session, tmp_path, number, b"photo", by=GIVER)
        with pytest.raises(OfferErasedError):
            service.answer(session, number, states.DECLINE, "no_need", "words", by=som)
        service.answer(session, number, states.DECLINE, "no_need", by=som)
