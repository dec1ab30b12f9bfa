"""The tables of a history. Their shape changes by a migration only; see ``migrations/versions``."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Float, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mariadb_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",  # names that differ in their case only are two
    "mariadb_collate": "utf8mb4_bin",
    "mysql_engine": "InnoDB",
    "mariadb_engine": "InnoDB",
}


class Moment(TypeDecorator[datetime]):
    """A time as microseconds since 1970: exact, and the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """From a time."""
        return None if value is None else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To a time."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Text(TypeDecorator[str]):
    """A text from a database or a log, which may hold what another database cannot store: it is replaced."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From a text; NUL and half characters go."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text without NUL, which PostgreSQL refuses, and without what has no UTF-8."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


metadata = MetaData()
runs = Table(
    "triage_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("target", String(255), nullable=False),
    Column("at", Moment, nullable=False),
    Column("looked", Boolean, nullable=False),
    Column("unread", Boolean, nullable=False),
    Column("critical", Integer, nullable=False),
    Column("warning", Integer, nullable=False),
    Column("info", Integer, nullable=False),
    Column("triage_version", String(40), nullable=False),
    Index("ix_triage_runs_target", "target", "looked", "id"),
    Index("ix_triage_runs_at", "at"),
    **_OPTIONS,
)
findings = Table(
    "triage_findings",
    metadata,
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("finding", String(100), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    **_OPTIONS,
)
measurements = Table(
    "triage_measurements",
    metadata,
    Column("run_id", ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("labels", String(255), primary_key=True),
    Column("value", Float(53), nullable=False),
    Column("unit", String(40), nullable=False),
    **_OPTIONS,
)
