"""Pools that together may open more connections than the server has to give.

Each process that builds an engine has a pool of its own, so the demand is processes times
(pool_size + max_overflow), summed over the engines, against max_connections less what the server
reserves, or against the database's own limit where that is lower. It works until the day all
processes are busy, and then the database refuses whoever comes next. A pool without a bound is
:mod:`triage.detectors.pool_unbounded`; an engine whose pool_size could not be read is left out, and
the report has a gap for it. Where only max_overflow could not be read, it counts as none. Behind a
pooler it is the pooler's limit that counts, so nothing is said.

Sources: https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool,
https://www.postgresql.org/docs/current/runtime-config-connection.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.engine_findings import is_unbounded
from triage.detectors.scope import engines_of, processes_known, server_limit, tightest_limit
from triage.detectors.wording import count
from triage.evidence import ConnectionLimitSnapshot, EngineConfig, Evidence, LimitKind
from triage.findings import Confidence, Finding, Location, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one engine's pools ask for, in all the processes that build it."""

    engine: EngineConfig
    pool_size: int

    @property
    def processes(self) -> int:
        """One where nobody said: there is at least that."""
        return self.engine.processes or 1

    @property
    def base(self) -> int:
        """Without overflow."""
        return self.processes * self.pool_size

    @property
    def connections(self) -> int:
        """With all the overflow that is known of."""
        return self.processes * (self.pool_size + (self.engine.max_overflow or 0))

    @property
    def arithmetic(self) -> str:
        """How it comes about."""
        overflow = "unknown" if self.engine.max_overflow is None else self.engine.max_overflow
        return f"{count(self.processes, 'process')} × (pool_size {self.pool_size} + max_overflow {overflow})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOvercommit:
    """Demand above what is available; critical where the pools do not fit even without overflow."""

    id: ClassVar[str] = "pool-overcommit"
    runbooks: ClassVar[tuple[str, ...]] = ("pool-sizing",)
    needs: ClassVar[tuple[str, ...]] = ("engines", "limits")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding, over all engines of the database."""
        server, limit = server_limit(evidence), tightest_limit(evidence)
        demands = [
            Demand(engine=engine, pool_size=engine.pool_size)
            for engine in engines_of(evidence)
            if engine.is_queue_pool and engine.pool_size is not None and not is_unbounded(engine)
        ]
        pooled = evidence.activity is not None and evidence.activity.pooled
        if server and limit and not pooled and sum(d.connections for d in demands) > limit.available:
            yield self._finding(demands, server, limit)

    def _finding(
        self, demands: list[Demand], server: ConnectionLimitSnapshot, limit: ConnectionLimitSnapshot
    ) -> Finding:
        engines = [d.engine for d in demands]
        first = engines[0]
        one = len(engines) == 1
        demand = sum(d.connections for d in demands)
        processes = sum(d.processes for d in demands)
        at_least = "at least " if any(engine.max_overflow is None for engine in engines) else ""
        return Finding(
            id=self.id,
            key=make_key(self.id, *(f"{e.file}:{e.name}" for e in engines)),
            severity=Severity.CRITICAL if sum(d.base for d in demands) > limit.available else Severity.WARNING,
            confidence=Confidence.HIGH if processes_known(engines) else Confidence.MEDIUM,
            subject=f"engine {first.name}" if one else count(len(engines), "engine"),
            summary=(
                f"{' + '.join(d.arithmetic for d in demands)} = {at_least}{count(demand, 'connection')}, but "
                f"{_giver(limit)}."
            ),
            remediation=_advice(processes, limit.available),
            runbook=self.runbooks[0],
            measurements=(Measurement(name="demand", value=demand, unit="connections", threshold=limit.available),),
            details={
                "processes": processes,
                "pool_size": first.pool_size if one else None,
                "max_overflow": first.max_overflow if one else None,
                "demand": demand,
                "max_connections": server.limit,
                "reserved": server.reserved,
                "available": limit.available,
                "limited_by": str(limit.kind),
                "engines": [
                    {
                        "name": d.engine.name,
                        "file": d.engine.file,
                        "processes": d.processes,
                        "pool_size": d.pool_size,
                        "max_overflow": d.engine.max_overflow,
                        "demand": d.connections,
                    }
                    for d in demands
                ],
            },
            location=Location(file=first.file, line=first.line, function=first.function),
            impact=demand / max(limit.available, 1),
        )


def _giver(limit: ConnectionLimitSnapshot) -> str:
    if limit.kind is LimitKind.DATABASE:
        return f"database {limit.name} has {limit.available} to give (its CONNECTION LIMIT)"
    reserved = f" − {limit.reserved} reserved" if limit.reserved else ""
    return f"the server has {limit.available} to give (max_connections {limit.limit}{reserved})"


def _advice(processes: int, available: int) -> str:
    each = available // processes
    if not each:
        return (
            "Run fewer processes, or put a pooler in front of the server: there is not one connection for each of them."
        )
    return (
        f"Make all processes fit: at most {count(each, 'connection')} for each pool in each process, or fewer "
        "processes, or a pooler in front of the server."
    )
