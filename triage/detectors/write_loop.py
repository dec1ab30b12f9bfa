"""Rows written one at a time: a flush or a commit for each.

It must not be mistaken for ``add_all`` and one flush, nor for an executemany: drivers send those as one statement with
many rows, or faster than an application could; where the log cannot tell them apart the finding is a hint, no more.

Source: https://docs.sqlalchemy.org/en/21/orm/queryguide/dml.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.repetitions.findings import repeated
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLoop:
    """A write of one row that ran many times in one transaction, or in a chain of them."""

    at_least: int = 5
    """Repetitions in one episode."""

    id: ClassVar[str] = "write-loop"
    runbooks: ClassVar[tuple[str, ...]] = ("write-loop",)
    needs: ClassVar[tuple[str, ...]] = ("query_logs",)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each statement."""
        yield from repeated(evidence, self.id, with_parent=self.at_least, without_parent=self.at_least)
