"""Settings of one process, read once from the environment; the only reader of `os.environ`.

Knows where the database and files are, and how the service is reached.
What the fund *is* (issuer, accounts, limits) is not here but in the database: see `profile`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Final

ENVIRONMENT_FILE: Final = "var/sipbaht.env"
_PASSWORD_IN_URL: Final = re.compile(r"(://[^:/@]*:)[^/]*@|([?&]password=)[^&]*", re.IGNORECASE)
_SMTP_URL: Final = re.compile(r"smtps?://([^\s:/@]+:[^\s/@]*@)?[\w.-]+(:\d{1,5})?/?", re.ASCII)
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)
_LARGEST_PORT: Final = 65535


class SettingError(Exception):
    """A setting that cannot be used; the message names it and says what it takes."""


def _setting(name: str, default: str, about: str) -> str:
    return field(default=default, metadata={"name": name, "about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process takes from outside. Every value is text as the environment gives it."""

    database_url: str = _setting(
        "DATABASE_URL", "sqlite:///var/fund.db", "where the books are: sqlite:///FILE or postgresql://…"
    )
    files_dir: str = _setting("FILES_DIR", "var/files", "folder of uploads and made PDFs, sealed and write-once")
    log_key_file: str = _setting(
        "LOG_KEY_FILE", "", "file with the key that signs the log (`sipbaht init` makes it); empty: beside the database"
    )
    master_key_file: str = _setting(
        "MASTER_KEY_FILE",
        "",
        "file with the keys that names are sealed under (`sipbaht init` makes it); empty: beside the database",
    )
    signing_file: str = _setting(
        "SIGNING_FILE",
        "",
        "PKCS#12 or PEM file with the key and chain that papers are signed with; empty: beside the database, if there",
    )
    signing_password_file: str = _setting(
        "SIGNING_PASSWORD_FILE", "", "file with the password of SIGNING_FILE; empty: it has none"
    )
    host: str = _setting("HOST", "127.0.0.1", "address `sipbaht serve` listens on")
    port: str = _setting("PORT", "8000", "port `sipbaht serve` listens on")
    public_url: str = _setting(
        "PUBLIC_URL", "", "address donors reach us at, printed in QR codes; empty: http://HOST:PORT"
    )
    trusted_proxies: str = _setting(
        "TRUSTED_PROXIES", "", "addresses, comma-separated, whose X-Forwarded-For is believed"
    )
    banks_file: str = _setting(
        "BANKS_FILE",
        "",
        "file with what the banks that tell us of payments are known by (docs/operations.md); empty: none tells us",
    )
    layouts_dir: str = _setting(
        "LAYOUTS_DIR", "", "folder of layouts of payment files (docs/operations.md), beside those that come with us"
    )
    edonation_file: str = _setting(
        "EDONATION_FILE", "", "layout of the table for e-Donation (docs/operations.md); empty: ours"
    )
    render_seconds: str = _setting("RENDER_SECONDS", "30", "longest time one PDF may take to make")
    smtp_url: str = _setting(
        "SMTP_URL",
        "",
        "mail server: smtps://NAME:PASSWORD@HOST:PORT (or smtp: STARTTLS); empty: letters go to MAIL_DIR",
    )
    mail_from: str = _setting("MAIL_FROM", "", "address our letters are from; needed where SMTP_URL is set")
    mail_dir: str = _setting("MAIL_DIR", "var/mail", "folder of the letters that no mail server takes")

    def __post_init__(self) -> None:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise SettingError("DATABASE_URL must start with sqlite:/// or postgresql://")
        for name in ("port", "render_seconds"):
            if not getattr(self, name).isdecimal():
                raise SettingError(f"{name.upper()} must be a whole number")

        if not 0 < int(self.port) <= _LARGEST_PORT:
            raise SettingError("PORT must be 1 to 65535")
        if self.smtp_url and not _SMTP_URL.fullmatch(self.smtp_url):
            raise SettingError("SMTP_URL must be smtps:// or smtp://, then NAME:PASSWORD@ if needed, HOST and :PORT")
        if (self.smtp_url or self.mail_from) and not _ADDRESS.fullmatch(self.mail_from):
            raise SettingError("MAIL_FROM must be an e-mail address")

    @property
    def address(self) -> str:
        """The address donors reach us at, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def files_path(self) -> Path:
        return Path(self.files_dir)

    @property
    def layouts_path(self) -> Path | None:
        """Where layouts of one's own are; none where the setting is empty."""
        return Path(self.layouts_dir) if self.layouts_dir else None

    @property
    def edonation_path(self) -> Path | None:
        """A layout of one's own of the table for e-Donation; none where the setting is empty."""
        return Path(self.edonation_file) if self.edonation_file else None

    @property
    def mail_path(self) -> Path:
        return Path(self.mail_dir)

    @property
    def log_key_path(self) -> Path:
        """A key is one log's alone: two histories signed by one key would be a fraud's proof."""
        return Path(self.log_key_file) if self.log_key_file else self._beside_the_database(".log-key")

    @property
    def master_key_path(self) -> Path:
        """The file of the master keys, of which a copy is kept apart from the database's copies."""
        return Path(self.master_key_file) if self.master_key_file else self._beside_the_database(".master-keys")

    @property
    def own_signing_path(self) -> Path:
        """Where a key that we make ourselves to sign papers with comes to lie."""
        return Path(self.signing_file) if self.signing_file else self._beside_the_database(".signing.pem")

    @property
    def signing_path(self) -> Path | None:
        """The file that papers are signed with; none where nothing is named and nothing lies beside the database."""
        path = self.own_signing_path
        return path if self.signing_file or path.exists() else None

    def _beside_the_database(self, ending: str) -> Path:
        """A file named after the database; the server's databases have theirs in `var`."""
        database = self.database_url.partition("?")[0]
        if database.startswith("sqlite:///"):
            return Path(database.removeprefix("sqlite:///")).with_suffix(ending)
        return Path("var") / (database.rsplit("/", 1)[-1] + ending)

    def listing(self) -> list[tuple[str, str, str]]:
        """(name, value now, what it is for) of every setting; a password in an address is not shown."""
        return [(f.metadata["name"], self._shown(f), f.metadata["about"]) for f in fields(self)]

    def _shown(self, setting: Field[str]) -> str:
        value = str(getattr(self, setting.name))
        return _PASSWORD_IN_URL.sub(lambda m: f"{m[1]}***@" if m[1] else f"{m[2]}***", value)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment over the file that SIPBAHT_ENV names (`var/sipbaht.env` if there is one)."""
        given = dict(os.environ if environment is None else environment)
        path = Path(given.get("SIPBAHT_ENV", ENVIRONMENT_FILE))
        known = {**_read_file(path), **given} if path.is_file() else given
        return cls(**{f.name: known[f.metadata["name"]] for f in fields(cls) if f.metadata["name"] in known})


def _read_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; empty lines and those that start with # are passed over."""
    pairs = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if _is_pair(line))
    return {name.strip(): value.strip() for name, value in pairs}


def _is_pair(line: str) -> bool:
    return "=" in line and not line.lstrip().startswith("#")
