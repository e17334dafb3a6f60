"""What is shown of children is counted so that nobody finds one: needs, what became of a gift; and labels are read."""

import subprocess
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from fund import clock, wanting
from fund.goods import given, labels, needs
from fund.goods.needs import Count, SmallCountError
from fund.overview import suppression
from fund.wanting import Waiting
from tests.fund.goods.store import DAY, Store

DISTRICTS = ("4001", "4002", "4003")
SIZES = ("S", "M")


def waiting(*counts: int) -> list[Waiting]:
    """So many children of each district wait for a uniform."""
    return [
        ("uniform", "", district, f"{district} {place}")
        for district, count in zip(DISTRICTS, counts, strict=True)
        for place in range(count)
    ]


def shown(*counts: int) -> tuple[Count, ...]:
    return tuple(wanting.suppressed(waiting(*counts), DISTRICTS, {}))


def recovered() -> list[tuple[int, ...]]:
    """The tables of which who knows the rule, and tries every table that shows the same, learns a small count."""
    tables = list(product(range(16), repeat=len(DISTRICTS)))
    alike: dict[tuple[Count, ...], list[tuple[int, ...]]] = {}
    for table in tables:
        alike.setdefault(shown(*table), []).append(table)
    return [
        table
        for group in alike.values()
        for table in group
        for place, count in enumerate(table)
        if 0 < count < needs.SMALLEST and {one[place] for one in group} == {count}
    ]


def test_no_small_count_can_be_worked_out_of_any_table_of_needs() -> None:
    assert recovered() == []


def test_counts_that_are_shown_as_they_are_give_small_ones_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: neither districts put together nor counts rounded."""
    monkeypatch.setattr(suppression, "groups", lambda tally: [(name,) for name in tally])
    monkeypatch.setattr(suppression, "shown", lambda count: count)
    monkeypatch.setattr(needs, "rounded", lambda count: count)
    assert len(recovered()) > 1_000


def test_what_is_asked_for_is_counted_once_for_each_child_and_published(store: Store) -> None:
    for place in range(13):
        store.request(2, case_code=f"C{place}", size="S" if place < 11 else "M")
    store.request(1, case_code="C1")
    with store.database.write() as session:
        wanting.publish(session, DAY)
        (need,) = needs.needs(session)
        assert (need.children, needs.counted_on(session)) == (10, DAY)
        assert [(one.names, one.children) for one in need.sizes] == [(("M", "S"), 10)]
        assert need.thing is not None and need.thing.name("en") == "School uniform"


def test_a_week_s_table_stands_still(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(wanting, "publish", lambda session, day: written.append(day))
    wanting.publish_weekly(store.database, None)  # type: ignore[arg-type]
    with store.database.write() as session:
        needs.publish(session, [Count("food", "all", (), 10)], clock.today())
    wanting.publish_weekly(store.database, None)  # type: ignore[arg-type]
    assert written == [DAY]


def test_a_small_count_is_refused_by_the_verb_and_by_the_database(store: Store) -> None:
    for count in (9, 11):
        with pytest.raises(SmallCountError), store.database.write() as session:
            needs.publish(session, [Count("food", "all", (), count)], DAY)
        with pytest.raises(DatabaseError):
            store.sql("INSERT INTO goods_need VALUES ('food', 'all', '', :count, '2026-11-23')", count=count)


def test_a_giver_is_told_of_ten_children_and_not_of_nine(store: Store) -> None:
    lot_id = store.lot(20, offer="G7K2M9QXH4")
    for place in range(10):
        became = store.ask(given.of_offer, "G7K2M9QXH4")
        assert (became.received, became.with_children, became.districts, became.on_hand) == (20, None, None, None)
        store.issued(1, case_code=f"C{place}")
    assert store.ask(given.of_lots, [lot_id]) == given.Became(20, 10, 1, 10)
    assert store.ask(given.of_offer, "G000000000") is None


def test_a_label_is_read_from_the_printed_sheet(store: Store, tmp_path: Path) -> None:
    lot_id = store.lot(20)
    label = store.act(labels.make, lot_id, by="som")
    assert store.act(labels.make, lot_id, by="sai").code == label.code
    assert store.ask(labels.of_code, f" {label.code[:4].lower()} {label.code[4:]} ").lot_id == lot_id
    (tmp_path / "sheet.pdf").write_bytes(labels.sheet_pdf(label, 3, address="https://fund.example"))
    run = ["pdftoppm", "-r", "150", "-png", "-singlefile", str(tmp_path / "sheet.pdf"), str(tmp_path / "sheet")]
    subprocess.run(run, check=True, timeout=60)
    read = subprocess.run(["zbarimg", "-q", "--raw", str(tmp_path / "sheet.png")], capture_output=True, timeout=60)
    assert read.stdout.decode().split() == [f"https://fund.example/staff/goods/l/{label.code}"] * 3
    said = subprocess.run(["pdftotext", str(tmp_path / "sheet.pdf"), "-"], capture_output=True, timeout=60).stdout
    assert said.decode().count("ชุดนักเรียน") == 3
