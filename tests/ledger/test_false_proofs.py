"""Ways to lie with a proof, one by one and each to its end: every byte, every field, every wrong place, key and tree.

`test_verify.py` has what chance finds; here each class is gone through whole, is counted, and has a hole of its own
planted into the program, which must then let something of that class pass.
"""

import base64
import copy
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import verify_receipt
from ledger import merkle
from ledger.notes import PublicKey, SigningKey
from tests.ledger.proof_files import (
    CONTENTS,
    FIRST,
    HASHES,
    ORIGIN,
    SECOND,
    SIZE,
    STRANGER,
    Document,
    b64,
    chain,
    consistency,
    inclusion,
    note,
    receipt,
    span_hash,
    with_leaf,
    written,
)
from tests.ledger.test_verify import accepted, accepts, verifier

File = tuple[bytes, PublicKey | None]
TRUSTED = FIRST.public


def plain(index: int, size: int = SIZE) -> Document:
    """The proof of a leaf of which nothing is opened."""
    return with_leaf(inclusion(index, size), {"opened": []})


def whole() -> list[Document]:
    return [plain(1), plain(12), receipt(3, 1), consistency(), consistency(4, 8)]


def every_byte() -> Iterator[File]:
    for document in whole():
        content = written(document)
        for at in range(len(content)):
            for bits in (1, 42):  # 42 makes a new line of a space
                yield content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :], TRUSTED


def every_field() -> Iterator[File]:
    """Each field left out, doubled under another name, and with a value of each other sort."""
    for document in whole():
        for steps in places(document):
            if steps[-1] != "opened":  # a proof that opens less is as true
                yield from ((written(changed), TRUSTED) for changed in other_values(document, steps))


def places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*steps, name)
        if isinstance(inner, dict | list):
            yield from places(inner, (*steps, name))


def other_values(document: Document, steps: tuple[Any, ...]) -> Iterator[Document]:
    values: list[Any] = [None, True, False, 0, -1, 2**64, "", "x", [], {}, [None], b64(bytes(32))]
    for new in values:
        changed, inside, name = reached(document, steps)
        if type(inside[name]) is not type(new) or inside[name] != new:
            inside[name] = new
            yield changed
    changed, inside, name = reached(document, steps)
    if isinstance(inside, dict):
        inside[f"{name}2"] = inside[name]
        yield changed
        changed, inside, name = reached(document, steps)
        del inside[name]
        yield changed


def reached(document: Document, steps: tuple[Any, ...]) -> tuple[Document, Any, Any]:
    """A copy, what the field stands in, and its name."""
    changed = inside = copy.deepcopy(document)
    for step in steps[:-1]:
        inside = inside[step]
    return changed, inside, steps[-1]


def wrong_places() -> Iterator[File]:
    """Each leaf's path at each other position and under each other head."""
    heads = {size: note(size, SECOND) for size in range(1, SIZE + 1)}
    for index in range(SIZE):
        document = plain(index)
        for position in range(-1, SIZE + 2):
            for size, head in heads.items():
                if (position, size) != (index, SIZE):
                    yield written(with_leaf(document, {"index": position}) | {"head": head}), TRUSTED


def wrong_growth() -> Iterator[File]:
    """Each path of growth between each other pair of heads."""
    olds = {size: note(size, FIRST) for size in range(1, SIZE + 1)}
    news = {size: note(size, SECOND) for size in range(1, SIZE + 1)}
    for grown in (consistency(*sizes) for sizes in ((1, SIZE), (5, SIZE), (8, SIZE), (4, 8), (6, 7))):
        for before, old in olds.items():
            for after, new in news.items():
                if before > after or merkle.consistency(before, after) != merkle.consistency(*sizes_of(grown)):
                    yield written(grown | {"old": old, "head": new}), TRUSTED


def sizes_of(grown: Document) -> tuple[int, int]:
    return int(grown["old"].split("\n")[1]), int(grown["head"].split("\n")[1])


def wrong_paths() -> Iterator[File]:
    """Cut, longer, turned, doubled, and with each hash at each place."""
    hashes = [b64(value) for value in (*HASHES, bytes(32), hashlib.sha256().digest())]
    for index in range(SIZE):
        document = plain(index)
        path = document["leaves"][0]["path"]
        others = [path[:end] for end in range(len(path))] + [path[start:] for start in range(1, len(path) + 1)]
        others += [path[::-1], path * 2, path * 40]
        for at in range(len(path) + 1):
            others += [[*path[:at], other, *path[at:]] for other in hashes]
            others += [[*path[:at], other, *path[at + 1 :]] for other in hashes]
        yield from ((written(with_leaf(document, {"path": other})), TRUSTED) for other in others if other != path)


def nodes_as_leaves() -> Iterator[File]:
    """Each inner node passed off as a leaf, bare and as the bytes it is the hash of, at each position it could have."""
    for level in (1, 2, 3):
        for number in range(SIZE >> level):
            half = 1 << level - 1
            start = number << level
            children = span_hash((start, start + half)) + span_hash((start + half, start + 2 * half))
            path = [b64(span_hash(span)) for span in merkle.inclusion(start, SIZE)[level:]]
            for content in (
                children,
                b"\1" + children,
                b"\0\1" + children,
                merkle.node_hash(children[:32], children[32:]),
            ):
                for index in (number, start, start + 1):
                    lie = {"leaf": b64(content), "index": index, "path": path}
                    yield written(with_leaf(plain(1), lie)), TRUSTED


def other_leaves() -> Iterator[File]:
    """Each leaf with the path of each other, and with a little more or less."""
    for index in range(SIZE):
        others = [content for content in CONTENTS if content != CONTENTS[index]]
        others += [CONTENTS[index] + b" ", CONTENTS[index][1:], b"\0" + CONTENTS[index], CONTENTS[index][:-1], b""]
        yield from ((written(with_leaf(plain(index), {"leaf": b64(other)})), TRUSTED) for other in others)


def other_keys() -> Iterator[File]:
    """Signed by a stranger: as the only key, behind ours without our word, with its own, in front of ours."""
    stranger = note(SIZE, STRANGER)
    unendorsed = [*chain(FIRST), {"endorsement": "", "key": STRANGER.public.text()}]
    chains = [
        chain(STRANGER),
        chain(FIRST),
        chain(FIRST, SECOND),
        unendorsed,
        chain(FIRST) + chain(STRANGER, SECOND)[1:],
    ]
    chains += [chain(STRANGER, FIRST), chain(FIRST) + chain(STRANGER), chain(FIRST) + chain(SECOND, STRANGER)[1:], []]
    for document in whole():
        yield from ((written(document | {"head": stranger, "keys": keys}), TRUSTED) for keys in chains)
        yield written(document), STRANGER.public


def other_origins() -> Iterator[File]:
    """The same keys and roots under another log's name, in the text, in the signature line or in the keys."""
    for origin in ("log.example/other", ORIGIN + "2", ORIGIN.upper()):
        key = SigningKey(origin, SECOND.seed)
        other = note(SIZE, key, origin=origin)
        line = note(SIZE, SECOND).replace(f"— {ORIGIN} ", f"— {origin} ")
        for head in (other, line, note(SIZE, SECOND, origin=origin), note(SIZE, key)):
            for keys in (chain(FIRST, SECOND), chain(key), chain(FIRST, key)):
                yield from ((written(document | {"head": head, "keys": keys}), TRUSTED) for document in whole()[:3])


def stale_heads() -> Iterator[File]:
    """Heads of a key that the reader no longer trusts, and old heads for a leaf or a growth they do not have."""
    for index in range(SIZE):
        yield written(plain(index) | {"head": note(SIZE, FIRST)}), SECOND.public
        for size in range(1, index + 1):
            yield written(plain(index) | {"head": note(size, SECOND)}), TRUSTED
    for size in range(1, SIZE):
        yield written(consistency() | {"head": note(size, SECOND)}), TRUSTED
        yield written(consistency(size) | {"old": note(size, FIRST)}), SECOND.public


def other_algorithms() -> Iterator[File]:
    """A tree of other hashes under a true signature, and a key that says it is of another sort."""
    ways: list[tuple[Callable[[bytes], bytes], bytes, bytes]] = [
        (lambda content: hashlib.sha3_256(content).digest(), b"\0", b"\1"),
        (lambda content: hashlib.sha512(content).digest()[:32], b"\0", b"\1"),
        (lambda content: hashlib.blake2s(content).digest(), b"\0", b"\1"),
        (lambda content: hashlib.sha256(hashlib.sha256(content).digest()).digest(), b"\0", b"\1"),
        (lambda content: hashlib.sha256(content).digest(), b"", b""),
        (lambda content: hashlib.sha256(content).digest(), b"\1", b"\0"),
    ]
    for digest, leaf, node in ways:
        level = [digest(leaf + content) for content in CONTENTS[:8]]
        for index in range(8):
            path, row, at = [], level, index
            while len(row) > 1:
                path.append(b64(row[at ^ 1]))
                row, at = [digest(node + row[one] + row[one + 1]) for one in range(0, len(row), 2)], at // 2
            yield written(with_leaf(plain(index), {"path": path}) | {"head": note(8, SECOND, row[0])}), TRUSTED
    for sort in (0, 2, 3, 4, 5, 255):
        content = bytes([sort]) + FIRST.public.public
        name = hashlib.sha256(ORIGIN.encode() + b"\n" + content).hexdigest()[:8]
        text = f"{ORIGIN}+{name}+{b64(content)}"
        head = note(SIZE, FIRST).rpartition(" ")
        signature = bytes.fromhex(name) + base64.b64decode(head[2].strip())[4:]
        signed = {"keys": [{"endorsement": "", "key": text}], "head": f"{head[0]} {b64(signature)}\n"}
        yield from ((written(document | signed), None) for document in (plain(1), receipt(3, 1)))


Hole = tuple[tuple[str, str], ...]
ROOT = (("!= head.root:", "== b'':"),)
CLASSES: dict[str, tuple[Callable[[], Iterator[File]], int, Hole]] = {
    "every byte": (every_byte, 10_000, (('text.removesuffix("\\n") != written', "False"),)),
    "every field": (every_field, 1_000, ((" or set(document) != known", ""),)),
    "wrong position or size": (wrong_places, 2_000, ROOT),
    "wrong sizes of growth": (wrong_growth, 500, (("!= (old.root, new.root)", "is None"),)),
    "wrong path": (wrong_paths, 1_000, ROOT),
    "a node as a leaf": (
        nodes_as_leaves,
        100,
        (
            ('hashlib.sha256(b"\\0" + content)', "hashlib.sha256(content)"),
            ("facts = None", "facts = {}"),
            ('raise Untrue("the path is too short")\n    left = 1 << (size', "return leaf\n    left = 1 << (size"),
        ),
    ),
    "another leaf": (other_leaves, 200, ROOT),
    "another key": (
        other_keys,
        40,
        (("if pinned is not None and pinned not in keys:", "if False:"), ("keys.index(pinned)", "0")),
    ),
    "another origin": (other_origins, 100, (('== match["signer"]', ""),)),
    "a stale head": (
        stale_heads,
        100,
        (("return keys[keys.index(pinned) :] if pinned is not None else keys", "return keys"),),
    ),
    "another algorithm": (other_algorithms, 60, (("content[0] != 1 or ", ""),)),
}


@pytest.mark.parametrize("lie", CLASSES)
def test_nothing_false_of_this_class_is_accepted(lie: str) -> None:
    files, at_least, _ = CLASSES[lie]
    made = list(files())
    assert accepted(verifier(), made) == []
    assert len(made) >= at_least


@pytest.mark.parametrize("lie", CLASSES)
def test_a_hole_for_this_class_is_noticed(lie: str) -> None:
    """The control: with its hole planted, something of the class passes."""
    files, _, hole = CLASSES[lie]
    program = verifier(*hole)
    assert any(accepts(program, *file) for file in files())


def test_what_the_classes_start_from_is_true() -> None:
    program = verifier()
    assert all(accepts(program, written(document), TRUSTED) for document in whole())
    assert json.loads(written(plain(1)))["leaves"][0]["opened"] == []


def test_both_verifiers_say_the_same_of_any_path() -> None:
    """The ledger's loop upwards and the program's recursion downwards, on paths that are nearly right."""
    chance = random.Random(26)
    true_ones = 0
    for _ in range(20_000):
        index, size = chance.randrange(SIZE), chance.randrange(1, SIZE + 1)
        path = [span_hash(span) for span in merkle.inclusion(chance.randrange(size), size)]
        if path and chance.random() < 0.4:
            path[chance.randrange(len(path))] = chance.choice(HASHES)
        path = path[: chance.randrange(1, 6)] + ([HASHES[0]] if chance.random() < 0.1 else [])
        root = span_hash((0, chance.choice([size, size, SIZE])))
        ours = merkle.is_included(HASHES[index], index, size, path, root)
        true_ones += ours
        assert ours == convinces_the_program(HASHES[index], index, size, path, root)
    assert true_ones > 300


def convinces_the_program(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    try:
        return index < size and verify_receipt.root_of(leaf, index, size, path) == root
    except verify_receipt.Untrue:
        return False
