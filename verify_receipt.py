#!/usr/bin/env python3
"""Check a proof file of the fund's log, offline and without trusting the fund: one file, Python and `cryptography`.

    python3 -I verify_receipt.py proof.json [--key KEY] [--compare OTHER]

KEY is the log's public key (`origin+id+base64`, or a file with it) from where you trust it: printed, or kept from
before. Without it the file is only checked against the key inside it. OTHER is a tree head (the lines that are
printed) or a proof file that somebody else got; with KEY, proof.json may be a tree head too. Exit status: 0 true ·
1 false · 2 unreadable, or not comparable · 3 fraud: two signed histories of one size. Shares no code with the writer.
Refuses every file that is not written exactly as proof files are.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TRUE, FALSE, UNREADABLE, FRAUD = 0, 1, 2, 3
LARGEST_FILE = 1_000_000
MOST_LEAVES = 3
FIELDS = {
    "sipbaht-inclusion-1": {"format", "head", "keys", "leaves"},
    "sipbaht-consistency-1": {"format", "head", "keys", "old", "path"},
    "sipbaht-fraud-1": {"format", "heads", "keys"},
}
ORIGIN = r"[!-*,-~]{1,100}"
HEAD = re.compile(
    rf"(?P<text>(?P<origin>{ORIGIN})\n(?P<size>[1-9][0-9]{{0,18}})\n(?P<root>[A-Za-z0-9+/]{{43}}=)\n"
    r"follows (?:0|[1-9][0-9]{0,18}) at (?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\+00:00)\n)\n"
    rf"— (?P<signer>{ORIGIN}) (?P<signature>[A-Za-z0-9+/]{{91}}=)\n"
)


class Unreadable(Exception):
    """Not a proof file as we know it."""


class Untrue(Exception):
    """A proof file that proves nothing; the message says why."""


@dataclass(frozen=True)
class Key:
    """A public key of the log."""

    origin: str
    id: bytes
    public: bytes
    text: str

    def signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Head:
    """A signed tree head."""

    size: int
    root: bytes
    at: str
    note: str
    key: Key


def unpack(text: Any, length: int | None = None) -> bytes:
    """Base64, strictly: one text for one content."""
    if not isinstance(text, str):
        raise Unreadable("a text is missing")
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Unreadable("not base64") from None
    if base64.b64encode(content).decode() != text or length not in (None, len(content)):
        raise Unreadable("base64 of another length, or written in another way")
    return content


def read_document(content: bytes) -> dict[str, Any]:
    """The fields of a proof file that is written exactly as we write them."""
    try:
        text = content.decode()
        document = json.loads(text)
        written = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    known = FIELDS.get(str(document.get("format"))) if isinstance(document, dict) else None
    if known is None or set(document) != known:
        raise Unreadable("not a proof file of a format known here")
    if text.removesuffix("\n") != written:
        raise Unreadable("not written the way proof files are: get the file again, unchanged")
    return dict(document)


def read_key(text: Any) -> Key:
    """`origin+id+base64`, whose id must be that of the key."""
    match = (
        re.fullmatch(rf"({ORIGIN})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]{{44}})", text) if isinstance(text, str) else None
    )
    if match is None:
        raise Unreadable("not a key: origin+id+base64")
    content = unpack(match[3], 33)
    expected = hashlib.sha256(match[1].encode() + b"\n" + content).digest()[:4]
    if content[0] != 1 or expected.hex() != match[2]:
        raise Unreadable("a key whose id is not its own")
    return Key(match[1], expected, content[1:], text)


def read_keys(listed: Any, pinned: Key | None) -> list[Key]:
    """The keys that may have signed: from the pinned one (or the first) on, each endorsed by the one before it."""
    if not isinstance(listed, list) or not listed or any(not is_link(link) for link in listed):
        raise Unreadable("no keys")
    keys = [read_key(link["key"]) for link in listed]
    if listed[0]["endorsement"] != "" or len({key.origin for key in keys}) != 1 or len(set(keys)) != len(keys):
        raise Untrue("the keys are not one log's")
    for before, key, link in zip(keys, keys[1:], listed[1:], strict=False):
        if not before.signed(f"{key.origin}\nnext key\n{key.text}\n", unpack(link["endorsement"], 64)):
            raise Untrue("a key is not endorsed by the one before it")
    if pinned is not None and pinned not in keys:
        raise Untrue("the key you trust is not among the log's keys in this file")
    return keys[keys.index(pinned) :] if pinned is not None else keys


def is_link(link: Any) -> bool:
    """Whether this is a key with its endorsement."""
    return isinstance(link, dict) and set(link) == {"endorsement", "key"}


def read_head(note: Any, keys: list[Key]) -> Head:
    """A signed head: its text, and one of the keys that signed it."""
    match = HEAD.fullmatch(note) if isinstance(note, str) else None
    if match is None:
        raise Unreadable("not a signed tree head")
    signature = unpack(match["signature"], 68)
    for key in keys:
        if key.id == signature[:4] and key.origin == match["origin"] == match["signer"]:
            if not key.signed(match["text"], signature[4:]):
                raise Untrue("the signature of the tree head is false")
            return Head(int(match["size"]), unpack(match["root"], 32), match["at"], note, key)
    raise Untrue("the tree head is signed by none of the keys, or for another log")


def read_path(path: Any) -> list[bytes]:
    """The hashes of a proof."""
    if not isinstance(path, list) or len(path) > 130:
        raise Unreadable("no path")
    return [unpack(sibling, 32) for sibling in path]


def parent(left: bytes, right: bytes) -> bytes:
    """RFC 6962: the hash of two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a path leads from a leaf, by going down the tree the way RFC 6962 defines it."""
    if size == 1:
        if path:
            raise Untrue("the path is too long")
        return leaf
    if not path:
        raise Untrue("the path is too short")
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return parent(root_of(leaf, index, left, path[:-1]), path[-1])
    return parent(path[-1], root_of(leaf, index - left, size - left, path[:-1]))


def roots_of(old: int, new: int, path: list[bytes], old_root: bytes, is_whole: bool = True) -> tuple[bytes, bytes]:
    """The old and the new root to which a consistency path leads, by RFC 6962's own recursion."""
    if old == new:
        if len(path) != (0 if is_whole else 1):
            raise Untrue("the path has another length")
        return (old_root, old_root) if is_whole else (path[0], path[0])
    if not path:
        raise Untrue("the path is too short")
    left = 1 << (new - 1).bit_length() - 1
    if old <= left:
        before, after = roots_of(old, left, path[:-1], old_root, is_whole)
        return before, parent(after, path[-1])
    before, after = roots_of(old - left, new - left, path[:-1], old_root, False)
    return parent(path[-1], before), parent(path[-1], after)


@dataclass(frozen=True)
class Row:
    """A row that stands in the log: what its leaf says, and what was opened of the digests in it."""

    index: int
    facts: dict[str, Any]
    opened: dict[str, bytes]
    leaf_sha256: str


def check_inclusion(document: dict[str, Any], keys: list[Key]) -> tuple[list[Head], list[str]]:
    """That each leaf stands under the signed head, and that those of a receipt belong together."""
    head, leaves = read_head(document["head"], keys), document["leaves"]
    if not isinstance(leaves, list) or not 1 <= len(leaves) <= MOST_LEAVES:
        raise Unreadable("no leaves")
    rows = [read_row(leaf, head) for leaf in leaves]
    if rows[0].facts.get("leaf") == "receipt":
        try:
            return [head], receipt_lines(rows)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Unreadable("a receipt of a form unknown here") from None
    if len(rows) > 1:
        raise Unreadable("leaves that do not belong together")
    return [head], row_lines(rows[0])


def read_row(leaf: Any, head: Head) -> Row:
    """A leaf that stands under the head, with what is opened of it."""
    if not isinstance(leaf, dict) or set(leaf) != {"index", "leaf", "opened", "path"}:
        raise Unreadable("a leaf of another form")
    index, path, content = leaf["index"], read_path(leaf["path"]), unpack(leaf["leaf"])
    if type(index) is not int or not 0 <= index < head.size:
        raise Untrue("the position is not in the log")
    leaf_hash = hashlib.sha256(b"\0" + content).digest()
    if root_of(leaf_hash, index, head.size, path) != head.root:
        raise Untrue("the row is not in the log at this position")
    facts = read_leaf(content)
    return Row(index, facts, read_opened(leaf["opened"], facts), leaf_hash.hex())


def read_leaf(leaf: bytes) -> dict[str, Any]:
    """What a leaf of version 1 says."""
    try:
        facts = json.loads(leaf[1:].decode())
    except ValueError:
        facts = None
    if leaf[:1] != b"\1" or not isinstance(facts, dict):
        raise Unreadable("a leaf of a version unknown here")
    return facts


def read_opened(opened: Any, facts: dict[str, Any]) -> dict[str, bytes]:
    """The opened parts, each being what the leaf holds the digest of: salted, but for a receipt's open facts."""
    if not isinstance(opened, list):
        raise Unreadable("opened parts of another form")
    parts = {}
    for part in opened:
        if not isinstance(part, dict) or set(part) != {"content", "field", "salt"}:
            raise Unreadable("an opened part of another form")
        field, content = str(part["field"]), unpack(part["content"])
        is_open = field == "facts" and part["salt"] == ""
        salted = content if is_open else b"\2" + unpack(part["salt"], 16) + content
        if hashlib.sha256(salted).hexdigest() != facts.get(field) or field in parts:
            raise Untrue("an opened part is not the one in the log")
        parts[field] = content
    return parts


def row_lines(row: Row) -> list[str]:
    """A row as it stands in the log."""
    lines = [f"In the log at position {row.index}:", json.dumps(row.facts, ensure_ascii=False, indent=2)]
    return lines + [f"With {field}: {part.decode(errors='replace')}" for field, part in sorted(row.opened.items())]


def receipt_lines(rows: list[Row]) -> list[str]:
    """What a receipt says, once its facts, its entry and its void are found to be its own."""
    receipt, entry, *voids = rows
    facts = json.loads(receipt.opened["facts"])
    if entry.facts.get("leaf") != "entry" or entry.facts.get("id") != receipt.facts.get("proves"):
        raise Untrue("the second row is not the entry that the receipt proves")
    paid = facts.get("paid_satang", facts["amount_satang"])
    if all(line["amount_satang"] != paid for line in entry.facts["postings"]):
        raise Untrue("the entry books another amount")
    if any((one.facts.get("leaf"), one.facts.get("id")) != ("void", receipt.facts["id"]) for one in voids):
        raise Untrue("a row is of another receipt")
    donor = json.loads(receipt.opened["private_digest"]) if "private_digest" in receipt.opened else {}
    if "case_code" in facts:
        return case_lines(facts, receipt, entry, voids)
    return [
        f"ใบเสร็จเลขที่ · receipt: {receipt.facts['id']}",
        f"จำนวนเงิน (บาท) · amount in baht: {baht(facts['amount_satang'])}",
        f"ได้รับเงินวันที่ · given on: {both_eras(facts['given_on'])}",
        f"ออกใบเสร็จวันที่ · issued on: {both_eras(facts['issued_on'])}",
        f"ผู้ออกใบเสร็จ · issued by: {facts['issuer']['name_th']} · {facts['issuer']['name_en']}",
        f"เพื่อ · for: {facts['fund_name_th']} · {facts['fund_name_en']}",
        *(f"ผู้บริจาค · donor: {donor[name]}" for name in ("donor_name", "donor_tax_id") if donor.get(name)),
        f"ลงบัญชีวันที่ · booked on: {both_eras(entry.facts['booked_on'])} ({entry.facts['id']})",
        *standing_lines(receipt, voids),
    ]


def standing_lines(receipt: Row, voids: list[Row]) -> list[str]:
    """What a paper replaces, and whether it counts."""
    return [
        *([f"ออกแทนใบเสร็จ · replaces: {receipt.facts['replaces']}"] if receipt.facts.get("replaces") else []),
        *(f"ใบเสร็จนี้ยกเลิกแล้ว · THIS RECEIPT IS VOID since {one.facts['voided_at']}" for one in voids),
        *([] if voids else [NO_VOID]),
    ]


def case_lines(facts: dict[str, Any], receipt: Row, entry: Row, voids: list[Row]) -> list[str]:
    """What a paper on money for a case says: a voucher, or an audit receipt with its place in the log and its gifts."""
    lines = [
        f"เลขที่ · number: {receipt.facts['id']}",
        f"จำนวนเงิน (บาท) · amount in baht: {baht(facts['amount_satang'])}",
        f"จ่ายวันที่ · paid on: {both_eras(facts['given_on'])}",
        f"ออกวันที่ · issued on: {both_eras(facts['issued_on'])}",
        f"ผู้ออก · issued by: {facts['issuer']['name_th']} · {facts['issuer']['name_en']}",
        f"รหัสเคส · case: {facts['case_code']} · {facts['purpose_th']} · {facts['purpose_en']}",
        f"กองทุน · fund: {facts['fund']} · {facts['fund_name_th']} · {facts['fund_name_en']}",
    ]
    if "gifts" in facts:
        said = facts["entry"]
        if (said["id"], said["position"], said["leaf_sha256"]) != (entry.facts["id"], entry.index, entry.leaf_sha256):
            raise Untrue("the entry does not stand where the paper says")
        if sum(one["end_satang"] - one["start_satang"] for one in facts["gifts"]) != facts["amount_satang"]:
            raise Untrue("the gifts do not come to the amount")
        lines += [f"หลักฐาน · evidence: {one['kind']} {one['sha256']}" for one in facts["evidence"]]
        lines += [
            f"เงินบริจาค · gifts: {one['fund']} {baht(one['start_satang'])}–{baht(one['end_satang'])}"
            for one in facts["gifts"]
        ]
    booked = f"ลงบัญชีวันที่ · booked on: {both_eras(entry.facts['booked_on'])} ({entry.facts['id']})"
    return [*lines, booked, *standing_lines(receipt, voids)]


def baht(satang: int) -> str:
    """An amount as it is printed: 1,234.50."""
    return f"{satang // 100:,}.{satang % 100:02}"


def both_eras(day: str) -> str:
    """A day in the Buddhist era and in the Christian one."""
    year, month, number = day.split("-")
    return f"{number}/{month}/{int(year) + 543} · {day}"


def check_consistency(document: dict[str, Any], keys: list[Key]) -> tuple[list[Head], list[str]]:
    """That the newer head's log begins with the older one's."""
    old, new = read_head(document["old"], keys), read_head(document["head"], keys)
    path = read_path(document["path"])
    if old.size > new.size or roots_of(old.size, new.size, path, old.root) != (old.root, new.root):
        raise Untrue(f"the log of size {new.size} does not continue the log of size {old.size}")
    return [old, new], [f"The log of size {new.size} continues the log of size {old.size}: nothing before was changed."]


def check_fraud(document: dict[str, Any], keys: list[Key]) -> tuple[list[Head], list[str]]:
    """The two heads of a fraud proof; that they contradict each other is seen by `compare`."""
    heads = document["heads"]
    if not isinstance(heads, list) or len(heads) != 2:
        raise Unreadable("a fraud proof has two tree heads")
    return [read_head(note, keys) for note in heads], []


CHECKS = {
    "sipbaht-inclusion-1": check_inclusion,
    "sipbaht-consistency-1": check_consistency,
    "sipbaht-fraud-1": check_fraud,
}


def heads_of(content: bytes, keys: list[Key]) -> list[Head]:
    """The signed heads in somebody else's checkpoint or proof file, signed by keys that we trust."""
    if content[:1] != b"{":
        return [read_head(content.decode(errors="replace"), keys)]
    document = read_document(content)
    return CHECKS[document["format"]](document, keys)[0]


def fraud(heads: list[Head], links: Any) -> str | None:
    """A fraud proof, if two of the heads are of one size and have different roots: nobody signs both honestly."""
    for one in heads:
        for other in heads:
            if one.size == other.size and one.root != other.root:
                document = {"format": "sipbaht-fraud-1", "heads": [one.note, other.note], "keys": links}
                return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    return None


def verdict(content: bytes, pinned: Key | None, other: bytes | None) -> tuple[int, list[str]]:
    """The exit status for a proof file, beside another's file if there is one, and what to say."""
    links, heads, lines, is_fraud_proof = checked(content, pinned)
    keys = read_keys(links, pinned)
    others = heads_of(other, keys) if other is not None else []
    found = fraud(heads + others, links)
    if found is not None:
        return FRAUD, [FRAUD_FOUND, found]
    if is_fraud_proof:
        raise Untrue("the two tree heads do not contradict each other")
    shared = {head.size for head in heads} & {head.size for head in others}
    if other is not None and not shared:
        raise Unreadable("the two files show logs of different sizes: ask for the proof that one continues the other")
    compared = [f"ตรงกัน · The other file shows the same log of size {size}." for size in sorted(shared)]
    return TRUE, ["TRUE · ถูกต้อง", *lines, *signature_lines(heads, pinned), *compared, *LIMITS]


def checked(content: bytes, pinned: Key | None) -> tuple[Any, list[Head], list[str], bool]:
    """The keys, heads and words of a file that was checked by itself, and whether it says that it proves a fraud."""
    if content[:1] != b"{" and pinned is not None:
        links = [{"endorsement": "", "key": pinned.text}]
        return links, [read_head(content.decode(errors="replace"), [pinned])], [], False
    document = read_document(content)
    heads, lines = CHECKS[document["format"]](document, read_keys(document["keys"], pinned))
    return document["keys"], heads, lines, document["format"] == "sipbaht-fraud-1"


def signature_lines(heads: list[Head], pinned: Key | None) -> list[str]:
    """Who signed the heads and when, and whether that key was one to be trusted."""
    lines = [f"Signed at {head.at} by {head.key.text}, over {head.size} rows." for head in heads]
    unpinned = "The key is the one in the file: compare it with the published one, or use --key."
    return lines + ([] if pinned else [unpinned])


FRAUD_FOUND = (
    "FRAUD · ทุจริต: the log's key signed two histories of one size. Keep and publish this."
    " กุญแจเดียวกันลงนามประวัติสองฉบับที่ขัดกัน เก็บและเผยแพร่ข้อความต่อไปนี้"
)
LIMITS = (
    "พิสูจน์ได้ว่ารายการนี้ไม่เปลี่ยนแปลงตั้งแต่วันที่ลงนาม แต่ไม่ได้พิสูจน์ว่าสิ่งที่เขียนไว้เป็นความจริง",
    "This proves that the row has not changed since it was signed, and is one of that many.",
    "It does not prove that what was written is so, nor that all others are shown the same log: for that,",
    "compare your file with other people's by --compare.",
)
NO_VOID = (
    "แฟ้มนี้ไม่แสดงการยกเลิก แต่อาจถูกตัดออกหรือมีภายหลัง โปรดตรวจที่หน้าตรวจใบเสร็จของกองทุน · this file shows no void, "
    "but one may have been left out of it, or written since: ask the fund's check page"
)


def read_file(path: Path) -> bytes:
    """A file's content, if it is one and not too large."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"{path}: too large for a proof file")
    return content


def pinned_key(text: str | None) -> Key | None:
    """The key from the command line: its text, or a file with it."""
    if text is None:
        return None
    is_text = re.match(rf"{ORIGIN}\+[0-9a-f]{{8}}\+", text)
    return read_key(text if is_text else read_file(Path(text)).decode(errors="replace").strip())


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names; say the verdict and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proof", type=Path)
    parser.add_argument("--key", help="the log's public key that you trust, or a file with it")
    parser.add_argument("--compare", type=Path, help="a checkpoint or proof file that somebody else got")
    given = parser.parse_args(arguments)
    try:
        other = read_file(given.compare) if given.compare else None
        status, lines = verdict(read_file(given.proof), pinned_key(given.key), other)
    except Untrue as error:
        status, lines = FALSE, [f"FALSE · ไม่ถูกต้อง: {error}."]
    except Unreadable as error:
        status, lines = UNREADABLE, [f"UNREADABLE · อ่านไม่ได้: {error}."]
    sys.stdout.buffer.write((shown("\n".join(lines)) + "\n").encode())
    return status


def shown(text: str) -> str:
    """A text that cannot steer a terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "�" for letter in text)


if __name__ == "__main__":
    sys.exit(main())
