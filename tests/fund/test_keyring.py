"""The file of the master keys: its owner's alone, whole or not at all, and never forgetful."""

import stat
from pathlib import Path
from uuid import UUID

import pytest

from fund.keyring import KeyFileError, KeyFileOpenError, KeyMissingError, Keyring

SUBJECT, OTHER = UUID(int=1), UUID(int=2)
KEY, SECOND = b"1" * 32, b"2" * 32


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    kept = Keyring(tmp_path / "keys" / "fund.master-keys")
    kept.keep(1, KEY)
    return kept


def test_the_file_is_its_owners_alone(keyring: Keyring) -> None:
    assert stat.S_IMODE(keyring.path.stat().st_mode) == 0o600
    assert [path.name for path in keyring.path.parent.iterdir()] == ["fund.master-keys"]


def test_a_file_that_others_may_read_is_refused(keyring: Keyring) -> None:
    keyring.path.chmod(0o640)
    with pytest.raises(KeyFileOpenError, match="chmod 600"):
        Keyring(keyring.path).key(1)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "sipbaht master keys 1\n",
        "sipbaht master keys 1\n1 AAAA\n",
        "sipbaht master keys 1\npepper !",
        f"sipbaht master keys 1\npepper {'A' * 43}=\nfirst {'A' * 43}=\n",
        f"sipbaht master keys 2\npepper {'A' * 43}=\n",
        "กุญแจ",
    ],
)
def test_a_file_that_is_none_is_refused(keyring: Keyring, content: str) -> None:
    keyring.path.write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileError):
        Keyring(keyring.path).key(1)


def test_a_key_that_is_not_there_is_named_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match=r"master key 7 in .*fund\.master-keys"):
        Keyring(tmp_path / "fund.master-keys").key(7)


def test_a_key_added_by_another_program_is_found(keyring: Keyring) -> None:
    assert keyring.key(1) == KEY
    Keyring(keyring.path).keep(2, SECOND)
    assert keyring.key(2) == SECOND
    assert keyring.versions() == [1, 2]


def test_who_still_looks_at_the_past_goes_on_reading(keyring: Keyring) -> None:
    wrapped = keyring.wrap(1, SUBJECT, SECOND)
    Keyring(keyring.path).drop(1)
    assert keyring.unwrap(1, SUBJECT, wrapped) == SECOND
    with pytest.raises(KeyMissingError):
        Keyring(keyring.path).unwrap(1, SUBJECT, wrapped)


def test_a_wrapped_key_is_one_subjects_and_one_versions(keyring: Keyring) -> None:
    keyring.keep(2, KEY)  # the very same key under another number
    wrapped = keyring.wrap(1, SUBJECT, SECOND)
    assert keyring.unwrap(1, SUBJECT, wrapped) == SECOND
    for version, subject in ((1, OTHER), (2, SUBJECT)):
        with pytest.raises(KeyMissingError):
            keyring.unwrap(version, subject, wrapped)


def test_wrapping_the_same_key_twice_gives_nothing_that_is_the_same(keyring: Keyring) -> None:
    first, second = keyring.wrap(1, SUBJECT, SECOND), keyring.wrap(1, SUBJECT, SECOND)
    assert not {first[i : i + 8] for i in range(53)} & {second[i : i + 8] for i in range(53)}


def test_the_pepper_stays_when_keys_come_and_go(keyring: Keyring) -> None:
    before = keyring.blind("tax-id", "1101700230708")
    keyring.keep(2, SECOND)
    keyring.drop(1)
    again = Keyring(keyring.path)
    assert again.blind("tax-id", "1101700230708") == before
    assert before not in (again.blind("tax-id", "1101700230709"), again.blind("national-id", "1101700230708"))


def test_another_pepper_finds_nothing(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring(tmp_path / "other.master-keys")
    other.keep(1, KEY)
    assert other.blind("tax-id", "1101700230708") != keyring.blind("tax-id", "1101700230708")


def test_a_keyring_is_printed_without_its_keys(keyring: Keyring) -> None:
    keyring.key(1)
    assert repr(keyring) == f"Keyring('{keyring.path}')"
