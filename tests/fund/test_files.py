"""Stored files: once, for good, exactly what was stored, and readable by nobody who has only the folder."""

from pathlib import Path
from uuid import UUID

import pytest

from fund import files, sealed
from fund.db import Database
from fund.errors import NotFoundError
from ledger.identifiers import new_id

SOMYING = UUID(int=7)


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_content_of_the_same_subject_is_kept_once(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with database.write() as session:
        assert len({files.store(session, folder, b"statement", SOMYING) for _ in range(2)}) == 1
        assert len(stored(folder)) == 1
        files.store(session, folder, b"statement", new_id())
    assert len(stored(folder)) == 2


def test_what_was_stored_comes_back(database: Database, tmp_path: Path) -> None:
    content = b"\0statement\xff" * 300_000
    with database.write() as session:
        sha256 = files.store(session, tmp_path / "files", content, SOMYING)
    with database.read() as session:
        assert files.load(session, tmp_path / "files", sha256, SOMYING) == content


def test_the_folder_tells_neither_the_content_nor_its_digest(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with database.write() as session:
        sha256 = files.store(session, folder, "สมหญิง ใจดี 0812345678".encode(), SOMYING)
    (path,) = stored(folder)
    assert sha256 not in str(path)
    assert "สมหญิง".encode() not in path.read_bytes() and b"0812345678" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o400


def test_a_changed_file_is_not_handed_out(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with database.write() as session:
        sha256 = files.store(session, folder, b"statement", SOMYING)
        (path,) = stored(folder)
        path.chmod(0o600)
        for content in (b"other", b"", path.read_bytes()[:-1], path.read_bytes() + b"x"):
            path.write_bytes(content)
            with pytest.raises(files.FileChangedError):
                files.load(session, folder, sha256, SOMYING)


def test_a_file_put_in_another_ones_place_is_not_handed_out(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with database.write() as session:
        first, second = (files.store(session, folder, content, SOMYING) for content in (b"first", b"second"))
        path = files.path_of(session, folder, first, SOMYING)
        path.unlink()
        files.path_of(session, folder, second, SOMYING).rename(path)
        with pytest.raises(files.FileChangedError):
            files.load(session, folder, first, SOMYING)


def test_an_erased_subjects_file_is_not_there_any_more(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        sha256 = files.store(session, tmp_path / "files", b"statement", SOMYING)
        sealed.destroy(session, SOMYING)
        with pytest.raises(NotFoundError):
            files.load(session, tmp_path / "files", sha256, SOMYING)


def test_a_unit_of_work_that_ended_in_nothing_leaves_nothing_readable(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    with pytest.raises(ZeroDivisionError), database.write() as session:
        sha256 = files.store(session, folder, b"statement", SOMYING)
        raise ZeroDivisionError
    with database.write() as session:
        assert files.store(session, folder, b"statement", SOMYING) == sha256  # under another key
        assert files.load(session, folder, sha256, SOMYING) == b"statement"


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64])
def test_a_file_never_stored_is_not_found(database: Database, tmp_path: Path, name: str) -> None:
    with database.read() as session, pytest.raises(NotFoundError):
        files.load(session, tmp_path / "files", name, SOMYING)
