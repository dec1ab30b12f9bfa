"""Logs read by a cluster, and put together here.

A packed log's end is known when it was read. So files are read in the order in which they begin, and each then goes on
where another of its format has ended, as on one machine; files of several servers, which overlap, stay apart. Where a
file could not be read to its end nothing goes on: what came next is not known.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from triage.errors import SourceError
from triage.evidence import Gap, QueryLogs
from triage.querylogs.cluster.client import Cluster
from triage.querylogs.cluster.copies import copies
from triage.querylogs.cluster.opening import SharedLog, shared
from triage.querylogs.cluster.unit import PIECES, Reading, Unit, read_unit
from triage.querylogs.conclusion import joined
from triage.querylogs.examined import ExaminedLog, examined_by
from triage.querylogs.instant import seconds
from triage.querylogs.part import Part
from triage.querylogs.stream import LogStream

Advance = Callable[[int], None]


def shared_logs(
    names: tuple[str, ...], log_format: str | None, prefix: str | None, cluster: Cluster
) -> tuple[list[ExaminedLog], list[Gap]]:
    """Look at the logs; none of them is read yet."""
    logs: list[SharedLog] = []
    gaps: list[Gap] = []
    for name, found in shared(names):
        if isinstance(found, SourceError):
            gaps.append(_unread(found.source or name, found))
        else:
            logs += found
    kept, notes = copies(logs, cluster)
    gaps += [Gap(source="query logs", reason=note, hint="name each log once") for note in notes]
    known: list[ExaminedLog] = []
    for log in kept:
        shows_end = log.packing is None or log.is_whole
        try:
            known.append(examined_by(log.read, log, log_format, prefix, shows_end=shows_end))
        except SourceError as error:
            gaps.append(_unread(log.name, error))
    return known, gaps


def read_shared(
    known: list[ExaminedLog], cluster: Cluster, piece: int, advance: Advance
) -> tuple[QueryLogs, list[ExaminedLog], list[Gap]]:
    """Read logs; what they showed, those of which anything was read, and what was not."""
    merging = _Merging(cluster, advance)
    order = sorted(known, key=lambda each: (each.begins is None, each.begins or 0.0))
    for file, unit, reading in cluster.results(read_unit, _units(order, piece)):
        merging.take(file, unit, reading)
    seen = QueryLogs()
    for stream in merging.streams:
        seen = joined(seen, stream.close())
    return seen, [file for file in known if id(file) in merging.places], merging.gaps


class _Merging:
    def __init__(self, cluster: Cluster, advance: Advance) -> None:
        self.streams: list[LogStream] = []
        self.places: dict[int, LogStream] = {}
        """In which stream a file is, by its identity."""
        self.gaps: list[Gap] = []
        self._failed: set[int] = set()
        self._told: set[int] = set()
        self._cluster = cluster
        self._advance = advance

    def take(self, file: ExaminedLog, unit: Unit, reading: Reading | SourceError) -> None:
        """Take the next unit, in order."""
        self._advance(unit.weight)
        if id(file) in self._failed:
            return
        try:
            self._add(file, unit, _checked(reading))
        except SourceError as error:
            self._fail(file, error)

    def _add(self, file: ExaminedLog, unit: Unit, reading: Reading) -> None:
        if id(file) not in self.places:
            self.places[id(file)] = self._stream(file)
            self.places[id(file)].begin(file)
        stream, log = self.places[id(file)], _log(file)
        for at in range(len(reading.parts)):
            stream.take(reading.part(at), lambda unsure, at=at: self._again(unit, unsure, at))  # type: ignore[misc]
        if log.packing:
            file.ends = seconds(stream.last) if stream.last else None
        log.cut_short = reading.cut_short or log.cut_short
        self._others(file, reading)

    def _again(self, unit: Unit, unsure: frozenset[bytes], at: int) -> Part:
        """Read a unit again that assumed too much; return one of its parts."""
        task = replace(unit, unsure=unsure)
        ((_, _, found),) = self._cluster.results(read_unit, [(None, task)])
        reading = _checked(found)
        if at >= len(reading.parts):
            raise SourceError(f"{unit.file.name} became shorter while it was read", "read it again")
        return reading.part(at)

    def _stream(self, file: ExaminedLog) -> LogStream:
        """Return the stream that the file goes on with, or a new one."""
        for stream in self.streams:
            last = stream.files[-1]
            is_same = last.chosen.format.name == file.chosen.format.name
            if is_same and last.ends is not None and file.begins is not None and last.ends <= file.begins:
                return stream
        self.streams.append(LogStream(file))
        return self.streams[-1]

    def _others(self, file: ExaminedLog, reading: Reading) -> None:
        if reading.others and id(file) not in self._told:
            self._told.add(id(file))
            names = ", ".join(reading.others)
            reason = f"{file.name} holds programs that its beginning does not show, and they were not read: {names}"
            self.gaps.append(Gap(source=file.name, reason=reason, hint="read it without --dask", unread=True))

    def _fail(self, file: ExaminedLog, error: SourceError) -> None:
        self._failed.add(id(file))
        file.ends = None
        if id(file) in self.places:
            _log(file).cut_short = error.message
        else:
            self.gaps.append(_unread(file.name, error))


def _units(files: list[ExaminedLog], piece: int) -> Iterator[tuple[ExaminedLog, Unit]]:
    for file in files:
        log, chosen = _log(file), file.chosen
        most = PIECES * piece
        whole = Unit(
            file=log.file,
            packing=log.packing,
            format_name=chosen.format.name,
            variant=chosen.sniffed.variant,
            piece=piece,
            most=most,
        )
        if log.packing:
            yield file, whole
            continue
        for start in range(0, log.file.size, most):
            yield file, replace(whole, start=start, end=min(start + most, log.file.size))


def _log(file: ExaminedLog) -> SharedLog:
    assert isinstance(file.log, SharedLog)
    return file.log


def _checked(reading: Reading | SourceError) -> Reading:
    if isinstance(reading, SourceError):
        raise reading
    if reading.error:
        raise SourceError(*reading.error)
    return reading


def _unread(name: str, error: SourceError) -> Gap:
    reason = error.message if name in error.message else f"{name} could not be read: {error.message}"
    return Gap(source=name, reason=reason, hint=error.hint, unread=True)
