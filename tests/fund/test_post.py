"""The way a letter leaves the house, to a real server on this machine: taken, refused, left unanswered, not trusted."""

import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fund import post
from fund.settings import SettingError, Settings
from tests.fund.mail_server import LOOPBACK, mail_server

TEXT = "ขอบคุณ\n.\nคนละบรรทัด\n"


def settings(port: int = 25, *, host: str = LOOPBACK, scheme: str = "smtp", login: str = "") -> Settings:
    return Settings(smtp_url=f"{scheme}://{login}{host}:{port}", mail_from="fund@example.org")


def a_letter(sent_by: Settings, to: str = "somchai@example.com", subject: str = "ใบเสร็จ") -> EmailMessage:
    return post.letter(sent_by, sender="กองทุน 10 บาท", to=to, subject=subject, text=TEXT, key="k:1")


def send(sent_by: Settings) -> None:
    post.deliver(sent_by, a_letter(sent_by), is_demo=False)


def test_a_letter_arrives_as_it_was_written() -> None:
    with mail_server() as server:
        send(settings(server.port))
    read = message_from_bytes(server.letters[0], policy=default)
    assert isinstance(read, EmailMessage)
    assert (read["Subject"], read["To"]) == ("ใบเสร็จ", "somchai@example.com")
    assert read["From"].addresses[0].display_name == "กองทุน 10 บาท"
    assert read.get_content().replace("\r\n", "\n") == TEXT
    assert read["Auto-Submitted"] == "auto-generated"


def test_two_copies_of_one_letter_have_one_number_and_other_letters_another() -> None:
    one, copy = a_letter(settings()), a_letter(settings())
    other = post.letter(settings(), sender="x", to="a@example.com", subject="x", text="x", key="k:2")
    assert one["Message-ID"] == copy["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize("refuses", ["MAIL", "RCPT", "DATA"])
def test_a_letter_that_the_server_refuses_is_an_error(refuses: str) -> None:
    with mail_server(refuses=refuses) as server, pytest.raises(smtplib.SMTPException):
        send(settings(server.port))
    assert server.letters == []


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "TIMEOUT_SECONDS", 1)
    with mail_server(is_silent=True) as server, pytest.raises(OSError, match="timed out"):
        send(settings(server.port))


def test_no_server_is_an_error() -> None:
    with mail_server() as server:
        pass
    with pytest.raises(OSError):
        send(settings(server.port))


def test_we_say_who_we_are_inside_this_machine() -> None:
    with mail_server() as server:
        send(settings(server.port, login="me%2Bx:p%40ss@"))
    assert any(said.startswith("AUTH PLAIN AG1lK3gAcEBzcw==") for said in server.said)


def test_beyond_this_machine_nothing_is_said_without_tls() -> None:
    """127.0.0.2 stands for another machine: the server there offers no TLS, and so gets neither name nor letter."""
    with mail_server("127.0.0.2") as server, pytest.raises(smtplib.SMTPNotSupportedError):
        send(settings(server.port, host="127.0.0.2", login="me:secret@"))
    assert server.letters == [] and not any("AUTH" in said or "MAIL" in said for said in server.said)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(self_signed(tmp_path))
    with mail_server(tls=own) as server, pytest.raises(ssl.SSLCertVerificationError):
        send(settings(server.port, scheme="smtps"))
    assert server.said == []


def test_a_certificate_that_is_vouched_for_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same server, once its certificate is known."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(self_signed(tmp_path))
    monkeypatch.setenv("SSL_CERT_FILE", str(self_signed(tmp_path)))
    with mail_server(tls=own) as server:
        send(settings(server.port, host="localhost", scheme="smtps"))
    assert len(server.letters) == 1


def self_signed(folder: Path) -> Path:
    """A certificate for this machine that only it vouches for, with its key."""
    path = folder / "own.pem"
    if path.exists():
        return path
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


BREAKS = ("\r\nBcc: all@example.com", "\nBcc: all@example.com", "\r\n\r\nbody", "\rX: y")


@pytest.mark.parametrize("more", BREAKS)
def test_no_header_gets_a_line_of_its_own(more: str) -> None:
    with pytest.raises(ValueError):
        a_letter(settings(), subject=f"ใบเสร็จ{more}")
    with pytest.raises(ValueError):
        a_letter(settings(), to=f"somchai@example.com{more}")
    with pytest.raises(ValueError):
        post.letter(settings(), sender=f"กองทุน{more}", to="a@example.com", subject="x", text="x", key="k")


def test_one_letter_goes_to_one_address() -> None:
    for to in ("a@example.com, b@example.com", "a@example.com b@example.com", "<a@example.com>", "nobody", ""):
        with pytest.raises(ValueError):
            a_letter(settings(), to=to)


def test_without_a_server_letters_lie_in_a_folder_of_their_owner_alone(tmp_path: Path) -> None:
    house = Settings(mail_dir=str(tmp_path / "mail"))
    for _ in range(2):
        post.deliver(house, a_letter(house), is_demo=False)
    (letter,) = house.mail_path.iterdir()  # the second copy took the place of the first
    assert letter.stat().st_mode & 0o077 == 0 and house.mail_path.stat().st_mode & 0o077 == 0
    assert message_from_bytes(letter.read_bytes(), policy=default)["To"] == "somchai@example.com"


def test_a_demonstration_writes_to_nobody_also_where_a_server_is_set(tmp_path: Path) -> None:
    with mail_server() as server:
        demo = Settings(
            smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from="a@example.org", mail_dir=str(tmp_path / "mail")
        )
        post.deliver(demo, a_letter(demo), is_demo=True)
    assert server.said == [] and len(list(demo.mail_path.iterdir())) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://mail.example.org"},
        {"smtp_url": "smtp://"},
        {"smtp_url": "smtp://mail.example.org:port"},
        {"smtp_url": "smtp://mail.example.org\nX"},
        {"smtp_url": "smtps://mail.example.org", "mail_from": ""},
        {"mail_from": "fund@example.org\r\nBcc: a@example.com"},
        {"mail_from": "fund"},
    ],
    ids=str,
)
def test_a_setting_that_sends_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingError):
        Settings(**{"mail_from": "fund@example.org", **wrong})


def test_the_servers_password_is_not_shown() -> None:
    shown = Settings(smtp_url="smtps://me:hunter2@mail.example.org", mail_from="fund@example.org").listing()
    assert "hunter2" not in str(shown)
