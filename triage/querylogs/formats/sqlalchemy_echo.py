r"""SQLAlchemy's echo: what the engine logs of its statements, under whatever the application's logging prints before it.

A statement is a record of the engine's logger, with the lines of its SQL, and its parameters are the next record:
``[generated in 0.00012s] (7,)``. Nothing tells how long a statement took: the number is the age of a cache entry.
``BEGIN (implicit)``, ``COMMIT`` and ``ROLLBACK`` are what the session did; with autocommit nothing is opened. An
executemany is one row, and so is each batch of insertmanyvalues; where the backend takes one row at a time
(``batch not supported``) the whole flush is one.

There is no connection in it. Thread, process or task names, or logging tokens, tell streams apart where they are
printed and each stream of the sample, taken alone, begins and ends its transactions in turn; otherwise the file is
one stream of several threads. A record that two handlers print counts once; a statement that ran twice has two lines
of parameters, and counts twice.

What other loggers print under the same prefix is the application's own log and counts as read. Lines without the
prefix that continue no statement and no traceback are unparsed, as is everything of another program.

https://docs.sqlalchemy.org/en/21/core/engines.html#configuring-logging
"""

from collections.abc import Iterator

from triage.evidence import Backend
from triage.querylogs.formats.base import Data, Sniffed, Tally
from triage.querylogs.formats.echo_cut import cut
from triage.querylogs.formats.echo_layout import layout_of
from triage.querylogs.formats.echo_learning import learned
from triage.querylogs.formats.echo_reading import Reading, shown
from triage.querylogs.formats.echo_records import COPY, GAP, TWIN, records, simple_pattern
from triage.querylogs.rows import Row
from triage.sql.lexer import Dialect

name = "sqlalchemy-echo"
backend: Backend | None = None
duration_unit = 1.0


def sniff(sample: bytes, variant: str | None = None) -> Sniffed | None:
    """Count the bytes in records of the engine's logger, under the prefixes that stand before what only it says."""
    layout = learned(sample, variant)
    if layout is None:
        return None
    covered = sum(
        stop - start
        for start, stop, _, stream, _, values, message in records(sample, 0, len(sample), layout)
        if values is not None or message is not None or stream is COPY or stream is TWIN
    )
    if not covered:
        return None
    score = covered / len(sample)
    why = f"records of SQLAlchemy's engine cover {score:.0%}, printed as {' and '.join(layout.shapes)}"
    return Sniffed(score=score, why=why, variant=layout.variant())


def dialect(variant: str | None) -> Dialect:
    """How the sample's statements read; see `triage.querylogs.formats.echo_learning.dialect_of` for what tells."""
    return layout_of(variant).dialect


def identity(variant: str | None) -> str:
    """Say what the prefix tells: session for tokens, pid for names of threads, processes and tasks, or none."""
    return layout_of(variant).identity


def first_record(data: Data, position: int, variant: str | None) -> int:
    """Find a statement, or a boundary of a transaction, with nothing pending before it."""
    return cut(data, position, layout_of(variant))


def rows(data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
    """Yield the statements with their parameters, and the boundaries as ``BEGIN``, ``COMMIT`` and ``ROLLBACK``."""
    layout = layout_of(variant)
    reading = Reading(layout, tally)
    pattern = simple_pattern(layout)
    if pattern is None:
        for at, found in enumerate(records(data, start, end, layout)):
            if found[5] is not None and not reading.queue:
                yield reading.whole(found)
            else:
                yield from reading.take(at, found)
    else:
        queue, last, count = reading.queue, None, 0
        for at, match in enumerate(pattern.finditer(data, start, end)):
            time, stream, text, values, message, gap = match.groups()
            if values is not None and not queue:
                if values[-1] in b"]\r":
                    text, values = shown(text, values)
                if last is None:
                    tally.first = tally.first or time or None
                count += 1
                last = time
                yield None, stream, time, text, None, values
            else:
                tally.last = last or tally.last
                stream = stream if gap is None else GAP
                yield from reading.take(at, (*match.span(), time or b"", stream or b"", text, values, message))
                last = None
        tally.last = last or tally.last
        tally.records += count
    yield from reading.end()
    tally.length += end - start
