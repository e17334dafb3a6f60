"""Names, numbers and addresses that exist nowhere else, and the hunt for them in every byte that is left behind.

Each kind shares a mark, so that a hunt looks for few things, however they were written down: as text in any encoding
that we meet, as hexadecimal digits, in base64, escaped for JSON or for an address.
"""

import base64
import json
import mmap
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, text
from stdnum.th import pin

from fund.db import Database

NAME, TAX_ID, PHONE, EMAIL = "ขมิ้นเหลืองอ่อน", "399918273", "08998182", "khaminluang-"
BEGUN = "TEST_LOG_SINCE"
"""Where PostgreSQL's log stood when this test's database was made; `conftest` notes it."""
_SEGMENT = 16 << 20
MARKS = (NAME, TAX_ID, PHONE, EMAIL)


@dataclass(frozen=True)
class Canary:
    """Somebody who does not exist."""

    number: int

    @property
    def name(self) -> str:
        return f"{NAME} ที่{self.number}"

    @property
    def public_name(self) -> str:
        return f"ร้าน{NAME}{self.number}"

    @property
    def tax_id(self) -> str:
        digits = f"{TAX_ID}{self.number:03}"
        return digits + str(pin.calc_check_digit(digits))

    @property
    def phone(self) -> str:
        return f"{PHONE}{self.number:02}"

    @property
    def email(self) -> str:
        return f"{EMAIL}{self.number}@example.org"


def needles() -> dict[bytes, str]:
    """What to look for, and how it is written."""
    found: dict[bytes, str] = {}
    for mark in MARKS:
        raw = mark.encode()
        found |= {raw: "text", raw.hex().encode(): "hex", raw.hex().upper().encode(): "hex"}
        found |= {mark.encode("utf-16-le"): "utf-16", mark.encode("cp874"): "cp874", quote(mark).encode(): "address"}
        found[json.dumps(mark)[1:-1].encode()] = "json"
        found |= {_in_base64(raw, shift): "base64" for shift in range(3)}
    return found


def _in_base64(raw: bytes, before: int) -> bytes:
    """What is certain in the base64 of anything that holds `raw` with as many bytes (modulo 3) before it."""
    written = base64.b64encode(b"\0" * before + raw)
    return written[-(-before * 4 // 3) : (before + len(raw)) * 4 // 3]


def seen(haystacks: Mapping[str, bytes | Path]) -> list[str]:
    """Where a canary was seen, and how it was written."""
    wanted = needles()
    return [f"{where}: {how}" for where, hay in haystacks.items() for how in sorted(_seen_in(hay, wanted))]


def _seen_in(hay: bytes | Path, wanted: Mapping[bytes, str]) -> set[str]:
    if isinstance(hay, bytes):
        return {how for needle, how in wanted.items() if needle in hay}
    if not hay.exists() or hay.stat().st_size == 0:  # a running server takes its own files away
        return set()
    with hay.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {how for needle, how in wanted.items() if content.find(needle) >= 0}


def left_in(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below a folder."""
    return ((str(path), path) for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def left_by(database: Database) -> dict[str, bytes | Path]:
    """Every byte of the database: its files with their WAL, the server's with its log, and each table as dumped."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            assert database.engine.url.database
            file = Path(database.engine.url.database)
            return {str(path): path for path in file.parent.glob(f"{file.name}*")}
        connection.execute(text("CHECKPOINT"))
        place = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        log = _log_since(os.environ.get(BEGUN, "0/0"), connection, place)
    kept = (path for _, path in left_in(place) if path.parent.name != "pg_wal")
    return {str(path): path for path in (*place.parent.glob("*log"), *kept)} | {"write-ahead log": log}


def _log_since(begin: str, connection: Connection, place: Path) -> bytes:
    """What was written ahead since the test's database was made: one log is all databases', and what lies in it from
    before may have been planted by the control of another hunt.
    """
    end, name = connection.execute(
        text("SELECT pg_current_wal_lsn()::text, pg_walfile_name(pg_current_wal_lsn())")
    ).one()
    first, last = _position(begin), _position(end)
    written = b""
    for number in range(first // _SEGMENT, last // _SEGMENT + 1):
        segment = place / "pg_wal" / f"{name[:8]}{number // 256:08X}{number % 256:08X}"
        content = segment.read_bytes() if segment.exists() else b""
        begins = first % _SEGMENT if number == first // _SEGMENT else 0
        written += content[begins : last % _SEGMENT if number == last // _SEGMENT else None]
    return written


def _position(place: str) -> int:
    high, _, low = place.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
