"""Logs as servers and applications write them, and what platforms put around them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

INSTANT = b"2026-01-31T15:00:00.123456789Z"

STDERR = b"".join(
    b"2026-01-31 15:00:%02d.123 UTC [123] app@shop LOG:  statement: SELECT a.id, a.name \n"
    b"\tFROM authors a \n\tWHERE a.id = %d\n"
    b"2026-01-31 15:00:%02d.124 UTC [123] app@shop LOG:  duration: 0.123 ms\n" % (second, second, second)
    for second in range(60)
)


def stderr(first: int, last: int, pid: int = 123) -> bytes:
    """Seconds of a log, a statement of three lines in each."""
    return b"".join(
        b"2026-01-31 %02d:%02d:%02d.123 UTC [%d] LOG:  statement: SELECT a, b\n\tFROM authors\n\tWHERE id = %d\n"
        % (second // 3600, second // 60 % 60, second % 60, pid, second)
        for second in range(first, last)
    )


BARE = b"".join(b"LOG:  statement: SELECT %d\n" % number for number in range(60))
"""With an empty log_line_prefix."""
CSV = b"".join(
    b'2026-01-31 15:00:%02d.123 UTC,"app","shop",123,"127.0.0.1:5",697e,1,"SELECT",,0,LOG,00000,"statement: SELECT 1"\n'
    % second
    for second in range(60)
)
JSONLOG = b"".join(
    b'{"timestamp":"2026-01-31 15:00:%02d.123 UTC","pid":123,"error_severity":"LOG","message":"statement: SELECT 1"}\n'
    % second
    for second in range(60)
)
SYSLOG_ISO = b"".join(
    b"2026-01-31T15:00:%02d.123456+00:00 db1 postgres[123]: [%d-1] 2026-01-31 15:00:00 UTC [123] LOG:  statement: SELECT a\n"
    b"2026-01-31T15:00:%02d.123456+00:00 db1 postgres[123]: [%d-2] #011FROM authors\n"
    % (second, second, second, second)
    for second in range(60)
)
SYSLOG = b"".join(
    b"Jan 31 15:00:%02d db1 postgres[123]: [%d-1] 2026-01-31 15:00:00 UTC [123] LOG:  statement: SELECT 1\n"
    % (second, second)
    for second in range(60)
)
RFC_5424 = b"".join(
    b"<165>1 2026-01-31T15:00:%02d.003Z db1 postgres 123 - - [%d-1] LOG:  statement: SELECT 1\n" % (second, second)
    for second in range(60)
)
GENERAL = b"".join(
    b"2026-01-31T15:00:%02d.123456Z\t    8 Query\tSELECT %d\n" % (second, second) for second in range(60)
)
GENERAL_MARIADB = b"".join(
    b"260131 15:00:%02d\t     8 Query\tSELECT 1\n\t\t     8 Query\tSELECT 2\n" % second for second in range(60)
)
SLOW = b"".join(
    b"# Time: 2026-01-31T15:00:%02d.123456Z\n# User@Host: app[app] @ localhost []  Id:     8\n"
    b"# Query_time: 0.001  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\nSET timestamp=1769871600;\nSELECT %d;\n"
    % (second, second)
    for second in range(60)
)
ERROR_MYSQL = b"".join(
    b"2026-01-31T15:00:%02d.123456Z 8 [Warning] [MY-010055] [Server] IP address could not be resolved\n" % second
    for second in range(60)
)
ECHO = b"".join(
    b"2026-01-31 15:00:%02d,123 INFO sqlalchemy.engine.Engine BEGIN (implicit)\n"
    b"2026-01-31 15:00:%02d,123 INFO sqlalchemy.engine.Engine SELECT authors.id, authors.name \nFROM authors \nWHERE authors.id = %%(id)s\n"
    b"2026-01-31 15:00:%02d,124 INFO sqlalchemy.engine.Engine [generated in 0.00012s] {'id': 1}\n"
    % (second, second, second)
    for second in range(60)
)
ECHO_BASIC = b"".join(
    b"INFO:sqlalchemy.engine.Engine:BEGIN (implicit)\nINFO:sqlalchemy.engine.Engine:SELECT authors.id \nFROM authors\n"
    b"INFO:sqlalchemy.engine.Engine:[generated in 0.00012s] {}\n"
    for _ in range(60)
)
ECHO_ISO = b"".join(
    b"2026-01-31T15:00:%02d.123Z INFO sqlalchemy.engine.Engine INSERT INTO authors (name) VALUES (%%s)\n"
    b"2026-01-31T15:00:%02d.124Z INFO sqlalchemy.engine.Engine [generated in 0.00012s] ('x',)\n"
    b"2026-01-31T15:00:%02d.125Z INFO sqlalchemy.engine.Engine COMMIT\n" % (second, second, second)
    for second in range(60)
)
"""An application that writes such times itself."""
ECHO_ISO_INDENTED = ECHO_ISO.replace(b"Z INFO", b"Z  INFO")
ECHO_ISO_LINES = ECHO_ISO.replace(
    b"INSERT INTO authors (name) VALUES (%s)", b"SELECT authors.id \nFROM authors \nWHERE x"
)
ECHO_PIPES = ECHO_ISO.replace(b"2026-01-31T15:00:", b"15:").replace(
    b" INFO sqlalchemy.engine.Engine ", b" | INFO | sql | "
)
ECHO_LEVELS = b"".join(b"INFO     | BEGIN (implicit)\nWARNING  | COMMIT\n" for _ in range(60))
ECHO_LOGGERS = b"sqlalchemy.engine.Engine | BEGIN (implicit)\nsqlalchemy.engine.Engine | COMMIT\n" * 60
ECHO_JSON = b"".join(
    b'{"timestamp": 17698716%02d, "level": "info", "logger": "sqlalchemy.engine.Engine", "message": "COMMIT"}\n'
    % second
    for second in range(60)
)
ECHO_JSON_SHORT = b"".join(b'{"timestamp": 17698716%02d, "message": "COMMIT"}\n' % second for second in range(60))

PLAIN = {
    "stderr": STDERR,
    "bare": BARE,
    "csv": CSV,
    "jsonlog": JSONLOG,
    "syslog-iso": SYSLOG_ISO,
    "syslog": SYSLOG,
    "rfc-5424": RFC_5424,
    "general": GENERAL,
    "general-mariadb": GENERAL_MARIADB,
    "slow": SLOW,
    "error-mysql": ERROR_MYSQL,
    "echo": ECHO,
    "echo-basic": ECHO_BASIC,
    "echo-iso": ECHO_ISO,
    "echo-iso-indented": ECHO_ISO_INDENTED,
    "echo-iso-lines": ECHO_ISO_LINES,
    "echo-pipes": ECHO_PIPES,
    "echo-levels": ECHO_LEVELS,
    "echo-loggers": ECHO_LOGGERS,
    "echo-json": ECHO_JSON,
    "echo-json-short": ECHO_JSON_SHORT,
}


def peak_megabytes() -> int:
    """The most memory this process has had. What ``getrusage`` says would begin with the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) // 1024


def lines_of(log: bytes) -> list[bytes]:
    return [line + b"\n" for line in log.split(b"\n")[:-1]]


def before_each(prefix: bytes, log: bytes) -> bytes:
    return b"".join(prefix + line for line in lines_of(log))


def docker_json(log: bytes, streams: Sequence[str] = ("stderr",), part: int = 16384) -> bytes:
    """As Docker does: lines longer than a part are several objects."""
    out = []
    for number, line in enumerate(lines_of(log)):
        for at in range(0, len(line), part):
            text = line[at : at + part].decode()
            entry = {"log": text, "stream": streams[number % len(streams)], "time": INSTANT.decode()}
            out.append(json.dumps(entry, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return b"".join(out)


def cri(log: bytes, part: int = 16384) -> bytes:
    """As containerd does: a line longer than a part is several, all but the last marked P."""
    out = []
    for line in lines_of(log):
        parts = [line[at : at + part] for at in range(0, len(line) - 1, part)] or [b""]
        for number, text in enumerate(parts, 1):
            tag = b"F" if number == len(parts) else b"P"
            out.append(INSTANT + b" stderr " + tag + b" " + text.removesuffix(b"\n") + b"\n")
    return b"".join(out)


def cloudwatch(log: bytes, *, indent: int | None = None) -> bytes:
    """As `aws logs get-log-events` prints it; an event is a line, without its newline."""
    events = [{"timestamp": 1769871600000, "message": line[:-1].decode(), "ingestionTime": 1} for line in lines_of(log)]
    return json.dumps({"events": events, "nextForwardToken": "f/1"}, indent=indent).encode() + b"\n"


def cloudwatch_lines(log: bytes) -> bytes:
    """One event a line, as exports have it."""
    entries = ({"timestamp": 1769871600000, "message": line[:-1].decode(), "eventId": "1"} for line in lines_of(log))
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def journal_json(log: bytes) -> bytes:
    entries = (
        {"__REALTIME_TIMESTAMP": "1769871600000000", "_PID": "123", "MESSAGE": line[:-1].decode()}
        for line in lines_of(log)
    )
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)
