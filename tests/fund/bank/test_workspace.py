"""The workspace over HTTP: offers taken, lines divided and joined, held and asked about, taken back; rules taught."""

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Any

import pytest
from sqlmodel import select

from fund import notices
from fund.bank import explaining, offering, queries, settling
from fund.bank.errors import NoCandidateError
from fund.bank.matching import Waits
from fund.bank.sample_files import SampleLine
from fund.outbox import OutboxRow
from fund.people.powers import Grant
from tests.fund.bank.builders import OFFICER, Fund, a_camt, a_csv, a_fee, a_gift, a_payment
from tests.fund.bank.test_pages import act, hand_in, waiting
from tests.fund.browsing import Browser, a_person, come_in, form_token, signed_in


@pytest.fixture
def officer(fund: Fund, database_url: str) -> Iterator[Browser]:
    with signed_in(database_url, files_dir=str(fund.folder)) as client:
        client.cookies.set("language", "en")
        yield client


def send(officer: Browser, path: str, **form: Any) -> Any:
    """Send a form without script, and go where the answer leads."""
    form["csrf_token"] = form_token(officer)
    return officer.post(path, data=form, follow_redirects=True)


def two_pledges(fund: Fund) -> list[str]:
    return [fund.pledge(amount, key=f"key-{amount}-for-a-form").reference for amount in (2000, 3000)]


def test_two_references_in_one_text_are_offered_as_parts(fund: Fund, officer: Browser) -> None:
    first, second = two_pledges(fund)
    hand_in(officer, a_csv([a_payment(first, second, amount_satang=5000)]))
    (line,) = waiting(officer)
    page = officer.get(f"/staff/lines/{line}").text
    assert f"{first} 20.00" in page
    assert f"{second} 30.00" in page
    send(officer, f"/staff/lines/{line}/split", parts=f"{first} 20\n\n{second.lower()}  30.00", reason="both said so")
    assert waiting(officer) == []
    assert fund.balance("4110", "GEN") == -5000


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("{0} 20\n{1} 31", "The parts make 51.00; the line is 50.00."),
        ("{0} 20\n{1}", "Part 2: write a reference"),
        ("{0} 50", "two parts or more"),
        ("nonsense 20\n{1} 30", "No gift has the reference nonsense"),
    ],
)
def test_parts_that_are_no_whole_are_refused_and_kept(fund: Fund, officer: Browser, parts: str, said: str) -> None:
    typed = parts.format(*two_pledges(fund))
    hand_in(officer, a_csv([a_gift(5000, "?")]))
    (line,) = waiting(officer)
    page = send(officer, f"/staff/lines/{line}/split", parts=typed, reason="both said so")
    assert page.status_code == 400
    assert said in page.text
    assert typed in page.text
    assert waiting(officer) == [line]


def test_several_lines_are_joined_into_one_gift(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(1000 + n, "?", day=2 + n) for n in range(3)]))
    first, second, third = waiting(officer)
    code = fund.campaign().code
    alone = send(officer, "/staff/lines/merge", line=[first], reference=code, reason="one donor")
    assert alone.status_code == 400
    assert f'value="{first}" form="merge" checked' in alone.text
    send(officer, "/staff/lines/merge", line=[first, third], reference=code, reason="one donor")
    assert waiting(officer) == [second]


def test_a_line_on_hold_leaves_the_list_until_it_goes_on(officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    assert send(officer, f"/staff/lines/{line}/hold", reason=" ").status_code == 400
    page = send(officer, f"/staff/lines/{line}/hold", reason="ask the temple").text
    assert "ask the temple" in page
    assert waiting(officer) == []
    assert line in officer.get("/staff/lines?held=true").text
    send(officer, f"/staff/lines/{line}/release", reason="the temple wrote")
    assert waiting(officer) == [line]


def test_a_colleague_answers_who_may_not_settle(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    send(officer, f"/staff/lines/{line}/comment", reason="Do you know this one?")
    come_in(officer, "auditor", Grant("auditor"))
    page = send(officer, f"/staff/lines/{line}/comment", reason="It is the temple's.").text
    assert page.index("Do you know this one?") < page.index("It is the temple")
    assert send(officer, f"/staff/lines/{line}/hold", reason="x").status_code == 403


def test_a_match_is_taken_back_from_its_statement(fund: Fund, officer: Browser) -> None:
    page = hand_in(officer, a_csv([a_payment(fund.campaign().code)])).text
    file = re.search(r'href="(/staff/statements/[0-9a-f-]{36})"', page)
    assert file is not None
    line = re.search(r'href="(/staff/lines/[0-9a-f-]{36})"', officer.get(file[1]).text)
    assert line is not None
    assert "Settled" in officer.get(line[1]).text
    after = send(officer, f"{line[1]}/undo", reason="meant for another").text
    assert "meant for another" in after
    assert waiting(officer) == [line[1].rpartition("/")[2]]
    assert send(officer, f"{line[1]}/undo", reason="again").status_code == 409


def test_a_whole_import_is_taken_back_and_taken_in_again(fund: Fund, officer: Browser) -> None:
    page = hand_in(officer, a_csv([a_payment(fund.campaign().code), a_fee()])).text
    file = re.findall(r'href="(/staff/statements/[0-9a-f-]{36})"', page)[0]
    assert send(officer, f"{file}/undo", reason="").status_code == 400
    page = send(officer, f"{file}/undo", reason="of another fund").text
    assert page.count("Withdrawn with its import") == 2
    assert fund.balance("4110", "GEN") == 0
    assert "of another fund" in send(officer, f"{file}/restore", reason="it was ours").text
    assert fund.balance("4110", "GEN") == -1000


LESSON = {"words": "ดอกเบี้ยรับ", "kind": "interest"}


def test_a_rule_is_tried_taught_and_switched_off(fund: Fund, officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(777, "ดอกเบี้ยรับ", day=3)]))
    assert "It speaks of 1 waiting lines." in send(officer, "/staff/rules", act="try", **LESSON).text
    assert len(waiting(officer)) == 1
    page = send(officer, "/staff/rules", act="teach", **LESSON).text
    assert waiting(officer) == []
    off = re.search(r'action="(/staff/rules/[0-9a-f-]{36}/off)"', page)
    assert off is not None
    assert "switched off by officer: the bank changed it" in send(officer, off[1], reason="the bank changed it").text


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        (LESSON | {"words": "x"}, "three letters"),
        (LESSON | {"least": "much"}, "in figures"),
        (LESSON | {"least": "20", "most": "10"}, "not more than the most"),
        (LESSON | {"kind": "campaign"}, "Choose a campaign"),
        (LESSON | {"kind": "gold"}, "Choose what this line is"),
    ],
)
def test_a_rule_that_says_nothing_clear_is_refused(officer: Browser, lesson: dict[str, str], said: str) -> None:
    page = send(officer, "/staff/rules", act="teach", **lesson)
    assert page.status_code == 400
    assert said in page.text
    assert "No rule was taught yet." in page.text


def test_an_offer_that_is_no_more_is_refused_at_its_line(officer: Browser) -> None:
    hand_in(officer, a_csv([a_fee()]))
    (line,) = waiting(officer)
    page = act(officer, line, "choose", kind="refund-left", subject="refund:1")
    assert "not offered for this line any more" in page.text
    assert waiting(officer) == [line]


def test_a_line_that_still_matches_nothing_stays_on_the_list(officer: Browser) -> None:
    hand_in(officer, a_csv([a_gift(detail="?")]))
    (line,) = waiting(officer)
    page = act(officer, line, "again").text
    assert "Settled" not in page
    assert f'id="line-{line}"' in page


def test_a_colleague_is_asked_by_a_letter_that_tells_nothing_of_the_payer(fund: Fund, officer: Browser) -> None:
    fund.take_and_settle(a_csv([a_gift(5000, "โอนจาก นายลับ")]))
    with fund.database.write() as session:
        asked = a_person(session, "แก้ว", Grant("treasurer"))
        other = a_person(session, "ผู้เฝ้าระวัง", Grant("watcher", "school:1"))
    line = waiting(officer)[0]
    page = officer.get(f"/staff/lines/{line}").text
    assert str(asked.id) in page and str(other.id) not in page
    form = {"reason": "นายลับ คือใคร", "csrf_token": form_token(officer)}
    path = f"/staff/lines/{line}/comment"
    assert officer.post(path, data=form | {"asks": str(other.id)}).status_code == 400
    assert officer.post(path, data=form | {"asks": str(asked.id)}).status_code == 303
    assert "→ แก้ว" in officer.get(f"/staff/lines/{line}").text
    with fund.database.read() as session:
        (job,) = session.exec(select(OutboxRow).where(OutboxRow.kind == notices.QUESTION)).all()
        assert job.subject.startswith(f"{asked.id} {line}")
        written = notices._written("question", fund.profile, {"link": f"https://x/staff/lines/{line}#ask"})
    assert "ลับ" not in "".join(written)


def test_a_line_is_given_to_a_fund_found_by_its_letters(fund: Fund, officer: Browser) -> None:
    fund.take_and_settle(a_csv([a_gift(5000, "?")]))
    page = officer.get("/staff/lines").text
    assert '<datalist id="gives">' in page
    assert '<option value="GEN" label="Fund:' in page
    line = waiting(officer)[0]
    act(officer, line, "name", reference="GEN", reason="called")
    assert fund.balance("2100", "U") == 0


def test_a_candidate_that_went_back_is_accepted_and_one_that_is_not_offered_is_refused(fund: Fund) -> None:
    who: dict[str, Any] = {"payer": "นาย ใครสักคน X1111"}
    lines = [
        SampleLine(date(2026, 11, 3), 2000, "?", time(9, number), bank_id=f"b{number}", **who) for number in (1, 2)
    ]
    back = SampleLine(date(2026, 11, 4), -2000, "?", bank_id="b3", **who)
    fund.take_and_settle(a_camt([*lines, back]), "camt.xml")
    with fund.database.read() as session:
        went = next(one for one in queries.waiting_lines(session, limit=9) if one.amount_satang < 0)
        found = settling.candidates(session, went)
    assert isinstance(found, Waits)
    for kind, subject in [("sent-back", "unidentified:x"), ("sent-back", "")]:
        with pytest.raises(NoCandidateError), fund.database.write() as session:
            offering.choose(session, went.id, kind, subject, reason="x", by=OFFICER)
    chosen = next(one for one in found.candidates if one.kind == "sent-back")
    with fund.database.write() as session:
        explaining.accept(session, went.id, chosen.kind, chosen.subject, reason="ผู้โอนขอคืน", by=OFFICER)
    with fund.database.read() as session:
        assert [one.amount_satang for one in queries.waiting_lines(session, limit=9)] == [2000]
