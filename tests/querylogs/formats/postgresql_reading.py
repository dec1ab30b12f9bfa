"""What the tests of PostgreSQL's log formats share: reading whole logs, cut ones, and the recorded samples.

The samples are pieces of a real server's log (18.4), the same records in each of its destinations; the one of syslog
is of another run.
"""

import json
from pathlib import Path

from triage.querylogs.formats import (
    postgresql_cloud,
    postgresql_csvlog,
    postgresql_jsonlog,
    postgresql_stderr,
    postgresql_syslog,
)
from triage.querylogs.formats.base import Format, Tally
from triage.querylogs.rows import Mark, Row

PREFIX = "%m [%p] %c %l %q%u@%d/%a "
SAMPLES = Path(__file__).parent / "postgresql_samples"
STDERR, CSVLOG, JSONLOG, SYSLOG = (
    (SAMPLES / name).read_bytes() for name in ("stderr.log", "csvlog.csv", "jsonlog.json", "syslog.log")
)


def records_of_stderr(log: bytes) -> list[str]:
    """The lines with the prefix, each with the lines that go on with it."""
    records: list[str] = []
    for line in log.decode(errors="surrogateescape").splitlines(keepends=True):
        if line.startswith("\t"):
            records[-1] += line
        else:
            records.append(line)
    return records


CLOUD = "".join(
    f"{json.dumps({'insertId': 'x1', 'textPayload': record.rstrip(chr(10)), 'severity': 'INFO'})}\n"
    for record in records_of_stderr(STDERR)
).encode()

LOGS: dict[str, tuple[Format, str | None, bytes]] = {
    "stderr": (postgresql_stderr, PREFIX, STDERR),
    "csvlog": (postgresql_csvlog, None, CSVLOG),
    "jsonlog": (postgresql_jsonlog, None, JSONLOG),
    "syslog": (postgresql_syslog, PREFIX, SYSLOG),
    "cloud": (postgresql_cloud, PREFIX, CLOUD),
}


def read(format_: Format, log: bytes, variant: str | None = None) -> tuple[list[Row], Tally]:
    """The whole log's rows and tally."""
    tally = Tally()
    rows = list(format_.rows(log, 0, len(log), variant, tally))
    return rows, tally


def read_cut(format_: Format, log: bytes, variant: str | None, near: int) -> tuple[list[Row], Tally]:
    """The same, read in two parts that meet at the first record from a position on."""
    cut = format_.first_record(log, near, variant)
    assert near <= cut <= len(log)
    tally, after = Tally(), Tally()
    rows = list(format_.rows(log, 0, cut, variant, tally))
    rows += format_.rows(log, cut, len(log), variant, after)
    tally.add(after)
    return rows, tally


def ran(rows: list[Row]) -> list[tuple[bytes, bytes | None]]:
    """What ran, with its parameters."""
    return [(text, parameters) for mark, _, _, text, _, parameters in rows if mark in {None, Mark.NAMED}]


def marks(rows: list[Row]) -> list[Mark]:
    """What happened that is no statement and no duration."""
    return [mark for mark, *_ in rows if mark not in {None, Mark.NAMED, Mark.DURATION}]
