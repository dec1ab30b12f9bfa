"""A session of which only the part of the log on the left can tell where it stands.

What it does is written down, to be done again behind the left part's session. That ends with the second transaction
that ends here: from then on the session's state, and what its last transaction ran, follow from this part alone.
"""

from typing import Any

from triage.querylogs.chain import Chain
from triage.querylogs.session import Session
from triage.querylogs.statement import Control, Statement
from triage.querylogs.totals import Totals
from triage.sql.lexer import Dialect

_BOUNDARIES = frozenset({Control.COMMIT, Control.ROLLBACK})


class Waiting:
    """What a session did before its state was known."""

    __slots__ = ("authorized", "boundary", "dialect", "ended", "key", "ops", "ran", "ready", "vanished")

    def __init__(self, key: bytes, dialect: Dialect) -> None:
        self.key = key
        self.dialect = dialect
        self.ops: list[tuple[str, tuple[Any, ...]]] = []
        self.boundary: int | None = None
        """How many of them there were when a transaction first ended."""
        self.ran = False
        self.ready = False
        self.ended = False
        self.authorized: bytes | None = None
        """When it logged in: whether that began it, the left tells."""
        self.vanished: bytes | None = None
        """When another session of the same key began; whether there was an older one, only the left can tell."""

    def execute(self, statement: Statement, *rest: Any) -> None:
        """Write down a statement."""
        self.ops.append(("execute", (statement, *rest)))
        if statement.control in _BOUNDARIES:
            if self.boundary is None:
                self.boundary, self.ran = len(self.ops), False
            elif self.ran:
                self.ready = True
        elif statement.control is Control.NONE:
            self.ran = True

    def finish(self, duration: float) -> None:
        """Write down a duration."""
        self.ops.append(("finish", (duration,)))

    def bind(self, parameters: bytes) -> None:
        """Write down parameters."""
        self.ops.append(("bind", (parameters,)))

    def fail(self, time: bytes) -> None:
        """Write down an error."""
        self.ran = False
        self.ops.append(("fail", (time,)))

    def drop(self, time: bytes) -> None:
        """Write down the loss of the client."""
        self.ops.append(("drop", (time,)))

    def disconnect(self, time: bytes) -> None:
        """Write down the end."""
        self.ended = True
        self.ops.append(("disconnect", (time,)))

    def replay(self, session: Session, start: int = 0) -> None:
        """Do what was written down."""
        for name, arguments in self.ops[start:]:
            getattr(session, name)(*arguments)

    def resolved(self, totals: Totals) -> Session:
        """The session as it stands after what was written down."""
        session = Session(self.key, self.dialect, Totals(), connected=False)
        self.replay(session, self.boundary or 0)
        session.totals = totals
        session.chain = Chain(rooted=False)
        return session
