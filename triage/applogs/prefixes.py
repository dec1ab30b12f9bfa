"""What a platform puts before every physical line of a traceback: syslog's head, a container's name, a time.

It is learned where a traceback begins: what stands before its head, if the next line has the same before its frame. Only
its times may differ from line to line, so lines of another process or container are not taken for the traceback's.
"""

import re

_TIME = re.compile(
    r"\d{4}[-/]\d\d[-/]\d\d[T _]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?|\b1\d{9}(?:\.\d+|\d{3})?\b"
)
_FRAME = re.compile(r' {2}(?: \| )?File "|│|  \+')
_LONGEST = 300


def learned(head: str, column: int, following: str) -> "re.Pattern[str] | None":
    """What takes the prefix off the lines of a traceback whose head stands in this column."""
    prefix = head[:column].removesuffix("  + Exception Group ").rstrip("╭─ ") if "─" in head else head[:column]
    if not prefix.strip() or len(prefix) > _LONGEST:
        return None
    pattern = re.compile(_generalised(prefix))
    found = pattern.match(following)
    return pattern if found and following[found.end() :].startswith((" ", "│")) else None


def _generalised(prefix: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _TIME.finditer(prefix):
        parts += [re.escape(prefix[at : found.start()]), f"(?:{_TIME.pattern})"]
        at = found.end()
    # The blank behind it is gone where a line is empty.
    rest = prefix[at:]
    blanks = len(rest) - len(rest.rstrip(" "))
    return "".join([*parts, re.escape(rest.rstrip(" ")), f"(?: {{{blanks}}}|$)"])
