"""What the design promises and a machine can check: sizes, words, docstrings, floats, commits, version floors."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pysqlite3.dbapi2 as sqlite
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("fund", "ledger", "receipts")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = [path for path in SOURCES if "migrations" not in path.parts]
BANNED = {"manager", "handler", "helper", "helpers", "util", "utils", "process", "data", "info", "item", "items"}
RESERVED = {"process_bind_param", "process_result_value", "handle_data"}  # names that libraries prescribe

FLOORS = {
    "litestar": (2, 24, 0),
    "multipart": (1, 3, 1),
    "weasyprint": (70, 0),
    "jinja2": (3, 1, 6),
    "pillow": (12, 3, 0),
    "cryptography": (50, 0, 0),
    "h11": (0, 16, 0),
}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_every_module_says_what_it_knows(path: Path) -> None:
    if path.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(_tree(path)), "a module opens with what it knows and refuses"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_function_is_longer_than_fifty_lines(path: Path) -> None:
    assert [f"{node.name}: {_body_lines(node)}" for node in _functions(path) if _body_lines(node) > 50] == []


def test_the_median_function_is_at_most_eight_lines() -> None:
    assert median(_body_lines(node) for path in MODULES for node in _functions(path)) <= 8


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_file_has_more_than_three_hundred_lines_of_code(path: Path) -> None:
    told = {number for node in ast.walk(_tree(path)) for number in _docstring_lines(node)}
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    code = [line for number, line in lines if line.strip() and not line.lstrip().startswith("#") and number not in told]
    assert len(code) <= 300


def _docstring_lines(node: ast.AST) -> range:
    """Where the docstring of a module, class or function stands."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return range(0)
    if ast.get_docstring(node) is None:
        return range(0)
    return range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_public_functions_and_classes_have_docstrings(path: Path) -> None:
    public = [
        node
        for node in _tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_our_names_avoid_words_that_say_nothing(path: Path) -> None:
    named = [
        node.name
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    words = {name: set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_")) for name in named}
    assert {name for name, parts in words.items() if parts & BANNED} <= RESERVED


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_float_is_near_money(path: Path) -> None:
    """No float literal, no call of float(), no annotation of float: seconds for timeouts are whole or named so."""
    found = [
        f"line {node.lineno}"
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    allowed = re.findall(r"# not money", path.read_text(encoding="utf-8"))
    assert len(found) <= len(allowed), found


def test_only_the_unit_of_work_commits() -> None:
    commits = [_name(path) for path in MODULES if re.search(r"\.commit\(", path.read_text(encoding="utf-8"))]
    assert commits == ["fund/db.py"]


def _gives_status(node: ast.AST) -> bool:
    """Whether code says by itself which status a kind of refusal has."""
    if isinstance(node, ast.Dict):
        return any(ast.unparse(key or node).endswith("Error") and _is_status(value) for key, value in _pairs(node))
    if isinstance(node, ast.IfExp):
        return _is_status(node.body) and "isinstance(" in ast.unparse(node.test)
    return False


def _pairs(node: ast.Dict) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    return zip(node.keys, node.values, strict=True)


def _is_status(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 400 <= node.value < 600


def test_one_table_gives_refusals_their_status() -> None:
    """`web.STATUSES`. `app` knows of what is no refusal, `told.api` answers banks as their protocol says."""
    giving = {_name(path) for path in MODULES if any(map(_gives_status, ast.walk(_tree(path))))}
    assert giving == {"fund/web.py", "fund/app.py", "fund/bank/told/api.py"}


def test_only_settings_reads_the_environment() -> None:
    readers = [_name(path) for path in MODULES if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))]
    assert readers == ["fund/settings.py"]


@pytest.mark.parametrize("package", FLOORS)
def test_installed_packages_are_not_older_than_their_known_holes(package: str) -> None:
    installed = tuple(int(part) for part in re.findall(r"\d+", version(package)))
    assert installed >= FLOORS[package]


def test_sqlite_has_no_wal_reset_bug() -> None:
    assert sqlite.sqlite_version_info >= (3, 51, 3)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "pyproject.toml", "Makefile"])
def test_no_registry_address_is_committed(name: str) -> None:
    assert not re.search(r"https?://|index-url|find-links", re.sub(r"http://127.0.0.1", "", _without_options(name)))


def _without_options(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    return text.replace("--no-emit-index-url", "").replace("--no-emit-find-links", "")


def test_every_locked_requirement_has_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9._-]+==\S+ \\\n(\s+--hash=sha256:)?", text, flags=re.MULTILINE)
        assert pins
        assert all(pins), name
