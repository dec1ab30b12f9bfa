r"""Where a record of an application's log begins, when it was written and by whom, whatever the layout.

``2026-01-31 15:00:00,123 ERROR shop [MainThread]`` and every other layout of ``logging``, structlog's console, ``INFO:  ``
of uvicorn, ``[2026-01-31 15:00:00 +0000] [7] [ERROR]`` of gunicorn, ``[…: ERROR/ForkPoolWorker-3]`` of celery, syslog's
``Jan 31 15:00:00 host app[7]:``, ``time=… level=error`` of logfmt, a JSON object, an access log's ``[31/Jan/2026:15:00:00``.
A time without a zone is read as UTC, one without a year as of the last year that it can be.

https://docs.python.org/3/library/logging.html#logrecord-attributes
https://docs.gunicorn.org/en/stable/settings.html#logging
https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-log-format
"""

import re
from datetime import UTC, datetime, timedelta

from triage.querylogs.instant import moment

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_LEVEL = "(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|EXCEPTION)"
_ISO = re.compile(r"\d{4}[-/]\d\d[-/]\d\d[T _]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d)(?!\d))?")
_DAY_FIRST = re.compile(
    rf"(?P<day>\d\d)[/ -](?P<month>{_MONTH})[/ -](?P<year>\d{{4}})[: ](?P<clock>\d\d:\d\d:\d\d)(?: (?P<zone>[+-]\d{{4}}))?"
)
_C_TIME = re.compile(
    rf"(?P<month>{_MONTH}) +(?P<day>\d{{1,2}}) (?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)? (?P<year>\d{{4}})\b"
)
_SYSLOG = re.compile(rf"(?P<month>{_MONTH}) +(?P<day>\d{{1,2}}) (?P<clock>\d\d:\d\d:\d\d)")
_EPOCH = re.compile(r"(?<![\d.])(?P<seconds>1\d{9})(?P<fraction>\d{3}\b|\.\d+|\b)(?!\d)")
_HEAD = re.compile(
    rf"""
    (?:<\d{{1,3}}>\d?\s?)?(?:\x1b\[[0-9;]*m)*[\[(\#*<|"'\s-]{{0,3}}
    (?: \d{{4}}[-/]\d\d[-/]\d\d[T _]\d\d:\d\d
      | \d\d[/ -]{_MONTH}[/ -]\d{{4}}
      | (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ {_MONTH}
      | {_MONTH}\ +\d{{1,2}}\ \d\d:\d\d:\d\d
      | \d\d:\d\d:\d\d\b
      | [IWEFCD]\d{{4}}\ \d\d:\d\d
      | 1\d{{9}}(?:\.\d+|\d{{3}})?\b
      | {_LEVEL}\b\s?[\s:\]|/\[-]
      | {_LEVEL.lower()}\s?[:\]|]
      | (?:time|ts|timestamp|at|level|lvl|severity)=
      | \{{\s*"
      | \d{{1,3}}(?:\.\d{{1,3}}){{3}}\s
    )""",
    re.VERBOSE,
)
_CELERY = re.compile(r": [A-Z]+/(?P<worker>[\w-]{1,80})\]")
_PID = re.compile(r"""\[(?P<a>\d{1,8})\]|\b(?:pid|process|PID)["']?\s?[=:]\s?["']?(?P<b>\d{1,8})""")
_THREAD = re.compile(
    r"(?P<name>\b(?:Thread-\d+(?: \(\w+\))?|MainThread|ThreadPoolExecutor-\d+_\d+|asyncio_\d+|waitress-\d+|Dummy-\d+"
    r"|AnyIO worker thread|ForkPoolWorker-\d+|(?:Spawn|Fork)?Process-\d+|uWSGIWorker\d+Core\d+|Task-\d+)(?!\w))"
)
_REQUEST = re.compile(
    r"""\b(?:request|req|correlation|trace|task|job)_?-?id["']?\s?[=:]\s?["']?(?P<id>[\w.:-]{4,80})|Task [\w.]+\[(?P<task>[\w-]{8,64})\]""",
    re.IGNORECASE,
)
_LOOKED_AT = 400
"""Characters of a record's first line; what comes later is its message."""


def is_head(line: str) -> bool:
    """Whether a line begins a record."""
    return _HEAD.match(line) is not None


def time_of(text: str, now: datetime) -> datetime | None:
    """The first time in the beginning of a text."""
    text = text[:_LOOKED_AT]
    if found := _ISO.search(text):
        return moment(found[0].replace("/", "-").replace("_", " ").encode())
    if found := _DAY_FIRST.search(text) or _C_TIME.search(text):
        groups = found.groupdict()
        return _moment(groups["year"], groups["month"], groups["day"], groups["clock"], groups.get("zone"))
    if found := _SYSLOG.search(text):
        this = _moment(str(now.year), found["month"], found["day"], found["clock"])
        if this is not None and this > now + timedelta(days=1):
            return _moment(str(now.year - 1), found["month"], found["day"], found["clock"])
        return this
    if found := _EPOCH.search(text):
        fraction = found["fraction"]
        fraction = fraction if fraction.startswith(".") else f".{fraction or 0}"
        return epoch(float(found["seconds"] + fraction))
    return None


def epoch(value: float) -> datetime | None:
    """Seconds since 1970, or thousandths, millionths or milliardths of them: whatever gives a time of our days."""
    for _ in range(4):
        if value < 1e11:
            break
        value /= 1000
    try:
        return datetime.fromtimestamp(value, UTC) if value > 1e8 else None
    except (ValueError, OverflowError, OSError):
        return None


def worker_of(text: str) -> str | None:
    """Which process, thread or task wrote it; the request where only that is known."""
    text = text[:_LOOKED_AT]
    if found := _CELERY.search(text):
        return found["worker"]
    pid, thread = _PID.search(text), _THREAD.search(text)
    names = [f"pid {pid['a'] or pid['b']}" if pid else "", thread["name"] if thread else ""]
    if any(names):
        return " ".join(filter(None, names))
    request = _REQUEST.search(text)
    return f"request {request['id'] or request['task']}" if request else None


def _moment(year: str, month: str, day: str, clock: str, zone: str | None = None) -> datetime | None:
    return moment(f"{year}-{_MONTHS.index(month) + 1:02}-{int(day):02} {clock}{zone or ''}".encode())
