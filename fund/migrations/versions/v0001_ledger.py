"""The ledger: accounts, funds, kinds, periods, entries and postings, with the guards that seal them.

The triggers stand in `migrations/sql`, one script for each database; `docs/decisions/0002-sealed-entries.md`
says how they work. Accounts, funds, purposes and kinds are referred to by the guards' own look-ups and not by foreign
keys: they are never deleted or renamed, and a foreign key would lock the fund's row once for every gift.
"""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from fund.migrations.scripts import run_script
from ledger.columns import BigInt, Day, Flag, Instant, Uid

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        run_script("0001_ledger_stamp")
    _create_chart(is_sqlite)
    _create_periods(is_sqlite)
    _create_entries(is_sqlite)
    _create_postings(is_sqlite)
    append_only("ledger_period", "starts_on, revision")
    append_only("ledger_entry", "id", "key", "reverses", "stamp") if is_sqlite else append_only("ledger_entry")
    append_only("ledger_posting", "entry_id, line")
    run_script("0001_ledger")


def _create_chart(is_sqlite: bool) -> None:
    op.create_table(
        "ledger_account",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("guarded", sa.Text(), nullable=False),
        sa.Column("is_spendable", Flag(), nullable=False),
        sa.Column("is_open", Flag(), nullable=False),
        _is_code("code", "[0-9A-Z.]", is_sqlite),
        sa.CheckConstraint("type IN ('asset', 'liability', 'net_assets', 'income', 'expense', 'memorandum')"),
        sa.CheckConstraint("side IN ('debit', 'credit')"),
        sa.CheckConstraint("guarded IN ('no', 'fund', 'subject')"),
        *_flags("is_spendable", "is_open", is_sqlite=is_sqlite),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_fund",
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("name_th", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("restriction", sa.Text(), nullable=False),
        sa.Column("principal_satang", BigInt, sa.CheckConstraint("principal_satang >= 0"), nullable=False),
        sa.Column("valid_from", Day(), nullable=True),
        sa.Column("valid_to", Day(), nullable=True),
        _is_code("code", "[0-9A-Z-]", is_sqlite),
        sa.CheckConstraint("restriction IN ('none', 'purpose', 'time', 'endowment', 'technical')"),
        *_days("valid_from", "valid_to", is_sqlite=is_sqlite),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_fund_purpose",
        sa.Column("fund", sa.Text(), sa.ForeignKey("ledger_fund.code"), primary_key=True),
        sa.Column("purpose", sa.Text(), sa.CheckConstraint("purpose <> ''"), primary_key=True),
        sa.Column("scope", sa.Text(), sa.CheckConstraint("scope <> ''"), primary_key=True),
        sqlite_strict=True,
    )
    op.create_table(
        "ledger_kind",
        sa.Column("code", sa.Text(), sa.CheckConstraint("code <> ''"), primary_key=True),
        sa.Column("nature", sa.Text(), sa.CheckConstraint("nature IN ('fact', 'choice')"), nullable=False),
        sqlite_strict=True,
    )


def _create_periods(is_sqlite: bool) -> None:
    op.create_table(
        "ledger_period",
        sa.Column("starts_on", Day(), primary_key=True),
        sa.Column("ends_on", Day(), nullable=False),
        sa.Column("revision", BigInt, sa.CheckConstraint("revision >= 1"), primary_key=True, autoincrement=False),
        sa.Column("is_closed", Flag(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), sa.CheckConstraint("recorded_by <> ''"), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "is_closed = (revision % 2)" if is_sqlite else "is_closed = (revision % 2 = 1)", name="ledger_period_turns"
        ),
        sa.CheckConstraint(
            f"{'is_closed = 1' if is_sqlite else 'is_closed'}"
            " OR (approved_by NOT IN ('', recorded_by) AND reason <> '')",
            name="ledger_period_two_people",
        ),
        sa.CheckConstraint(
            "ends_on = date(starts_on, 'start of month', '+1 month', '-1 day')"
            " AND starts_on = date(starts_on, 'start of month')"
            if is_sqlite
            else "starts_on = date_trunc('month', starts_on::timestamp)::date"
            " AND ends_on = (date_trunc('month', starts_on::timestamp) + interval '1 month - 1 day')::date",
            name="ledger_period_is_a_month",
        ),
        sqlite_strict=True,
    )


def _create_entries(is_sqlite: bool) -> None:
    op.create_table(
        "ledger_entry",
        _stamp(is_sqlite, is_key=is_sqlite),
        sa.Column("id", Uid(), primary_key=not is_sqlite, nullable=False),
        sa.Column("lines", BigInt, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_on", Day(), nullable=False),
        sa.Column("booked_on", Day(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.Text(), sa.CheckConstraint("recorded_by <> ''"), nullable=False),
        sa.Column("key", sa.Text(), sa.CheckConstraint("length(key) BETWEEN 1 AND 300"), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), sa.CheckConstraint("length(request_hash) = 32"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reverses", Uid(), sa.ForeignKey("ledger_entry.id"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details_digest", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("id", "lines", name="ledger_entry_lines"),
        sa.UniqueConstraint("key", name="ledger_entry_key"),
        sa.UniqueConstraint("reverses", name="ledger_entry_reverses"),
        *([sa.UniqueConstraint("id", name="ledger_entry_id")] if is_sqlite else []),
        sa.CheckConstraint("lines BETWEEN 2 AND 1000", name="ledger_entry_has_lines"),
        sa.CheckConstraint("(reverses IS NULL) = (reason = '')", name="ledger_entry_reason"),
        sa.CheckConstraint("details_digest IS NULL OR length(details_digest) = 32", name="ledger_entry_digest"),
        *_days("occurred_on", "booked_on", is_sqlite=is_sqlite),
        *([sa.CheckConstraint("length(id) = 36 AND id = lower(id)")] if is_sqlite else []),
        sqlite_strict=True,
    )
    if not is_sqlite:
        op.create_index("ledger_entry_order", "ledger_entry", ["stamp", "id"])
    op.create_table(
        "ledger_private",
        sa.Column("entry_id", Uid(), sa.ForeignKey("ledger_entry.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), sa.CheckConstraint("length(salt) = 16"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )


def _create_postings(is_sqlite: bool) -> None:
    op.create_table(
        "ledger_posting",
        *_posting_columns(is_sqlite),
        sa.CheckConstraint("line BETWEEN 1 AND lines", name="ledger_posting_slot"),
        sa.CheckConstraint("amount_satang <> 0", name="ledger_posting_not_zero"),
        sa.CheckConstraint(f"amount_satang BETWEEN -{10**15} AND {10**15}", name="ledger_posting_not_too_large"),
        sa.CheckConstraint("(purpose IS NULL) = (scope IS NULL)", name="ledger_posting_scope"),
        sa.PrimaryKeyConstraint("entry_id", "line", name="ledger_posting_pkey"),
        sa.ForeignKeyConstraint(
            ["entry_id", "lines"],
            ["ledger_entry.id", "ledger_entry.lines"],
            name="ledger_posting_entry",
            deferrable=True,
            initially="DEFERRED",
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if is_sqlite:
        op.create_table(
            "ledger_draft",
            *_posting_columns(is_sqlite),
            sa.PrimaryKeyConstraint("entry_id", "line"),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        )
    more = ["amount_satang", "booked_on"]
    columns = ["fund", "account", "stamp", *(more if is_sqlite else [])]
    op.create_index("ledger_posting_balance", "ledger_posting", columns, postgresql_include=more)
    subjects = ["account", "fund", "subject", *(["amount_satang"] if is_sqlite else [])]
    with_subject = sa.text("subject <> ''")
    op.create_index(
        "ledger_posting_subject",
        "ledger_posting",
        subjects,
        postgresql_include=["amount_satang"],
        sqlite_where=with_subject,
        postgresql_where=with_subject,
    )


def _posting_columns(is_sqlite: bool) -> list[sa.Column[object]]:
    return [
        sa.Column("entry_id", Uid(), nullable=False),
        sa.Column("lines", BigInt, nullable=False),
        sa.Column("line", BigInt, nullable=False, autoincrement=False),
        _stamp(is_sqlite),
        sa.Column("booked_on", Day(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("amount_satang", BigInt, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
    ]


def _stamp(is_sqlite: bool, *, is_key: bool = False) -> sa.Column[object]:
    """SQLite numbers the entries without a gap; PostgreSQL stamps them with the number of their transaction."""
    default = None if is_sqlite else sa.text("public.ledger_stamp()")
    return sa.Column("stamp", BigInt, primary_key=is_key, server_default=default, nullable=False, autoincrement=False)


def _is_code(column: str, allowed: str, is_sqlite: bool) -> sa.CheckConstraint:
    if is_sqlite:
        return sa.CheckConstraint(f"{column} GLOB '[0-9A-Z]*' AND {column} NOT GLOB '*{allowed.replace('[', '[^')}*'")
    return sa.CheckConstraint(f"{column} ~ '^[0-9A-Z]{allowed}*$'")


def _flags(*columns: str, is_sqlite: bool) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(f"{column} IN (0, 1)") for column in columns if is_sqlite]


def _days(*columns: str, is_sqlite: bool) -> list[sa.CheckConstraint]:
    """Real days of this age: a year of the Buddhist era written as a Christian one is refused."""
    real = " AND {0} = date({0})" if is_sqlite else ""
    this_age = "{0} IS NULL OR ({0} >= '2000-01-01' AND {0} < '2400-01-01'" + real + ")"
    return [sa.CheckConstraint(this_age.format(column)) for column in columns]
