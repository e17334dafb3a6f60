"""Pages of payment runs: in whose place somebody acts is chosen there, and shown."""

from pathlib import Path
from uuid import UUID

from fund import clock
from fund.grants import run_states, run_views, runs
from fund.grants.models import chain_of
from fund.people import duties
from fund.people.duties import Side
from fund.settings import Settings
from tests.fund.browsing import browser, come_in, form_token
from tests.fund.grants.office import BANK, DAY, Office


def instead_of(office: Office, name: str) -> str:
    """The appointment by which thip may act in this person's place today."""
    today, ids = clock.today(), (office.thip.person_id, office.people[name].person_id)
    return str(office.act(duties.appoint, *ids, today, today, "ab" * 32, by=office.nok))


def test_a_stand_in_authorises_in_another_s_place_and_the_page_says_so(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    request_id, files = office.awarded(100_000), str(tmp_path / "files")
    run_id: UUID = office.act(
        runs.prepare, Settings(files_dir=files), [(request_id, 1)], BANK, "table", DAY, by=office.fah
    )
    shown, for_tree, for_fah = (
        office.ask(run_views.run, run_id).digest,
        *map(instead_of, (office,) * 2, ("tree", "fah")),
    )
    with browser(database_url, files_dir=files) as client:
        come_in(client, "thip")
        token, here = form_token(client), f"/staff/runs/{run_id}"
        assert for_tree in client.get(here).text
        for stand_in, answer in ((for_fah, 403), ("x", 403), (for_tree, 303)):
            said = {"shown": shown, "stand_in": stand_in, "csrf_token": token}
            assert client.post(f"{here}/authorise", data=said).status_code == answer, stand_in
        assert "tree" in client.get(here).text
    assert office.ask(run_views.run, run_id).state == run_states.AUTHORISED
    (part,) = [one for one in office.ask(duties.parts, chain_of(request_id)) if one.side is Side.AUTHORISE]
    assert (part.person_id, part.standing_in is not None) == (office.thip.person_id, True)
