"""A server's limits, settings and counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class LimitKind(StrEnum):
    """What a limit on connections is set on."""

    SERVER = "server"
    DATABASE = "database"
    ROLE = "role"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimitSnapshot:
    """A limit on connections and how much of it is used."""

    kind: LimitKind
    name: str
    """The database or role that is limited; the setting's name for the whole server."""
    limit: int
    reserved: int = 0
    """Connections of the limit that an ordinary role cannot have."""
    in_use: int | None = None

    @property
    def available(self) -> int:
        """How many connections ordinary roles can have at the most."""
        return max(self.limit - self.reserved, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSnapshot:
    """The server answered, and refused us because it is full."""

    message: str
    code: str
    """The SQLSTATE or the MySQL error number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOverride:
    """A setting that a database or a role changes for its own sessions."""

    name: str
    value: timedelta | None
    """None: switched off."""
    database: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """The server's settings that matter to a pool."""

    timeouts: Mapping[str, timedelta | None]
    """By the setting's name; None where it is switched off. Absent where this server has no such setting."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Other settings, as the server shows them."""
    overrides: tuple[SettingOverride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStats:
    """How many sessions and transactions there have been since a reset."""

    sessions: int
    transactions: int
    since: datetime
    period: timedelta
    database: str | None = None
    user: str | None = None
    """Whose they are; where both are None, the server counts for everybody together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStats:
    """One normalised statement's totals since a reset, as the server counts them."""

    statement: str
    calls: int
    rows: int | None
    total: timedelta
    database: str | None = None
    user: str | None = None
