"""A pool_recycle that is longer than the server lets a connection idle.

The pool means to renew its connections, but the server ends them first, so the renewal comes too
late. With ``pool_pre_ping`` a connection that was ended is noticed and replaced, so nothing is said.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html#setting-pool-recycle
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors import engine_findings
from triage.detectors.scope import engines_of
from triage.detectors.timeouts import idle_timeout
from triage.detectors.wording import duration
from triage.evidence import Evidence
from triage.findings import Finding, Measurement, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class RecycleAfterServerTimeout:
    """``pool_recycle`` at or above the server's limit, without pre-ping."""

    id: ClassVar[str] = "recycle-after-server-timeout"
    runbooks: ClassVar[tuple[str, ...]] = ("stale-connection",)
    needs: ClassVar[tuple[str, ...]] = ("engines", "server")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in engines_of(evidence):
            limit, recycle = idle_timeout(evidence, engine), engine.pool_recycle
            if limit is None or recycle is None or not engine.is_queue_pool or engine.pool_pre_ping is not False:
                continue
            name, timeout = limit
            if recycle < timeout:
                continue
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING,
                summary=(
                    f"Engine {engine.name} recycles connections after {duration(recycle)}, but the server ends them after "
                    f"{duration(timeout)} of idling ({name})."
                ),
                remediation="Set pool_recycle well below the server's limit, or pool_pre_ping=True.",
                runbook=self.runbooks[0],
                measurements=(
                    Measurement(
                        name="pool_recycle",
                        value=recycle.total_seconds(),
                        unit="seconds",
                        threshold=timeout.total_seconds(),
                    ),
                ),
                details={
                    "setting": name,
                    "timeout_seconds": timeout.total_seconds(),
                    "pool_recycle_seconds": recycle.total_seconds(),
                },
            )
