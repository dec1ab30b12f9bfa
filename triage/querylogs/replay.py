"""Replay: query logs into evidence.

Files of one backend that follow each other in time are one stream, as rotation makes them: a transaction may begin in
one and end in the next. Files that overlap in time are of different servers, or copies, and are read apart.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from triage.errors import SourceError
from triage.evidence import Gap, Source, SourceKind
from triage.querylogs.detection import Chosen, detect
from triage.querylogs.evidence import (
    Coverage,
    DeadlockEvent,
    EarlierStatement,
    Identity,
    PauseStats,
    QueryLogEvidence,
    QueryLogs,
    RepetitionStats,
    UnfinishedTransactionEvent,
    WriteStats,
)
from triage.querylogs.instant import moment, seconds
from triage.querylogs.ledger import Ledger
from triage.querylogs.reading import RANGE, mapped, read_file
from triage.querylogs.sources import LogFile, expanded, opened
from triage.querylogs.totals import Totals

THRESHOLD_MS = 1.0
"""A log whose shortest statement took longer than this does not show the short ones."""
_FEWEST_FOR_THRESHOLD = 5


@dataclass(slots=True)
class _File:
    """A file of the replay, and what its part of the stream came to."""

    log: LogFile
    chosen: Chosen
    begins: float | None
    ends: float | None
    facts: dict[str, object]


def replay(
    names: tuple[str, ...],
    *,
    collected_at: datetime,
    log_format: str | None = None,
    prefix: str | None = None,
    workers: int = 1,
    range_bytes: int = RANGE,
) -> tuple[QueryLogEvidence, list[str]]:
    """Read the logs; also return, for each file, why its format was chosen."""
    gaps: list[Gap] = []
    explanations: list[str] = []
    with ExitStack() as stack:
        files: list[_File] = []
        for name in expanded(names):
            try:
                log = stack.enter_context(opened(name))
                files.append(_examined(log, log_format, prefix))
                explanations.append(f"{name}: {files[-1].chosen.explanation}")
            except SourceError as error:
                gaps.append(Gap(source=name, reason=error.message, hint=error.hint, unread=True))
        pool = stack.enter_context(_pool(workers))
        logs = QueryLogs()
        for stream in _streams(files):
            logs = _joined(logs, _read(stream, pool, range_bytes))
        for file in files:
            gaps += _gaps(file)
        sources = tuple(_source(file, collected_at) for file in files)
    evidence = QueryLogEvidence(collected_at=collected_at, sources=sources, gaps=tuple(gaps), query_logs=logs)
    return evidence, explanations


@contextmanager
def _pool(workers: int) -> Iterator[Executor | None]:
    if workers <= 1:
        yield None
        return
    with ProcessPoolExecutor(workers) as pool:
        yield pool


def _examined(log: LogFile, log_format: str | None, prefix: str | None) -> _File:
    with mapped(log.path) as data:
        if not len(data):
            raise SourceError(
                f"{log.name} is empty", "check that logging is on and that this is the file", source=log.name
            )
        chosen = detect(data, log.name, log_format, prefix)
        edges = [Ledger(chosen.format.dialect, rooted=True) for _ in range(2)]
        size, variant = len(data), chosen.sniffed.variant
        cut = chosen.format.first_record(data, min(1 << 20, size), variant)
        chosen.format.parse(data, 0, cut, variant, edges[0])
        tail = chosen.format.first_record(data, max(size - (1 << 18), 0), variant) if size > 1 << 18 else 0
        chosen.format.parse(data, tail, size, variant, edges[1])
    first, last = edges[0].first, edges[1].last or edges[0].last
    return _File(log, chosen, seconds(first) if first else None, seconds(last) if last else None, {})


def _streams(files: list[_File]) -> list[list[_File]]:
    """The files in groups; in each, one begins where another has ended."""
    streams: list[list[_File]] = []
    for file in sorted(files, key=lambda each: (each.begins is None, each.begins or 0.0)):
        for stream in streams:
            last = stream[-1]
            is_same = last.chosen.format.dialect == file.chosen.format.dialect
            is_same = is_same and last.chosen.format.name == file.chosen.format.name
            if is_same and last.ends is not None and file.begins is not None and last.ends <= file.begins:
                stream.append(file)
                break
        else:
            streams.append([file])
    return streams


def _read(stream: list[_File], pool: Executor | None, range_bytes: int) -> QueryLogs:
    ledger = Ledger(stream[0].chosen.format.dialect, rooted=True)
    before = _counted(ledger)
    for file in stream:
        ledger.first = ledger.last = None
        read_file(
            file.log.path, file.chosen.format.name, file.chosen.sniffed.variant, ledger, pool=pool, length=range_bytes
        )
        if file is stream[-1]:
            ledger.close()
        after = _counted(ledger)
        file.facts = _facts(file, ledger, {name: after[name] - before[name] for name in after})
        before = after
    confirmed = all(
        file.facts["coverage"] == Coverage.FULL and file.facts["identity"] != Identity.NONE for file in stream
    )
    return _evidence(ledger, confirmed=confirmed)


def _counted(ledger: Ledger) -> dict[str, int]:
    totals = ledger.totals
    counts = {
        name: getattr(totals, name)
        for name in ("executions", "sessions", "begun", "committed", "rolled_back", "open_at_end")
    }
    return counts | {name: getattr(ledger, name) for name in ("bytes", "unparsed_bytes", "records")}


def _facts(file: _File, ledger: Ledger, counts: dict[str, int]) -> dict[str, object]:
    chosen = file.chosen
    return {
        "format": chosen.format.name,
        "bytes": counts["bytes"],
        "unparsed_bytes": counts["unparsed_bytes"],
        "records": counts["records"],
        "executions": counts["executions"],
        "sessions": counts["sessions"],
        "transactions": {name: counts[name] for name in ("begun", "committed", "rolled_back", "open_at_end")},
        "first": _iso(ledger.first),
        "last": _iso(ledger.last),
        "coverage": _coverage(ledger),
        "identity": Identity(chosen.format.identity(chosen.sniffed.variant)),
    }


def _coverage(ledger: Ledger) -> Coverage:
    if ledger.line_gaps:
        return Coverage.GAPPY
    is_slow = ledger.shortest is not None and ledger.shortest > THRESHOLD_MS
    if is_slow and ledger.timed >= _FEWEST_FOR_THRESHOLD and ledger.timed >= 0.9 * ledger.totals.executions:
        return Coverage.THRESHOLD
    return Coverage.FULL


def _iso(time: bytes | None) -> str | None:
    found = moment(time) if time else None
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if found else None


def _gaps(file: _File) -> Iterator[Gap]:
    name = file.log.name
    if file.log.cut_short:
        yield Gap(
            source=name,
            reason=f"{name} ends early: {file.log.cut_short}",
            hint="copy the file again; what could be read is in the report",
            unread=True,
        )
    if not file.facts.get("executions"):
        yield Gap(
            source=name,
            reason=f"{name} was read as {file.chosen.format.name} and holds no statement",
            hint="set log_statement = all (PostgreSQL), general_log = ON (MySQL) or echo=True (SQLAlchemy) for a while",
            unread=True,
        )
    coverage = file.facts.get("coverage")
    if coverage is not None and coverage != Coverage.FULL:
        yield Gap(
            source=name,
            reason=f"{name} does not show every statement (coverage: {coverage}): what it shows is suspected at most",
            hint="set log_min_duration_statement = 0 (PostgreSQL) or long_query_time = 0 (MySQL) for a while",
        )
    unparsed, size = int(str(file.facts.get("unparsed_bytes", 0))), int(str(file.facts.get("bytes", 0)))
    if unparsed > 0.01 * size:
        yield Gap(
            source=name,
            reason=f"{unparsed:,} of the {size:,} bytes of {name} are no {file.chosen.format.name}",
            hint="look at those lines; a file of two formats has to be split, and --prefix or --log-format may help",
        )


def _source(file: _File, collected_at: datetime) -> Source:
    return Source(
        kind=SourceKind.QUERY_LOG,
        name=file.log.name,
        collected_at=collected_at,
        backend=file.chosen.format.backend,
        facts=file.facts,
    )


def _evidence(ledger: Ledger, *, confirmed: bool) -> QueryLogs:
    totals = ledger.totals
    end = seconds(ledger.last) if ledger.last else None
    return QueryLogs(
        repetitions=_repetitions(totals, confirmed=confirmed),
        writes=tuple(
            WriteStats(
                statement=key.statement,
                committed=writes.committed,
                rolled_back=writes.rolled_back,
                lost=writes.lost,
                tags=writes.tags,
                confirmed=confirmed,
            )
            for key, writes in sorted(totals.writes.items(), key=lambda pair: pair[0])
        ),
        pauses=tuple(
            PauseStats(
                before=key.before,
                after=key.after,
                count=pauses.count,
                longest=timedelta(microseconds=pauses.longest),
                total=timedelta(microseconds=pauses.total),
                estimated=pauses.estimated,
                tags=pauses.tags,
                confirmed=confirmed,
            )
            for key, pauses in sorted(totals.pauses.items(), key=lambda pair: pair[0])
        ),
        unfinished=_unfinished(totals, end, confirmed=confirmed),
        deadlocks=tuple(DeadlockEvent(at=moment(each.time), statements=each.statements) for each in totals.deadlocks),
    )


def _repetitions(totals: Totals, *, confirmed: bool) -> tuple[RepetitionStats, ...]:
    return tuple(
        RepetitionStats(
            statement=key.statement,
            dialect=key.dialect.value,
            scope=key.scope.value,
            before=tuple(
                EarlierStatement(statement=each.statement, limit=each.limit if each.limit >= 0 else None)
                for each in key.before
            ),
            previous=key.previous,
            beside=key.beside,
            varying=key.varying,
            named=key.named,
            blind=key.blind,
            episodes=found.episodes,
            executions=found.executions,
            distinct=found.distinct,
            worst=found.worst,
            worst_distinct=found.worst_distinct,
            total=timedelta(microseconds=found.microseconds) if found.timed else None,
            lasted=timedelta(microseconds=found.lasted),
            is_slow=found.pauses * 2 > found.episodes,
            walks=found.walks * 2 >= found.episodes,
            tags=found.tags,
            confirmed=confirmed,
        )
        for key, found in sorted(totals.repetitions.items(), key=lambda pair: pair[0])
    )


def _unfinished(totals: Totals, end: float | None, *, confirmed: bool) -> tuple[UnfinishedTransactionEvent, ...]:
    found = []
    for each in sorted(totals.unfinished, key=lambda each: (each.opened_at, each.session)):
        opened_at, last_at = seconds(each.opened_at), seconds(each.last_at)
        until = end if each.ended == "open-at-end" else last_at
        found.append(
            UnfinishedTransactionEvent(
                session=each.session,
                opened_at=moment(each.opened_at),
                age=_between(opened_at, until),
                idle=_between(last_at, until),
                last_statement=each.statement,
                statements=each.statements,
                writes=each.writes,
                ended=each.ended,
                tags=each.tags,
                confirmed=confirmed,
            )
        )
    return tuple(found)


def _between(start: float | None, end: float | None) -> timedelta | None:
    return None if start is None or end is None else timedelta(seconds=max(end - start, 0.0))


def _joined(one: QueryLogs, other: QueryLogs) -> QueryLogs:
    return QueryLogs(
        repetitions=one.repetitions + other.repetitions,
        writes=one.writes + other.writes,
        pauses=one.pauses + other.pauses,
        unfinished=one.unfinished + other.unfinished,
        deadlocks=one.deadlocks + other.deadlocks,
    )
