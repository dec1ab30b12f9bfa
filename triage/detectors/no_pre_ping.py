"""A pool that neither tests its connections nor renews them, before a server that ends idle ones.

After a quiet night the first statement on each pooled connection fails: the server has closed it,
and the pool does not know. ``pool_pre_ping`` tests a connection as it is checked out; ``pool_recycle``
renews it before the server's limit. Where the server ends no idle connections there is nothing to
say here, and NullPool keeps none.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html#dealing-with-disconnects
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from triage.detectors import engine_findings
from triage.detectors.scope import engines_of
from triage.detectors.timeouts import idle_timeout
from triage.detectors.wording import duration
from triage.evidence import Evidence
from triage.findings import Finding, Measurement, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPrePing:
    """No pre-ping and no recycle; a warning where the server's limit is short, an info otherwise."""

    short: timedelta = timedelta(hours=1)
    """A limit that ordinary quiet hours reach."""

    id: ClassVar[str] = "no-pre-ping"
    runbooks: ClassVar[tuple[str, ...]] = ("stale-connection",)
    needs: ClassVar[tuple[str, ...]] = ("engines", "server")

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in engines_of(evidence):
            limit = idle_timeout(evidence, engine)
            if limit is None or not engine.is_queue_pool or engine.pool_pre_ping is not False:
                continue
            if engine.pool_recycle is not None or "pool_recycle" in engine.unknown:
                continue
            name, timeout = limit
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING if timeout < self.short else Severity.INFO,
                summary=(
                    f"Engine {engine.name} keeps connections without pool_pre_ping or pool_recycle, and the server ends "
                    f"them after {duration(timeout)} of idling ({name}): the first statement after a pause that long fails."
                ),
                remediation="Set pool_pre_ping=True; one cheap round trip for each checkout ends these errors.",
                runbook=self.runbooks[0],
                measurements=(Measurement(name=name, value=timeout.total_seconds(), unit="seconds"),),
                details={"setting": name, "timeout_seconds": timeout.total_seconds()},
            )
