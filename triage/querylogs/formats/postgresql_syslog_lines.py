"""The lines of a syslog and the messages that PostgreSQL cut into them.

PostgreSQL sends each line of a message, and each 900 bytes of a long one, as a message of its own, numbered ``[N-c]``:
the c-th piece of the session's N-th message. Lines of other sessions may come in between, but not many: the pieces
are sent without a pause. Behind a newline a piece begins with a tab, which most daemons write as ``#011``.
Without the numbers (``syslog_sequence_numbers = off``) a piece is a line that begins no record.

The line itself is written as RFC 3164 has it (``Jan 31 15:00:00 host postgres[123]: ``), with an ISO time in its
place, or as RFC 5424 has it; ``<134>`` may stand in front, and the host may be missing. Heroku's router of logs makes
``app[postgres.123]: [COLOUR] `` of the process, with the database's name.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-SYSLOG-SPLIT-MESSAGES
https://www.rfc-editor.org/rfc/rfc5424 https://devcenter.heroku.com/articles/postgres-logs-errors
"""

import re
from typing import NamedTuple

NEAR = 64
"""How many lines may stand between two pieces of a message."""

_ISO = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.,:Z+-]{0,20}"
_LINE = re.compile(
    rb"(?:<\d{1,3}>)?(?:"
    rb"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})?(?: \d{4})?|%b) (?:([^\s\[\]:]{1,255}) )?"
    rb"([^\s\[\]:]{1,64})\[(?:postgres\.)?(\d{1,10})\]: (?:\[[A-Z_]{1,40}\] (?=\[\d))?"
    rb"|1 (%b|-) ([^\s]{1,255}) ([^\s]{1,48}) (\d{1,10}) [^\s]{1,32} (?:-|(?:\[[^\]\n]{0,500}\])+) (?:\xef\xbb\xbf)?)"
    rb"(?:\[(\d{1,18})-(\d{1,9})\] )?" % (_ISO, _ISO)
)


class Piece(NamedTuple):
    """A line of a syslog."""

    sender: tuple[bytes, bytes, bytes]
    """Host, program and process."""
    time: bytes
    message: int | None
    """Which message of the process it belongs to, and which piece of it it is; None without numbers."""
    number: int | None
    text: bytes


def piece_of(line: bytes) -> Piece | None:
    """Return what a line has; None for a line of another kind."""
    found = _LINE.match(line)
    if not found:
        return None
    time, host, program, pid, time_5424, host_5424, program_5424, pid_5424, message, number = found.groups()
    text = line[found.end() :].rstrip(b"\r\n")
    if b"#01" in text:
        text = text.replace(b"#011", b"\t").replace(b"#012", b"\n")
    return Piece(
        sender=(host or host_5424 or b"", program or program_5424, pid or pid_5424),
        time=time or time_5424,
        message=int(message) if message else None,
        number=int(number) if number else None,
        text=text,
    )
