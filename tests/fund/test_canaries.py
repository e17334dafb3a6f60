"""A year of whoever steals the disk: nobody's name, number or address is anywhere in it, whatever was done."""

import base64
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from fund import files, outbox, sealing
from fund.bank import sample_files
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.donations import queries
from fund.donors import service as donors
from fund.donors.details import ContactDetails
from fund.errors import NotFoundError
from fund.settings import Settings
from ledger import log
from receipts import queries as receipts
from receipts.proofs import receipt_file
from tests.builders import OFFICER, a_founded_fund
from tests.crash import service
from tests.crash.programs import ROOT
from tests.crash.service import COMMAND, Service
from tests.fund.canaries import Canary, left_by, left_in, needles, seen
from tests.stories import people

DONORS = [Canary(number) for number in range(1, 9)]
PAYERS = [Canary(number) for number in range(9, 13)]  # who wrote no form: only the bank tells of them
EXPORTS = ("hledger", "ledger", "beancount", "jsonl")


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is not ours: the bank's file on its way in, the letters on their way out."""
    folder = tmp_path_factory.mktemp("outside")
    monkeypatch.setenv("MAIL_DIR", str(folder / "mail"))
    return folder


@pytest.fixture
def running(
    database: Database, database_url: str, tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """The real service over a founded fund, everything temporary of it in the test's folder too."""
    a_founded_fund(database)
    (tmp_path / "tmp").mkdir()
    for name, value in (
        ("TMPDIR", tmp_path / "tmp"),
        ("DATABASE_URL", database_url),
        ("FILES_DIR", tmp_path / "files"),
    ):
        monkeypatch.setenv(name, str(value))
    with database.write() as session:
        sealing.begin(session, Settings(log_key_file=str(tmp_path / service.KEY_FILE)))
    with service.over(database_url, tmp_path) as over:
        over.start()
        yield over


def given(client: httpx.Client, donor: Canary) -> str:
    """A gift of a donor who tells everything; the link that leads to it."""
    form = {"choice": "20", "form_key": secrets.token_urlsafe(16), "public_name": donor.public_name}
    form |= {"name": donor.name, "tax_id": donor.tax_id, "email": donor.email}
    answer = client.post(f"/give/{people.DISTRICT}", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def go_wrong(client: httpx.Client, donor: Canary) -> None:
    """Everything a reader can get wrong, with a name in it."""
    wrong = {"choice": "20", "form_key": secrets.token_urlsafe(16), "name": donor.name, "tax_id": donor.tax_id[::-1]}
    statuses = [
        client.post(f"/give/{people.DISTRICT}", data=wrong).status_code,
        client.post(f"/give/{people.DISTRICT}", data={"unknown": donor.name}).status_code,
        client.post("/verify", data={"number": donor.name, "code": donor.tax_id}).status_code,
        client.get(f"/gift/{donor.name}/{donor.tax_id}").status_code,
        client.get(f"/r/{donor.name}/{donor.email}").status_code,
        client.get("/verify", params={"q": donor.email}, headers={"Referer": f"http://x/{donor.phone}"}).status_code,
        client.post("/staff/sign-in", data={"name": donor.name, "password": donor.phone}).status_code,
    ]
    assert max(statuses) < 500


def statement(database: Database, links: list[str]) -> bytes:
    """The bank's file: each donor pays, with name and phone in the text; and some of whom nothing was announced."""
    with database.read() as session:
        code = queries.campaign_by_slug(session, people.DISTRICT).code
    paid = [sample_files.bill_payment_detail(link.split("/")[2], code) for link in links]
    told = [f"{detail} จาก {one.name} {one.phone}" for detail, one in zip(paid, DONORS, strict=True)]
    told += [f"จาก X{number} {one.name} {one.phone}" for number, one in enumerate(PAYERS)]
    lines = [SampleLine(people.DAY, 2_000, detail) for detail in told]
    return sample_files.kbank_corporate_csv(
        people.KBANK, lines, opening_satang=people.KBANK_OPENING, from_on=people.DAY, to_on=people.DAY
    )


def run(*arguments: str) -> bytes:
    """What a command says on both its outputs."""
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], cwd=ROOT, env=os.environ, capture_output=True, check=False
    )
    return done.stdout + done.stderr


def let_go(database: Database) -> None:
    """What a killed service had claimed is free at once; by itself it would be after two minutes."""
    with database.write() as session:
        session.execute(text("UPDATE fund_outbox SET leased_until = NULL"))


def wait_for_papers(database: Database) -> None:
    for _ in range(1_200):
        with database.read() as session:
            if not outbox.waiting(session):
                return
        time.sleep(0.1)
    raise TimeoutError


def test_nobodys_name_lies_anywhere(
    running: Service, database: Database, tmp_path: Path, outside: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Gifts, mistakes, a statement, a refused one, papers, a killed service, exports; then every byte is read."""
    with httpx.Client(base_url=running.address, timeout=30) as client:
        links = [given(client, donor) for donor in DONORS]
        for donor in DONORS[:3]:
            go_wrong(client, donor)
        (outside / "statement.csv").write_bytes(statement(database, links))
        (outside / "refused.csv").write_bytes(statement(database, links).replace(b"20.00", b"21.00", 1))
        said = {name: run("statement", "import", str(outside / f"{name}.csv")) for name in ("refused", "statement")}
        assert b"8 lines matched" in said["statement"], said
        running.kill()  # while papers are being made
        let_go(database)
        running.start()
        wait_for_papers(database)
        page = client.get(links[0]).text
        receipt = client.get(re.findall(r'href="(/r/[^"]+)"', page)[0])
        assert DONORS[0].name in receipt.text and client.get(f"{receipt.url.path}/receipt.pdf").status_code == 200
    running.kill()
    said |= {name: run("export", name) for name in EXPORTS}
    said |= {name: run(*name.split()) for name in ("check", "verify", "keys list", "settings")}
    said["log"] = "".join(capfd.readouterr()).encode()
    assert seen(said | left_by(database) | dict(left_in(tmp_path))) == []
    assert len(list((tmp_path / "files").rglob("*"))) > 8
    assert said["verify"].startswith(b"Nothing is wrong")


def test_erasing_a_donor_takes_the_key_and_leaves_every_proof(
    running: Service, database: Database, tmp_path: Path
) -> None:
    """What is left says nothing with the keys either; the log's root and the proofs are as they were."""
    with httpx.Client(base_url=running.address, timeout=30) as client:
        links = [given(client, donor) for donor in DONORS]
    (tmp_path / "statement.csv").write_bytes(statement(database, links))
    run("statement", "import", str(tmp_path / "statement.csv"))
    wait_for_papers(database)
    running.kill()
    settings = Settings(log_key_file=str(tmp_path / service.KEY_FILE))
    sealing.seal_news(database, settings)
    with database.read() as session:
        number = next(iter(session.connection().execute(text("SELECT number FROM receipts_private")).scalars()))
        before, receipt = receipt_file(session, number), receipts.by_number(session, number)
        head, paper = log.head(session), text("SELECT sha256 FROM fund_paper WHERE number = :number")
        sha256 = session.connection().execute(paper, {"number": number}).scalar_one()
        assert receipt.owner and receipt.facts.donor_name
        assert files.load(session, tmp_path / "files", sha256, receipt.owner).startswith(b"%PDF")
    with database.write() as session:
        donors.forget(session, receipt.owner, by=OFFICER)
    with database.read() as session:
        erased = receipts.by_number(session, number)
        assert erased.is_donor_erased and erased.facts == receipt.facts.without_private()
        with pytest.raises(NotFoundError):
            files.load(session, tmp_path / "files", sha256, receipt.owner)
        assert receipt_file(session, number, with_donor=True) == before
        assert log.head(session) == head
        assert list(sealing.verify(session)) == []


@pytest.mark.parametrize("written", sorted(set(needles().values())))
def test_a_canary_is_seen_however_it_is_written(written: str) -> None:
    """The control of the hunt: what it looks for is what each way of writing leaves."""
    assert [how for how in needles().values() if how == written]
    name = DONORS[0].name
    left = {
        "text": name.encode(),
        "hex": b"x" + name.encode().hex().encode(),
        "utf-16": name.encode("utf-16-le"),
        "cp874": name.encode("cp874"),
        "address": str(httpx.URL("http://x/", params={"q": name})).encode(),
        "json": b'{"name":"\\u0e02' + "".join(f"\\u{ord(letter):04x}" for letter in name[1:]).encode(),
        "base64": b"",
    }
    if written != "base64":
        assert f"left: {written}" in seen({"left": left[written]})
        return
    for before in (b"", b"1", b"12"):
        assert seen({"left": base64.b64encode(before + name.encode() + b"and more")}) == ["left: base64"]


@pytest.mark.parametrize(
    "plant",
    [
        "INSERT INTO fund_outbox (id, kind, subject, key, run_after, attempts, failure) SELECT id, 'x', 'x', 'x',"
        " recorded_at, 1, '{name}' FROM fund_audit LIMIT 1",
        "UPDATE donors_contact SET sealed = '{hex}'",
    ],
)
def test_an_unsealed_column_is_found(database: Database, plant: str) -> None:
    a_founded_fund(database)
    name = DONORS[0].name
    literal = f"\\x{name.encode().hex()}"
    with database.write() as session:
        donors.keep(session, ContactDetails(name="x"), by=OFFICER)
        statement = plant.format(name=name, hex=literal)
        if database.is_sqlite:
            statement = statement.replace(f"'{literal}'", f"X'{name.encode().hex()}'")
        session.connection().exec_driver_sql(statement.replace("%", "%%"))
    assert any(one.endswith(": text") for one in seen(left_by(database)))


def test_a_file_that_lies_open_is_found(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "statement").write_text(f"จาก {PAYERS[0].name}", encoding="cp874")
    with closing(Database(database_url)):
        assert seen(dict(left_in(tmp_path))) == [f"{tmp_path}/files/statement: cp874"]
