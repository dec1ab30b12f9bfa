"""A pool without a bound on its connections.

``max_overflow=-1`` lets a pool open a connection for every request that finds none free, and
``pool_size=0`` removes the limit altogether: a slow database then gets more connections the slower
it is, until it refuses everybody. NullPool has no limit either, but with a pooler in front of the
server it is the right choice, so it is not reported here.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool.params.max_overflow
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors import engine_findings
from triage.evidence import Evidence
from triage.findings import Finding, Measurement, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUnbounded:
    """A queue pool with ``max_overflow=-1`` or ``pool_size=0``."""

    id: ClassVar[str] = "pool-unbounded"
    runbooks: ClassVar[tuple[str, ...]] = ("pool-sizing",)
    needs: ClassVar[tuple[str, ...]] = ("engines",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in evidence.engines or ():
            if not engine_findings.is_unbounded(engine):
                continue
            option, value = ("pool_size", 0) if engine.pool_size == 0 else ("max_overflow", -1)
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING,
                summary=f"Engine {engine.name} has {option}={value}: nothing bounds how many connections a process opens.",
                remediation="Give max_overflow a number, so that a slow database is not met with ever more connections.",
                runbook=self.runbooks[0],
                measurements=(Measurement(name=option, value=value, unit="connections"),),
                details={"pool_size": engine.pool_size, "max_overflow": engine.max_overflow},
            )
