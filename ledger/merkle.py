"""The Merkle tree of RFC 6962 and RFC 9162: which hashes make a root and the two kinds of proof, and how to check them.

Knows positions and SHA-256, no database: whoever asks hands in `node`, the hash of a full subtree (level, number)
over the leaves `number << level` up to `(number + 1) << level`. Refuses nothing: a false proof is simply not true.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

Node = Callable[[int, int], bytes]
Span = tuple[int, int]
"""Leaves from a first position up to but without a second, as the tree cuts them."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps a leaf from being passed off as a node."""
    return hashlib.sha256(b"\0" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees beside each other."""
    return hashlib.sha256(b"\1" + left + right).digest()


def subtrees(span: Span) -> list[Span]:
    """The full subtrees, as (level, number), that a span consists of, from left to right."""
    start, end = span
    found = []
    while start < end:
        largest = (end - start).bit_length() - 1
        level = largest if start == 0 else min(largest, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found


def span_hash(span: Span, node: Node) -> bytes:
    """The hash over the leaves of a span; over none of them RFC 6962's hash of nothing."""
    hashes = [node(level, number) for level, number in subtrees(span)]
    if not hashes:
        return EMPTY_ROOT
    result = hashes.pop()
    while hashes:
        result = node_hash(hashes.pop(), result)
    return result


def full_hash(hashes: Sequence[bytes]) -> bytes:
    """The hash of a full subtree over 2, 4, 8 … hashes beside each other."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def inclusion(position: int, size: int) -> list[Span]:
    """The spans whose hashes prove that a leaf stands at a position of a tree of `size` leaves, nearest first."""
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _left(end - start)
        if position < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Span]:
    """The spans whose hashes prove that a tree of `old` leaves is the beginning of one of `new` leaves."""
    if old in (0, new):
        return []
    start, end, path = 0, new, []
    while old != end:
        middle = start + _left(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return ([(start, end)] if start else []) + path[::-1]


def is_included(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from a leaf's hash at a position to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size:
        return False
    last, result = size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and result == root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the old tree is the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not 0 < old < new or not path:
        return False
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


class Frontier:
    """The right edge of a growing tree: takes leaves one by one, names every subtree that became full."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []  # one hash for each bit of the size that is set, largest subtree first

    def take(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Add a leaf's hash; every full subtree it completes, as (level, number, hash), the smallest first."""
        self._full.append(leaf)
        self.size += 1
        level, rest = 0, self.size
        while not rest & 1:
            right = self._full.pop()
            self._full.append(node_hash(self._full.pop(), right))
            level, rest = level + 1, rest >> 1
            yield level, rest - 1, self._full[-1]

    def root(self) -> bytes:
        """The root over all leaves taken so far."""
        if not self._full:
            return EMPTY_ROOT
        result = self._full[-1]
        for left in reversed(self._full[:-1]):
            result = node_hash(left, result)
        return result


def _left(width: int) -> int:
    """How many of `width` leaves lie in the left subtree: the largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1
