"""What a log has shown so far, while it goes on: only what no later record can take back.

Transactions that have ended count. One that is open counts as left open when it has been idle for long; before that,
neither it nor what repeats in it is known to the end. Transactions in a row, and statements outside of a transaction,
count when there was a pause behind them: nothing goes on with them then.

What is mistaken for idle: a statement that runs for long. A log that has durations tells the two apart.
"""

import pickle
from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from triage.querylogs.history import History
from triage.querylogs.instant import LONGEST_PAUSE, is_pause, seconds
from triage.querylogs.part import Part
from triage.querylogs.session import Session
from triage.querylogs.statement import Control
from triage.querylogs.transaction import Operation
from triage.sql.lexer import Dialect

_STARTS = frozenset({Control.WORK, Control.PLUMBING, Control.BEGIN, Control.RECOVER})
"""What runs, and whose duration is told when it has run."""


def so_far(part: Part, now: float | None, idle: float) -> Part:
    """A part that has ended with what is certain; the part itself goes on.

    ``now`` is the time by the log's clock, ``idle`` the seconds after which an open transaction is left open.
    """
    seen = Part(part.dialect, part.unit, is_root=True)
    seen.totals = pickle.loads(pickle.dumps(part.totals, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - our own, made here
    seen.tally = replace(part.tally, notes=dict(part.tally.notes))
    if now is not None:
        seen.tally.last = b"%.6f" % now
        for session in part.sessions.values():
            if ended := _ended(session, part, now, idle):
                seen.sessions[session.key] = ended
    seen.close()
    return seen


def left_open(part: Part, now: float | None, idle: float) -> int:
    """How many open transactions have been idle for so long."""
    if now is None:
        return 0
    return sum(_is_open(each, part) and _is_idle(each, part, now, idle) for each in part.sessions.values())


def _ended(session: Session, part: Part, now: float, idle: float) -> Session | None:
    """The session as if the log ended here, with what is certain of it; None if nothing is."""
    operations, folded, history = session.operations, session.folded, copy(session.history)
    if _is_open(session, part):
        if not _is_idle(session, part, now, idle):
            operations, folded = [], None
    else:
        operations = operations[: _paused(operations, now)]
    if not _is_over(session, now):
        history = History(is_rooted=True)
        history.committed = session.history.committed
    elif not operations and folded is None and history.is_over:
        return None
    if folded is not None:
        folded = pickle.loads(pickle.dumps(folded, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - our own, made here
    ended = copy(session)
    ended.operations, ended.folded, ended.history = operations, folded, history
    return ended


def _is_open(session: Session, part: Part) -> bool:
    """Say whether it is in a transaction, or may be."""
    if session.folded is not None:
        return True
    if part.dialect is Dialect.MYSQL and session.autocommit is not True:
        return bool(session.operations)
    return any(each[0].control is Control.BEGIN for each in session.operations)


def _is_idle(session: Session, part: Part, now: float, idle: float) -> bool:
    if not session.operations:
        return False
    last = session.operations[-1]
    at = seconds(last[1])
    is_timed = part.totals.timed * 2 > part.totals.executions
    may_run = is_timed and last[3] is None and last[0].control in _STARTS
    return at is not None and now - at >= idle and not may_run


def _is_over(session: Session, now: float) -> bool:
    """Say whether no transaction can go on with the last ones: what comes next begins after a pause."""
    ended = session.history.ended
    if session.operations:
        return is_pause(ended, session.operations[0][1])
    at = seconds(ended)
    return at is not None and now - at > LONGEST_PAUSE


def _paused(operations: Sequence[Operation], now: float) -> int:
    """How many operations stand before the last pause."""
    if not operations:
        return 0
    at = seconds(operations[-1][1])
    if at is not None and now - at > LONGEST_PAUSE:
        return len(operations)
    return next(
        (at for at in range(len(operations) - 1, 0, -1) if is_pause(operations[at - 1][1], operations[at][1])), 0
    )
