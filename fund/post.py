"""The way a letter leaves the house: through a mail server, or into a folder where there is none.

Knows SMTP_URL, MAIL_FROM and MAIL_DIR. Refuses a header with a line break in it, a server beyond this machine without
TLS, and a certificate that is not the server's.
"""

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from fund import clock
from fund.settings import Settings

TIMEOUT_SECONDS: Final = 20
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
SENDER: Final = "sipbaht@localhost"
"""Who letters in a folder are from while MAIL_FROM says nobody."""

_PORTS: Final = {"smtps": 465, "smtp": 587}
_WORD: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WRITTEN_TO: Final = re.compile(rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+{_LABEL}")
"""An address that every mail server takes (RFC 5321, without quotes and without other alphabets)."""


def is_address(text: str) -> bool:
    """Whether a letter can be written to this."""
    return _WRITTEN_TO.fullmatch(text) is not None


def letter(settings: Settings, *, sender: str, to: str, subject: str, text: str, key: str) -> EmailMessage:
    """A letter in plain text. One of the same `key` has the same number, so that a second copy is known as one.

    Raises ValueError for an address or a subject that would become more than one line.
    """
    address = _address(settings.mail_from or SENDER)
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(sender, address.username, address.domain)
    made["To"] = _address(to)
    made["Subject"] = subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{address.domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notices, please
    made.set_content(text)
    return made


def _address(text: str) -> Address:
    """One address and nothing else. Raises ValueError."""
    try:
        return Address(addr_spec=text)
    except (HeaderParseError, IndexError):
        raise ValueError("not one e-mail address") from None


def deliver(settings: Settings, message: EmailMessage, *, is_demo: bool) -> None:
    """Hand the letter to the server, or lay it into MAIL_DIR: always so in a demonstration, whose people are made up.

    Raises OSError (smtplib's errors are of its kind) where it was not taken.
    """
    if is_demo or not settings.smtp_url:
        _lay_down(settings, message)
        return
    with _server(urlsplit(settings.smtp_url)) as server:
        server.send_message(message)


def _lay_down(settings: Settings, message: EmailMessage) -> None:
    settings.mail_path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.mail_path / f"{message['Message-ID'][1:33]}.eml"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message.as_bytes())


@contextmanager
def _server(url: SplitResult) -> Iterator[smtplib.SMTP]:
    """The server, spoken to in private: without TLS only inside this machine."""
    host, trusted = url.hostname or "", ssl.create_default_context()
    port = url.port or _PORTS[url.scheme]
    with _opened(url.scheme, host, port, trusted) as server:
        if url.scheme == "smtp" and host not in LOOPBACK:
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def _opened(scheme: str, host: str, port: int, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trusted)
    return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
