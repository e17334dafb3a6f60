"""The desk of personal data, attacked: days that cannot be, what erasures leave, lists that are not the last."""

import pytest

from fund.db import Database
from tests.fund.donations.builders import found
from tests.fund.rights.builders import DESK, as_one, desk, send


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59", "2569-11-23T10:00"])
def test_a_breach_noticed_when_nothing_can_be_is_refused(database: Database, database_url: str, at: str) -> None:
    found(database)
    with desk(database_url) as client:
        answer = send(as_one(client, "core one"), f"{DESK}/breaches", words="x", at=at, risk="some", people="1")
    assert answer.status_code == 400
