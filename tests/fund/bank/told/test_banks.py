"""The file of the banks' secrets: refused when others may read it, or when what it says cannot protect anything."""

from pathlib import Path

import pytest

from fund.bank.told import banks
from fund.settings import SettingError, Settings
from tests.fund.bank.told.builders import SECRET, a_bank_file, inquiry

GOOD = f'[scb]\nsecret = "{SECRET}"\nnetworks = ["203.0.113.0/24"]\n'


def read(folder: Path, content: str, mode: int = 0o600) -> dict[str, banks.Bank]:
    path = folder / "banks.toml"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return banks.of(Settings(banks_file=str(path)))


def test_without_a_file_there_is_no_bank() -> None:
    assert banks.of(Settings()) == {}


def test_what_it_says_is_known_and_its_secrets_are_not_shown(tmp_path: Path) -> None:
    known = banks.of(Settings(banks_file=str(a_bank_file(tmp_path, more=inquiry("https://api.example/partners")))))
    assert (known["scb"].is_secret(SECRET), known["scb"].is_secret(SECRET[:-1])) == (True, False)
    assert SECRET not in repr(known)
    assert "our-secret" not in repr(known["scb"].inquiry)


@pytest.mark.parametrize(
    ("address", "may"), [("203.0.113.9", True), ("203.0.114.9", False), ("::1", False), ("testclient", False)]
)
def test_only_its_networks_may_call(tmp_path: Path, address: str, may: bool) -> None:
    assert read(tmp_path, GOOD)["scb"].may_call_from(address) is may


def test_a_new_secret_counts_at_once(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD)["scb"].is_secret(SECRET)
    changed = read(tmp_path, GOOD.replace(SECRET, "another-secret-0123456789-0123456789"))
    assert not changed["scb"].is_secret(SECRET)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace(SECRET, "short"),
        GOOD.replace(SECRET, "with a space and / 0123456789 0123456789"),
        GOOD.replace('["203.0.113.0/24"]', "[]"),
        GOOD.replace("203.0.113.0/24", "everywhere"),
        GOOD.replace("[scb]", "[bbl]"),
        GOOD + 'unknown = "x"\n',
        GOOD + 'signing_keys = { "1" = "short" }\n',
        GOOD + inquiry("http://api.example"),
        GOOD.replace("[scb]", "[kbank]") + inquiry("https://api.example").replace("scb", "kbank"),
        "secret =",
    ],
)
def test_what_protects_nothing_is_refused_without_telling_the_secret(tmp_path: Path, content: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read(tmp_path, content)
    assert SECRET not in str(refusal.value)


def test_a_file_that_others_may_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="chmod 600"):
        read(tmp_path, GOOD, 0o644)
    with pytest.raises(SettingError):
        banks.of(Settings(banks_file=str(tmp_path / "none.toml")))
