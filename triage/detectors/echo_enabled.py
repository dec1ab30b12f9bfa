"""An engine that logs every statement it sends.

``echo=True`` writes each statement with its parameters, customers' data included, to the app's
standard output, and ``echo="debug"`` each row of the answer as well. In production both slow the app
and fill the log. Statement logging that is switched on for a while by the logging module is not seen
here and not meant.

Source: https://docs.sqlalchemy.org/en/20/core/engines.html#configuring-logging
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors import engine_findings
from triage.evidence import Evidence
from triage.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoEnabled:
    """``echo`` that is on."""

    id: ClassVar[str] = "echo-enabled"
    runbooks: ClassVar[tuple[str, ...]] = ("echo-in-production",)
    needs: ClassVar[tuple[str, ...]] = ("engines",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each such engine."""
        for engine in evidence.engines or ():
            if not engine.echo:
                continue
            rows = engine.echo == "debug"
            option = 'echo="debug"' if rows else "echo=True"
            yield engine_findings.finding(
                self.id,
                engine,
                severity=Severity.WARNING,
                summary=(
                    f"Engine {engine.name} has {option}: every statement with its parameters"
                    f"{', and every row,' if rows else ''} goes to the app's log."
                ),
                remediation="Remove echo and switch on the logger sqlalchemy.engine for the minutes it is needed.",
                runbook=self.runbooks[0],
                details={"echo": engine.echo},
            )
