"""Papers of a fund are signed when they are made; what is wrong with the key is said before anything is signed."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import checks, clock, files, jobs, papers, sealing, signing
from fund.checkups import Answer
from fund.cli import main
from fund.db import Database
from fund.donations import service
from fund.settings import Settings
from receipts import queries as receipts
from receipts import service as receipts_service
from receipts.signing import self_signed
from tests.fund.browsing import browser
from tests.fund.donations.builders import STAFF, a_named_pledge, an_arrival, found

CHECK = "papers_are_signed_for_a_month_more"


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A founded fund whose log has a key, and whose papers have none."""
    known = {
        "DATABASE_URL": database_url,
        "FILES_DIR": str(tmp_path / "files"),
        "LOG_KEY_FILE": str(tmp_path / "log-key"),
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    found(database)
    settings = Settings.from_environment()
    with database.write() as session:
        sealing.begin(session, settings)
    return settings


@pytest.fixture
def signed(database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same with a key for papers."""
    monkeypatch.setenv("SIGNING_FILE", str(tmp_path / "signing.pem"))
    signing.make_own(tmp_path / "signing.pem", "กองทุนทดสอบ")
    named = Settings.from_environment()
    signing.begin(database, named, by=STAFF)
    return named


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def a_made_paper(database: Database, settings: Settings) -> tuple[str, bytes]:
    """The number and the file of a receipt that the worker made and sealed."""
    with database.write() as session:
        gift = service.receive(session, an_arrival(session, a_named_pledge(session)), by=STAFF)
    number = gift.receipt_number or ""
    jobs.render_receipt(database, settings, number)
    sealing.seal_news(database, settings)
    with database.read() as session:
        owner = receipts.by_number(session, number).owner or files.NOBODY
        return number, files.load(session, settings.files_path, papers.of(session, number) or "", owner)


def forged(facts: dict[str, object]) -> bytes:
    """A PDF of somebody's own with facts attached for programs."""
    writer, written = PdfFileWriter(), BytesIO()  # type: ignore[no-untyped-call]
    nothing = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(contents=nothing, media_box=[0] * 4))  # type: ignore[no-untyped-call]
    file = EmbeddedFileObject.from_file_data(writer, json.dumps(facts).encode())
    embed_file(writer, FileSpec("facts.json", embedded_data=file, af_relationship=generic.pdf_name("/Data")))
    writer.write(written)  # type: ignore[no-untyped-call]
    return written.getvalue()


def verified(path: Path, pdf: bytes, *more: str) -> tuple[int, dict[str, str]]:
    """The exit status of `sipbaht receipt verify`, and each answer by its question."""
    path.write_bytes(pdf)
    told = run("receipt", "verify", str(path), *more)
    return told.exit_code, dict(line.split(": ", 1) for line in told.output.splitlines() if ": " in line)


def test_a_paper_is_signed_where_it_is_made_and_tells_one_story(
    database: Database, signed: Settings, tmp_path: Path
) -> None:
    number, pdf = a_made_paper(database, signed)
    status, told = verified(tmp_path / "paper.pdf", pdf)
    assert status == 0
    assert told["signature"].startswith("true · signed by กองทุนทดสอบ")
    assert told["number"] == f"true · {number} is in the register and says the same"
    assert told["file"].startswith("true") and told["log"].startswith("true")
    with database.write() as session:
        receipts_service.void(session, number, reason="wrong", by="treasurer")
    sealing.seal_news(database, signed)
    status, told = verified(tmp_path / "paper.pdf", pdf)
    assert (status, told["standing"][:5], told["log"][:4]) == (1, "FALSE", "true")


def test_a_forged_paper_is_found_out_by_each_question_alone(
    database: Database, signed: Settings, tmp_path: Path
) -> None:
    number, pdf = a_made_paper(database, signed)
    with database.read() as session:
        receipt = receipts.by_number(session, number)
    own = json.loads(receipt.facts.private_part())
    facts: dict[str, object] = {"number": number, "check_code": receipt.check_code, "private": own}
    facts["facts"] = json.loads(receipt.facts.canonical())
    path = tmp_path / "forged.pdf"
    assert verified(path, pdf + b"% more\n")[1]["signature"].startswith("FALSE")
    status, told = verified(path, forged(facts))  # the facts are true: whether the page is cannot be known
    assert (status, told["signature"][:3], told["number"][:4], told["file"][:3]) == (0, "not", "true", "not")
    others: list[dict[str, object]] = [
        {"check_code": "0" * 28},
        {"number": "KK-2570-999999"},
        {"facts": {}},
        {"private": None},
    ]
    for wrong in others:
        status, told = verified(path, forged({**facts, **wrong}))
        assert (status, told["number"][:5]) == (1, "FALSE")


def test_what_was_not_checked_is_said(database: Database, settings: Settings, tmp_path: Path) -> None:
    _, pdf = a_made_paper(database, settings)
    path = tmp_path / "paper.pdf"
    status, told = verified(path, pdf)
    assert (status, told["signature"], told["log"][:4]) == (0, "not checked · the file is not signed", "true")
    status, told = verified(path, pdf, "--offline")
    assert (status, {one[:11] for one in told.values()}) == (2, {"not checked"})
    assert verified(path, b"no PDF")[0] == 2


def test_without_a_database_the_signature_is_checked_against_a_certificate(
    database: Database, signed: Settings, tmp_path: Path
) -> None:
    signer = signing.of(signed)
    assert signer
    mine, other = tmp_path / "mine.pem", tmp_path / "other.pem"
    mine.write_bytes(signer.chain[0].public_bytes(Encoding.PEM))
    other.write_bytes(self_signed("another", days=1, at=clock.now()))
    _, pdf = a_made_paper(database, signed)
    path = tmp_path / "paper.pdf"
    assert verified(path, pdf, "--offline", "--certificate", str(mine))[0] == 0
    assert verified(path, pdf, "--offline", "--certificate", str(other))[0] == 1
    assert verified(path, pdf, "--offline")[0] == 2


@pytest.mark.parametrize("command", ["serve", "work"])
def test_with_a_key_that_cannot_sign_nothing_starts(
    signed: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "old.pem"
    monkeypatch.setenv("SIGNING_FILE", str(path))
    assert f"No such file or directory: '{path}'" in run(command).output
    path.write_bytes(self_signed("old", days=1, at=clock.now() - timedelta(days=2)))
    path.chmod(0o644)
    assert "can be read by others" in run(command).output
    path.chmod(0o600)
    refused = run(command)
    assert (refused.exit_code, refused.output[:52]) == (1, "Error: The signing certificate of old was valid unti")
    password = tmp_path / "password"
    password.write_text("wrong\n")
    monkeypatch.setenv("SIGNING_PASSWORD_FILE", str(password))
    assert "password does not open the signing file" in run(command).output
    assert "wrong" not in run("settings").output


def test_the_check_says_that_papers_are_not_signed_or_not_for_long(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    def answer() -> Answer:
        with database.read() as session:
            return next(one for one in checks.answers(session) if one.name == CHECK)

    assert answer().not_asked.startswith("Papers are not signed")
    named = replace(settings, signing_file=str(tmp_path / "own.pem"))
    signing.make_own(tmp_path / "own.pem", "กองทุนทดสอบ")
    for _ in range(2):  # the second start knows it
        signing.begin(database, named, by=STAFF)
    assert answer().holds and not answer().not_asked
    with clock.at(clock.now() + timedelta(days=signing.OWN_DAYS - 29)):
        assert not answer().holds


def test_the_command_makes_a_key_once(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIGNING_FILE", str(tmp_path / "made.pem"))
    assert "signs papers from the next start on, as: Ten-baht test fund" in run("keys", "certificate").output
    again = run("keys", "certificate")
    assert (again.exit_code, "There is a signing file already" in again.output) == (1, True)


def test_certificates_that_were_used_are_kept_for_ever(database: Database, signed: Settings) -> None:
    for statement in ("DELETE FROM fund_certificate", "UPDATE fund_certificate SET name = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.connection().execute(text(statement))
    signer = signing.of(signed)
    with database.read() as session:
        assert signer and signing.known(session) == [signer.chain[0]]


def test_the_check_page_tells_the_certificate_and_the_log(
    database: Database, signed: Settings, database_url: str, tmp_path: Path
) -> None:
    number, _ = a_made_paper(database, signed)
    with database.read() as session:
        code, (certificate,) = receipts.by_number(session, number).check_code, signing.names(session)
    with browser(database_url, files_dir=str(tmp_path)) as client:
        page = client.get(f"/v/{number}/{code}").text
    assert certificate in page and "อยู่ในบันทึกของกองทุน" in page
