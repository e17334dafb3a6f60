"""The tree is RFC 6962's: its published vectors, its definition written out, and nothing false is accepted."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import Frontier, Node

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (position, size): the beginnings of the published path's hashes
    (0, 1): (),
    (0, 8): ("96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"),
    (5, 8): ("bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957"),
    (2, 3): ("fac54203e7cc696c",),
    (1, 5): ("6e340b9cffb37a98", "5f083f0a1a33ca07", "bc1a0643b12e4d2d"),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): ("96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"),
    (6, 8): ("0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"),
    (2, 5): ("5f083f0a1a33ca07", "bc1a0643b12e4d2d"),
}


def defined_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return hashlib.sha256(b"\1" + defined_root(hashes[:left]) + defined_root(hashes[left:])).digest()


def nodes_of(hashes: Sequence[bytes]) -> Node:
    return lambda level, number: defined_root(hashes[number << level : (number + 1) << level])


def inclusion_path(hashes: Sequence[bytes], position: int, size: int) -> list[bytes]:
    return [merkle.span_hash(span, nodes_of(hashes)) for span in merkle.inclusion(position, size)]


def consistency_path(hashes: Sequence[bytes], old: int, new: int) -> list[bytes]:
    return [merkle.span_hash(span, nodes_of(hashes)) for span in merkle.consistency(old, new)]


def some_hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(at).encode()) for at in range(count)]


def test_the_published_roots_come_out() -> None:
    for size, root in enumerate(ROOTS):
        frontier = Frontier()
        for leaf in HASHES[:size]:
            list(frontier.take(leaf))
        assert frontier.root().hex() == root
        assert merkle.span_hash((0, size), nodes_of(HASHES)).hex() == root
        assert defined_root(HASHES[:size]).hex() == root


@pytest.mark.parametrize("place", INCLUSION)
def test_the_published_inclusion_paths_come_out(place: tuple[int, int]) -> None:
    path = inclusion_path(HASHES, *place)
    assert tuple(sibling.hex()[:16] for sibling in path) == INCLUSION[place]
    assert merkle.is_included(HASHES[place[0]], *place, path, bytes.fromhex(ROOTS[place[1]]))


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_the_published_consistency_paths_come_out(sizes: tuple[int, int]) -> None:
    path = consistency_path(HASHES, *sizes)
    assert tuple(sibling.hex()[:16] for sibling in path) == CONSISTENCY[sizes]
    old_root, new_root = (bytes.fromhex(ROOTS[size]) for size in sizes)
    assert merkle.is_consistent(*sizes, old_root, new_root, path)


def test_every_proof_of_every_small_tree_holds() -> None:
    hashes = some_hashes(40)
    roots = [defined_root(hashes[:size]) for size in range(41)]
    for size in range(1, 41):
        for position in range(size):
            path = inclusion_path(hashes, position, size)
            assert merkle.is_included(hashes[position], position, size, path, roots[size])
        for old in range(size + 1):
            path = consistency_path(hashes, old, size)
            assert merkle.is_consistent(old, size, roots[old], roots[size], path)


def test_the_frontier_names_every_full_subtree() -> None:
    hashes, frontier = some_hashes(70), Frontier()
    found: dict[tuple[int, int], bytes] = {}
    for leaf in hashes:
        found |= {(level, number): value for level, number, value in frontier.take(leaf)}
    expected = {(level, number) for level in range(1, 7) for number in range(70 >> level)}
    assert found == {place: nodes_of(hashes)(*place) for place in expected}


@given(st.integers(1, 60), st.data())
def test_a_path_proves_one_leaf_at_one_position_of_one_tree(size: int, data: st.DataObject) -> None:
    hashes = some_hashes(size + 1)
    position = data.draw(st.integers(0, size - 1))
    root, path = defined_root(hashes[:size]), inclusion_path(hashes, position, size)
    for wrong in data.draw(st.lists(st.integers(-1, size + 1), min_size=1, max_size=5)):
        assert merkle.is_included(hashes[position], wrong, size, path, root) is (wrong == position)
    assert not merkle.is_included(hashes[size], position, size, path, root)
    assert not merkle.is_included(hashes[position], position, size, [*path, root], root)
    assert not path or not merkle.is_included(hashes[position], position, size, path[:-1], root)
    at = data.draw(st.integers(0, max(len(path) - 1, 0)))
    changed = [*path[:at], bytes(32), *path[at + 1 :]]
    assert not merkle.is_included(hashes[position], position, size, changed, root)


@given(st.integers(2, 60), st.data())
def test_another_history_is_not_consistent(new: int, data: st.DataObject) -> None:
    hashes = some_hashes(new)
    old = data.draw(st.integers(1, new - 1))
    path, root = consistency_path(hashes, old, new), defined_root(hashes)
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*hashes[:changed], bytes(32), *hashes[changed + 1 :]]
    assert not merkle.is_consistent(old, new, defined_root(rewritten[:old]), root, path)
    assert not merkle.is_consistent(old, new, defined_root(hashes[:old]), defined_root(rewritten), path)
    assert not merkle.is_consistent(old, new, defined_root(hashes[:old]), root, path[:-1])
    assert not merkle.is_consistent(old, new, defined_root(hashes[:old]), root, [*path, root])
    assert not merkle.is_consistent(new, old, root, defined_root(hashes[:old]), path)


def test_empty_and_equal_trees_need_no_path() -> None:
    root = defined_root(HASHES)
    assert merkle.is_consistent(8, 8, root, root, [])
    assert not merkle.is_consistent(8, 8, root, root, [root])
    assert not merkle.is_consistent(0, 8, root, root, [])


def test_a_node_does_not_pass_as_a_leaf() -> None:
    inner = merkle.node_hash(HASHES[0], HASHES[1])
    assert merkle.leaf_hash(HASHES[0] + HASHES[1]) != inner
    assert not merkle.is_included(inner, 0, 8, inclusion_path(HASHES, 0, 8), bytes.fromhex(ROOTS[8]))
