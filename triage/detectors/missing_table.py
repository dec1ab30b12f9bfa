"""Statements on a table that the database does not have.

The server says so: 42P01, 1146, or SQLite by its text alone. It is often create_all() before the models were
imported, which is no error then, or migrations that did not run.

Sources: https://www.postgresql.org/docs/current/errcodes-appendix.html, https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTable:
    """Errors of tables that the database does not have."""

    id: ClassVar[str] = "missing-table"
    runbooks: ClassVar[tuple[str, ...]] = ("missing-tables",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("42P01", "42S02"),
        errnos=(1146,),
        classes=("NoSuchTableError",),
        unless=(
            r"\bFROM-clause entry for table\b",
        ),  # 42P01 as well: the statement does not name the table in its FROM
        texts=(r"\bno such table\b", r"relation \"[^\"]*\" does not exist", r"Table '[^']*' doesn't exist"),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                Meaning(
                    means="The database that the app is connected to has no such table, or not in the schemas it looks in.",
                    remediation="Check which database and schema the app connects to and whether migrations ran; import every module with models before create_all.",
                ),
            )
