"""What was seen, before anybody judges it.

Collectors fill these types in and detectors read them. The suffix of a name says when a thing was
true: ``Snapshot`` one instant, ``Stats`` since a reset, ``Event`` a moment, ``Config`` a setting. All ages are
measured by the clock of the server they were read from, so a clock that differs here does not matter.
A field that is None was not visible: it never means zero.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from triage.evidence.app_logs import AppFrame, AppLogs, ErrorClue, FailureStats, Preceding
from triage.evidence.engines import EngineConfig
from triage.evidence.models import ClassModel, ColumnPair, Direction, Models, RelationshipModel
from triage.evidence.query_logs import (
    ConnectStats,
    Coverage,
    DeadlockEvent,
    EarlierStatement,
    EpisodeScope,
    Identity,
    PauseStats,
    QueryLogs,
    RepetitionStats,
    UnfinishedTransactionEvent,
    WriteStats,
)
from triage.evidence.server import (
    ConnectionLimitSnapshot,
    ConnectionStats,
    LimitKind,
    RefusalSnapshot,
    ServerConfig,
    SettingOverride,
    StatementStats,
)
from triage.evidence.sessions import (
    ActivitySnapshot,
    HolderKind,
    HorizonHolderSnapshot,
    LockSnapshot,
    PreparedTransactionSnapshot,
    SessionKind,
    SessionSnapshot,
    SessionState,
)
from triage.evidence.source import Backend, Gap, Source, SourceKind

__all__ = [
    "ActivitySnapshot",
    "AppFrame",
    "AppLogs",
    "Backend",
    "ClassModel",
    "ColumnPair",
    "ConnectStats",
    "ConnectionLimitSnapshot",
    "ConnectionStats",
    "Coverage",
    "DeadlockEvent",
    "Direction",
    "EarlierStatement",
    "EngineConfig",
    "EpisodeScope",
    "ErrorClue",
    "Evidence",
    "FailureStats",
    "Gap",
    "HolderKind",
    "HorizonHolderSnapshot",
    "Identity",
    "LimitKind",
    "LockSnapshot",
    "Models",
    "PauseStats",
    "Preceding",
    "PreparedTransactionSnapshot",
    "QueryLogs",
    "RefusalSnapshot",
    "RelationshipModel",
    "RepetitionStats",
    "Scope",
    "ServerConfig",
    "SessionKind",
    "SessionSnapshot",
    "SessionState",
    "SettingOverride",
    "Source",
    "SourceKind",
    "StatementStats",
    "UnfinishedTransactionEvent",
    "WriteStats",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose sessions the question is about."""

    database: str | None = None
    """The URL's database; None where it names none."""
    app: tuple[str, ...] = ()
    """Patterns of application name, user or database; empty for everything in the database."""
    all_databases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a run saw. A field that is None was not looked at, or could not be."""

    collected_at: datetime
    scope: Scope = Scope()
    sources: tuple[Source, ...] = ()
    gaps: tuple[Gap, ...] = ()
    activity: ActivitySnapshot | None = None
    refusal: RefusalSnapshot | None = None
    limits: tuple[ConnectionLimitSnapshot, ...] | None = None
    prepared: tuple[PreparedTransactionSnapshot, ...] | None = None
    horizon: tuple[HorizonHolderSnapshot, ...] | None = None
    server: ServerConfig | None = None
    connections: ConnectionStats | None = None
    statements: tuple[StatementStats, ...] | None = None
    engines: tuple[EngineConfig, ...] | None = None
    query_logs: QueryLogs | None = None
    app_logs: AppLogs | None = None
    models: Models | None = None

    def merged(self, other: "Evidence") -> "Evidence":
        """This evidence and what another collector saw; sources and gaps add up, the scope is the database's."""
        seen = {
            f.name: getattr(other, f.name)
            for f in fields(self)
            if f.name not in {"collected_at", "scope", "sources", "gaps"} and getattr(other, f.name) is not None
        }
        return replace(
            self,
            scope=other.scope if other.database else self.scope,
            sources=self.sources + other.sources,
            gaps=self.gaps + other.gaps,
            **seen,
        )

    @property
    def database(self) -> Source | None:
        """The database that was looked at, if one answered."""
        return next((s for s in self.sources if s.kind is SourceKind.DATABASE), None)
