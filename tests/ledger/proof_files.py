"""Proof files made from the tree and the keys alone, without a database, and the changes an attacker makes to them."""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache, partial
from itertools import pairwise
from typing import Any

from ledger import leaves, merkle, notes
from ledger.notes import PublicKey, SigningKey

Document = dict[str, Any]
ORIGIN = "log.example/kk"
FIRST, SECOND, STRANGER = (SigningKey(ORIGIN, bytes([seed]) * 32) for seed in (1, 2, 3))
SALT, PRIVATE = b"s" * 16, '{"name":"น้ำใจ ใจดี"}'.encode()
SIZE, OLD = 13, 5
FACTS = {
    "amount_satang": 100,
    "given_on": "2026-11-22",
    "issued_on": "2026-11-23",
    "issuer": {"name_th": "สำนักงาน", "name_en": "Office"},
    "fund_name_th": "กองทุน",
    "fund_name_en": "Fund",
}
OPEN = json.dumps(FACTS, ensure_ascii=False).encode()
DONOR = '{"donor_name":"น้ำใจ ใจดี","donor_tax_id":""}'.encode()


def salted(content: bytes) -> str:
    return hashlib.sha256(b"\2" + SALT + content).hexdigest()


def _entry(at: int) -> bytes:
    amount_satang = 100 * (at % 7)
    facts = {
        "details_digest": salted(PRIVATE),
        "booked_on": "2026-11-22",
        "postings": [{"amount_satang": amount_satang}],
    }
    return leaves.canonical("entry", str(at), facts)


def _receipt(number: str, proves: int) -> bytes:
    facts = {"proves": str(proves), "facts": hashlib.sha256(OPEN).hexdigest(), "private_digest": salted(DONOR)}
    return leaves.canonical("receipt", number, facts)


CONTENTS = [_entry(at) for at in range(SIZE)]
CONTENTS[3:7] = [
    _receipt("KK-2570-000001", 1),
    leaves.canonical("void", "KK-2570-000001", {"voided_at": "2026-11-23T08:00:00.000000+00:00"}),
    _receipt("KK-2570-000002", 2),  # of another amount than its entry
    _receipt("KK-2570-000003", 1),
]
HASHES = [merkle.leaf_hash(content) for content in CONTENTS]


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def span_hash(span: merkle.Span) -> bytes:
    def node(level: int, number: int) -> bytes:
        return merkle.full_hash(HASHES[number << level : (number + 1) << level])

    return merkle.span_hash(span, node)


def note(size: int, key: SigningKey, root: bytes = b"", origin: str = ORIGIN) -> str:
    """A signed head of the first `size` leaves, or of another root."""
    at = datetime(2026, 11, 23, 7, 30, 0, 1, tzinfo=UTC)
    text = notes.checkpoint(origin, size, root or span_hash((0, size)), follows=size - 1, signed_at=at)
    return notes.signed(text, key.public, key.sign(text))


def chain(*keys: SigningKey) -> list[Document]:
    links = [{"endorsement": "", "key": keys[0].public.text()}]
    for before, key in pairwise(keys):
        links.append({"endorsement": b64(before.sign(notes.endorsement(key.public))), "key": key.public.text()})
    return links


def inclusion(index: int, size: int = SIZE, key: SigningKey = SECOND) -> Document:
    """The proof of one leaf, with its private part opened."""
    return {
        "format": "sipbaht-inclusion-1",
        "head": note(size, key),
        "keys": chain(FIRST, SECOND) if key is SECOND else chain(key),
        "leaves": [
            {
                "index": index,
                "leaf": b64(CONTENTS[index]),
                "opened": [{"content": b64(PRIVATE), "field": "details_digest", "salt": b64(SALT)}],
                "path": [b64(span_hash(span)) for span in merkle.inclusion(index, size)],
            }
        ],
    }


def receipt(*indexes: int) -> Document:
    """The proof of a receipt with its entry, and its void if any, by their positions."""
    first, *others = (inclusion(index)["leaves"][0] for index in indexes)
    opened = [
        {"content": b64(OPEN), "field": "facts", "salt": ""},
        {"content": b64(DONOR), "field": "private_digest", "salt": b64(SALT)},
    ]
    rows = [first | {"opened": opened}, *(other | {"opened": []} for other in others)]
    return inclusion(indexes[0]) | {"leaves": rows}


def with_leaf(document: Document, change: Document) -> Document:
    """The same with something else in its first leaf."""
    return document | {"leaves": [document["leaves"][0] | change, *document["leaves"][1:]]}


def with_opened(document: Document, change: Document) -> Document:
    """The same with something else in the first opened part of its first leaf."""
    part = document["leaves"][0]["opened"][0] | change
    return with_leaf(document, {"opened": [part, *document["leaves"][0]["opened"][1:]]})


def consistency(old: int = OLD, new: int = SIZE) -> Document:
    """The proof of growth, the old head signed by the first key, the new one by the second."""
    return {
        "format": "sipbaht-consistency-1",
        "head": note(new, SECOND),
        "keys": chain(FIRST, SECOND),
        "old": note(old, FIRST),
        "path": [b64(span_hash(span)) for span in merkle.consistency(old, new)],
    }


def written(document: Document) -> bytes:
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


@cache
def honest() -> list[tuple[Document, PublicKey | None]]:
    """True proof files, each with the key that its reader trusts."""
    return [
        (inclusion(1), SECOND.public),
        (inclusion(1), FIRST.public),
        (inclusion(12), None),
        (inclusion(0, 1, FIRST), FIRST.public),
        (inclusion(7), SECOND.public),
        (receipt(3, 1), SECOND.public),
        (receipt(3, 1, 4), FIRST.public),
        (receipt(6, 1), None),
        (consistency(), FIRST.public),
        (consistency(4, 8), None),
        (consistency(6, 6) | {"head": note(6, SECOND)}, FIRST.public),
    ]


@cache
def forgeries() -> list[tuple[bytes, PublicKey | None]]:
    """Files that an attacker would build with care, each one change away from a true one."""
    return list(_forgeries())


def _forgeries() -> Iterator[tuple[bytes, PublicKey | None]]:
    whole, last, grown = inclusion(1), inclusion(12), consistency()
    row, part, paper = whole["leaves"][0], whole["leaves"][0]["opened"][0], receipt(3, 1)
    path = row["path"]
    rows: list[tuple[Document, Document]] = [
        (whole, {"index": True}),
        (whole, {"index": 1.0}),
        (whole, {"index": -1}),
        (last, {"index": 13}),
        (last, {"index": 14}),
        (whole, {"path": [b64(bytes(32)), *path]}),
        (whole, {"path": [*path, b64(bytes(32))]}),
        (whole, {"path": [_other_base64(path[0]), *path[1:]]}),
        (whole, {"path": path[1:]}),
        (whole, {"path": path[:-1]}),
        (whole, {"path": path[::-1]}),
        (whole, {"path": path * 50}),
        (whole, {"leaf": b64(HASHES[0] + HASHES[1]), "index": 0, "path": path[1:]}),  # a node as a leaf
        (whole, {"leaf": b64(b"\1" + HASHES[0] + HASHES[1]), "index": 0, "path": path[1:]}),
        (whole, {"leaf": b64(CONTENTS[2])}),
        (whole, {"leaf": b64(CONTENTS[1] + b" ")}),
        (whole, {"opened": [part, part]}),
        (whole, {"opened": part}),
        (whole, {"more": 1}),
        (paper, {"opened": paper["leaves"][0]["opened"][1:]}),  # without its facts
    ]
    parts: list[tuple[Document, Document]] = [
        (whole, {"content": b64(PRIVATE + b" ")}),
        (whole, {"salt": b64(SALT[::-1] + b"s")}),
        (whole, {"content": b64(SALT[8:] + PRIVATE), "salt": b64(SALT[:8])}),  # the border moved
        (whole, {"content": b64(b"\2" + SALT + PRIVATE), "salt": ""}),
        (whole, {"field": "private_digest"}),
        (whole, {"field": ["details_digest"]}),
        (whole, {"more": 1}),
        (paper, {"content": b64(OPEN.replace(b"100", b"900"))}),
    ]
    changes: list[tuple[Document, Document]] = [
        *(
            (receipt(*indexes), {})
            for indexes in ((3,), (3, 2), (3, 8), (3, 6), (3, 3), (5, 2), (6, 1, 4), (3, 1, 1), (1, 3))
        ),
        (receipt(3, 1, 4), {"leaves": receipt(3, 1, 4)["leaves"] * 2}),
        (whole, {"leaves": whole["leaves"] * 2}),
        (whole, {"leaves": []}),
        (whole, {"leaves": row}),
        (whole, {"leaves": ["x"]}),
        (whole, {"head": note(12, SECOND)}),
        (whole, {"head": note(SIZE, STRANGER)}),
        (whole, {"head": note(SIZE, SECOND, bytes(32))}),
        (whole, {"head": note(SIZE, SECOND, origin="log.example/other")}),
        (whole, {"head": note(SIZE, STRANGER), "keys": chain(STRANGER)}),
        (whole, {"head": note(SIZE, STRANGER), "keys": chain(FIRST, STRANGER)[:1] + chain(STRANGER)}),
        (whole, {"head": note(SIZE, STRANGER), "keys": chain(SECOND) + chain(STRANGER, STRANGER)[1:]}),
        (whole, {"head": note(SIZE, FIRST)}),  # by a key older than the trusted one
        (whole, {"keys": chain(FIRST)}),
        (whole, {"keys": []}),
        (
            whole,
            {
                "keys": [
                    whole["keys"][0] | {"key": FIRST.public.text().replace(FIRST.public.id, "0" * 8)},
                    whole["keys"][1],
                ]
            },
        ),
        (whole, {"more": 1}),
        (whole, {"format": "sipbaht-inclusion-2"}),
        (whole, {"format": "sipbaht-fraud-1"}),
        (grown, {"old": grown["head"], "head": grown["old"]}),
        (grown, {"old": note(4, FIRST)}),
        (grown, {"old": note(OLD, SECOND, bytes(32))}),
        (grown, {"head": note(SIZE, SECOND, bytes(32))}),
        (grown, {"head": note(12, SECOND)}),
        (grown, {"path": grown["path"][1:]}),
        (grown, {"path": [*grown["path"], b64(bytes(32))]}),
        (grown, {"path": [b64(bytes(32)), *grown["path"]]}),
        (consistency(4, 8), {"path": []}),
        (consistency(4, 8), {"path": [b64(span_hash((0, 4))), *consistency(4, 8)["path"]]}),
        (consistency(8, 8), {"path": [b64(bytes(32))]}),
    ]
    changes += [(document, with_leaf(document, change)) for document, change in rows]
    changes += [(document, with_opened(document, change)) for document, change in parts]
    for document, change in changes:
        yield written(document | change), SECOND.public if document is not grown else FIRST.public
    yield written(whole).replace(b'\n "head"', b' "head"'), SECOND.public
    yield written(whole).replace(b'   "index": 1,', b'   "index": 0,\n   "index": 1,'), SECOND.public
    yield written(whole), STRANGER.public
    yield b"[1]", None
    yield b"", None
    yield b"{" * 100_000, None


def _other_base64(text: str) -> str:
    """Another text that stands for the same 32 bytes: the last letter has two bits to spare."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return f"{text[:-2]}{letters[letters.index(text[-2]) ^ 1]}="


def mutants(count: int, seed: int) -> Iterator[tuple[bytes, PublicKey | None]]:
    """Quick changes at random: a byte, a field, a piece of another true file."""
    chance = random.Random(seed)
    files = [(written(document), document, pinned) for document, pinned in honest()]
    ways: list[Callable[[bytes, Document], bytes]] = [
        partial(_other_byte, chance),
        partial(_other_byte, chance),
        partial(_cut, chance),
        partial(_twice, chance),
        partial(_other_content, chance),
        partial(_foreign_field, chance),
    ]
    made = 0
    true_ones = {content for content, _, _ in files}
    while made < count:
        content, document, pinned = chance.choice(files)
        mutant = chance.choice(ways)(content, document)
        if mutant.removesuffix(b"\n") + b"\n" not in true_ones:
            made += 1
            yield mutant, pinned


def _other_byte(chance: random.Random, content: bytes, _: Document) -> bytes:
    at = chance.randrange(len(content))
    letters = b"ABCDabcd0123456789+/=- \n\"',:[]{}\x00\xff"
    new = chance.choice([content[at] ^ (1 << chance.randrange(8)), chance.choice(letters)])
    return content[:at] + bytes([new]) + content[at + 1 :]


def _cut(chance: random.Random, content: bytes, _: Document) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice([1, 1, 2, 4, 44, 45]) :]


def _twice(chance: random.Random, content: bytes, _: Document) -> bytes:
    start = chance.randrange(len(content))
    end = start + chance.choice([1, 1, 2, 4, 44, 45])
    return content[:end] + content[start:]


def _other_content(chance: random.Random, _: bytes, document: Document) -> bytes:
    """One bit of what the base64 of a field stands for."""
    changed = json.loads(json.dumps(document))
    rows = changed.get("leaves", [changed])
    places: list[tuple[Any, Any]] = [(row["path"], at) for row in rows for at in range(len(row["path"]))]
    places += [(link, "endorsement") for link in changed["keys"][1:]]
    places += [(row, "leaf") for row in rows if "leaf" in row]
    places += [(part, name) for row in rows for part in row.get("opened", []) for name in ("content", "salt")]
    places = [(place, name) for place, name in places if place[name]]
    if not places:
        return b""
    place, name = chance.choice(places)
    bits = bytearray(base64.b64decode(place[name]))
    bits[chance.randrange(len(bits))] ^= 1 << chance.randrange(8)
    place[name] = b64(bytes(bits))
    return written(changed)


def _foreign_field(chance: random.Random, _: bytes, document: Document) -> bytes:
    """A field of another true file of the same kind, or another number."""
    others = [other for other, _ in honest() if other["format"] == document["format"]]
    other = chance.choice(others)
    name = chance.choice(sorted(set(document) - {"format", "keys"}))
    if name != "leaves":
        return written(document | {name: other[name]})
    field = chance.choice(["index", "leaf", "path", "opened"])
    value = chance.randrange(20) if field == "index" else other["leaves"][0][field]
    return written(with_leaf(document, {field: value}))
