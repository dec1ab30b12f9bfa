"""What one part of a log comes to, and how the parts add up.

Each part is read without the others. Sessions that were there before the part begins are waiting, see
:mod:`triage.querylogs.waiting`; the ledger of the part on the left takes them in. So the same findings come out
whatever the cuts, which a test holds for every cut of a small log.
"""

from triage.querylogs.chain import Chain
from triage.querylogs.session import Session
from triage.querylogs.totals import Totals
from triage.querylogs.waiting import Waiting
from triage.sql.lexer import Dialect


class Ledger:
    """Sessions and totals of one part; the first part of a log is rooted: nothing is on its left."""

    def __init__(self, dialect: Dialect, *, rooted: bool) -> None:
        self.dialect = dialect
        self.rooted = rooted
        self.totals = Totals()
        self.sessions: dict[bytes, Session | Waiting] = {}
        self.heads: dict[bytes, Waiting] = {}
        self.tails: dict[bytes, Chain] = {}
        """The runs of sessions that had a head and ended here."""
        self.records = 0
        self.bytes = 0
        self.unparsed_bytes = 0
        self.first: bytes | None = None
        self.last: bytes | None = None
        self.timed = 0
        """Statements that have their duration on their own line."""
        self.shortest: float | None = None
        """The shortest of those, in milliseconds."""
        self.line_gaps = 0
        """Sessions whose line numbers have gaps: some of their records were never written."""

    def session(self, key: bytes) -> Session | Waiting:
        """The session of this key, which may be new."""
        found = self.sessions.get(key)
        if found is None:
            return self._begin(key)
        if type(found) is Waiting and found.ready:
            found = self.sessions[key] = found.resolved(self.totals)
        return found

    def _begin(self, key: bytes) -> Session | Waiting:
        if self.rooted or key in self.heads:
            self.totals.sessions += 1
            session = Session(key, self.dialect, self.totals, connected=False)
            self.sessions[key] = session
            return session
        waiting = Waiting(key, self.dialect)
        self.sessions[key] = self.heads[key] = waiting
        return waiting

    def connect(self, key: bytes, time: bytes) -> None:
        """A session of this key begins; an older one of the same key has ended unseen."""
        if key in self.sessions:
            self.disconnect(key, time)
        elif not self.rooted and key not in self.heads:
            self.heads[key] = Waiting(key, self.dialect)
            self.heads[key].vanished = time
        self.totals.sessions += 1
        self.sessions[key] = Session(key, self.dialect, self.totals, connected=True)

    def authorize(self, key: bytes, time: bytes) -> None:
        """A session of this key has logged in: the same as ``connect`` where that went unlogged."""
        session = self.sessions.get(key)
        if session is None and not self.rooted and key not in self.heads:
            self._begin(key)
            self.heads[key].authorized = time
        elif session is None or isinstance(session, Waiting) or session.last_time:
            self.connect(key, time)

    def disconnect(self, key: bytes, time: bytes) -> None:
        """The session of this key ends."""
        session = self.session(key)
        session.disconnect(time)
        if isinstance(session, Session) and not self.rooted and key in self.heads:
            head = self.heads[key]
            if not head.ended and head.vanished is None:
                self.tails.setdefault(key, session.chain)
        del self.sessions[key]

    def then(self, right: "Ledger") -> None:
        """Take in the next part of the log."""
        for key, waiting in right.heads.items():
            self._take_in(key, waiting, right)
        for key, session in right.sessions.items():
            if isinstance(session, Session):
                if key in right.heads and key not in right.tails and self._continues(right.heads[key]):
                    left = self.sessions[key]
                    assert isinstance(left, Session)
                    left.chain.then(session.chain, self.totals)
                    session.chain = left.chain
                session.totals = self.totals
                self.sessions[key] = session
        self.totals.add(right.totals)
        self.records += right.records
        self.bytes += right.bytes
        self.unparsed_bytes += right.unparsed_bytes
        self.timed += right.timed
        if right.shortest is not None and (self.shortest is None or right.shortest < self.shortest):
            self.shortest = right.shortest
        self.line_gaps += right.line_gaps
        self.first = self.first or right.first
        self.last = right.last or self.last

    def _take_in(self, key: bytes, waiting: Waiting, right: "Ledger") -> None:
        if waiting.vanished is not None:
            if key in self.sessions:
                self.disconnect(key, waiting.vanished)
            return
        if waiting.authorized is not None:
            self.authorize(key, waiting.authorized)
        session = self.session(key)
        assert isinstance(session, Session)
        waiting.replay(session)
        if key in right.tails:
            session.chain.then(right.tails[key], self.totals)
            session.chain.close(self.totals)
        if waiting.ended or key in right.tails:
            del self.sessions[key]

    @staticmethod
    def _continues(waiting: Waiting) -> bool:
        return not waiting.ended and waiting.vanished is None

    def took(self, milliseconds: float) -> None:
        """Note the duration of a statement that has it on its own line."""
        self.timed += 1
        if self.shortest is None or milliseconds < self.shortest:
            self.shortest = milliseconds

    def close(self) -> None:
        """Nothing comes after: what is open is open at the end."""
        for session in self.sessions.values():
            if isinstance(session, Session):
                session.end_of_log()
        self.sessions.clear()
