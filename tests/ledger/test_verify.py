"""`verify_receipt.py`: what is true is accepted, nothing else is, and a verifier that skips a check is caught."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterable
from itertools import chain as chain_of
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ledger.notes import PublicKey
from tests.ledger import proof_files
from tests.ledger.proof_files import (
    FIRST,
    OLD,
    SECOND,
    SIZE,
    STRANGER,
    chain,
    consistency,
    inclusion,
    note,
    receipt,
    with_leaf,
    written,
)

PROGRAM = Path(__file__).parent.parent.parent / "verify_receipt.py"
SEED = 20_261_123


def verifier(*weakened: tuple[str, str]) -> ModuleType:
    """The program, with some of its text replaced."""
    source = PROGRAM.read_text(encoding="utf-8")
    for old, new in weakened:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    module = ModuleType("verifier")
    sys.modules["verifier"] = module  # dataclasses look their module up
    exec(compile(source, str(PROGRAM), "exec"), module.__dict__)
    return module


def accepts(program: ModuleType, content: bytes, pinned: PublicKey | None) -> bool:
    """Whether it says TRUE; nothing but its two refusals may be raised."""
    key = program.read_key(pinned.text()) if pinned else None
    try:
        status, _ = program.verdict(content, key, None)
    except (program.Untrue, program.Unreadable):
        return False
    return bool(status == program.TRUE)


def accepted(program: ModuleType, files: Iterable[tuple[bytes, PublicKey | None]]) -> list[bytes]:
    return [content for content, pinned in files if accepts(program, content, pinned)]


def run(tmp_path: Path, *arguments: str, **files: bytes) -> tuple[int, str]:
    """The program as an outsider runs it: alone, isolated, somewhere else."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-I", str(PROGRAM), *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=30)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def test_every_true_file_is_accepted() -> None:
    program = verifier()
    for document, pinned in proof_files.honest():
        assert accepts(program, written(document), pinned)
        assert accepts(program, written(document).rstrip(b"\n"), None)
    for index in set(range(SIZE)) - {3, 4, 5, 6}:
        assert accepts(program, written(inclusion(index)), FIRST.public)
    for old in range(1, SIZE + 1):
        assert accepts(program, written(consistency(old)), FIRST.public)


def test_no_forgery_is_accepted() -> None:
    assert accepted(verifier(), proof_files.forgeries()) == []


def test_no_mutant_of_a_true_file_is_accepted(request: pytest.FixtureRequest) -> None:
    count = 100_000 if request.config.getoption("--nightly") else 20_000
    assert accepted(verifier(), proof_files.mutants(count, SEED)) == []


WEAKENED = {
    "base64 in one way": ("base64.b64encode(content).decode() != text or ", ""),
    "length of hashes and salts": ("length not in (None, len(content))", "False"),
    "written our way": ('text.removesuffix("\\n") != written', "False"),
    "fields known": (" or set(document) != known", ""),
    "key is endorsed": ("if not before.signed(", "if False and before.signed("),
    "trusted key or a later one": ("return keys[keys.index(pinned) :] if pinned is not None else keys", "return keys"),
    "key's id is its own": ("content[0] != 1 or expected.hex() != match[2]", "False"),
    "signer's id": ("key.id == signature[:4] and ", ""),
    "signer's name": ('key.origin == match["origin"] == match["signer"]', 'key.origin == match["origin"]'),
    "signature of the head": ('not key.signed(match["text"], signature[4:])', "False"),
    "root of the leaf": ("!= head.root:", "== b'':"),
    "index is a number": ("type(index) is not int or ", ""),
    "index is in the log": ("not 0 <= index < head.size", "index < 0"),
    "leaf's own prefix": ('hashlib.sha256(b"\\0" + content)', "hashlib.sha256(content)"),
    "path not too long": ('        if path:\n            raise Untrue("the path is too long")\n', ""),
    "opened part is the leaf's": ("hashlib.sha256(salted).hexdigest() != facts.get(field)", "False"),
    "opened once": (" or field in parts", ""),
    "salt of its length": ('unpack(part["salt"], 16)', 'unpack(part["salt"])'),
    "the receipt's own entry": ('or entry.facts.get("id") != receipt.facts.get("proves")', ""),
    "the entry's amount": ('if all(line["amount_satang"] != paid', "if not all(True"),
    "the receipt's own void": ('!= ("void", receipt.facts["id"])', "is None"),
    "leaves that belong together": ("if len(rows) > 1:", "if False:"),
    "growth": ("!= (old.root, new.root)", "is None"),
    "growth of the old head": ("!= (old.root, new.root)", "[1] != new.root"),
    "growth of the new head": ("!= (old.root, new.root)", "[0] != old.root"),
    "growth not too long": ("len(path) != (0 if is_whole else 1)", "len(path) < (0 if is_whole else 1)"),
}


@pytest.mark.parametrize("check", WEAKENED)
def test_a_verifier_that_skips_a_check_is_caught(check: str) -> None:
    """The control: without this check one of the false files passes, or a true one no longer does."""
    program = verifier(WEAKENED[check])
    false_ones = chain_of(proof_files.forgeries(), proof_files.mutants(3_000, SEED))
    true_ones = [(written(document), pinned) for document, pinned in proof_files.honest()]
    assert len(accepted(program, true_ones)) < len(true_ones) or any(accepts(program, *file) for file in false_ones)


def test_it_shares_no_code_and_needs_only_cryptography() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names == {"cryptography"}


def test_an_outsider_checks_a_receipt_offline(tmp_path: Path) -> None:
    status, said = run(tmp_path, "proof.json", "--key", "key", proof=b"", **{
        "proof.json": written(inclusion(1)), "key": FIRST.public.text().encode() + b"\n"
    })  # fmt: skip
    assert (status, said.splitlines()[0]) == (0, "TRUE · ถูกต้อง")
    assert "น้ำใจ ใจดี" in said
    assert "does not prove" in said


def test_each_verdict_has_its_exit_status(tmp_path: Path) -> None:
    changed = written(with_leaf(inclusion(1), {"index": 2}))
    assert run(tmp_path, "proof.json", **{"proof.json": changed})[0] == 1
    assert run(tmp_path, "nowhere.json")[0] == 2
    status, said = run(tmp_path, "p", "--key", STRANGER.public.text(), p=written(inclusion(1)))
    assert (status, said) == (1, "FALSE · ไม่ถูกต้อง: the key you trust is not among the log's keys in this file.\n")
    assert run(tmp_path, "p", "--key", "nonsense", p=written(inclusion(1)))[0] == 2
    assert run(tmp_path, "large", large=b" " * 1_000_001)[0] == 2


def test_two_histories_of_one_size_are_proved_to_be_fraud(tmp_path: Path) -> None:
    """A split view: the same key signed another root of the same size for somebody else."""
    mine, other = written(inclusion(1)), note(SIZE, SECOND, bytes(32)).encode()
    status, said = run(tmp_path, "mine", "--key", FIRST.public.text(), "--compare", "other", mine=mine, other=other)
    assert (status, said.splitlines()[0][:5]) == (3, "FRAUD")
    proof = said.partition("\n")[2].encode()
    assert json.loads(proof)["heads"] == [inclusion(1)["head"], other.decode()]
    assert run(tmp_path, "proof", "--key", SECOND.public.text(), proof=proof)[0] == 3


def compared(mine: dict[str, Any], other: bytes) -> tuple[int, str]:
    program = verifier()
    try:
        status, lines = program.verdict(written(mine), None, other)
    except (program.Untrue, program.Unreadable) as refusal:
        return (1 if isinstance(refusal, program.Untrue) else 2), str(refusal)
    return status, "\n".join(lines)


def test_two_heads_by_themselves_are_compared(tmp_path: Path) -> None:
    """What somebody has is often but the printed lines of a head."""
    key, mine = FIRST.public.text(), note(OLD, FIRST).encode()
    assert run(tmp_path, "a", "--key", key, "--compare", "b", a=mine, b=note(OLD, FIRST).encode())[0] == 0
    status, said = run(tmp_path, "a", "--key", key, "--compare", "b", a=mine, b=note(OLD, FIRST, bytes(32)).encode())
    assert status == 3
    assert run(tmp_path, "proof", "--key", key, proof=said.partition("\n")[2].encode())[0] == 3
    assert run(tmp_path, "a", "--compare", "b", a=mine, b=mine)[0] == 2  # nobody said whose log it is


def test_a_receipt_is_told_in_thai_and_english(tmp_path: Path) -> None:
    status, said = run(tmp_path, "p", "--key", FIRST.public.text(), p=written(receipt(3, 1)))
    assert status == 0
    for told in ("KK-2570-000001", "1.00", "22/11/2569 · 2026-11-22", "Office", "น้ำใจ ใจดี", "may have been left out"):
        assert told in said
    status, said = run(tmp_path, "p", p=written(receipt(3, 1, 4)))
    assert status == 0
    assert "THIS RECEIPT IS VOID since 2026-11-23" in said


def test_the_same_history_is_said_to_be_the_same() -> None:
    assert f"the same log of size {SIZE}" in compared(inclusion(1), written(inclusion(7)))[1]
    assert "the same log of size 5" in compared(consistency(), note(5, FIRST).encode())[1]


def test_what_cannot_be_compared_is_said() -> None:
    assert compared(inclusion(1), note(5, FIRST).encode())[0] == 2
    assert compared(inclusion(1), note(SIZE, STRANGER, bytes(32)).encode())[0] == 1  # nobody of ours signed it
    assert compared(inclusion(1), b"hello")[0] == 2


def test_a_fraud_proof_that_proves_none_is_false() -> None:
    heads = [note(SIZE, SECOND), note(SIZE, FIRST)]
    document = {"format": "sipbaht-fraud-1", "heads": heads, "keys": chain(FIRST, SECOND)}
    program = verifier()
    assert not accepts(program, written(document), None)
    assert not accepts(program, written(document | {"heads": heads[:1]}), None)
    forged = document | {"heads": [heads[0], note(SIZE, STRANGER, bytes(32))]}
    assert compared(forged, heads[0].encode())[0] == 1


def test_what_a_leaf_says_cannot_steer_a_terminal() -> None:
    assert verifier().shown("ก้อง\x1b[2J\u202e\n") == "ก้อง�[2J�\n"
