"""Replay: query logs into evidence.

Files of one format that follow each other in time are one stream, as rotation makes them: a transaction may begin in
one and end in the next. Files that overlap in time are of different servers and are read apart; where they show the
same statements, as two destinations of one server do, one of them is read.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from triage.errors import SourceError
from triage.evidence import Evidence, Gap, QueryLogs
from triage.querylogs.cluster.client import connected
from triage.querylogs.cluster.opening import SharedLog
from triage.querylogs.cluster.replay import read_shared, shared_logs
from triage.querylogs.conclusion import joined
from triage.querylogs.examined import ExaminedLog, examined, gaps_of, same_statements
from triage.querylogs.reading import RANGE, Range, ranges, read_range
from triage.querylogs.sources import LogFile, expanded, opened, without_copies
from triage.querylogs.stream import LogStream, source_of
from triage.querylogs.workers import Workers, workers

SMALL = 4 * 1024 * 1024
"""What is not larger than this in all is read by this process alone."""

LONGEST_SILENCE = 3600.0
"""Seconds between two files of one stream; after more a file may be missing, and with it the end of what was open."""

Progress = Callable[[int, int], None]
"""Is told how many bytes have been read, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Which logs to read, and how."""

    names: tuple[str, ...]
    log_format: str | None = None
    prefix: str | None = None
    """PostgreSQL's ``log_line_prefix``."""
    workers: int | None = None
    """How many processes read; None for as many as there are cores."""
    range_bytes: int = RANGE
    scheduler: str | None = None
    """The address of a Dask cluster's scheduler, if that shall read them."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    evidence: Evidence
    explanations: tuple[str, ...]
    """For each file, why its format was chosen."""


def replay(logs: Logs, collected_at: datetime, progress: Progress | None = None) -> Replayed:
    """Read the logs."""
    with ExitStack() as stack:
        cluster = stack.enter_context(connected(logs.scheduler)) if logs.scheduler is not None else None
        if cluster is None:
            files, gaps = _opened(logs, stack)
            known, more = _examined(files, logs)
            gaps += more
        else:
            known, gaps = shared_logs(logs.names, logs.log_format, logs.prefix, cluster)
        read, more = _apart(known)
        gaps += more
        if cluster is None:
            seen = _read_all(read, logs, _advancing(read, progress))
        else:
            seen, read, more = read_shared(read, cluster, logs.range_bytes, _advancing(read, progress))
            gaps += more
        for each in read:
            gaps += gaps_of(each)
        evidence = Evidence(
            collected_at=collected_at,
            sources=tuple(source_of(each, collected_at) for each in read),
            gaps=tuple(gaps),
            query_logs=seen if read else None,
        )
        return Replayed(evidence, tuple(f"{each.name}: {each.chosen.explanation}" for each in known))


def _opened(logs: Logs, stack: ExitStack) -> tuple[list[LogFile], list[Gap]]:
    files: list[LogFile] = []
    gaps: list[Gap] = []
    for name in expanded(logs.names):
        try:
            files += stack.enter_context(opened(name))
        except SourceError as error:
            gaps.append(Gap(source=error.source or name, reason=error.message, hint=error.hint, unread=True))
    kept, notes = without_copies(files)
    gaps += [Gap(source="query logs", reason=note, hint="name each log once") for note in notes]
    return kept, gaps


def _examined(files: list[LogFile], logs: Logs) -> tuple[list[ExaminedLog], list[Gap]]:
    known: list[ExaminedLog] = []
    gaps: list[Gap] = []
    for file in files:
        try:
            known.append(examined(file, logs.log_format, logs.prefix))
        except SourceError as error:
            gaps.append(Gap(source=file.name, reason=error.message, hint=error.hint, unread=True))
    return known, gaps


def _apart(known: list[ExaminedLog]) -> tuple[list[ExaminedLog], list[Gap]]:
    """Leave out what cannot be followed, and what shows the same as another."""
    kept: list[ExaminedLog] = []
    gaps: list[Gap] = []
    for each in known:
        twin = next((other for other in kept if same_statements(each, other)), None)
        if each.is_newest_first:
            reason = f"{each.name} has its newest records first: its transactions cannot be followed"
            gaps.append(
                Gap(source=each.name, reason=reason, hint="turn it round: tac FILE | triage replay -", unread=True)
            )
        elif twin is not None:
            reason = f"{each.name} shows the same statements as {twin.name}, and was left out so that each counts once"
            gaps.append(Gap(source=each.name, reason=reason, hint="name one of the two"))
        else:
            kept.append(each)
    return kept, gaps


def _advancing(known: list[ExaminedLog], progress: Progress | None) -> Callable[[int], None]:
    """What is told how many bytes were read since it was told last."""
    total = sum(each.log.file.size if isinstance(each.log, SharedLog) else each.log.size for each in known)
    done = 0

    def advance(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    return advance


def _read_all(known: list[ExaminedLog], logs: Logs, advance: Callable[[int], None]) -> QueryLogs:
    total = sum(each.log.size for each in known)
    seen = QueryLogs()
    with workers(
        1 if total <= SMALL and logs.workers is None else logs.workers or len(os.sched_getaffinity(0))
    ) as pool:
        for stream in _streams(known):
            seen = joined(seen, _read(stream, pool, logs.range_bytes, advance))
    return seen


def _streams(known: list[ExaminedLog]) -> list[list[ExaminedLog]]:
    """The files in groups; in each, one begins soon after another has ended."""
    streams: list[list[ExaminedLog]] = []
    for file in sorted(known, key=lambda each: (each.begins is None, each.begins or 0.0)):
        for stream in streams:
            last = stream[-1]
            is_same = last.chosen.format.name == file.chosen.format.name
            if is_same and _goes_on(last, file):
                stream.append(file)
                break
        else:
            streams.append([file])
    return streams


def _goes_on(last: ExaminedLog, file: ExaminedLog) -> bool:
    """Say whether a file may be what the last one was rotated to."""
    if last.ends is None or file.begins is None:
        return False
    return 0 <= file.begins - last.ends <= LONGEST_SILENCE


def _read(stream: list[ExaminedLog], pool: Workers, range_bytes: int, advance: Callable[[int], None]) -> QueryLogs:
    merged = LogStream(stream[0])
    for file in stream:
        merged.begin(file)
        for each, part in pool.parts(_ranges(file, range_bytes, merged.unsure)):
            advance(part.tally.length)
            merged.take(part, lambda unsure, each=each: read_range(replace(each, unsure=unsure)))  # type: ignore[misc]
    return merged.close()


def _ranges(file: ExaminedLog, range_bytes: int, unsure: set[bytes]) -> Iterator[Range]:
    log_format, variant = file.chosen.format, file.chosen.sniffed.variant
    for start, end in ranges(file.read, file.log.size, log_format, variant, range_bytes):
        yield Range(
            read=file.read,
            start=start,
            end=end,
            format_name=log_format.name,
            variant=variant,
            unsure=frozenset(unsure),
        )
