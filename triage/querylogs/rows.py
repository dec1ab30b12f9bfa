"""What a log says, one row for each thing that a session did or that happened to it.

A row is a plain tuple, because there are millions:

``(mark, key, time, text, duration, parameters)``

- ``mark``: None for a statement that ran; otherwise one of the marks below.
- ``key``: the session, as the log names it; empty where it names none.
- ``time``: as the log prints it. With a duration beside it, it is when the statement ended; without, when it began.
- ``text``: the SQL of a statement; for a mark, what its docstring says.
- ``duration``: what the statement took, as the log prints it, in the format's unit; None where the log does not say.
- ``parameters``: the values as they are printed beside the statement; None where they stand in it, or nowhere.

A statement counts once: of parse, bind and execute only execute is a row.
"""

from enum import Enum, auto

Row = tuple["Mark | None", bytes, bytes, bytes, bytes | None, bytes | None]


class Mark(Enum):
    """What a row is, where it is no statement."""

    DURATION = auto()
    """The session's last statement took ``duration``; the log has it on a line of its own."""
    FAILED = auto()
    """An error: the session's last statement, unless its duration came before, did nothing.

    ``text`` is the SQL that failed, where the log has it; a statement that was never logged may have failed as well,
    so only one of the same text is undone.
    """
    DEADLOCK = auto()
    """This session's statement was given up to end a deadlock. It counts as failed by this row alone.

    ``text`` holds the SQL of the statements that waited for each other, the victim's first, joined by NUL.
    """
    CONNECTED = auto()
    """A session began; one of this key that had not ended has ended."""
    DISCONNECTED = auto()
    """The session ended; what was open was rolled back."""
    DROPPED = auto()
    """The client was lost, or the server ended the session: what was open was rolled back."""
    STARTED = auto()
    """The server started: every session of before has ended."""
    NAMED = auto()
    """A statement that ran, as None is, under a prepared name that psycopg 3 gave it: ``_pg3_…``."""
    LOST = auto()
    """A statement that ran and whose text the log has not."""
