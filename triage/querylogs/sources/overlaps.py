"""Counts once what the end of one log and the beginning of another have in common.

``kubectl logs``, ``docker logs`` or a download, called twice, give such files. Where the second begins is looked up in
the first by its time, as in any sorted file, and the rest of the first must then be the second's beginning, byte by
byte; the first log is read up to there only. Logs of several machines at one time are told apart by a few reads.

It must not be mistaken for a log's rotation within a loop, where the lines of one second are alike before and after: so
what both have must span two seconds. What is not found: that, and overlaps in logs without times or not in their order.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from triage.querylogs.sources.comparing import begins_with, comparable, read
from triage.querylogs.sources.log_file import LogFile

_TIME = re.compile(rb"(?m)^.{0,80}?(\d{4}-\d\d-\d\d[ T][ \d]\d:\d\d:\d\d|\d{6} [ \d]\d:\d\d:\d\d)")
_BLOCK = 1 << 16
_LINE = 1 << 12
_MOST_PAIRS = 10_000
_MOST_PLACES = 1000


def without_overlaps(files: list[LogFile]) -> tuple[list[LogFile], list[str]]:
    """Return the files with what a later one repeats cut off or left out, and a note for each."""
    spans = [_span(file) for file in files]
    pairs = [
        (one, other)
        for one, span in enumerate(spans)
        for other, later in enumerate(spans)
        if one != other and span and later and span[0] <= later[0] <= span[1]
    ]
    ends: dict[int, int] = {}
    notes = []
    for one, other in pairs[:_MOST_PAIRS]:
        if ends.get(one) == 0 or ends.get(other) == 0:
            continue
        at = _beginning_in(files[one], files[other], spans[other])
        if at is None:
            continue
        if at + comparable(files[other]) <= files[one].size:
            ends[other] = 0
            notes.append(f"{files[other].name} is a part of {files[one].name}, and counted once")
        else:
            ends[one] = min(at, ends.get(one, at))
            notes.append(f"{files[one].name} ends as {files[other].name} begins; what both have is counted once")
    kept = [replace(file, size=ends.get(at, file.size)) for at, file in enumerate(files) if ends.get(at) != 0]
    return kept, notes


def _span(file: LogFile) -> tuple[bytes, bytes] | None:
    """Return the times that a log begins and ends with."""
    first = _time_at(file, 0)
    times = _TIME.findall(read(file, max(0, file.size - _BLOCK), _BLOCK))
    return (first, _sortable(times[-1])) if first and times else None


def _spans_seconds(file: LogFile, length: int) -> bool:
    """Whether the first bytes of a log have more than one time in them."""
    span = _span(replace(file, size=max(0, length)))
    return span is not None and span[0] != span[1]


def _time_at(file: LogFile, at: int) -> bytes | None:
    """Return the first time behind a position, if there is one near."""
    block = read(file, at, _BLOCK)
    found = _TIME.search(block, block.find(b"\n") + 1 if at else 0)
    return _sortable(found[1]) if found else None


def _sortable(time: bytes) -> bytes:
    return time.replace(b"T", b" ")


def _beginning_in(file: LogFile, later: LogFile, span: tuple[bytes, bytes] | None) -> int | None:
    """Return where in a log another one begins that goes on as the log does, to the end of one of them."""
    line, newline, _ = read(later, 0, _LINE).partition(b"\n")
    if not newline or span is None:
        return None
    start = _before(file, lambda time: time >= span[0])
    end = min(file.size, _before(file, lambda time: time > span[0]) + 2 * _BLOCK)
    needle = b"\n" + line + b"\n"
    places = 0
    while start < end and places < _MOST_PLACES:
        block = read(file, start, _BLOCK + len(needle))
        at = block.find(needle)
        while at >= 0 and places < _MOST_PLACES:
            places += 1
            position = start + at + 1
            length = min(comparable(file) - position, comparable(later))
            if _spans_seconds(later, length) and begins_with(file, later, length, at=position):
                return position
            at = block.find(needle, at + 1)
        start += _BLOCK
    return None


def _before(file: LogFile, reached: Callable[[bytes], bool]) -> int:
    """Return a position less than a block before the first time that is reached, in a log sorted by time."""
    low, high = 0, file.size
    while high - low > _BLOCK:
        middle = (low + high) // 2
        time = _time_at(file, middle)
        if time is not None and reached(time):
            high = middle
        else:
            low = middle
    return max(0, low - 1)
