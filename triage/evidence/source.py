"""Where evidence comes from, and what could not be seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Backend(StrEnum):
    """The database product."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"


class SourceKind(StrEnum):
    """Where evidence can come from."""

    DATABASE = "database"
    ENGINE = "engine"
    QUERY_LOG = "query-log"
    APP_LOG = "app-log"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that was looked at."""

    kind: SourceKind
    name: str
    """The URL without its password, or the path of the file."""
    collected_at: datetime
    backend: Backend | None = None
    server_version: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    """What else the JSON report says of this source, by its key there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that could not be seen, why not, and what would let us see it."""

    source: str
    reason: str
    hint: str
    unread: bool = False
    """The source was asked for and could not be read, or not to its end: the run ends with exit code 3."""
