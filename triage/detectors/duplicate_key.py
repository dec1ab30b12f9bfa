"""Rows and objects with a key that is there already.

The server says so: 23505, 1062, or SQLite by its text; SQLAlchemy says it of two objects in one session. One add() of what
is there, a merge() without the key, and two requests that race for it look alike in one error; several workers at one time
speak for a race. Where a query's flush came upon it, the finding says so.

Source: https://docs.sqlalchemy.org/en/21/orm/session_basics.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import Occurrences, occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding

_IN_SESSION = ("conflicts with persistent instance", "another instance with key")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateKey:
    """Errors of unique constraints, and of two objects with one identity."""

    id: ClassVar[str] = "duplicate-key"
    runbooks: ClassVar[tuple[str, ...]] = ("duplicate-keys",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("23505",),
        errnos=(1062, 1586),
        texts=(
            r"duplicate key value violates unique constraint",
            r"UNIQUE constraint failed",
            r"PRIMARY KEY must be unique",
            r"Duplicate entry .* for key",
            r"with identity key .*conflicts with persistent instance",
            r"another instance with key .* is already present in this session",
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            is_autoflush = any(failure.is_autoflush for failure in group.failures)
            yield finding(
                self,
                group,
                Meaning(
                    means=_means(group, is_autoflush=is_autoflush),
                    remediation=(
                        "Where two requests may come at once, write with an upsert (ON CONFLICT, ON DUPLICATE KEY UPDATE) or catch "
                        "the error and read again in a new transaction; where one add is too many, look the object up first."
                    ),
                    next_steps=("triage runbook show autoflush-surprise",) if is_autoflush else (),
                ),
            )


def _means(group: Occurrences, *, is_autoflush: bool) -> str:
    if any(words in group.main.clue.message for words in _IN_SESSION):
        return "Two objects with one primary key came into one session."
    by_query = " A query's autoflush sent it." if is_autoflush else ""
    return f"A row with this key is there already.{by_query}"
