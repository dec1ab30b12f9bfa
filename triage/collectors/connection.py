"""The one connection triage makes: bounded, read-only, in autocommit, and named ``triage``.

A tool that looks at an ailing server must not become its last straw, so everything it sends goes
through :class:`Connection`, which counts it and refuses to go past the deadline.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

Row = Mapping[str, Any]


class Driver(Protocol):
    """What triage needs of a DBAPI module's connection."""

    info: Any
    """psycopg2's; other drivers have none, and nobody asks them."""

    def cursor(self) -> Any:
        """Open a cursor."""

    def close(self) -> None:
        """End the connection."""


class DeadlineError(Exception):
    """The time for the whole look is used up."""


@dataclass(slots=True)
class Deadline:
    """When the look has to be over, by the monotonic clock."""

    at: float

    @classmethod
    def after(cls, timeout: timedelta) -> "Deadline":
        """The deadline that far from now."""
        return cls(time.monotonic() + timeout.total_seconds())

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when it has passed."""
        return max(self.at - time.monotonic(), 0.0)


@dataclass(slots=True)
class Connection:
    """A DBAPI connection that counts its statements and keeps to the deadline."""

    driver: Driver
    deadline: Deadline
    guard: str = ""
    """SQL sent in front of each statement, for sessions that are shared and must not keep settings."""
    statements: int = field(default=0)

    def fetch(self, sql: str, parameters: tuple[object, ...] = ()) -> list[Row]:
        """Run one statement and return its rows by column name."""
        if not self.deadline.remaining:
            raise DeadlineError
        self.statements += 1
        cursor = self.driver.cursor()
        try:
            cursor.execute(self.guard + sql, parameters or None)
            if cursor.description is None:
                return []
            names = [column[0].lower() for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            cursor.close()


def seconds(value: object) -> timedelta | None:
    """A number of seconds as the server sent it; a clock that went backwards gives zero."""
    if value is None:
        return None
    return timedelta(seconds=max(float(str(value)), 0.0))
