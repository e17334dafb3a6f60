"""The documents say what the code does: every command, setting, account, posting rule and file they name is there."""

import inspect
import re
from pathlib import Path

import click
import pytest

from fund import chart, cli, postings
from fund.settings import Settings
from ledger.accounts import Account
from ledger.journal import Entry

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _commands(group: click.Group, prefix: str = "sipbaht") -> list[str]:
    names = []
    for name, command in group.commands.items():
        path = f"{prefix} {name}"
        names += _commands(command, path) if isinstance(command, click.Group) else [path]
    return names


@pytest.mark.parametrize("command", _commands(cli.main))
def test_every_command_is_in_the_operations_guide(command: str) -> None:
    assert command in _text("docs/operations.md")


@pytest.mark.parametrize("setting", [name for name, _, _ in Settings().listing()])
def test_every_setting_is_in_the_operations_guide(setting: str) -> None:
    assert f"`{setting}`" in _text("docs/operations.md")


@pytest.mark.parametrize("account", chart.ACCOUNTS, ids=lambda account: account.code)
def test_every_account_is_in_the_accounting_guide(account: Account) -> None:
    assert f"| {account.code} | {account.name_en} |" in _text("docs/accounting.md")


@pytest.mark.parametrize(
    "rule",
    [
        name
        for name, function in inspect.getmembers(postings, inspect.isfunction)
        if inspect.signature(function).return_annotation is Entry and not name.startswith("_")
    ],
)
def test_every_posting_rule_is_in_the_accounting_guide(rule: str) -> None:
    assert f"`{rule}`" in _text("docs/accounting.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = [document.parent / link for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text)]
    named = [ROOT / path for path in re.findall(r"`((?:fund|ledger|receipts|tests|docs|\.ci)/[\w./-]+\.\w+)`", text)]
    assert [str(path) for path in linked + named if not path.exists()] == []


def test_every_test_that_the_safety_table_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w./]+)::(\w+)`", _text("docs/safety.md"))
    assert named
    assert [f"{path}::{name}" for path, name in named if f"def {name}(" not in _text(path)] == []


@pytest.mark.parametrize("command", re.findall(r"^make ([\w-]+)", _text("README.md"), flags=re.MULTILINE))
def test_every_make_target_of_the_readme_is_there(command: str) -> None:
    assert re.search(rf"^{command}:", _text("Makefile"), flags=re.MULTILINE)


def test_the_help_of_every_command_says_what_it_does() -> None:
    def bare(group: click.Group) -> list[str]:
        return [name for name, command in group.commands.items() if not command.help] + [
            name for command in group.commands.values() if isinstance(command, click.Group) for name in bare(command)
        ]

    assert bare(cli.main) == []
