"""Application logs into evidence: all that were named, one after the other in the order in which they begin."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from triage.applogs.groups import Groups
from triage.applogs.heads import time_of
from triage.applogs.records import count_of, seen
from triage.applogs.regions import Cutter, Region
from triage.applogs.sqlstates import names_sqlstate
from triage.applogs.wrapping import KNOWN
from triage.errors import SourceError
from triage.evidence import AppLogs, Evidence, FailureStats, Gap, Preceding, Source, SourceKind
from triage.querylogs.sources import LogFile, expanded, opened, without_copies

_END = 1 << 16
"""Bytes at either end of a log in which its first and last time are looked for."""
TEXT = "text"
"""The name of what was given as an argument."""
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\b\t\n\f\r\x1b"})
_STRAY = 0.03
"""Text has next to none of them; of compressed or random bytes a tenth are."""


@dataclass(slots=True)
class _Counts:
    size: int = 0
    lines: int = 0
    tracebacks: int = 0
    failures: int = 0
    long_lines: int = 0


def read_logs(names: tuple[str, ...], collected_at: datetime) -> Evidence:
    """Read the logs; one that cannot be read leaves a gap and the others count."""
    groups = Groups()
    sources: list[Source] = []
    with ExitStack() as stack:
        files, gaps = _opened(names, stack)
        times = {file.path: _times(file, collected_at) for file in files}
        files.sort(key=lambda file: (times[file.path][0] is None, times[file.path][0] or collected_at))
        ended: datetime | None = None
        for file in files:
            began, last = times[file.path]
            if began is None or ended is None or began < ended:  # not the one that was rotated before it
                groups.forget()
            ended = last
            try:
                with file.path.open("rb") as data:
                    counts = _read(_blocks(data.read, file.size), groups, collected_at)
            except OSError as error:
                gaps.append(_unreadable(file.name, error))
                continue
            if not counts.failures and not _is_text(file):
                gaps.append(_no_text(file.name))
                continue
            sources.append(_source(file.name, counts, times[file.path], collected_at, file.wrapper))
            if counts.long_lines:
                gaps.append(_too_long(file.name, counts.long_lines))
            if file.cut_short:
                reason = f"{file.name} was read up to where it is cut: {file.cut_short}"
                gaps.append(Gap(source=file.name, reason=reason, hint="fetch the file again", unread=True))
    if sources and not any(source.facts["bytes"] for source in sources):
        gaps += [_empty(source.name) for source in sources]
    found = groups.concluded()
    if found.more:
        reason = f"{found.more:,} errors more are of kinds beyond the first thousand, and were not looked at"
        gaps.append(Gap(source="application logs", reason=reason, hint="give a part of the log"))
    return Evidence(
        collected_at=collected_at,
        sources=tuple(sources),
        gaps=tuple(gaps),
        app_logs=found if sources else None,
    )


def read_text(text: str, collected_at: datetime) -> Evidence:
    """Read an error that somebody typed or pasted: it is one, whatever words it has."""
    groups = Groups()
    text = _spelled_out(text)
    data = text.encode("utf-8", "replace")
    counts = _read([data], groups, collected_at)
    if not counts.failures:
        for each in seen(Region(before=[], lines=text.splitlines() or [""], head=text), collected_at, is_text=True):
            groups.add(each)
        groups.end_log()
        counts.failures = groups.counted
    counts.lines = len(text.splitlines())
    source = _source(TEXT, counts, (time_of(text, collected_at), None), collected_at, None)
    return Evidence(collected_at=collected_at, sources=(source,), app_logs=groups.concluded())


def joined(first: Evidence, second: Evidence) -> Evidence:
    """What logs and what texts showed, as one."""
    both = first.merged(second)
    if first.app_logs is None or second.app_logs is None:
        return both
    logs, texts = first.app_logs, second.app_logs
    failures = logs.failures + tuple(_moved(each, len(logs.failures)) for each in texts.failures)
    return replace(both, app_logs=AppLogs(failures=failures, more=logs.more + texts.more))


def _moved(failure: FailureStats, by: int) -> FailureStats:
    """The same, where those before it stand so many places further on."""
    return replace(failure, after=tuple(Preceding(index=each.index + by, count=each.count) for each in failure.after))


def _spelled_out(text: str) -> str:
    """A code or a class that stands alone, as an error's message would have it."""
    word = text.strip()
    if re.fullmatch(r"[1-4]\d{3}", word):
        return f"({word}, '')"
    if re.fullmatch(r"(?=.*[a-z])[a-z0-9]{4}|dbapi", word):
        return f"https://sqlalche.me/e/20/{word}"
    if re.fullmatch(r"[0-9][0-9A-Z]{4}", word):
        return f"SQLSTATE {word}"
    if re.fullmatch(r"[A-Z]\w+", word):
        return f"{'psycopg.errors' if names_sqlstate(word) else 'sqlalchemy.exc'}.{word}"
    return text


def _opened(names: tuple[str, ...], stack: ExitStack) -> tuple[list[LogFile], list[Gap]]:
    files: list[LogFile] = []
    gaps: list[Gap] = []
    for name in names:
        try:
            for each in expanded((name,)):
                files += stack.enter_context(opened(each, KNOWN))
        except SourceError as error:
            hint = error.hint.replace("triage replay", "triage explain")
            gaps.append(Gap(source=error.source or name, reason=error.message, hint=hint, unread=True))
    kept, notes = without_copies(list(dict.fromkeys(files)))
    gaps += [Gap(source="application logs", reason=note, hint="name each log once") for note in notes]
    return kept, gaps


def _blocks(read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    while size and (block := read(min(size, 1 << 20))):
        size -= len(block)
        yield block


def _read(blocks: Iterable[bytes], groups: Groups, now: datetime) -> _Counts:
    cutter, counts, before = Cutter(), _Counts(), groups.counted

    def take(region: Region) -> None:
        counts.tracebacks += count_of(region)
        for each in seen(region, now):
            groups.add(each)

    for block in blocks:
        counts.size += len(block)
        for region in cutter.feed(block):
            take(region)
    for region in cutter.finish():
        take(region)
    groups.end_log()
    counts.failures = groups.counted - before
    counts.lines, counts.long_lines = cutter.newlines, cutter.long_lines
    return counts


def _times(file: LogFile, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The first and the last time that a line at either end of the log begins with."""
    with file.path.open("rb") as data:
        head = data.read(min(_END, file.size))
        data.seek(max(0, file.size - _END))
        tail = data.read(min(_END, file.size))
    first = next((found for line in _lines(head) if (found := time_of(line, now))), None)
    last = next((found for line in reversed(_lines(tail)) if (found := time_of(line, now))), None)
    return first, last


def _is_text(file: LogFile) -> bool:
    """Whether a log's beginning is text in any encoding: no more than a stray byte in it controls a device."""
    with file.path.open("rb") as data:
        head = data.read(min(_END, file.size))
    # Zero bytes are half of UTF-16, and what a file begins with that was cut to nothing while its writer went on.
    head = head.replace(b"\0", b"")
    return len(head) - len(head.translate(None, _CONTROLS)) <= _STRAY * len(head)


def _lines(data: bytes) -> list[str]:
    return [line[:400].decode("utf-8", "replace") for line in data.split(b"\n")]


def _source(
    name: str,
    counts: _Counts,
    times: tuple[datetime | None, datetime | None],
    collected_at: datetime,
    wrapper: str | None,
) -> Source:
    facts: dict[str, object] = {
        "bytes": counts.size,
        "lines": counts.lines,
        "tracebacks": counts.tracebacks,
        "failures": counts.failures,
        "first": _iso(times[0]),
        "last": _iso(times[1]),
    }
    if wrapper:
        facts["wrapper"] = wrapper
    return Source(kind=SourceKind.APP_LOG, name=name, collected_at=collected_at, facts=facts)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


def _too_long(name: str, number: int) -> Gap:
    reason = f"{name} has {number:,} lines of more than a megabyte; only their beginnings were read"
    return Gap(source=name, reason=reason, hint="check what writes them")


def _empty(name: str) -> Gap:
    return Gap(
        source=name, reason=f"{name} is empty", hint="check that the app logs its errors, and that it does so here"
    )


def _no_text(name: str) -> Gap:
    hint = "name a log, or what a program makes of it: journalctl -u shop -o json | triage explain -"
    return Gap(source=name, reason=f"{name} is no text", hint=hint, unread=True)


def _unreadable(name: str, error: OSError) -> Gap:
    reason = f"{name} could not be read: {error.strerror or error}"
    return Gap(source=name, reason=reason, hint="check the path and its permissions", unread=True)
