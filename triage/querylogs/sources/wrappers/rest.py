"""Whether what stands behind a time is a log of its own, or the time is the log's.

A platform puts its time before *every* physical line, so what is left are records that have their own time or level,
and lines that continue a record. A log that writes such times itself, as MySQL's error log, rsyslog's files and many
an application's do, leaves neither: its message begins at once, and what continues a record carries no time.
"""

import re
from collections.abc import Sequence

_OWN_TIME = re.compile(
    rb"""
    (?:[\[<\#"'(]\ ?|\w{1,40}=)?                            # [2026-01-31 15:00
    (?: \d{4}-\d\d-\d\d[ T_][ \d]\d:\d\d                     # PostgreSQL, MariaDB, logging, MySQL
      | \d{4}/\d\d/\d\d\ \d\d:\d\d
      | \d{6}\ {1,2}\d{1,2}:\d\d:\d\d                       # MariaDB's general log
      | \d{10}\.\d{3}\b )                                   # %n in log_line_prefix
    """,
    re.VERBOSE,
)
_RECORD = re.compile(
    rb"""
      \{\s*"                                                # a JSON log
    | <\d{1,3}>                                             # syslog
    | \#\ (?:Time|User@Host|Query_time|Thread_id|administrator\ command|Schema)\b
    | [^\t]{0,300}?\b(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DETAIL|HINT|STATEMENT|CONTEXT|QUERY):[ ]{2}
    """,
    re.VERBOSE,
)
_CONTINUATION = re.compile(rb"\t|$|(?:FROM|WHERE|AND|JOIN|LEFT|INNER|ORDER BY|GROUP BY|LIMIT|VALUES|RETURNING)\b")
_SYSLOG = re.compile(rb"\S{1,255} [\w./-]{1,64}\[\d{1,10}\]: ")
_ENOUGH = 0.05
"""The part of the lines that must show what only a wrapped log has: a few might by chance."""


def has_own_time(rests: Sequence[bytes]) -> bool:
    """Whether many of the lines begin with a time."""
    return sum(1 for rest in rests if _OWN_TIME.match(rest)) > _ENOUGH * len(rests)


def is_log(rests: Sequence[bytes]) -> bool:
    """Whether the lines are a log without the time that stood before each."""
    if sum(1 for rest in rests if _SYSLOG.match(rest)) > len(rests) / 2:
        return False
    shown = sum(1 for rest in rests if _OWN_TIME.match(rest) or _RECORD.match(rest) or _CONTINUATION.match(rest))
    indented = sum(1 for rest in rests if rest.startswith(b" "))
    if indented < len(rests) / 2:  # where most are, two blanks stand behind the log's own time
        shown += indented
    return shown > _ENOUGH * len(rests)
