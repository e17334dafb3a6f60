"""What does not go as planned, over HTTP: referrals, another drop-out, lost papers, money that comes back or waits.

And what is tried in secret: a file changed after it was authorised, a link used late, a second account of one person.
"""

from datetime import date, timedelta
from uuid import UUID

import pytest

from fund import clock, files
from fund.cases import service
from fund.cases.following import chores
from fund.grants import run_views
from fund.grants.payees import Payee
from fund.settings import Settings
from tests.stories import people
from tests.stories.casework import CHILD, CORE, DEMO, FINANCE, MANAGER, MOTHER, REASON, TREASURER, Office
from tests.stories.pages import Visitor

SHARED = ("help", "share_with_partners")


def refer(office: Office, code: str, to: str) -> str:
    """The page of a referral to an office."""
    manager = office.of(MANAGER)
    page = manager.open(f"/staff/cases/{code}/following")
    sent = manager.send(page, "/following", office=to, name="yes", words=f"ขอรถให้ {CHILD}")
    return max(link for link in sent.links if "/staff/referrals/0" in link)


def answer(office: Office, address: str, act: str, words: str = "") -> Visitor:
    partner = office.of("partner")
    page = partner.open(address)
    assert CHILD in page.words and partner.send(page, address.rpartition("/")[2], act=act, words=words).status == 200
    return partner


def test_a_referral_that_an_office_accepts_brings_the_case_on(office: Office) -> None:
    code = office.a_case("assess", "plan", scopes=SHARED)
    address = refer(office, code, "education")
    partner = answer(office, address, "accept")
    assert office.stage(code) == "referred"
    assert (
        "help is done"
        in partner.send(partner.open(address), address.rpartition("/")[2], act="finish", words="จัดรถแล้ว").words
    )


def test_a_referral_that_an_office_declines_goes_to_another(office: Office) -> None:
    code = office.a_case("assess", "plan", scopes=SHARED)
    address = refer(office, code, "education")
    partner = answer(office, address, "decline", "ไม่มีรถ")
    assert CHILD not in partner.open(address).words
    manager = office.of(MANAGER)
    page = manager.open(address)
    assert "ไม่มีรถ" in page.words
    manager.send(page, address.rpartition("/")[2], act="look_at")
    other = refer(office, code, "welfare")
    assert office.of("partner").open(other).status == 404 and "Waits" in office.of(MANAGER).open(other).words
    assert office.stage(code) == "planned"


def test_a_child_who_drops_out_again_opens_the_case_anew_and_holds_what_is_promised(
    office: Office, settings: Settings
) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    promised = office.awarded(code, 6_000)
    office.act(service.move, code, "help")
    with clock.at(people.NOW + timedelta(days=31)):
        chores.look_after(office.database, settings)
        watcher = office.of("watcher")
        page = watcher.open("/staff/follow-ups")
        (form,) = [one for one in page.forms if "/staff/follow-ups/" in one.action]
        watcher.send(page, form.action, act="drop_out", words="ไปทำงาน")
        assert (office.stage(code), office.states(promised)) == ("reopened", ["held"])
        core = office.of(CORE)
        bad = core.open(form.action)
        core.send(bad, form.action, act="look_at", words=REASON)
        assert office.states(promised) == ["awarded"]


def test_a_lost_voucher_is_replaced_by_what_two_state_and_a_third_accepts(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    request_id = office.awarded(code, 6_000)
    office.pay(request_id, 6_000)
    address = f"/staff/handovers/{request_id}/1"
    manager = office.of(MANAGER)
    manager.send(manager.open(address), "/lost", replaces="voucher", words="น้ำท่วม")
    assert "Papers complete" not in office.accept(request_id, DEMO).words
    core = office.of(CORE)
    core.send(core.open(address), "/join")
    assert "Papers complete" not in office.accept(request_id, CORE).words
    assert "Papers complete" in office.accept(request_id, DEMO).words


def test_a_payment_that_comes_back_is_given_up_and_asked_for_anew_to_another_account(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    first = office.awarded(code, 6_000)
    run = office.pay(first, 6_000)
    office.tell((6_000, "คืนเงินโอน 9876543210"))
    office.match()
    finance = office.of(FINANCE)
    assert office.states(first) == ["came_back"] and f"{first}:1" in finance.open("/staff/runs/new").source
    treasurer = office.of(TREASURER)
    treasurer.send(treasurer.open(run.address), "/give-up", reason="บัญชีปิดแล้ว")
    other = Payee("guardian", MOTHER, "GSB", "020012345678")
    second = office.asked(code, 6_000, payee=other, again="บัญชีเดิมปิดแล้ว")
    core = office.of(CORE)
    page = core.open(f"/staff/requests/{second}")
    assert "บัญชีเดิมปิดแล้ว" in page.words and "Awarded" in core.send(page, "/approve").words
    assert "Settled" in office.pay(second, 6_000).words
    assert (office.states(first), office.states(second)) == (["given_up"], ["left"])


def test_a_family_that_received_nothing_is_heard_by_the_core_team_and_the_next_part_waits(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    request_id = office.awarded(code, 4_000, 4_000)
    office.pay(request_id, 4_000)
    office.answer(office.link_for_the_family(request_id), answer="deny", words="ยังไม่ได้รับ", signature="")
    assert office.states(request_id) == ["left", "held"]
    core, address = office.of(CORE), f"/staff/handovers/{request_id}/1"
    assert address in core.open("/staff/handovers").source
    page = core.open(address)
    assert "ยังไม่ได้รับ" in page.words
    core.send(page, "/look", act="again", words=REASON)
    assert office.states(request_id) == ["left", "awarded"]


def test_a_consent_taken_back_after_the_award_keeps_the_money_here_until_it_is_given_again(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    request_id = office.awarded(code, 6_000)
    run = office.prepare(request_id)
    manager = office.of(MANAGER)
    manager.send(manager.open(f"/staff/cases/{code}?why=case_work"), "/withdraw")
    page = office.of(TREASURER).open(run.address)
    assert not any(form.action.endswith("/authorise") for form in page.forms)
    assert office.states(request_id) == ["held"]


# What is tried in secret.


def test_a_payment_file_that_was_changed_after_it_was_authorised_is_not_handed_out(
    office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.receive("100")
    request_id = office.awarded(office.a_case("assess", "plan"), 6_000)
    address = office.prepare(request_id).address
    treasurer = office.of(TREASURER)
    treasurer.send(treasurer.open(address), "/authorise")
    finance = office.of(FINANCE)
    whole = finance.send(finance.open(address), "/file")
    assert whole.status == 200 and b"9876543210" in whole.content
    with office.database.read() as session:
        signed = run_views.run(session, UUID(address.rpartition("/")[2])).authorised
    assert signed is not None and signed.file_sha256 in finance.open(address).words.replace(" ", "")
    changed = whole.content.replace(b"9876543210", b"9876543219")
    monkeypatch.setattr(files, "load", lambda *_: changed)
    refused = finance.send(finance.open(address), "/file")
    assert refused.status >= 400 and b"9876543219" not in refused.content


def test_a_family_s_link_opens_nothing_once_it_is_late(office: Office) -> None:
    office.receive("100")
    request_id = office.awarded(office.a_case("assess", "plan"), 6_000)
    office.pay(request_id, 6_000)
    link = office.link_for_the_family(request_id)
    page = office.family().open(link)
    with clock.at(people.NOW + timedelta(days=4)):
        assert office.is_over(link)
        assert office.family().send(page, link, answer="receive", who=MOTHER, relation="mother").status == 404


def test_late_evidence_ends_new_requests_and_not_a_change_of_one_that_is_open(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    request_id = office.awarded(code, 6_000)
    office.pay(request_id, 6_000)
    waits = office.asked(code, 1_000, purpose="food")
    office.of(MANAGER).open(f"/staff/handovers/{request_id}/1")
    with clock.at(people.NOW + timedelta(days=40)):
        manager = office.of(MANAGER)
        refused = manager.open(f"/staff/cases/{code}/requests")
        assert "Evidence is late" in refused.words and not any(
            one.action.endswith("/requests") for one in refused.forms
        )
        page = manager.open(f"/staff/requests/{waits}/edit")
        today = clock.today().isoformat()
        changed = manager.upload(page, "/edit", "", b"", field="paper", amount_1="9", due_1=today, words="ลดลง")
        assert changed.status == 200 and "9.00" in changed.words


def test_a_child_who_turns_twenty_between_request_and_award_is_given_nothing(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan", birth_on=date(2006, 11, 25))
    request_id = office.asked(code, 6_000)
    with clock.at(people.NOW + timedelta(days=2)):
        core = office.of(CORE)
        refused = core.send(core.open(f"/staff/requests/{request_id}"), "/approve")
        assert (refused.status, "20" in refused.words, office.states(request_id)) == (409, True, [])


def test_of_two_awards_for_the_last_baht_one_waits(office: Office) -> None:
    office.receive("100")
    code = office.a_case("assess", "plan")
    asked = [office.asked(code, 10_000, purpose=purpose) for purpose in ("travel", "food")]
    core = office.of(CORE)
    pages = [core.open(f"/staff/requests/{one}") for one in asked]
    said = [core.send(page, "/approve").words for page in pages]
    assert ["Waits for money" in one for one in said] == [False, True]
    assert [office.states(one) for one in asked] == [["awarded"], []]


def test_nobody_gets_a_second_account_under_the_name_of_the_first(office: Office) -> None:
    """T51: who asked does not come back as somebody who approves."""
    administrator = office.of("administrator")
    page = administrator.open("/staff/people")
    for name in ("demo-case-manager", " DEMO-Case-Manager"):
        refused = administrator.send(page, "/staff/people", name=name, role="core_team")
        assert refused.status == 409 and "Somebody already has this name" in refused.words
