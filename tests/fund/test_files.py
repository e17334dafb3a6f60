"""Stored files: once, for good, and exactly what was stored."""

from pathlib import Path

import pytest

from fund import files
from fund.errors import NotFoundError


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    assert files.store(tmp_path, b"statement") == files.store(tmp_path, b"statement")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    assert files.load(tmp_path, files.store(tmp_path, b"statement")) == b"statement"


def test_a_changed_file_is_not_handed_out(tmp_path: Path) -> None:
    sha256 = files.store(tmp_path, b"statement")
    path = tmp_path / sha256[:2] / sha256
    path.chmod(0o600)
    path.write_bytes(b"other")
    with pytest.raises(files.FileChangedError):
        files.load(tmp_path, sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_a_name_that_is_no_digest_opens_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFoundError):
        files.load(tmp_path, name)


def test_a_file_never_stored_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        files.load(tmp_path, "0" * 64)
