"""Column types that store the same value the same way on SQLite (STRICT tables) and on PostgreSQL.

Knows how a date, an instant, an identifier and a count of satang are written down.
Refuses naive datetimes: every instant in our books is in UTC.
"""

from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Integer, Text, false, true
from sqlalchemy.dialects.postgresql import UUID as PostgresUuid
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")

BigInt = BigInteger().with_variant(Integer(), "sqlite")
"""Money in satang, positions and row ids: 64 bits on both databases."""


class _TextOnSqlite(TypeDecorator[T]):
    """A type that PostgreSQL has and that STRICT SQLite keeps as text."""

    impl = Text
    cache_ok = True
    native: TypeEngine[Any]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.native)


class Day(_TextOnSqlite[date]):
    """A calendar day, `YYYY-MM-DD` on SQLite."""

    native = Date()
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value


class Instant(_TextOnSqlite[datetime]):
    """A moment in UTC, `YYYY-MM-DDTHH:MM:SS.ffffff+00:00` on SQLite so that text order is time order."""

    native = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        utc = value.astimezone(UTC)
        return utc.isoformat(timespec="microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC) if moment is not None else None


class Uid(_TextOnSqlite[UUID]):
    """A UUID, its 36 characters on SQLite."""

    native = PostgresUuid(as_uuid=True)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return str(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(value) if isinstance(value, str) else value


class Flag(TypeDecorator[bool]):
    """Yes or no: 0 or 1 on SQLite, where STRICT tables have no boolean."""

    impl = Boolean
    cache_ok = True

    class comparator_factory(TypeDecorator.Comparator[bool]):  # noqa: N801 – SQLAlchemy's name for it
        """Compares with TRUE and FALSE themselves: `IS $1` is no SQL on PostgreSQL."""

        def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
            constants = [(true() if one else false()) if isinstance(one, bool) else one for one in other]
            return super().operate(op, *constants, **kwargs)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        return int(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bool | None:
        return bool(value) if value is not None else None
