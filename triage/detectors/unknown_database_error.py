"""Errors of the database or of SQLAlchemy that no other detector knows.

They are shown, because an error that is absent from the report would mean that there was none. What they mean has to be
looked up by the SQLSTATE, the number or SQLAlchemy's code.

Sources: https://docs.sqlalchemy.org/en/21/errors.html, https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import Occurrences, unclaimed
from triage.evidence import Evidence
from triage.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDatabaseError:
    """Errors that nobody claims."""

    id: ClassVar[str] = "unknown-database-error"
    runbooks: ClassVar[tuple[str, ...]] = ("unknown-database-error",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each kind and place."""
        for group in unclaimed(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means=_means(group),
                    remediation="Read the message and look its code up; the place in the app is where it was raised.",
                    severity=Severity.INFO,
                    next_steps=_manual(group),
                ),
            )


def _means(group: Occurrences) -> str:
    clue = group.main.clue
    if not clue.classes and not clue.sqlstate and clue.errno is None:  # a code of SQLAlchemy's, which need not be one
        return "What that is, triage does not know."
    name = clue.classes[-1] if clue.classes else "an error of the database"
    code = (
        f" (SQLSTATE {clue.sqlstate})" if clue.sqlstate else f" (error {clue.errno})" if clue.errno is not None else ""
    )
    return f"It is {name}{code}, which triage does not know more of."


def _manual(group: Occurrences) -> tuple[str, ...]:
    code = group.main.clue.code
    return (f"https://sqlalche.me/e/20/{code}",) if code and code.isalnum() and code.isascii() else ()
