"""No change without a row of the trail: every verb that says by whom notes it, or hands it on to one that does.

The verbs are read from the code, so that a new one is found the day it is written; what changes something without
saying by whom stands in a short list, each with its reason.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
CHANGING: Final = {"add", "add_all", "delete", "update", "insert", "merge"}

UNNOTED: Final = {
    "fund/cases/handing/handovers.py: require_other": "refuses, changes nothing",
    "fund/overview/counts.py: count": "counted by the clock; it repeats what the rows say",
    "fund/donations/booking.py: book_arrivals": "noted by `donations.service`, its only caller",
    "fund/bank/settling.py: note": "where a line stands, as its gift does, which is noted",
    "fund/people/factors.py: begin_app": "a secret that counts once it is confirmed, which is noted",
    "fund/people/sessions.py: end": "a browser that says it is gone; signing out is noted",
    "fund/bank/settling.py: leave_inbox": "the end of settling a line; who settles it notes it",
    "fund/collections/bundles.py: let_go_old": "files to print, which can be made again",
    "fund/collections/drafts.py: let_go": "a list that was never confirmed; what takes its place is noted",
    "fund/collections/service.py: no_longer_wait": "where a bank line stands; who settles it notes it",
    "fund/bank/payers.py: keep": "a digest of what a bank wrote, kept as a line is settled",
    "fund/bank/undoing.py: tell_again": "part of taking in a file, which is noted",
    "fund/bank/ends.py: conclude": "part of taking in a file, which is noted",
    "fund/bank/told/moving.py: move": "the one way a callback's standing changes; who decides notes it",
    "fund/cases/service.py: stand": "what lists say of a case; who decides it notes it",
    "fund/cases/following/complaints.py: complain": "noted as the family's by `steps.begin`, who has no account here",
    "fund/goods/needs.py: publish": "counts that the clock writes anew each week; nobody's act",
    "fund/cases/handing/handovers.py: refresh": "how many papers are missing; who hands in or decides notes it",
    "fund/cases/handing/holding.py: hold": "what an answer holds; the answer and each hold are noted",
    "fund/donations/hearing.py: note": "a bank's word for the donor's page, no act of anybody's",
}
"""What changes rows and notes nothing itself."""

NO_ACTS: Final = {
    "fund/audit.py": "the trail itself",
    "fund/outbox.py": "jobs, which follow a change that is noted",
    "fund/checkups.py": "the answers of a check",
    "fund/limits.py": "counts of acts; each that matters is noted where it is done",
    "fund/papers.py": "the paper of a receipt whose issue is noted",
    "fund/sealed.py": "keys under which personal parts lie; who turns them over or destroys them notes it",
    "fund/profile.py": "the mark of an installation, noted by `founding`",
}
"""Modules whose rows are nobody's act."""


def modules() -> list[Path]:
    folders = ("migrations", "locale")
    return [path for path in sorted((ROOT / "fund").rglob("*.py")) if not set(folders) & set(path.parts)]


def functions(source: str) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))


def names(function: ast.FunctionDef) -> set[str]:
    return {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}


def calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(function) if isinstance(node, ast.Call))


def notes(call: ast.Call) -> bool:
    """Whether a call notes an act, or passes on by whom it is."""
    called = ast.unparse(call.func)
    is_passed = any(isinstance(node, ast.Name) and node.id == "by" for word in call.keywords for node in [word.value])
    is_among = any(isinstance(node, ast.Name) and node.id == "by" for node in call.args)
    return called.startswith("audit.") or is_passed or is_among


def silent(source: str) -> list[str]:
    """Public verbs that take `by` and tell nobody."""
    verbs = (one for one in functions(source) if {"session", "by"} <= names(one) and not one.name.startswith("_"))
    return [one.name for one in verbs if not any(notes(call) for call in calls(one))]


def anonymous(source: str) -> list[str]:
    """Public functions that change rows through their session and do not take `by`."""
    found = (one for one in functions(source) if "session" in names(one) and "by" not in names(one))
    return [one.name for one in found if not one.name.startswith("_") and any(map(changes, calls(one)))]


def changes(call: ast.Call) -> bool:
    called = call.func
    if isinstance(called, ast.Name):
        return called.id in {"delete", "update", "insert"}
    is_sessions = isinstance(called, ast.Attribute) and ast.unparse(called.value) in ("session", "dialect")
    return is_sessions and isinstance(called, ast.Attribute) and called.attr in CHANGING


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def found(look: Callable[[str], list[str]]) -> set[str]:
    """Where `look` finds something, as `module: function`."""
    names_of = {str(path.relative_to(ROOT)): look(read(path)) for path in modules()}
    return {f"{module}: {name}" for module, names in names_of.items() for name in names if module not in NO_ACTS}


def test_every_verb_that_says_by_whom_notes_it() -> None:
    assert found(silent) - UNNOTED.keys() == set()


def test_what_changes_something_says_by_whom() -> None:
    assert found(anonymous) - UNNOTED.keys() == set()


def test_a_verb_that_notes_nothing_is_found() -> None:
    """The control: the same reading of verbs with their notes taken out, and of one that has no `by`."""
    source = read(ROOT / "fund/books/keys.py")
    assert silent(source) == [] == anonymous(source)
    assert silent(re.sub(r"audit\.record\(session, by, ", "print(", source)) == ["give", "revoke"]
    assert anonymous("def forget(session): session.delete(1)") == ["forget"]


def test_nothing_is_excused_that_is_not_there() -> None:
    assert UNNOTED.keys() - found(silent) - found(anonymous) == set()
    assert [name for name in NO_ACTS if not (ROOT / name).exists()] == []
