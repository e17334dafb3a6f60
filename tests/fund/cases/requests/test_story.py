"""Requests over HTTP, from the case manager's form to the award, and everything that is refused on the way."""

import logging
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from markupsafe import escape
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import clock, language
from fund.cases import sealing
from fund.cases.children import Guardian
from fund.cases.in_kind import service as in_kind
from fund.db import Database
from fund.grants import paying
from fund.grants.errors import NotInThisStateError
from fund.people import duties
from fund.people.powers import Grant
from tests.fund.browsing import Browser, a_person, browser
from tests.fund.canaries import left_by, left_in, seen
from tests.fund.cases.following.builders import agree
from tests.fund.cases.requests.builders import (
    CHILD,
    MOTHER,
    TODAY,
    WORDS,
    a_case,
    actor,
    as_one,
    ask,
    at,
    decide,
    give,
    part_states,
    person_id,
    request_of,
    send,
    send_form,
    settle_in,
    typed,
    wrong,
)
from tests.fund.goods.store import a_store_of

PAPER = ("offer.pdf", b"%PDF-1.4 an offer", "application/pdf")


@pytest.fixture
def client(database_url: str, database: Database, tmp_path: Path) -> Iterator[Browser]:
    places = {"mail_dir": str(tmp_path / "mail"), "files_dir": str(tmp_path / "files")}
    with clock.at(TODAY), browser(database_url, **places) as client:
        settle_in(client)
        yield client


def thai(text: str) -> str:
    """What a page says, as it stands in it."""
    said = language.gettext("th", text)
    assert said != text
    return str(escape(said))


def test_a_request_is_asked_questioned_changed_approved_by_two_and_awarded(client: Browser) -> None:
    give(client, 2_000_000)
    code = a_case(client)
    here = ask(client, code, amount_1="6000", amount_2="4000", due_2="2027-01-04")
    assert thai("Requests that wait to be decided") in as_one(client, "core").get("/staff").text
    page = client.get(here).text
    assert WORDS in page and MOTHER.name in page and "…5678" in page and "GEN" in page
    assert decide(client, "core", here, "ask_back", reason=" ").status_code == 400
    assert decide(client, "core", here, "ask_back", reason="ขอใบเสนอราคา").status_code == 303
    assert thai("Questions about requests") in as_one(client, "manager").get("/staff").text
    assert "ขอใบเสนอราคา" in client.get(here).text
    changed = typed(version="1", amount_1="5000", amount_2="4000", due_2="2027-01-04", words="ใหม่")
    assert send_form(client, f"{here}/edit", changed, paper=PAPER).status_code == 303
    page = as_one(client, "core").get(here).text
    assert thai("Changed since it was read last") in page and "<del>10,000.00</del>" in page
    assert decide(client, "core", here, version=2).status_code == 303
    assert thai("You have approved it. Somebody else gives the second approval.") in client.get(here).text
    assert thai("Requests that wait to be decided") not in client.get("/staff").text
    assert decide(client, "core", here, version=2).status_code == 409
    assert decide(client, "team", here, version=2).status_code == 303
    assert (request_of(client, here).state, part_states(client, here)) == ("awarded", ["awarded"] * 2)
    page = as_one(client, "manager").get(f"/staff/cases/{code}?why=case_work").text
    assert thai("Promised") in page and "9,000.00" in page and here in page
    assert wrong(client) == []


def test_what_no_fund_can_pay_waits_and_is_awarded_when_money_has_come(client: Browser) -> None:
    here = ask(client, a_case(client))
    assert decide(client, "core", here).status_code == 303
    assert request_of(client, here).state == "waiting"
    page = as_one(client, "team").get("/staff/requests").text
    assert thai("Approved, waits for money") in page and '<p class="amount">1,000.00</p>' in page
    assert decide(client, "team", here, "award").status_code == 303 and request_of(client, here).state == "waiting"
    give(client, 100_000)
    assert decide(client, "team", here, "award").status_code == 303
    assert (request_of(client, here).state, part_states(client, here)) == ("awarded", ["awarded"])


def test_a_form_sent_twice_makes_one_request_and_one_change(client: Browser) -> None:
    code, form = a_case(client), typed()
    answers = [send_form(as_one(client, "manager"), f"/staff/cases/{code}/requests", form, paper=PAPER) for _ in "12"]
    assert [one.status_code for one in answers] == [303, 303]
    (here,) = {one.headers["location"] for one in answers}
    change = typed(version="1", amount_1="7")
    assert [send_form(client, f"{here}/edit", change).status_code for _ in "12"] == [303, 303]
    assert (request_of(client, here).version, len(re.findall(r"/papers/[0-9a-f-]{36}", client.get(here).text))) == (
        2,
        1,
    )
    other = a_case(client, name="เด็กชายเมฆ ตัวอย่าง")
    assert send_form(client, f"/staff/cases/{other}/requests", form).status_code == 404


# T52: two tabs, and an edit between reading and approving.


def test_an_approval_of_what_was_changed_meanwhile_comes_back_with_the_difference(client: Browser) -> None:
    give(client, 2_000_000)
    here = ask(client, a_case(client))
    page = as_one(client, "core").get(here).text
    assert thai("Changed since it was read last") not in page and 'name="version" value="1"' in page
    changed = typed(version="1", amount_1="4000", payee_name="ร้านใหม่", payee_kind="shop", account="0899999999")
    assert send_form(as_one(client, "manager"), f"{here}/edit", changed).status_code == 303
    refused = decide(client, "core", here, version=1)
    assert refused.status_code == 409 and "<del>1,000.00</del>" in refused.text and "4,000.00" in refused.text
    assert thai("another payee") in refused.text and request_of(client, here).state == "asked"
    assert send_form(as_one(client, "manager"), f"{here}/edit", typed(version="1", amount_1="9")).status_code == 409
    assert decide(client, "core", here, version=2).status_code == 303
    assert request_of(client, here).state == "awarded"
    assert decide(client, "core", here, version=2).status_code == 409  # the other tab
    assert send_form(as_one(client, "manager"), f"{here}/edit", typed(version="2")).status_code == 409


def test_the_same_purpose_in_a_term_needs_a_reason_which_stays(client: Browser) -> None:
    code = a_case(client)
    first, path = ask(client, code), f"/staff/cases/{code}/requests"
    refused = send_form(client, path, typed(words="ยังไม่พอ"))
    assert refused.status_code == 409 and 'id="again-error"' in refused.text and "ยังไม่พอ" in refused.text
    second = ask(client, code, again="รถขึ้นราคา")
    page = as_one(client, "core").get(second).text
    assert "รถขึ้นราคา" in page and first in page
    assert "รถขึ้นราคา" not in client.get(first).text
    changed = send_form(as_one(client, "manager"), f"{second}/edit", typed(version="1", again="ย้ายบ้านไกลขึ้น"))
    page = as_one(client, "core").get(second).text
    assert changed.status_code == 303 and "ย้ายบ้านไกลขึ้น" in page and "รถขึ้นราคา" not in page
    as_one(client, "manager")
    ask(client, code, term="2570/1")
    third = ask(client, code, purpose="food")
    edit = send_form(client, f"{third}/edit", typed(version="1"))
    assert edit.status_code == 409 and 'id="again-error"' in edit.text
    chain = f"grant:{third.rpartition('/')[2]}"
    by_hand = "INSERT INTO requests_purpose VALUES (:chain, :code, 'travel', '2569/2', {})"
    with pytest.raises(DBAPIError), at(client).write() as session:
        session.connection().execute(text(by_hand.format("NULL")), {"chain": chain, "code": code})
    by_hand = by_hand.replace("VALUES (:chain, :code, 'travel', '2569/2', {})", "SELECT :chain, case_code, purpose,"
                              " term, sealed FROM requests_purpose WHERE sealed IS NOT NULL")  # fmt: skip
    with at(client).write() as session:  # the control: with a reason it is taken
        assert session.connection().execute(text(by_hand), {"chain": chain}).rowcount == 1


def test_a_child_who_turned_twenty_and_one_s_own_child_are_not_asked_for(client: Browser) -> None:
    grown, own = a_case(client, birth_on=date(2006, 11, 25)), a_case(client, guardian=Guardian("manager", "mother"))
    waits = ask(client, grown)
    with clock.at(TODAY + timedelta(days=2)):
        for code, status, says in ((grown, 409, "อายุครบ 20 ปีแล้ว"), (own, 403, "ให้เพื่อนร่วมงานทำแทน")):
            page = as_one(client, "manager").get(f"/staff/cases/{code}/requests").text
            assert says in page and "data-draft" not in page
            assert send_form(client, f"/staff/cases/{code}/requests", typed(purpose="food")).status_code == status
        assert decide(client, "core", waits).status_code == 409
    ask(client, own, "colleague")


def test_without_consent_nothing_is_asked_for_and_the_way_to_it_is_shown(client: Browser) -> None:
    code = a_case(client, "photos")
    page = as_one(client, "manager").get(f"/staff/cases/{code}/requests").text
    assert thai("Note the consent") in page and f"/staff/cases/{code}?why=case_work#consent" in page
    assert send_form(client, f"/staff/cases/{code}/requests", typed()).status_code == 409
    assert as_one(client, "elsewhere").get(f"/staff/cases/{code}/requests").status_code == 404
    assert as_one(client, "core").get(f"/staff/cases/{code}/requests").status_code == 200
    assert send_form(client, f"/staff/cases/{code}/requests", typed()).status_code == 403


def test_what_is_typed_wrong_is_said_at_its_field_and_stays(client: Browser) -> None:
    code = a_case(client)
    wrong = typed(purpose="phone", term="2500/1", amount_1="1.234", due_1="2020-01-01", amount_2="5", words=" ")
    refused = send_form(as_one(client, "manager"), f"/staff/cases/{code}/requests", wrong | {"account": "12"})
    assert refused.status_code == 400 and 'value="1.234"' in refused.text
    for field in ("purpose", "term", "amount_1", "due_1", "due_2", "words", "payee"):
        assert f'id="{field}-error"' in refused.text, field
    mine = send_form(client, f"/staff/cases/{code}/requests", typed(payee_name="manager"))
    assert mine.status_code == 403 and 'id="payee-error"' in mine.text
    stolen = send_form(client, f"/staff/cases/{code}/requests", typed(payee="018f0000-0000-7000-8000-000000000000"))
    assert stolen.status_code == 400


def test_nobody_decides_for_a_child_whom_they_answer_for_nor_about_their_own_money(client: Browser) -> None:
    give(client, 2_000_000)
    of_core, paid_to_team = a_case(client, guardian=Guardian("นาง core", "mother")), typed(payee_name="นางสาว team")
    for name, here in (("core", ask(client, of_core)), ("team", ask(client, a_case(client), **paid_to_team))):
        refused = decide(client, name, here)
        assert refused.status_code == 403 and request_of(client, here).state == "asked"
        assert decide(client, "third", here).status_code == 303


# T51: nobody approves what they asked for.


def test_nobody_approves_their_own_request_by_form_through_another_or_after_a_change_of_roles(client: Browser) -> None:
    give(client, 2_000_000)
    code = a_case(client)
    here = ask(client, code, "both")
    assert decide(client, "both", here).status_code == 403
    for act in ("ask_back", "decline"):
        assert decide(client, "both", here, act, reason="x").status_code == 403
    both, paper, today = person_id(client, "both"), "ab" * 32, clock.today()
    with at(client).write() as session:
        through = duties.appoint(session, person_id(client, "core"), both, today, today, paper,
                                 by=actor(client, "treasurer"))  # fmt: skip
    assert str(through) in as_one(client, "core").get(here).text
    assert decide(client, "core", here, stand_in=str(through)).status_code == 403
    assert decide(client, "manager", here).status_code == 403
    assert request_of(client, here).state == "asked"
    assert decide(client, "team", here).status_code == 303 and request_of(client, here).state == "awarded"


def test_a_stand_in_approves_in_another_s_place_and_the_page_says_so(client: Browser) -> None:
    give(client, 2_000_000)
    here, today = ask(client, a_case(client)), clock.today()
    with at(client).write() as session:
        through = duties.appoint(session, person_id(client, "core"), person_id(client, "team"), today,
                                 today, "ab" * 32, by=actor(client, "treasurer"))  # fmt: skip
    assert decide(client, "third", here, stand_in=str(through)).status_code == 403
    assert decide(client, "core", here, stand_in="x").status_code == 403
    assert decide(client, "core", here, stand_in=str(through)).status_code == 303
    assert "team" in client.get(here).text


def test_whoever_declared_a_tie_neither_asks_nor_approves(client: Browser) -> None:
    code = a_case(client)
    here = ask(client, code)
    for name in ("colleague", "core"):
        with at(client).write() as session:
            duties.declare(session, person_id(client, name), code, "relative", by=actor(client, name))
    assert (
        send_form(as_one(client, "colleague"), f"/staff/cases/{code}/requests", typed(purpose="food")).status_code
        == 403
    )
    assert decide(client, "core", here).status_code == 403


def test_a_consent_taken_back_between_award_and_payment_holds_it_until_it_is_given_again(client: Browser) -> None:
    give(client, 2_000_000)
    code = a_case(client)
    here, waits = ask(client, code), ask(client, code, purpose="food")
    assert decide(client, "core", here).status_code == 303
    consent = f"/staff/cases/{code}/consents/{client.app.state.consent_id}/withdraw"
    assert send(as_one(client, "manager"), consent, why="case_work").status_code == 303
    assert (part_states(client, here), request_of(client, waits).state) == (["held"], "questioned")
    request_id = UUID(here.rpartition("/")[2])
    with at(client).write() as session:
        finance = a_person(session, "finance", Grant("finance"))
    with pytest.raises(NotInThisStateError), at(client).write() as session:
        paying.prepare(session, request_id, 1, by=actor(client, finance.name))
    release = {"act": "release", "reason": "คุยกับแม่แล้ว"}
    assert send(as_one(client, "team"), f"{here}/parts/1", **release).status_code == 409
    assert send(as_one(client, "manager"), f"{here}/parts/1", **release).status_code == 403
    agree(at(client), code, "help", by=actor(client))
    assert send(as_one(client, "team"), f"{here}/parts/1", **release).status_code == 303
    assert part_states(client, here) == ["awarded"]
    assert wrong(client) == []


def test_a_part_is_held_by_the_case_manager_and_cancelled_by_the_core_team(client: Browser) -> None:
    give(client, 2_000_000)
    here = ask(client, a_case(client))
    decide(client, "core", here)
    assert send(as_one(client, "manager"), f"{here}/parts/1/hold", reason="ย้ายบ้าน").status_code == 303
    assert send(client, f"{here}/parts/1", act="cancel", reason="x").status_code == 403
    assert send(as_one(client, "team"), f"{here}/parts/1", act="cancel", reason="").status_code == 400
    assert send(client, f"{here}/parts/1", act="cancel", reason="ย้ายออกนอกจังหวัด").status_code == 303
    assert part_states(client, here) == ["cancelled"] and "ย้ายออกนอกจังหวัด" in client.get(here).text
    assert send(client, f"{here}/parts/1", act="hold", reason="x").status_code == 400


# The page of limits.


def test_a_limit_is_proposed_by_one_agreed_by_another_and_counts_from_its_day(client: Browser) -> None:
    limits, day = "/staff/limits", (clock.today() + timedelta(days=2)).isoformat()
    give(client, 2_000_000)
    assert send(as_one(client, "core"), limits, amount="500", since=clock.today().isoformat()).status_code == 400
    assert 'value="5x"' in send(client, limits, amount="5x", since=day).text
    assert send(client, limits, amount="500", since=day).status_code == 303
    (agree_to,) = set(re.findall(r"/staff/limits/[0-9a-f-]{36}/agree", as_one(client, "treasurer").get(limits).text))
    assert agree_to not in as_one(client, "core").get(limits).text
    assert send(client, agree_to).status_code == 403
    assert send(as_one(client, "auditor"), agree_to).status_code == 403
    assert thai("Limits and uses of funds that somebody proposes") in as_one(client, "treasurer").get("/staff").text
    assert send(client, agree_to).status_code == 303 and send(client, agree_to).status_code == 409
    here = ask(client, a_case(client))
    with clock.at(TODAY + timedelta(days=2)):
        decide(client, "core", here)
        assert request_of(client, here).state == "asked"
        decide(client, "team", here)
    assert request_of(client, here).state == "awarded"


def test_a_purpose_that_no_fund_may_pay_any_more_is_named_with_why_not(client: Browser) -> None:
    limits, day = "/staff/limits", (clock.today() + timedelta(days=1)).isoformat()
    for fund in ("GEN", "D4001"):
        told = {"fund": fund, "purpose": "travel", "is_allowed": "no", "from_day": day}
        assert send(as_one(client, "core"), f"{limits}/funds", **told).status_code == 303
    refused = send(client, f"{limits}/funds", fund="OPS", purpose="travel", is_allowed="yes", from_day=day)
    assert refused.status_code == 400 and 'id="fund-error"' in refused.text
    for agree_to in set(re.findall(r"/staff/limits/[0-9a-f-]{36}/agree", as_one(client, "treasurer").get(limits).text)):
        assert send(client, agree_to).status_code == 303
    code = a_case(client)
    with clock.at(TODAY + timedelta(days=1)):
        page = as_one(client, "manager").get(f"/staff/cases/{code}/requests").text
        assert thai("Its money is for another district.") in page and 'value="travel"' not in page
        refused = send_form(client, f"/staff/cases/{code}/requests", typed())
        assert refused.status_code == 400 and 'id="purpose-error"' in refused.text


# Nothing of the child is left anywhere.


def live(client: Browser) -> None:
    """A request with a reason, a question, a change and a refusal, all full of names."""
    code = a_case(client)
    here = ask(client, code)
    ask(client, code, again=f"อีกครั้ง {CHILD.name}")
    decide(client, "core", here, "ask_back", reason=f"ถาม {CHILD.name}")
    send_form(as_one(client, "manager"), f"{here}/edit", typed(version="1"), paper=PAPER)
    send_form(client, f"/staff/cases/{code}/requests", typed(payee_kind=CHILD.name, term=CHILD.name))
    as_one(client, "core").get(here)


def left(client: Browser, tmp_path: Path, log: str) -> list[str]:
    return seen({"log": log.encode()} | left_by(at(client)) | dict(left_in(tmp_path / "files")))


def test_no_name_is_left_on_the_way(client: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    live(client)
    assert left(client, tmp_path, caplog.text) == []


def test_what_is_not_sealed_is_found(
    client: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same hunt, where what is written lies open."""
    code = a_case(client)
    monkeypatch.setattr(sealing, "close", lambda _session, _child, _place, _row, said: str(said).encode())
    ask(client, code)
    assert left(client, tmp_path, caplog.text) != []


def test_goods_and_money_of_one_week_come_to_the_limit_together(client: Browser, tmp_path: Path) -> None:
    give(client, 2_000_000)
    code, store = a_case(client), a_store_of(at(client), tmp_path / "files", "goods ")
    store.lot(10, 250_000)
    goods = [store.act(in_kind.ask, code, store.uniform, "S", 1, by="nok") for _ in range(2)]
    assert store.act(in_kind.approve, goods[0], by="ton")
    here = ask(client, code, amount_1="3000")
    assert decide(client, "core", here).status_code == 303
    assert request_of(client, here).state == "asked"
    assert decide(client, "team", here).status_code == 303
    assert request_of(client, here).state == "awarded"
    assert not store.act(in_kind.approve, goods[1], by="ton")
    assert store.act(in_kind.approve, goods[1], by="kaew")


def test_the_same_money_alone_is_awarded_by_one(client: Browser) -> None:
    """The control."""
    give(client, 2_000_000)
    here = ask(client, a_case(client), amount_1="3000")
    decide(client, "core", here)
    assert request_of(client, here).state == "awarded"
