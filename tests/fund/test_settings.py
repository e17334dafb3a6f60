"""Settings: from the environment over a file, refused when they cannot be used, never showing secrets."""

from pathlib import Path

import pytest

from fund.settings import SettingError, Settings


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "sipbaht.env"
    file.write_text("# here\nHOST=file\nPORT = 9000\n\n", encoding="utf-8")
    settings = Settings.from_environment({"SIPBAHT_ENV": str(file), "HOST": "environment"})
    assert (settings.host, settings.port) == ("environment", "9000")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = Settings.from_environment({"SIPBAHT_ENV": str(tmp_path / "none")})
    assert settings.database_url == "sqlite:///var/fund.db"
    assert settings.address == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "wrong", [{"DATABASE_URL": "mysql://x"}, {"PORT": "eighty"}, {"PORT": "99999"}, {"RENDER_SECONDS": "-1"}], ids=str
)
def test_a_setting_that_cannot_be_used_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingError):
        Settings.from_environment({"SIPBAHT_ENV": "/nonexistent", **wrong})


def test_listing_shows_no_secret() -> None:
    settings = Settings(database_url="postgresql://fund:hunter2@localhost/fund")
    shown = str(settings.listing())
    assert "hunter2" not in shown
    for url in ("postgresql://h/db?user=x&password=hunter2", "postgresql://u:hun@ter2@h/db"):
        assert "ter2" not in str(Settings(database_url=url).listing())
