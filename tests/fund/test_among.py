"""One of many values, asked for alike on both engines."""

import pytest
from sqlmodel import select

from fund import outbox
from fund.among import among
from fund.db import Database
from fund.outbox import OutboxRow


@pytest.mark.parametrize("wanted", [0, 1, 3])
def test_rows_with_one_of_these_values_are_found_and_no_others(database: Database, wanted: int) -> None:
    with database.write() as session:
        outbox.add_many(session, "test.nothing", [str(number) for number in range(5)])
        ids = session.exec(select(OutboxRow.id)).all()[:wanted]
        found = session.exec(select(OutboxRow.id).where(among(session, OutboxRow.id, ids)))
        assert sorted(found) == sorted(ids)
