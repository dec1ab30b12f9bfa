"""Sessions idle in a transaction that has failed.

A statement failed, the app swallowed the exception, and nobody rolled back: every later use of that
session raises PendingRollbackError or "current transaction is aborted". PostgreSQL names the state
``idle in transaction (aborted)``, parentheses included; MySQL and MariaDB have no such state.

Source: https://docs.sqlalchemy.org/en/20/faq/sessions.html#faq-session-rollback
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from triage.detectors.idle_causes import Cause
from triage.detectors.idle_in_transaction import Group, IdleInTransaction
from triage.evidence import Evidence, SessionSnapshot, SessionState
from triage.findings import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleInTransactionAborted(IdleInTransaction):
    """As :class:`IdleInTransaction`, with the same thresholds, for transactions that have failed."""

    id: ClassVar[str] = "idle-in-transaction-aborted"
    runbooks: ClassVar[tuple[str, ...]] = ("transaction-rolled-back",)
    state: ClassVar[SessionState] = SessionState.IDLE_IN_TRANSACTION_ABORTED

    def _cause(self, evidence: Evidence, sessions: Sequence[SessionSnapshot]) -> Cause | None:  # noqa: ARG002
        return None  # the failure is the cause

    def _remediation(self, group: Group, severity: Severity) -> str:  # noqa: ARG002
        if group.person:
            return f"Ask whoever sits at {group.person} to roll back."
        return (
            "End these sessions, then find the except block that swallows a database error: "
            "it has to roll the session back, or let the exception leave the session's with block."
        )
