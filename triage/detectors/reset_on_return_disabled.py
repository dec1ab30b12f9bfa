"""A pool that hands connections on as their last user left them.

With ``pool_reset_on_return=None`` nothing rolls back when a connection comes back, so a transaction
that was left open stays open in the pool, with its locks, and the next user works inside it. With
``commit`` it is committed instead, whatever state it was in. In AUTOCOMMIT there is no transaction
to leave open, and the option is harmless; where the isolation level could not be read, it may be.

Source: https://docs.sqlalchemy.org/en/20/core/pooling.html#pool-reset-on-return
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors import engine_findings
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetOnReturnDisabled:
    """``pool_reset_on_return`` that does not roll back."""

    id: ClassVar[str] = "reset-on-return-disabled"
    runbooks: ClassVar[tuple[str, ...]] = ("data-lost-after-commit",)
    needs: ClassVar[tuple[str, ...]] = ("engines",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in evidence.engines or ():
            if "pool_reset_on_return" in engine.unknown or engine.reset_on_return == "rollback":
                continue
            if (engine.isolation_level or "").upper() == "AUTOCOMMIT" or engine.poolclass == "NullPool":
                continue
            commits = engine.reset_on_return == "commit"
            what = "commits whatever was left open" if commits else "leaves transactions open"
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING,
                confidence=Confidence.MEDIUM if "isolation_level" in engine.unknown else Confidence.HIGH,
                summary=f"Engine {engine.name} {what} when a connection goes back to its pool.",
                remediation='Remove pool_reset_on_return, so that the default, "rollback", applies.',
                runbook=self.runbooks[0],
                details={"reset_on_return": engine.reset_on_return},
            )
