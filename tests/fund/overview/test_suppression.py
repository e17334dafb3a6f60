"""No count of children below ten can be worked out from what leaves the house."""

from collections.abc import Mapping
from random import Random

import pytest

from fund.overview import suppression
from fund.overview.suppression import SMALLEST, Published, Row
from tests.fund.overview.attacker import Reader

COLUMNS = ("found", "helped", "referred", "back_at_school", "dropped_out_again")
Table = dict[str, dict[str, int]]


def a_table(random: Random) -> Table:
    """Districts with counts of every size, many of them small; some columns nearly empty."""
    sizes = {column: random.choice((3, 12, 40, 400)) for column in COLUMNS}
    return {
        f"{4001 + place}": {column: random.randint(0, sizes[column]) for column in COLUMNS}
        for place in range(random.randint(1, 26))
    }


def attacked(table: Mapping[str, Mapping[str, int]], published: Published) -> dict[tuple[str, str], int]:
    """The counts below ten that a reader finds out."""
    reader = Reader()
    reader.read(published)
    found = reader.recovered()
    assert all(table[row][column] == number for (row, column), number in found.items())
    return {cell: number for cell, number in found.items() if number < SMALLEST}


def without_second_step(table: Mapping[str, Mapping[str, int]]) -> Published:
    """The planted defect: only what is small itself is hidden."""
    rows = [Row((name,), {one: suppression.shown(count) for one, count in of.items()}) for name, of in table.items()]
    return Published(tuple(rows), {one: suppression.total(of[one] for of in table.values()) for one in COLUMNS})


def hold(tables: int, seed: int) -> None:
    random = Random(seed)
    for _ in range(tables):
        table = a_table(random)
        published = suppression.published(table, "found")
        assert attacked(table, published) == {}
        assert all(count is None or count >= SMALLEST for row in published.rows for count in row.counts.values())


def test_no_small_count_is_recovered_from_a_published_table() -> None:
    hold(150, seed=48)


@pytest.mark.nightly
def test_no_small_count_is_recovered_from_ten_thousand_tables() -> None:
    hold(10_000, seed=4848)


def test_the_same_reader_breaks_tables_without_the_second_step() -> None:
    random = Random(48)
    tables = [a_table(random) for _ in range(100)]
    broken = [table for table in tables if attacked(table, without_second_step(table))]
    assert len(broken) > 30


def test_terms_of_one_year_do_not_give_each_other_away() -> None:
    random, reader = Random(49), Reader()
    for term in ("1", "2"):
        table = a_table(random)
        reader.read(suppression.published(table, "found"), term)
    assert all(number >= SMALLEST for number in reader.recovered().values())


def test_what_hides_with_a_small_count_does_not_depend_on_its_size() -> None:
    table = {"a": {"found": 50, "helped": 3}, "b": {"found": 60, "helped": 40}, "c": {"found": 70, "helped": 12}}
    other = {**table, "b": {"found": 60, "helped": 11}, "c": {"found": 70, "helped": 41}}
    hidden = [
        [row.members for row in suppression.published(one, "found").rows if not row.is_whole] for one in (table, other)
    ]
    assert hidden[0] == hidden[1] == [("a",), ("b",)]


def test_sparse_districts_stand_together_until_the_group_shows() -> None:
    assert suppression.groups({"a": 30, "b": 4, "c": 25, "d": 3}) == (("a",), ("b", "c", "d"))
    assert suppression.groups({"a": 30, "b": 6, "c": 25, "d": 7}) == (("a",), ("c",), ("b", "d"))


def test_a_province_with_few_children_tells_nothing() -> None:
    published = suppression.published({"a": {"found": 4}, "b": {"found": 5}}, "found")
    assert published.totals == {"found": None} and published.rows[0].counts == {"found": None}
