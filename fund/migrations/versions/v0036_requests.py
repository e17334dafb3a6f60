"""The case's side of a request: its sealed words, its papers, and why one purpose is asked for twice in a term.

The first request for a purpose in a school term says no reason; a unique index lets only one be so. Each version of a
request refers to its row there with the case, purpose and term that it asks for.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Instant, Uid

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_FOR = ("case_code", "purpose", "term")


def upgrade() -> None:
    op.create_index("grants_request_for", "grants_request_version", ["chain", "version", *_FOR], unique=True)
    _purposes()
    _versions()
    _papers()
    append_only("requests_purpose", "chain, case_code, purpose, term")
    append_only("requests_version", "chain, version", "form_key")
    append_only("requests_paper", "chain, paper_id")


def _purposes() -> None:
    op.create_table(
        "requests_purpose",
        *_texts("chain", *_FOR),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("chain", *_FOR),
        sa.ForeignKeyConstraint(["case_code"], ["cases_case.code"]),
        sqlite_strict=True,
    )
    first = sa.text("sealed IS NULL")
    op.create_index(
        "requests_purpose_first", "requests_purpose", list(_FOR), unique=True, sqlite_where=first,
        postgresql_where=first,
    )  # fmt: skip


def _versions() -> None:
    op.create_table(
        "requests_version",
        *_texts("chain", *_FOR),
        sa.Column("version", BigInt, nullable=False),
        sa.Column("form_key", Uid(), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "version"),
        _refers("requests_purpose", "chain", *_FOR),
        _refers("grants_request_version", "chain", "version", *_FOR),
        sqlite_strict=True,
    )


def _papers() -> None:
    op.create_table(
        "requests_paper",
        *_texts("chain"),
        sa.Column("paper_id", Uid(), sa.ForeignKey("cases_paper.id"), nullable=False),
        sa.PrimaryKeyConstraint("chain", "paper_id"),
        sqlite_strict=True,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _refers(table: str, *columns: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(columns, [f"{table}.{column}" for column in columns])
