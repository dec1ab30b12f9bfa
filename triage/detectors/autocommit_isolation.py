"""A whole engine in AUTOCOMMIT, where a rollback undoes nothing.

Each statement is committed as it runs. An exception in the middle of a unit of work leaves the first
half behind, and Session.rollback() is silently without effect. An engine that only reads, or one for
maintenance commands, has it on purpose: the config cannot tell, so the confidence is medium.

Source: https://docs.sqlalchemy.org/en/20/core/connections.html#understanding-the-dbapi-level-autocommit-isolation-level
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors import engine_findings
from triage.evidence import Evidence
from triage.findings import Confidence, Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AutocommitIsolation:
    """``isolation_level`` AUTOCOMMIT for the engine as a whole."""

    id: ClassVar[str] = "autocommit-isolation"
    runbooks: ClassVar[tuple[str, ...]] = ("data-lost-after-commit",)
    needs: ClassVar[tuple[str, ...]] = ("engines",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in evidence.engines or ():
            if (engine.isolation_level or "").upper() != "AUTOCOMMIT":
                continue
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING,
                confidence=Confidence.MEDIUM,
                summary=f"Engine {engine.name} runs in AUTOCOMMIT: a rollback undoes nothing that was written through it.",
                remediation=(
                    "Keep AUTOCOMMIT to an engine that only reads: engine.execution_options(isolation_level=…) makes one "
                    "beside the engine that writes."
                ),
                runbook=self.runbooks[0],
                details={"isolation_level": engine.isolation_level},
            )
