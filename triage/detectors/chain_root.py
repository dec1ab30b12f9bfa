"""Who is at the root of a chain: a session, a prepared transaction, or somebody the server does not name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from triage.detectors.chains import PREPARED_PID, Chain
from triage.detectors.end_session import cancel_query, end_sessions
from triage.detectors.scope import is_person, is_tool
from triage.detectors.session_details import rounded
from triage.detectors.wording import duration, owner, shortened
from triage.evidence import Evidence, PreparedTransactionSnapshot, SessionSnapshot, SessionState

_FREES_NOBODY = "ending a waiter frees nobody"
_ONE_STATEMENT = 0.9
"""The part of a transaction that its statement has taken, if it is its only one."""
_WHOLE_SECONDS = timedelta(seconds=2)
"""How far apart MySQL and MariaDB, which count both in whole seconds, may put the beginnings of one and the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The root that stands for a chain."""

    pid: int | None
    session: SessionSnapshot | None = None
    prepared: PreparedTransactionSnapshot | None = None
    """The prepared transaction, where the server tells which it is."""

    @property
    def is_prepared(self) -> bool:
        """Whether it is a prepared transaction."""
        return self.pid == PREPARED_PID

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What stays the same of it from run to run."""
        if self.session:
            s = self.session
            return (s.application_name, s.user, s.database, s.fingerprint)
        return (self.prepared.name,) if self.prepared else ()

    @property
    def name(self) -> str:
        """Who it is, in a few words."""
        if self.session:
            person = f"a person at {self.session.application_name}, " if is_person(self.session) else ""
            return f"{person}session {self.session.pid} of {owner(self.session)}"
        if self.prepared:
            return f"prepared transaction {self.prepared.name}"
        if self.pid is None:
            return "somebody the server does not name to us"
        return "a prepared transaction" if self.is_prepared else f"session {self.pid}"

    @property
    def doing(self) -> str:
        """What it does or did last, to follow its name."""
        if self.session is None:
            return ""
        since = f" for {duration(self.session.state_for)}" if self.session.state_for else ""
        which = "statement" if self.session.state is SessionState.ACTIVE else "last statement"
        statement = f", {which}: {shortened(self.session.statement)}" if self.session.statement else ""
        age = self.session.transaction_for
        transaction = f" in a transaction open for {duration(age)}" if age and _is_one_of_many(self.session) else ""
        return f", {self.session.state}{since}{transaction}{statement}"

    @property
    def details(self) -> dict[str, object]:
        """``details.root``, as the contract has it."""
        if self.session is None:
            state = "prepared" if self.is_prepared else "unknown"
            name = self.prepared.name if self.prepared else None
            return {"pid": self.pid, "state": state, "prepared_transaction": name}
        return {
            "pid": self.session.pid,
            "state": str(self.session.state),
            "application_name": self.session.application_name,
            "user": self.session.user,
            "database": self.session.database,
            "client": self.session.client,
            "state_seconds": rounded(self.session.state_for),
            "transaction_seconds": rounded(self.session.transaction_for),
            "last_statement": self.session.statement,
            "fingerprint": self.session.fingerprint,
        }

    @property
    def remediation(self) -> str:
        """What to do about it."""
        session = self.session
        if session is None:
            if not self.is_prepared:
                return f"Look again with a role that sees who holds the lock; {_FREES_NOBODY}."
            name = self.prepared.name if self.prepared else "it"
            return f"Ask the transaction's coordinator to finish {name}, or roll it back; {_FREES_NOBODY}."
        return _remediation(session)


def _remediation(session: SessionSnapshot) -> str:
    if is_tool(session):
        return f"The root is {owner(session)}, which does its own work: wait for it, or stop that job where it is run."
    if is_person(session):
        return f"Ask whoever sits at {session.application_name} to commit or roll back; {_FREES_NOBODY}."
    if _is_one_of_many(session):
        return (
            "The root keeps its locks until its transaction ends, not its statement: let it finish if it is a known job, "
            f"or cancel it; {_FREES_NOBODY}."
        )
    if session.state is SessionState.ACTIVE:
        return f"Let the root's statement finish, or cancel it; {_FREES_NOBODY}."
    if session.holds_advisory_lock:
        return (
            "The root holds an advisory lock, perhaps on purpose, as the leader of an election does: ending it "
            f"drops that lock; {_FREES_NOBODY}."
        )
    return f"End the root's session; {_FREES_NOBODY}."


def _is_one_of_many(session: SessionSnapshot) -> bool:
    """Whether it runs a statement in a transaction that had others before it."""
    if session.state is not SessionState.ACTIVE or session.query_for is None or session.transaction_for is None:
        return False
    before = session.transaction_for - session.query_for
    return before > _WHOLE_SECONDS and session.query_for < _ONE_STATEMENT * session.transaction_for


def root_of(chain: Chain, evidence: Evidence) -> Root:
    """The first of a chain's roots."""
    pid = chain.roots[0] if chain.roots else None
    if pid == PREPARED_PID:
        return Root(pid=pid, prepared=_prepared(evidence, chain))
    sessions = evidence.activity.sessions if evidence.activity else ()
    return Root(pid=pid, session=next((s for s in sessions if s.pid == pid), None))


def steps(chain: Chain, root: Root, evidence: Evidence) -> tuple[str, ...]:
    """SQL that frees the waiters; none where it is only a guess who is in the way."""
    backend = evidence.database.backend if evidence.database else None
    if root.is_prepared:
        return (root.prepared.finish,) if root.prepared and root.prepared.finish else ()
    if chain.inferred and len(chain.roots) > 1:
        return ()
    ours = [s for s in _sessions(chain.roots, evidence) if not is_tool(s) and not s.holds_advisory_lock]
    active = [s for s in ours if s.state is SessionState.ACTIVE or s.blocked_by]
    return (*end_sessions(backend, ours), *(step for s in active for step in cancel_query(backend, s)))


def _sessions(pids: Sequence[int], evidence: Evidence) -> list[SessionSnapshot]:
    return [s for s in (evidence.activity.sessions if evidence.activity else ()) if s.pid in pids]


def _prepared(evidence: Evidence, chain: Chain) -> PreparedTransactionSnapshot | None:
    waiting = {s.pid for s in chain.waiters}
    named = [p for p in evidence.prepared or () if waiting & set(p.blocks)]
    if named:
        return named[0]
    # MySQL and MariaDB do not say which one it is; where there is one there is no doubt.
    return evidence.prepared[0] if evidence.prepared and len(evidence.prepared) == 1 else None
