"""Transactions that failed because others changed what they had read.

The server says so: 40001, or 1020 on MariaDB. Nobody waited in a circle, as in a deadlock; the transaction can be run
again. A replica of PostgreSQL says 40001 as well where what it has to apply is in conflict with a query.

Sources: https://www.postgresql.org/docs/current/transaction-iso.html,
https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-CONFLICT, https://mariadb.com/docs/server/reference/system-variables
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.failures.findings import Meaning, finding
from triage.detectors.failures.occurrences import occurrences
from triage.detectors.failures.signature import Signature
from triage.evidence import Evidence
from triage.findings import Finding

_RECOVERY = "due to conflict with recovery"
_MEANING = Meaning(
    means="Another transaction changed what this one had read, and the server rolled it back.",
    remediation="Run the whole transaction again in a new one, a few times, with a pause that grows; keep it short, and lock what is to be changed with with_for_update.",
)
_ON_REPLICA = Meaning(
    means="A replica ended the query, because what it had to apply from the primary was in conflict with it.",
    remediation="Run it again, keep queries on the replica short, or send the long ones to the primary; max_standby_streaming_delay makes the replica wait for them, and hot_standby_feedback the primary's vacuum.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SerializationFailure:
    """Transactions that could not be put in order."""

    id: ClassVar[str] = "serialization-failure"
    runbooks: ClassVar[tuple[str, ...]] = ("deadlock",)
    needs: ClassVar[tuple[str, ...]] = ("app_logs",)
    signature: ClassVar[Signature] = Signature(
        sqlstates=("40001",),
        errnos=(1020,),
        texts=(
            r"could not serialize access due to",
            r"Record has changed since last read",
            _RECOVERY,
        ),
    )

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """One finding for each place in the app."""
        for group in occurrences(self.id, evidence):
            yield finding(
                self,
                group,
                _ON_REPLICA if _RECOVERY in group.main.clue.message else _MEANING,
            )
