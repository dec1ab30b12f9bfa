"""A pool_timeout that makes requests wait longer than whoever sent them.

A request that waits for a connection holds its worker. Where it waits for ever, or longer than the
proxy in front waits (60 seconds is the usual default), the client has gone before the error comes,
and the queue hides what is wrong. SQLAlchemy's default of 30 seconds is left alone, and so is a pool
without a bound, in which nobody waits.

Sources: https://docs.sqlalchemy.org/en/20/core/pooling.html#sqlalchemy.pool.QueuePool.params.timeout,
https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors import engine_findings
from triage.detectors.wording import duration
from triage.evidence import EngineConfig, Evidence
from triage.findings import Finding, Measurement, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTimeoutSetting:
    """``pool_timeout`` of None, or at or above ``warning``."""

    warning: timedelta = timedelta(seconds=60)

    id: ClassVar[str] = "pool-timeout-setting"
    runbooks: ClassVar[tuple[str, ...]] = ("pool-sizing",)
    needs: ClassVar[tuple[str, ...]] = ("engines",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in evidence.engines or ():
            if not engine.is_queue_pool or engine_findings.is_unbounded(engine) or "pool_timeout" in engine.unknown:
                continue
            if engine.pool_timeout is None or engine.pool_timeout >= self.warning:
                yield self._finding(engine)

    def _finding(self, engine: EngineConfig) -> Finding:
        wait = "for ever" if engine.pool_timeout is None else f"for {duration(engine.pool_timeout)}"
        seconds = None if engine.pool_timeout is None else engine.pool_timeout.total_seconds()
        return engine_findings.finding(
            self.id,
            engine,
            severity=Severity.WARNING,
            summary=f"Engine {engine.name} lets a request wait {wait} for a connection, longer than most clients wait.",
            remediation="Set pool_timeout to a few seconds, so that requests fail fast and the cause shows.",
            runbook=self.runbooks[0],
            measurements=(
                ()
                if seconds is None
                else (
                    Measurement(
                        name="pool_timeout", value=seconds, unit="seconds", threshold=self.warning.total_seconds()
                    ),
                )
            ),
            details={"pool_timeout_seconds": seconds},
        )
