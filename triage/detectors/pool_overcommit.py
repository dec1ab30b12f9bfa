"""Pools that together may open more connections than the server has to give.

Each process that builds an engine has a pool of its own, so the demand is processes times
(pool_size + max_overflow), summed over the engines, against max_connections less what the server
reserves. It works until the day all processes are busy, and then the database refuses whoever comes
next. A pool without a bound is :mod:`triage.detectors.pool_unbounded`; an engine whose numbers could
not be read is left out, and the report has a gap for it. Behind a pooler it is the pooler's limit
that counts, so nothing is said.

Sources: https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool,
https://www.postgresql.org/docs/current/runtime-config-connection.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.scope import engines_of, processes_known, server_limit
from triage.detectors.wording import count
from triage.evidence import ConnectionLimitSnapshot, EngineConfig, Evidence
from triage.findings import Confidence, Finding, Location, Measurement, Severity, make_key


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOvercommit:
    """Demand above what is available; critical where the pools do not fit even without overflow."""

    id: ClassVar[str] = "pool-overcommit"
    runbooks: ClassVar[tuple[str, ...]] = ("pool-sizing",)
    needs: ClassVar[tuple[str, ...]] = ("engines", "limits")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """At most one finding, over all engines of the database."""
        limit = server_limit(evidence)
        bounded = [engine for engine in engines_of(evidence) if engine.ceiling is not None]
        if limit is None or not bounded or (evidence.activity and evidence.activity.pooled):
            return
        demand = sum(_processes(engine) * (engine.ceiling or 0) for engine in bounded)
        if demand > limit.available:
            yield self._finding(bounded, limit, demand, sure=processes_known(bounded))

    def _finding(
        self, engines: list[EngineConfig], limit: ConnectionLimitSnapshot, demand: int, *, sure: bool
    ) -> Finding:
        base = sum(_processes(engine) * (engine.pool_size or 0) for engine in engines)
        first = engines[0]
        arithmetic = " + ".join(
            f"{count(_processes(e), 'process')} × (pool_size {e.pool_size} + max_overflow {e.max_overflow})"
            for e in engines
        )
        reserved = f" − {limit.reserved} reserved" if limit.reserved else ""
        one = len(engines) == 1
        return Finding(
            id=self.id,
            key=make_key(self.id, *(f"{e.file}:{e.name}" for e in engines)),
            severity=Severity.CRITICAL if base > limit.available else Severity.WARNING,
            confidence=Confidence.HIGH if sure else Confidence.MEDIUM,
            subject=f"engine {first.name}" if one else count(len(engines), "engine"),
            summary=(
                f"{arithmetic} = {demand} connections, but the server has {limit.available} to give "
                f"(max_connections {limit.limit}{reserved})."
            ),
            remediation=(
                f"Make all processes fit: at most {_fitting(engines, limit.available)} connections for each process, "
                "or fewer processes, or a pooler in front of the server."
            ),
            runbook=self.runbooks[0],
            measurements=(Measurement(name="demand", value=demand, unit="connections", threshold=limit.available),),
            details={
                "processes": sum(map(_processes, engines)),
                "pool_size": first.pool_size if one else None,
                "max_overflow": first.max_overflow if one else None,
                "demand": demand,
                "max_connections": limit.limit,
                "reserved": limit.reserved,
                "available": limit.available,
                "engines": [
                    {
                        "name": e.name,
                        "file": e.file,
                        "processes": _processes(e),
                        "pool_size": e.pool_size,
                        "max_overflow": e.max_overflow,
                        "demand": _processes(e) * (e.ceiling or 0),
                    }
                    for e in engines
                ],
            },
            location=Location(file=first.file, line=first.line, function=first.function),
            impact=demand / max(limit.available, 1),
        )


def _processes(engine: EngineConfig) -> int:
    return engine.processes or 1


def _fitting(engines: list[EngineConfig], available: int) -> int:
    return max(available // max(sum(map(_processes, engines)), 1), 1)
