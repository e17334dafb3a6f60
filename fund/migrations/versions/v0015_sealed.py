"""Keys under which personal data is sealed; what stood open until now is sealed, and the open tables go.

The open tables are dropped, not emptied: on PostgreSQL their files go with them, on SQLite what is freed is overwritten
(`Database.migrate` asks for it). A copy made before still says what it said.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from fund import sealed
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Instant, Uid
from ledger.identifiers import new_id
from ledger.private import Part

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BATCH = 1_000
_OF_A_CONTACT = "donations_pledge_contact_id_fkey"

Row = dict[str, Any]


def upgrade() -> None:
    _keys()
    with Session(op.get_bind()) as session:
        _contacts(session)
        _donors_parts(session)
        _details(session)
        _line_texts(session)
    run_script("0015_sealed")


def _keys() -> None:
    op.create_table(
        "sealed_master",
        sa.Column("version", BigInt, sa.CheckConstraint("version >= 1"), primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.Text(), sa.CheckConstraint("length(fingerprint) = 16"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "sealed_key",
        sa.Column("subject", Uid(), primary_key=True),
        sa.Column("version", BigInt, sa.ForeignKey("sealed_master.version"), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), sa.CheckConstraint("length(wrapped) = 60"), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("sealed_key_version", "sealed_key", ["version"])


def _contacts(session: Session) -> None:
    rows = _taken(session, "SELECT id, public_name, name, tax_id, email, made_at FROM donors_contact ORDER BY id")
    is_postgres = op.get_bind().dialect.name == "postgresql"  # on SQLite a reference is to the name
    if is_postgres:
        op.drop_constraint(_OF_A_CONTACT, "donations_pledge")
    op.drop_table("donors_contact")
    op.create_table(
        "donors_contact",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tax_id_index", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("donors_contact_tax_id", "donors_contact", ["tax_id_index"])

    def told(row: Row) -> Part | None:
        said = {name: row[name] for name in ("public_name", "name", "tax_id", "email")}
        content = msgspec.json.encode(said)
        return Part(_uid(row["id"]), "donors_contact.sealed", str(row["id"]), content) if any(said.values()) else None

    def stored(row: Row, content: bytes | None) -> Row:
        index = sealed.blind(session, "donors_contact.tax_id", row["tax_id"]) if row["tax_id"] else None
        return {"id": row["id"], "sealed": content, "tax_id_index": index, "made_at": row["made_at"]}

    _seal(session, "donors_contact", rows, told, stored)
    if is_postgres:
        op.create_foreign_key(_OF_A_CONTACT, "donations_pledge", "donors_contact", ["contact_id"], ["id"])


def _donors_parts(session: Session) -> None:
    """A donor's own part belongs to the contact from which it was written; where there is none, to itself."""
    rows = _taken(
        session,
        "SELECT t.number, t.nonce, t.content, p.contact_id AS owner FROM receipts_private t"
        " JOIN receipts_receipt r ON r.number = t.number LEFT JOIN donations_donation d ON d.entry_id = r.proves"
        " LEFT JOIN donations_pledge p ON p.id = d.pledge_id ORDER BY t.number",
    )
    rows = [row | {"owner": row["owner"] or str(new_id())} for row in rows]
    op.drop_table("receipts_private")
    op.create_table(
        "receipts_private",
        sa.Column("number", sa.Text(), sa.ForeignKey("receipts_receipt.number"), primary_key=True),
        sa.Column("owner", Uid(), nullable=False),
        sa.Column("closed", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )

    def told(row: Row) -> Part:
        content = bytes.fromhex(row["nonce"]) + row["content"].encode()
        return Part(_uid(row["owner"]), "receipts_private.closed", row["number"], content)

    def stored(row: Row, content: bytes | None) -> Row:
        return {"number": row["number"], "owner": row["owner"], "closed": content}

    _seal(session, "receipts_private", rows, told, stored)


def _details(session: Session) -> None:
    rows = _taken(session, "SELECT entry_id, salt, content FROM ledger_private ORDER BY entry_id")
    op.drop_table("ledger_private")
    op.create_table(
        "ledger_private",
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )
    for row in rows:
        parts = [
            Part(_uid(row["entry_id"]), f"ledger_private.{name}", str(row["entry_id"]), bytes(row[name]))
            for name in ("salt", "content")
        ]
        salt, content = sealed.seal_many(session, parts)
        _put(session, "ledger_private", [{"entry_id": row["entry_id"], "salt": salt, "content": content}])


def _line_texts(session: Session) -> None:
    rows = _taken(
        session,
        "SELECT t.line_id, l.statement_id, t.text, t.reference_texts, t.payer, t.channel"
        " FROM bank_line_text t JOIN bank_line l ON l.id = t.line_id ORDER BY t.line_id",
    )
    op.drop_table("bank_line_text")
    op.create_table(
        "bank_line_text",
        sa.Column("line_id", Uid(), sa.ForeignKey("bank_line.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )

    def told(row: Row) -> Part:
        content = [row["text"], msgspec.json.decode(row["reference_texts"]), row["payer"], row["channel"]]
        encoded = msgspec.json.encode(content)
        return Part(_uid(row["statement_id"]), "bank_line_text.sealed", str(row["line_id"]), encoded)

    def stored(row: Row, content: bytes | None) -> Row:
        return {"line_id": row["line_id"], "sealed": content}

    _seal(session, "bank_line_text", rows, told, stored)


def _taken(session: Session, query: str) -> list[Row]:
    """The open rows, all of them; the first ones there are make the master key, where there is none."""
    rows = [dict(row) for row in session.connection().execute(sa.text(query)).mappings()]
    if rows:
        sealed.begin(session)
    return rows


def _seal(
    session: Session,
    table: str,
    rows: Sequence[Row],
    told: Callable[[Row], Part | None],
    stored: Callable[[Row, bytes | None], Row],
) -> None:
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        parts = [told(row) for row in some]
        closed = iter(sealed.seal_many(session, [part for part in parts if part]))
        _put(
            session, table, [stored(row, next(closed) if part else None) for row, part in zip(some, parts, strict=True)]
        )


def _put(session: Session, table: str, rows: Sequence[Row]) -> None:
    columns = rows[0].keys()
    values = ", ".join(f":{name}" for name in columns)
    session.connection().execute(sa.text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"), rows)


def _uid(value: object) -> UUID:
    return UUID(str(value))
