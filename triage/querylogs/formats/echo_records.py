r"""Records of the engine's logger in a file, whatever stands before them.

A record is a line that begins with a prefix, and the lines behind it that do not: a statement has any number of them,
up to one that can only be another program's, and a value only where its first line does not end as values do. A
statement that its parameters follow at once, as is usual, is matched with them. A whole line of another logger under
the same prefix, with its traceback, is the application's own log: it is matched, and is no record. Any other line is
nobody's.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from triage.querylogs.formats.base import Data
from triage.querylogs.formats.echo_json import json_records
from triage.querylogs.formats.echo_layout import Layout
from triage.querylogs.formats.echo_messages import BOUNDARY, REMARK, REPEATED, SQL, STATS, VALUES_ALONE, kind_of
from triage.querylogs.formats.echo_prefix import BARE, JSON_LINE, frame, head

Found = tuple[int, int, bytes, bytes, bytes | None, bytes | None, bytes | None]
"""Start, end, time, stream, then a statement and its parameters, or one message; all None for what is no record."""
COPY, TWIN, GAP = b"\0copy", b"\0twin", b"\0gap"
"""What stands for the stream of a record that another handler prints, or one that was added twice; of nobody's line."""

_LINE = rb"[^\n]*+"
_TAIL = rb" *+\[sqlalchemy\.(?:engine|log)[\w.-]{0,200}\][^\n]{0,300}"
_TRACEBACK = (
    rb"(?:[ \t]|\r?\n|Traceback |During handling |The above exception |\[SQL: |\[parameters: |\(Background on |"
    rb"[\w.]{1,200}(?:Error|Exception|Warning)\b)"
)
_OTHERS = (
    rb"\[?\d(?:\d{3}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d|\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5})? - )|"
    rb"(?:INFO|DEBUG|WARNING|ERROR|CRITICAL)(?::|  |\t)|(?:START|END|REPORT) RequestId: "
)
"""How other programs' lines begin, such as a server's of its requests; no line of a statement does."""


class _Reader(NamedTuple):
    pattern: re.Pattern[bytes]
    """It matches any line, so that the matches are all bytes."""
    groups: tuple[tuple[int, int, int, int, int], ...]
    """Of each prefix: time, stream, statement, parameters, message. The last group of all is a line that is nobody's."""
    originals: int
    """How many of the prefixes are no copies."""


def records(data: Data, start: int, end: int, layout: Layout) -> Iterator[Found]:
    """Yield what the range holds, byte for byte."""
    if layout.is_json:
        found = json_records(data, start, end, layout, GAP)
    else:
        found = _matched(_reader(layout), data, start, end, layout)
    return _once(found, layout.times) if layout.times > 1 else found


def simple_pattern(layout: Layout) -> re.Pattern[bytes] | None:
    """Return a pattern whose groups are all that is to be known: time, stream, statement, parameters, message, gap.

    None where what it matches has to be looked at twice.
    """
    if layout.is_json or len(layout.shapes + layout.copies) > 1 or layout.times > 1 or layout.tail:
        return None
    reader = _reader(layout)
    return reader.pattern if reader.groups == ((1, 2, 3, 4, 5),) and "token" not in layout.streams else None


def _matched(reader: _Reader, data: Data, start: int, end: int, layout: Layout) -> Iterator[Found]:
    for match in reader.pattern.finditer(data, start, end):
        begin, stop = match.span()
        which = ((match.lastindex or 0) - 1) // 5
        if which < 0:
            yield begin, stop, b"", b"", None, None, None
        elif which == len(reader.groups):
            yield begin, stop, b"", GAP, None, None, None
        elif which >= reader.originals:
            yield begin, stop, b"", COPY, None, None, None
        else:
            time, stream, text, values, message = match.group(*reader.groups[which])
            if layout.tail:
                text, values, message = _cut(text), _cut(values), _cut(message)
            if BARE in layout.copies:
                text, message = _halved(text), _halved(message)
            yield begin, stop, time, stream, text, values, message


def _once(found: Iterator[Found], times: int) -> Iterator[Found]:
    """Leave out what a handler that was added twice prints again: the same bytes at once, time included."""
    last: tuple[bytes | None, ...] = ()
    run = 0
    for record in found:
        what = record[2:]
        if what[4] is not None and what == last and run < times:
            run += 1
            yield record[0], record[1], b"", TWIN, None, None, None
            continue
        if record[3] is not COPY:
            last, run = what, 1
        yield record


def _cut(text: bytes | None) -> bytes | None:
    """Take off the logger's name."""
    if text is None:
        return None
    at = text.rfind(b"[sqlalchemy.")
    return text if at < 0 else text[:at].rstrip(b" ")


def _halved(text: bytes | None) -> bytes | None:
    """Take off the copy without a prefix that follows: its first line looks like one more line of the statement."""
    if text is None or len(text) % 2 == 0:
        return text
    half = len(text) // 2
    return text[:half] if text[half : half + 1] == b"\n" and text[:half] == text[half + 1 :] else text


def by_prefix(sample: bytes, layout: Layout) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each message's prefix, and the message; of parameters, the values alone."""
    reader = _reader(layout)
    for match in reader.pattern.finditer(sample):
        which = ((match.lastindex or 0) - 1) // 5
        if 0 <= which < len(reader.groups):
            for message in match.group(*reader.groups[which][2:]):
                if message is not None:
                    yield which, kind_of(message, bare_values=layout.bare_values)[1]


@lru_cache(maxsize=16)
def _reader(layout: Layout) -> _Reader:
    shapes = (*layout.shapes, *layout.copies)
    frames = b"|".join(_frame(shape, layout) for shape in shapes)
    branches = [_branch(number, shape, layout, frames) for number, shape in enumerate(shapes)]
    foreign = [
        rb"%b%b(?:\n(?!%b|\Z)%b%b)*+" % (frame(shape), _LINE, frames, _TRACEBACK, _LINE)
        for shape in shapes
        if shape not in (BARE, JSON_LINE)
    ]
    pattern = re.compile(rb"(?:%b)(?:\n|\Z)|([^\n]*+\n++|[^\n]++)" % b"|".join([*branches, *foreign]))
    names = pattern.groupindex
    groups = tuple(
        (names[f"t{n}"], names[f"k{n}"], names[f"s{n}"], names[f"v{n}"], names[f"m{n}"]) for n in range(len(shapes))
    )
    return _Reader(pattern, groups, len(layout.shapes))


def _frame(shape: str, layout: Layout) -> bytes:
    """Return what a line begins with that does not continue a record."""
    if shape == JSON_LINE:
        return rb"\{\""
    if shape != BARE:
        return frame(shape)
    alone = rb"|%b" % VALUES_ALONE if layout.bare_values else b""
    return rb"%b|%b|%b\r?(?:\n|\Z)|%b%b" % (STATS, REPEATED, BOUNDARY, REMARK, alone)


def _branch(number: int, shape: str, layout: Layout, frames: bytes) -> bytes:
    """Return the pattern of a record under one prefix, its five groups named with the prefix's number."""
    if shape == JSON_LINE:
        groups = b"".join(b"(?P<%b%d>)" % (group, number) for group in (b"t", b"k"))
        return rb"%b(?:(?!)(?P<s%d>)(?P<v%d>)|(?P<m%d>\{\"%b))" % (groups, number, number, number, _LINE)
    first, again = head(shape, number, layout.streams)
    bracket = rb"(?:%b%b)" % (STATS, rb"|%b" % VALUES_ALONE if layout.bare_values else b"")
    boundary = rb"%b%b\r?(?=\n|\Z)" % (BOUNDARY, rb"(?:%b)?" % _TAIL if layout.tail else b"")
    wrapped = rb"(?:%b|%b|Row [(<])" % (bracket, REPEATED)
    values = rb"[^\n]++(?:(?<![)\]}\r])\n(?!%b|\Z)%b)*+" % (frames, _LINE)
    is_sql = rb"(?=%b)" % SQL if "%(name)" not in shape else b""
    text = rb"%b%b(?:\n(?!%b|%b|\Z)%b)*+" % (is_sql, _LINE, _OTHERS, frames, _LINE)
    pair = rb"(?:(?=[^BCR\[({])|(?!%b|%b|%b))(?P<s%d>%b)\n%b%b(?P<v%d>%b)" % (
        *(boundary, wrapped, REMARK, number, text, again, bracket, number, values),
    )
    if layout.times > 1:  # no statement is followed by its parameters at once
        pair = rb"(?!)(?P<s%d>)(?P<v%d>)" % (number, number)
    return rb"%b(?:%b|(?P<m%d>%b|(?=%b)%b|(?=%b)%b|%b))" % (
        *(first, pair, number, boundary, wrapped, values, REMARK, _LINE, text),
    )
