"""PostgreSQL's ``log_line_prefix`` as a pattern, and the prefix of a log that nobody told us.

Everything after ``%q`` is missing in the lines of background processes. Names of users, databases and applications may
hold brackets, spaces and colons, so they are matched as short as the rest of the prefix allows, and bounded.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
"""

import re
from collections import Counter

KNOWN = (
    "%m [%p] ",
    "%m [%p] %q%u@%d ",
    "%t:%r:%u@%d:[%p]:",
    "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %u@%d ",
    "%m [%p] user=%u,db=%d,app=%a,client=%h ",
    "%m [%p] %q[user=%u,db=%d,app=%a] ",
    "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%m %c ",
    "%t-%c-",
    "%m-%c-",
    "%m [%c] ",
    "%m [%p] %c ",
    "%m [%p-%l] %q%u@%d ",
    "%m [%p-%l] ",
    "%t [%p-%l] %q%u@%d ",
    "%t [%p]: [%l-1] %q%u@%d ",
    "%t [%p] ",
    "%n [%p] ",
    "%m:%p:",
    "[%p] ",
    "%t %u@%d [%p] ",
    "%t ",
    "%m ",
    "",
)
"""Prefixes in use, tried before one is learned from the log."""

_ZONE = rb"(?: (?:[A-Za-z]{1,6}|[+-]\d\d(?::?\d\d)?))?"
_TIME = rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_NAME = rb"[^\n]{0,63}?"
_ESCAPES = {
    "m": rb"(?P<time>%b[.,]\d{3}%b)" % (_TIME, _ZONE),
    "t": rb"(?P<time>%b%b)" % (_TIME, _ZONE),
    "n": rb"(?P<time>\d{9,11}\.\d{3})",
    "s": rb"%b%b" % (_TIME, _ZONE),
    "p": rb"(?P<pid>\d{1,10})",
    "P": rb"\d{0,10}",
    "c": rb"(?P<session>[0-9a-f]{1,16}\.[0-9a-f]{1,8})",
    "l": rb"(?P<line>\d{1,18})",
    "v": rb"(?:-?\d{1,10}/\d{1,10})?",
    "x": rb"\d{1,10}",
    "e": rb"[0-9A-Z]{5}",
    "Q": rb"-?\d{1,20}",
    "b": rb"[a-z ]{0,40}?",
    "i": rb"[A-Za-z ]{0,40}?",
    "u": rb"(?P<user>%b)" % _NAME,
    "d": rb"(?P<database>%b)" % _NAME,
    "a": rb"(?P<application>%b)" % _NAME,
    "h": rb"[^ \n]{0,255}?",
    "r": rb"[^ \n]{0,255}?",
    "L": rb"[^ \n]{0,255}?",
    "%": rb"%",
}
_ESCAPE = re.compile(r"%(-?\d*)([a-zA-Z%])")


def pattern_of(prefix: str) -> bytes:
    """The prefix as a pattern with the groups time, pid, session, line, user, database and application."""
    parts: list[bytes] = []
    seen: set[bytes] = set()
    position, is_optional = 0, False
    for found in _ESCAPE.finditer(prefix):
        parts.append(re.escape(prefix[position : found.start()].encode()))
        position = found.end()
        if found[2] == "q":
            parts.append(b"" if is_optional else b"(?:")
            is_optional = True
            continue
        part = _ESCAPES.get(found[2], _NAME)
        group = re.match(rb"\(\?P<\w+>", part)
        if group and group[0] in seen:
            part = b"(?:" + part[group.end() :]
        elif group:
            seen.add(group[0])
        parts.append(rb"[ ]{0,63}%b[ ]{0,63}" % part if found[1] else part)
    parts.append(re.escape(prefix[position:].encode()))
    return b"".join(parts) + (b")?" if is_optional else b"")


_HEAD = re.compile(rb"^([^\n]{0,300}?)(?:LOG|ERROR|FATAL|WARNING|STATEMENT|DETAIL):  ", re.MULTILINE)
_LEARNED = (
    (re.compile(rb"%b[.,]\d{3}%b" % (_TIME, _ZONE)), b"%m"),
    (re.compile(rb"%b%b" % (_TIME, _ZONE)), b"%t"),
    (re.compile(rb"(?<![\w.%])\d{9,11}\.\d{3}(?![\w.])"), b"%n"),
    (re.compile(rb"(?<![\w.%])[0-9a-f]{8}\.[0-9a-f]{2,8}(?![\w.])"), b"%c"),
    (re.compile(rb"(?<=\[)\d+-\d+(?=\])"), b"%p-%l"),
    (re.compile(rb"(?<=\[)\d+(?=\])"), b"%p"),
    (re.compile(rb"(?<=pid=)\d+|(?<=pid: )\d+|(?<=process )\d+"), b"%p"),
    (re.compile(rb"(?<=user=)[^ ,\n]*"), b"%u"),
    (re.compile(rb"(?<=db=)[^ ,\n]*|(?<=database=)[^ ,\n]*"), b"%d"),
    (re.compile(rb"(?<=app=)[^,\n\]]*"), b"%a"),
    (re.compile(rb"(?<=client=)[^ ,\n]*|(?<=host=)[^ ,\n]*"), b"%h"),
    (re.compile(rb"(?<![\w%])\d+/\d+(?!\w)"), b"%v"),
    (re.compile(rb"(?<![\w%])[\w.-]+@[\w.-]+"), b"%u@%d"),
    (re.compile(rb"(?<![\w%.:])\d+(?![\w.:])"), b"%Q"),
)


def learned(sample: bytes) -> list[str]:
    """Prefixes that the sample's lines suggest, the most frequent first."""
    heads: Counter[bytes] = Counter()
    for found in _HEAD.finditer(sample):
        head = found[1]
        for pattern, escape in _LEARNED:
            head = pattern.sub(escape, head, count=1)
        heads[head] += 1
    return [head.decode(errors="replace") for head, _ in heads.most_common(3)]
