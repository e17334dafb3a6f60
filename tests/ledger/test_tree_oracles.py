"""The tree beside two others: pymerkle's, and RFC 9162's definitions written out; roots, paths and verifiers both ways.

pymerkle 7 has the RFC's tree and inclusion paths, but another proof of growth: the path of the first *new* leaf in the
new tree, whose left siblings are the old one. So its proofs of growth are checked against our roots by its own
verifier, and by ours after the hashes that RFC 9162 puts together are put together.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence

import pytest
from pymerkle.core import BaseMerkleTree  # type: ignore[import-untyped]
from pymerkle.proof import ConsistencyProof, InclusionProof, InvalidProof  # type: ignore[import-untyped]

import verify_receipt
from ledger import merkle
from ledger.merkle import Frontier, Node

SEED = 6962
Places = Callable[[int], Iterable[int]]


class PyMerkle(BaseMerkleTree):  # type: ignore[misc]
    """pymerkle's tree over hashes that are there already."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        super().__init__("sha256")
        self.hashes = hashes

    def _encode_entry(self, data: bytes) -> bytes:
        return data

    def _store_leaf(self, data: bytes, digest: bytes) -> int:
        raise NotImplementedError

    def _get_leaf(self, index: int) -> bytes:
        return self.hashes[index - 1]

    def _get_leaves(self, offset: int, width: int) -> Sequence[bytes]:
        return self.hashes[offset : offset + width]

    def _get_size(self) -> int:
        return len(self.hashes)


class Defined:
    """MTH, PATH and SUBPROOF of RFC 9162, 2.1.1, 2.1.3.1 and 2.1.4.1, word for word, over leaves' hashes."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self.hashes = hashes
        self.known: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        if start == end:
            return hashlib.sha256().digest()
        if end - start == 1:
            return self.hashes[start]
        if (start, end) not in self.known:
            middle = start + split(end - start)
            both = self.root(start, middle) + self.root(middle, end)
            self.known[start, end] = hashlib.sha256(b"\x01" + both).digest()
        return self.known[start, end]

    def path(self, position: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        k = split(end - start)
        if position < k:
            return [*self.path(position, start, start + k), self.root(start + k, end)]
        return [*self.path(position - k, start + k, end), self.root(start, start + k)]

    def subproof(self, old: int, start: int, end: int, is_whole: bool = True) -> list[bytes]:
        if old == end - start:
            return [] if is_whole else [self.root(start, end)]
        k = split(end - start)
        if old <= k:
            return [*self.subproof(old, start, start + k, is_whole), self.root(start + k, end)]
        return [*self.subproof(old - k, start + k, end, False), self.root(start, start + k)]


def split(width: int) -> int:
    """The largest power of two smaller than the width."""
    k = 1
    while k * 2 < width:
        k *= 2
    return k


def leaf_hashes(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"leaf %d" % at) for at in range(count)]


def stored(hashes: Sequence[bytes]) -> Node:
    """Our tree as it is kept: every full subtree that the frontier named."""
    frontier, found = Frontier(), {(0, at): value for at, value in enumerate(hashes)}
    for leaf in hashes:
        found.update({(level, number): value for level, number, value in frontier.take(leaf)})
    return lambda level, number: found[level, number]


def differences(hashes: Sequence[bytes], sizes: Iterable[int], places: Places) -> Iterator[str]:
    """Where our tree, pymerkle's and the RFC's words do not agree, or one verifier refuses what another tree proves."""
    node, theirs, defined = stored(hashes), PyMerkle(hashes), Defined(hashes)
    for size in sizes:
        root = merkle.span_hash((0, size), node)
        if not root == defined.root(0, size) == theirs.get_root(size):
            yield f"the roots of {size} leaves"
        for place in places(size):
            proof = theirs.prove_inclusion(place + 1, size)
            path = [merkle.span_hash(span, node) for span in merkle.inclusion(place, size)]
            if not path == defined.path(place, 0, size) == proof.path[1:]:
                yield f"the paths of leaf {place} of {size}"
            if not is_proved(hashes[place], place, size, root, path, proof):
                yield f"leaf {place} of {size} is not proved to everybody"
            old, growth = place + 1, theirs.prove_consistency(place + 1, size)
            grown = [merkle.span_hash(span, node) for span in merkle.consistency(old, size)]
            if not grown == defined.subproof(old, 0, size) == as_in_the_rfc(growth):
                yield f"the paths from {old} to {size}"
            if not is_grown(old, size, (merkle.span_hash((0, old), node), root), grown, growth):
                yield f"the growth from {old} to {size} is not proved to everybody"


def is_proved(leaf: bytes, at: int, size: int, root: bytes, path: list[bytes], theirs: InclusionProof) -> bool:
    """Our path convinces the ledger, the outsider's program and pymerkle."""
    ours = InclusionProof("sha256", True, size, at + 1, theirs.rule, [leaf, *path])
    return (
        merkle.is_included(leaf, at, size, path, root)
        and verify_receipt.root_of(leaf, at, size, path) == root
        and holds(lambda: ours.verify(leaf, root, index=at + 1, size=size, algorithm="sha256"))
    )


def is_grown(old: int, new: int, roots: tuple[bytes, bytes], path: list[bytes], theirs: ConsistencyProof) -> bool:
    """Our path convinces the ledger and the outsider's program, theirs of our roots pymerkle."""
    return (
        merkle.is_consistent(old, new, *roots, path)
        and verify_receipt.roots_of(old, new, path, roots[0]) == roots
        and holds(lambda: theirs.verify(*roots, prior_size=old, later_size=new, algorithm="sha256"))
    )


def holds(verification: Callable[[], None]) -> bool:
    try:
        verification()
    except InvalidProof:
        return False
    return True


def as_in_the_rfc(proof: ConsistencyProof) -> list[bytes]:
    """pymerkle's proof of growth, the new leaf's subtree as one hash, a left one that is the old root left out."""
    if proof.prior_size == proof.size:
        return []
    rest, bits, new = proof.path[1:], proof.rule[:-1], proof.path[0]
    while bits[0] == 0:
        new, rest, bits = merkle.node_hash(new, rest[0]), rest[1:], bits[1:]
    left, rest, bits = rest[0], rest[1:], bits[1:]
    return [*([left] if 1 in bits else []), new, *rest]


def every(size: int) -> Iterable[int]:
    return range(size)


def edges(size: int) -> Iterable[int]:
    """The ends, the middle, beside the largest full subtree, and two at random."""
    chance = random.Random(SEED + size)
    full = split(size) if size > 1 else 0
    some = {0, size - 1, size // 2, full - 1, full, full + 1, *(chance.randrange(size) for _ in range(2) if size)}
    return sorted(place for place in some if 0 <= place < size)


def random_sizes(count: int, largest: int) -> list[int]:
    return sorted(random.Random(SEED).sample(range(1, largest + 1), count))


def test_all_trees_agree_at_every_size_up_to_1025() -> None:
    assert list(differences(leaf_hashes(1_025), range(1_026), edges)) == []


def test_all_trees_agree_on_every_proof_of_the_small_trees() -> None:
    assert list(differences(leaf_hashes(130), range(131), every)) == []


def test_all_trees_agree_at_sizes_by_chance() -> None:
    assert list(differences(leaf_hashes(10_000), random_sizes(12, 10_000), edges)) == []


@pytest.mark.nightly
def test_all_trees_agree_at_two_hundred_sizes_up_to_a_million() -> None:
    assert list(differences(leaf_hashes(1_000_000), random_sizes(200, 1_000_000), edges)) == []


@pytest.mark.nightly
def test_all_trees_agree_on_every_proof_of_sizes_around_powers_of_two() -> None:
    sizes = [size for power in (8, 9, 10) for size in range((1 << power) - 1, (1 << power) + 2)]
    assert list(differences(leaf_hashes(1_025), sizes, every)) == []


in_order = merkle.node_hash
PLANTED: dict[str, tuple[str, object]] = {
    "a tree that is cut in the middle": ("_left", lambda width: (width + 1) // 2),
    "nodes without their prefix": ("node_hash", lambda left, right: hashlib.sha256(left + right).digest()),
    "leaves on their right turned round": ("node_hash", lambda left, right: in_order(right, left)),
    "an empty tree of zeros": ("EMPTY_ROOT", bytes(32)),
    "a verifier that refuses": ("is_included", lambda *_: False),
    "a verifier of growth that refuses": ("is_consistent", lambda *_: False),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_tree_of_another_shape_is_noticed(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each of these mistakes makes a difference."""
    monkeypatch.setattr(merkle, *PLANTED[planted])
    assert list(differences(leaf_hashes(9), range(10), every)) != []
