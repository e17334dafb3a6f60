"""Who works here: people, the roles given to them, invitations, second factors, passkeys, sessions."""

import sqlalchemy as sa
from alembic import op

from fund.migrations.guards import append_only
from ledger.columns import BigInt, Flag, Instant, Uid

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people_person",
        sa.Column("id", Uid(), primary_key=True),
        sa.Column("name", sa.Text(), sa.CheckConstraint("length(name) BETWEEN 1 AND 100"), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False, unique=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=True, unique=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_suspended", Flag(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    _grants()
    _ways_in()
    op.drop_table("people_session")
    op.create_table(
        "people_session",
        sa.Column("token_sha256", sa.Text(), primary_key=True),
        sa.Column("id", Uid(), nullable=False, unique=True),
        _person("person_id"),
        sa.Column("account_sha256", sa.Text(), nullable=False),
        sa.Column("is_strong", Flag(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("fresh_at", Instant(), nullable=False),
        sa.Column("came_from", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("challenge_at", Instant(), nullable=True),
        sqlite_strict=True,
    )
    op.create_index("people_session_person", "people_session", ["person_id"])


def _grants() -> None:
    op.create_table(
        "people_grant",
        sa.Column("id", Uid(), primary_key=True),
        _person("person_id"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("people_grant_person", "people_grant", ["person_id"])
    op.create_table(
        "people_grant_ended",
        sa.Column("grant_id", Uid(), sa.ForeignKey("people_grant.id"), primary_key=True),
        sa.Column("ended_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sqlite_strict=True,
    )
    append_only("people_grant", "id")
    append_only("people_grant_ended", "grant_id")


def _ways_in() -> None:
    op.create_table(
        "people_invitation",
        sa.Column("token_sha256", sa.Text(), sa.CheckConstraint("length(token_sha256) = 64"), primary_key=True),
        _person("person_id"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "people_factor",
        _person("person_id", primary_key=True),
        sa.Column("is_confirmed", Flag(), nullable=False, primary_key=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", BigInt, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "people_recovery",
        _person("person_id", primary_key=True),
        sa.Column("code_sha256", sa.Text(), primary_key=True),
        sqlite_strict=True,
    )
    op.create_table(
        "people_passkey",
        sa.Column("credential_id", sa.Text(), primary_key=True),
        _person("person_id"),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BigInt, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sqlite_strict=True,
    )
    op.create_index("people_passkey_person", "people_passkey", ["person_id"])


def _person(name: str, *, primary_key: bool = False) -> sa.Column[object]:
    return sa.Column(name, Uid(), sa.ForeignKey("people_person.id"), nullable=False, primary_key=primary_key)
