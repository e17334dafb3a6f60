"""A bank's statement, a second: its lines read, proved, stored, matched with open pledges and settled.

Every line pays a pledge of its own; every fourth donor wants a receipt in their name. The limit is bare inserts of
the very rows that came of it, in as many commits: for the inbox one, for settling one a batch.
"""

import secrets
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import insert
from sqlmodel import Session

from benchmarks import bare
from benchmarks.bare import Rows
from benchmarks.measuring import Figure, Finding, Note, Scale, tell
from benchmarks.places import BENCHMARK, ENGINES, NAMES, Engine, Places, found
from fund import clock, profile, sealed
from fund.bank import sample_files, service, settling
from fund.bank.sample_files import SampleLine
from fund.db import Database
from fund.donations import queries, references
from fund.donations.models import PledgeRow
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from fund.settings import Settings
from ledger.identifiers import new_id
from ledger.private import Part

STORED: Final = ("bank_statement", "bank_line", "bank_line_text", "bank_inbox")
SETTLED: Final = (
    "ledger_entry", "ledger_posting", "receipts_receipt", "receipts_private", "donations_donation", "bank_match",
    "fund_outbox", "fund_audit",
)  # fmt: skip
INBOX_AS_IT_WAS: Final = "inbox_as_it_was"
LIMIT: Final = "bare inserts of the rows that came of it"
RECEIPT_EVERY: Final = 4
PLEDGES_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """How long taking in a statement took, and the most memory the process had, in MiB."""

    stored_seconds: float
    settled_seconds: float
    memory_before: int
    memory_at_most: int


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """The figures of taking in a statement."""
    for engine in ENGINES:
        lines = scale.of(100_000 if engine == "sqlite" else 20_000, 2_000)
        template, content = _prepare(places, engine, lines)
        yield from _figures(places, engine, template, content, lines, scale.of(3, 2))
    for lines in (scale.of(10_000, 1_000), scale.of(100_000, 10_000)):
        yield _memory_of_storing(places, lines)


def _figures(
    places: Places, engine: Engine, template: str, content: bytes, lines: int, rounds: int
) -> Iterator[Finding]:
    ours, limits = [], []
    for number in range(1, rounds + 1):
        tell(f"importing · {NAMES[engine]} · {lines:,} lines ({number} of {rounds})")
        url = places.copy(template)
        ours.append(_in_a_process_of_its_own(url, content, lines, places.folder))
        limits.append(_bare(url, places.folder, lines))
        places.drop(url)
    stages = {
        "read, proved and stored": [(one.stored_seconds, limit[0]) for one, limit in zip(ours, limits, strict=True)],
        "matched and settled": [(one.settled_seconds, limit[1]) for one, limit in zip(ours, limits, strict=True)],
    }
    stages["end to end"] = [(a + c, b + d) for (a, b), (c, d) in zip(*stages.values(), strict=True)]
    for stage, seconds in stages.items():
        rates, beside = zip(*((lines / a, lines / b) for a, b in seconds), strict=True)
        yield Figure(f"statement · {NAMES[engine]} · {stage}", "lines", rates, LIMIT, beside)
    most, before = max(one.memory_at_most for one in ours), min(one.memory_before for one in ours)
    size = len(content) / 2**20
    yield Note(f"statement · {NAMES[engine]} · {lines:,} lines, a file of {size:.1f} MiB:"
               f" {most:,} MiB of memory at most, {before:,} MiB before the file was opened")  # fmt: skip


def _prepare(places: Places, engine: Engine, lines: int) -> tuple[str, bytes]:
    """A founded fund with as many open pledges, and the statement that pays each of them."""
    tell(f"importing · {NAMES[engine]} · {lines:,} pledges and their statement")
    url = places.empty(engine)
    fund = found(url)
    database = Database(url)
    paid: list[SampleLine] = []
    for start in range(0, lines, PLEDGES_AT_ONCE):
        with database.write() as session:
            paid += _pledge(session, start, min(PLEDGES_AT_ONCE, lines - start))
    if engine == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    database.close()
    account, days = fund.accounts[0], [line.occurred_on for line in paid]
    content = sample_files.kbank_corporate_csv(
        account.number, paid, opening_satang=account.opening_satang, from_on=min(days), to_on=max(days)
    )
    return url, content


def _pledge(session: Session, start: int, count: int) -> Iterator[SampleLine]:
    """Make pledges to all campaigns in turn; the lines that pay them."""
    campaigns = queries.campaigns(session)
    named = {number: new_id() for number in range(start, start + count) if number % RECEIPT_EVERY == 0}
    pledges = [
        _a_pledge(campaigns[number % len(campaigns)].id, named.get(number)) for number in range(start, start + count)
    ]
    connection = session.connection()
    connection.execute(insert(ContactRow), list(_contacts(session, list(named.values()))))
    connection.execute(insert(PledgeRow), pledges)
    for number, pledge in enumerate(pledges, start):
        code = campaigns[number % len(campaigns)].code
        yield _line(number, sample_files.bill_payment_detail(pledge["reference"], code), pledge["amount_satang"])


def _contacts(session: Session, contact_ids: list[UUID]) -> Iterator[dict[str, Any]]:
    told = msgspec.json.encode(ContactDetails(name="สมหญิง ใจดี"))
    parts = [Part(one, donors.PLACE, str(one), told) for one in contact_ids]
    for one, content in zip(contact_ids, sealed.seal_many(session, parts), strict=True):
        yield {"id": one, "sealed": content, "tax_id_index": None, "made_at": clock.now()}


def _a_pledge(campaign_id: UUID, contact_id: UUID | None) -> dict[str, Any]:
    return {
        "id": new_id(),
        "reference": references.new_reference(),
        "token_sha256": sha256(secrets.token_bytes(16)).hexdigest(),
        "form_key_sha256": sha256(secrets.token_bytes(16)).hexdigest(),
        "campaign_id": campaign_id,
        "amount_satang": 1_000,
        "contact_id": contact_id,
        "wants_receipt": contact_id is not None,
        "language": "th",
        "made_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=30),
    }


def _line(number: int, detail: str, amount_satang: int, *, a_day: int = 10_000) -> SampleLine:
    """One line a second, so many lines a day, up to yesterday for the 100,000th."""
    day = clock.today() - timedelta(days=100_000 // a_day) + timedelta(days=number // a_day)
    moment = datetime.combine(date.min, time(8)) + timedelta(seconds=number % a_day)
    return SampleLine(
        day, amount_satang, detail, time=moment.time(), kind="รับชำระค่าสินค้า/บริการ", bank_id=f"K{number:07d}"
    )


def _memory_of_storing(places: Places, lines: int) -> Note:
    """Ten times as many lines over ten times as many days should need no more."""
    tell(f"importing · memory of {lines:,} lines")
    url = places.empty("sqlite")
    account = found(url).accounts[0]
    told = [_line(number, "รับโอนเงิน", 1_000, a_day=1_000) for number in range(lines)]
    days = [line.occurred_on for line in told]
    path = places.folder / f"memory-{lines}.csv"
    path.write_bytes(
        sample_files.kbank_corporate_csv(
            account.number, told, opening_satang=account.opening_satang, from_on=min(days), to_on=max(days)
        )
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        seconds, read, stored = pool.submit(store, url, path).result(timeout=600)
    return Note(f"statement · SQLite · {lines:,} lines read and stored in {seconds:.1f} s of computing:"
                f" {read} MiB beside the file to prove it, {stored} MiB to store it")  # fmt: skip


def store(url: str, path: Path) -> tuple[float, int, int]:
    """Seconds of computing, and the most memory over that of a process that has opened the file: proved, stored."""
    settings = Settings(database_url=url, files_dir=str(path.parent / "files"))
    database = Database(url)
    with database.read() as session:
        fund = profile.current(session)
    content, begin = service.file_content(path), process_time()
    before = _memory("VmRSS")
    statement = service.read_statement(content, path.name)
    proved = _memory("VmHWM") - before
    with database.write() as session:
        service.take_in(session, settings, fund, statement, content, path.name, by=BENCHMARK)
    database.close()
    return process_time() - begin, proved, _memory("VmHWM") - before


def _in_a_process_of_its_own(url: str, content: bytes, lines: int, folder: Path) -> Taken:
    """So that the memory is the import's, and nothing is warm."""
    path = folder / f"statement-{secrets.token_hex(4)}.csv"
    path.write_bytes(content)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(take_in, url, path, lines).result(timeout=600)


def take_in(url: str, path: Path, lines: int) -> Taken:
    """Take in a statement as `sipbaht statement import` does. Raises RuntimeError when a line was not settled."""
    settings = Settings(database_url=url, files_dir=str(path.parent / "files"))
    database = Database(url)
    with database.read() as session:
        fund = profile.current(session)
    before, begin = _memory("VmRSS"), perf_counter()
    with database.write() as session:
        content = service.file_content(path)
        stored = service.import_statement(session, settings, fund, content, path.name, by=BENCHMARK)
    middle = perf_counter()
    with database.engine.begin() as connection:  # settled, they will have left it
        connection.exec_driver_sql(f"CREATE TABLE {INBOX_AS_IT_WAS} AS SELECT * FROM bank_inbox")
    resumed = perf_counter()
    settled = settling.settle_waiting(database, by=BENCHMARK)
    end = perf_counter()
    database.close()
    if (stored.new, settled.matched) != (lines, lines):
        raise RuntimeError(f"{lines} lines, but {stored} and {settled}")
    return Taken(middle - begin, end - resumed, before, _memory("VmHWM"))


def _memory(name: str) -> int:
    """This process's memory in MiB, now (`VmRSS`) or at its height (`VmHWM`)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) // 1024
    raise LookupError(name)


def _bare(url: str, folder: Path, lines: int) -> tuple[float, float]:
    """Seconds for writing the same rows bare: those of the inbox, and those of settling."""
    tables = (*STORED, *SETTLED)
    place = str(folder / f"bare-{secrets.token_hex(4)}.db") if url.startswith("sqlite") else "bare"
    bare.make(url, tables, at=place)
    rows = {table: bare.rows_of(url, table) for table in tables}
    rows["bank_inbox"] = bare.rows_of(url, INBOX_AS_IT_WAS)
    stored = _written(url, tables, place, {table: rows[table] for table in STORED}, 1)
    batches = -(-lines // settling.BATCH)
    return stored, _written(url, tables, place, {table: rows[table] for table in SETTLED}, batches)


def _written(url: str, tables: tuple[str, ...], place: str, rows: dict[str, Rows], commits: int) -> float:
    there = bare.connect(url, tables, at=place)
    prepared = [
        there.prepared({table: _share(some, n, commits) for table, some in rows.items()}) for n in range(commits)
    ]
    begin = perf_counter()
    for one in prepared:
        there.commit(one)
    seconds = perf_counter() - begin
    there.close()
    return seconds


def _share(rows: Rows, number: int, of: int) -> Rows:
    return rows[len(rows) * number // of : len(rows) * (number + 1) // of]
