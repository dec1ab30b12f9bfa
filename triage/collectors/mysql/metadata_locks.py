"""Who waits for whose metadata lock on MySQL and MariaDB.

MySQL names the locks in performance_schema, granted and pending; who blocks whom follows from their
modes. MariaDB names the granted ones, and only where the plugin metadata_lock_info is installed;
who waits is then read from the processlist. Without the plugin a waiter's blockers are the
transactions in its database that were open before it began to wait: they may hold more than the
one lock, so :class:`SessionSnapshot` says ``blockers_inferred``.

Sources: https://dev.mysql.com/doc/refman/9.7/en/metadata-locking.html (who queues behind whom),
https://dev.mysql.com/doc/refman/9.7/en/performance-schema-metadata-locks-table.html,
https://mariadb.com/kb/en/metadata-lock-info-plugin/.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from triage.evidence import ActivitySnapshot, LockSnapshot, SessionSnapshot, SessionState

_WRITES = frozenset({"SHARED_WRITE", "SHARED_WRITE_LOW_PRIO"})
_CONFLICTS: dict[str, frozenset[str]] = {
    "INTENTION_EXCLUSIVE": frozenset({"SHARED"}),
    "SHARED_READ_ONLY": _WRITES,
    "SHARED_UPGRADABLE": frozenset({"SHARED_UPGRADABLE"}),
    "SHARED_NO_WRITE": frozenset({"SHARED_UPGRADABLE", "SHARED_NO_WRITE"}) | _WRITES,
    "SHARED_NO_READ_WRITE": frozenset(
        {"SHARED_READ", "SHARED_READ_ONLY", "SHARED_UPGRADABLE", "SHARED_NO_WRITE", "SHARED_NO_READ_WRITE"}
    )
    | _WRITES,
}
"""The modes that a mode cannot stand beside; EXCLUSIVE can stand beside none. Each pair is given once."""
_JUMPS_THE_QUEUE = frozenset({"EXCLUSIVE", "SHARED_NO_READ_WRITE"})
_USER_LOCK = "USER LEVEL LOCK"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRow:
    """One metadata lock, held or waited for."""

    pid: int
    object: tuple[str, str | None, str | None]
    mode: str
    granted: bool

    @property
    def relation(self) -> str | None:
        """The object's name, with its schema."""
        return ".".join(part for part in self.object[1:] if part) or None


def conflicts(one: str, other: str) -> bool:
    """Whether two modes of lock on one object exclude each other."""
    if "EXCLUSIVE" in {one, other}:
        return True
    return other in _CONFLICTS.get(one, frozenset()) or one in _CONFLICTS.get(other, frozenset())


def metadata_blockers(activity: ActivitySnapshot, locks: Iterable[LockRow]) -> ActivitySnapshot:
    """Add to each session that waits for a metadata lock whom it waits for."""
    on_object: dict[tuple[str, str | None, str | None], list[LockRow]] = defaultdict(list)
    holders: set[int] = set()
    user_lock_holders: set[int] = set()
    pending: dict[int, LockRow] = {}
    for lock in locks:
        on_object[lock.object].append(lock)
        if not lock.granted:
            pending[lock.pid] = lock
        elif lock.object[0] == _USER_LOCK:
            user_lock_holders.add(lock.pid)
        else:
            holders.add(lock.pid)

    def completed(session: SessionSnapshot) -> SessionSnapshot:
        session = replace(
            session,
            holds_locks=session.holds_locks or session.pid in holders,
            holds_advisory_lock=session.pid in user_lock_holders,
        )
        wanted = pending.get(session.pid)
        if wanted is None:
            return session
        blockers = {
            lock.pid
            for lock in on_object[wanted.object]
            if lock.pid != session.pid
            and conflicts(lock.mode, wanted.mode)
            and (lock.granted or _goes_first(lock, wanted))
        }
        return replace(
            session,
            blocked_by=tuple(sorted(blockers | set(session.blocked_by))),
            waits_on=LockSnapshot(
                type="advisory" if wanted.object[0] == _USER_LOCK else "metadata",
                mode=wanted.mode,
                relation=wanted.relation,
            ),
            waiting_for=session.waiting_for or session.query_for,
        )

    return replace(activity, sessions=tuple(map(completed, activity.sessions)))


def _goes_first(other: LockRow, wanted: LockRow) -> bool:
    """Whether a lock that is itself waited for is served before ours: a table's exclusive lock is."""
    return other.mode in _JUMPS_THE_QUEUE and wanted.mode not in _JUMPS_THE_QUEUE


def wanted_by_waiters(activity: ActivitySnapshot, granted: list[LockRow]) -> list[LockRow]:
    """The locks that waiters want, where the server lists granted ones only (MariaDB).

    A statement that changes a table first takes an upgradable lock on it and then waits to make it
    exclusive, so it wants what it holds; a statement that holds none of the table is queued behind.
    """
    waiting = {s.pid for s in activity.sessions if s.waits_on and s.waits_on.type == "metadata"}
    return [
        replace(lock, mode="EXCLUSIVE", granted=False)
        for lock in granted
        if lock.pid in waiting and lock.mode in {"SHARED_UPGRADABLE", "SHARED_NO_WRITE", "SHARED_NO_READ_WRITE"}
    ]


def inferred_blockers(activity: ActivitySnapshot) -> ActivitySnapshot:
    """Name the likely blockers where the server does not name the locks.

    The one who has waited longest waits for transactions that were open before it began; those that
    came later queue behind the first.
    """
    waiting = [s for s in activity.sessions if s.waits_on and s.waits_on.type == "metadata" and not s.blocked_by]
    if not waiting:
        return activity
    first = max(waiting, key=lambda s: s.waiting_for or timedelta())
    since = first.waiting_for or timedelta()
    holders = tuple(
        sorted(
            s.pid
            for s in activity.sessions
            if s not in waiting
            and s.database == first.database
            and s.transaction_for is not None
            and s.transaction_for >= since
            and s.state in {SessionState.IDLE_IN_TRANSACTION, SessionState.ACTIVE}
        )
    )

    def completed(session: SessionSnapshot) -> SessionSnapshot:
        if session not in waiting:
            return session
        blockers = holders if session is first else (first.pid,)
        return replace(session, blocked_by=blockers, blockers_inferred=bool(blockers))

    return replace(activity, sessions=tuple(map(completed, activity.sessions)))
