"""PostgreSQL's ``log_line_prefix`` as a pattern.

Everything after ``%q`` is missing in the lines of background processes. Names of users, databases and applications may
hold brackets, spaces and colons. So there are two patterns: a fast one, in which a name ends where the prefix goes on,
and a general one, in which it may go on behind that, up to 63 bytes as the server has it. In neither does a name hold
a colon and two blanks, which stand behind the level: where a line has them first, there its message begins.

https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
"""

import re
from dataclasses import dataclass
from itertools import takewhile

from triage.querylogs.formats.postgresql_languages import ATTACHED, PRIMARY

_ZONE = rb"(?: [A-Za-z]{1,6}| ?[+-]\d\d(?::?\d\d){0,2})?"
_SECOND = rb"\d{4}-[-0-9:T ]{14}"
_DATED = rb"\d{4}-[-0-9:.,T ]{14}"
_BEFORE_LEVEL = rb"(?:[^:\n]++|:(?!  ))*+"
_LEVELLED = (
    rb"%b(?:(?<=LOG)|(?<=ERROR)|(?<=FATAL)|(?<=WARNING)|(?<=DETAIL)|(?<=HINT)|(?<=STATEMENT)):  " % _BEFORE_LEVEL
)
_OTHERS = (
    rb"# (?:Time|User@Host|User|Thread_id|Query_time): |[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |"
    rb"\{\"(?:insertId|textPayload|timestamp|@timestamp|time|ts|level|log|severity)\":"
)
"""How lines of slow logs, of syslog and of logs in JSON begin."""
FOREIGN = rb"%b|%b|%b" % (_DATED, _OTHERS, _LEVELLED)
"""How a line begins that is a record, or somebody else's, but never goes on with a record."""
_MANY = 255
_NAME = 63

_ESCAPES = {
    "m": rb"%b[.,]\d{3}%b" % (_SECOND, _ZONE),
    "t": _SECOND + _ZONE,
    "n": rb"\d{9,11}\.\d{3}",
    "s": _SECOND + _ZONE,
    "p": rb"\d{1,10}",
    "P": rb"\d{0,10}",
    "c": rb"[0-9a-f]{1,16}\.[0-9a-f]{1,8}",
    "l": rb"\d{1,18}",
    "v": rb"(?:-?\d{1,10}/\d{1,10})?",
    "x": rb"\d{1,20}",
    "e": rb"[0-9A-Z]{5}",
    "Q": rb"-?\d{1,20}",
    "r": rb"(?:[^ (\n]{1,255}+\(\d{1,5}\)|\[local\])?+",
    "%": rb"%",
}
_STRICT = frozenset({"", *"mtnspclxe"})
"""What is told by itself from the beginning of any other line; literals are."""
_SAME = frozenset("mnpc")
"""What all lines of a record have the same; ``%t`` is read off the clock for each."""
_HOSTS = frozenset("hrL")
_ESCAPE = re.compile(r"%(-?\d{0,3})([a-zA-Z%])")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix in two patterns, each with two groups, the time and the session's key; and what follows from it."""

    fast: bytes
    general: bytes
    again: bytes
    """The fast one without groups, behind it: on a further line of the same record, whose time and key are the same."""
    guard: bytes
    """Matches at the beginning of every line that does not go on with a record."""

    @property
    def general_bare(self) -> bytes:
        """The general pattern without groups."""
        return _without_groups(self.general)


def prefix_of(prefix: str, *, numbered: bool = False) -> Prefix:
    """Return the patterns, with a third group for the number of the line in its session if that is asked for."""
    pieces = _pieces(prefix)
    escapes = [escape for escape, _ in pieces]
    wanted = {
        next((each for each in "mnt" if each in escapes), "m"): b"time",
        "c" if "c" in escapes else "p": b"key",
    }
    if numbered:
        wanted["l"] = b"number"
    fast, general = _build(pieces, wanted, is_fast=True), _build(pieces, wanted, is_fast=False)
    again = _build(pieces, wanted, is_fast=True, is_again=True)
    literals = "".join(text for escape, text in pieces if not escape)
    if ":  " not in literals:
        general = rb"(?=%b(?<=[A-Z1-5 ]):  )%b" % (_BEFORE_LEVEL, general)
    if escapes and escapes[0] in {"m", "t", "s"}:
        return Prefix(fast, general, again, FOREIGN)
    fast, general = rb"(?!\t)" + fast, rb"(?!\t)" + general
    begins = list(takewhile(lambda piece: piece[0] in _STRICT, pieces))
    if any(escape for escape, _ in begins):
        guard = _build(begins, {}, is_fast=False)
    else:
        guard = rb"%b(?:%b|%b):  " % (_without_groups(general), PRIMARY, ATTACHED)
    return Prefix(fast, general, again, rb"(?:%b|%b)" % (guard, FOREIGN))


def letters_of(prefix: str) -> set[str]:
    """Return the letters of the prefix's escapes."""
    return {letter for _, letter in _ESCAPE.findall(prefix)}


def _pieces(prefix: str) -> list[tuple[str, str]]:
    """Return the prefix as pairs of an escape's letter and its padding, or of nothing and a literal."""
    pieces: list[tuple[str, str]] = []
    position = 0
    for found in _ESCAPE.finditer(prefix):
        pieces += [("", prefix[position : found.start()])] * (found.start() > position)
        pieces.append((found[2], found[1]))
        position = found.end()
    return pieces + [("", prefix[position:])] * (len(prefix) > position)


def _build(pieces: list[tuple[str, str]], wanted: dict[str, bytes], *, is_fast: bool, is_again: bool = False) -> bytes:
    parts: list[bytes] = []
    open_groups = 0
    missing = dict(wanted)
    for at, (escape, text) in enumerate(pieces):
        if not escape:
            parts.append(re.escape(text.encode()))
        elif escape == "q":
            parts.append(rb"(?:" if not open_groups else b"")
            open_groups = 1
        else:
            after = next((rest for kind, rest in pieces[at + 1 :] if kind != "q" and not kind), "")
            is_followed = at + 1 < len(pieces) and (pieces[at + 1][0] in {"", "q"}) and bool(after)
            part = _part(escape, after[:1].encode() if is_fast and is_followed else b"")
            if is_again and escape in missing:
                # one comparison finds out that the next line is another record; what may be missing is no group yet
                part = rb"(?P=%b)" % missing.pop(escape) if escape in _SAME and not open_groups else part
            elif escape in missing:
                part = rb"(?P<%b>%b)" % (missing.pop(escape), part)
            width = rb" {0,%d}" % min(abs(int(text)), _MANY) if text.lstrip("-") else b""
            parts.append(width + part + width)
    parts.append(rb")?" * open_groups)
    return b"".join([*parts, *(rb"(?P<%b>)" % name for name in missing.values() if not is_again)])


def _part(escape: str, follows: bytes) -> bytes:
    """Return the pattern of an escape; a name ends where what follows begins, if that is known."""
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    most = _MANY if escape in _HOSTS else _NAME
    if not follows:
        return rb"(?:(?!:  )[^\n]){0,%d}?" % most
    if escape in _HOSTS:
        return rb"[^ \n%b]{0,%d}+" % (re.escape(follows), most)
    return rb"[^:\n%b]{0,%d}+" % (re.escape(follows), most)


def _without_groups(pattern: bytes) -> bytes:
    return re.sub(rb"\(\?P<\w+>", b"(?:", pattern)
