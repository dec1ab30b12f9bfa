"""Logs of one server that follow each other in time, as rotation makes them, merged as one.

Whoever read them, the parts come here in the order of the log. What is told of each file is what it adds.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from triage.evidence import Coverage, Identity, QueryLogs, Source, SourceKind
from triage.querylogs.conclusion import concluded
from triage.querylogs.examined import ExaminedLog
from triage.querylogs.formats.base import SAMPLED
from triage.querylogs.instant import moment
from triage.querylogs.part import Part

_FEWEST_FOR_THRESHOLD = 5
_COUNTS = ("executions", "sessions", "begun", "committed", "rolled_back", "open_at_end", "timed")


class LogStream:
    """The logs of one server, one after the other."""

    def __init__(self, first: ExaminedLog) -> None:
        log_format, variant = first.chosen.format, first.chosen.sniffed.variant
        self.files: list[ExaminedLog] = []
        self.unsure: set[bytes] = set()
        """Sessions of which nothing may be assumed; see ``Part.unsure``."""
        self._whole = Part(log_format.dialect(variant), log_format.duration_unit, is_root=True)
        self._first: bytes | None = None
        self._before = counted(self._whole)

    def begin(self, file: ExaminedLog) -> None:
        """Go on with the next file."""
        self._end_file()
        self.files.append(file)
        tally = self._whole.tally
        tally.first = tally.last = tally.unparsed_at = None
        tally.notes = {}
        self._whole.totals.fast = False

    def take(self, part: Part, again: Callable[[frozenset[bytes]], Part]) -> None:
        """Take the file's next part; what it assumed wrongly makes it necessary to read it again."""
        refuted = self._whole.refuted(part)
        self.unsure |= refuted
        self._whole.then(again(frozenset(self.unsure)) if refuted else part)

    @property
    def last(self) -> bytes | None:
        """The time of the file's last record so far."""
        return self._whole.tally.last

    def close(self) -> QueryLogs:
        """Take the end of the last file."""
        self._whole.close()
        self._end_file()
        confirmed = all(
            file.facts["coverage"] == Coverage.FULL and file.facts["identity"] != Identity.NONE for file in self.files
        )
        self._whole.tally.first = self._first
        return concluded(self._whole, confirmed=confirmed)

    def _end_file(self) -> None:
        self._first = self._first or self._whole.tally.first
        if self.files:
            after = counted(self._whole)
            counts = {name: after[name] - self._before[name] for name in after}
            self.files[-1].facts = facts_of(self.files[-1], self._whole, counts)
            self._before = after


def counted(part: Part) -> dict[str, int]:
    """What a part adds up to, by what the report calls it, and how many executions have a duration."""
    counts = {name: getattr(part.totals, name) for name in _COUNTS}
    return counts | {
        "bytes": part.tally.length,
        "unparsed_bytes": part.tally.unparsed_bytes,
        "records": part.tally.records,
    }


def facts_of(file: ExaminedLog, part: Part, counts: dict[str, int]) -> dict[str, object]:
    """What the report says of a file, read to its end."""
    chosen, tally = file.chosen, part.tally
    facts: dict[str, object] = {
        "format": chosen.format.name,
        "bytes": counts["bytes"],
        "unparsed_bytes": counts["unparsed_bytes"],
        "records": counts["records"],
        "executions": counts["executions"],
        "sessions": counts["sessions"],
        "transactions": {name: counts[name] for name in ("begun", "committed", "rolled_back", "open_at_end")},
        "first": _iso(tally.first),
        "last": _iso(tally.last),
        "coverage": _coverage(file, part, counts),
        "identity": Identity(chosen.format.identity(chosen.sniffed.variant)),
    }
    if tally.unparsed_at is not None:
        facts["unparsed_at"] = tally.unparsed_at
    if tally.notes:
        facts["notes"] = dict(tally.notes)
    if file.log.wrapper:
        facts["wrapper"] = file.log.wrapper
    return facts


def _coverage(file: ExaminedLog, part: Part, counts: dict[str, int]) -> Coverage:
    if file.is_gappy:
        return Coverage.GAPPY
    if file.has_changes_only or SAMPLED in part.tally.notes:
        return Coverage.SAMPLED
    timed = counts["timed"]
    if not part.totals.fast and timed >= _FEWEST_FOR_THRESHOLD and timed >= 0.9 * counts["executions"]:
        return Coverage.THRESHOLD
    return Coverage.FULL


def _iso(time: bytes | None) -> str | None:
    found = moment(time) if time else None
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if found else None


def source_of(file: ExaminedLog, collected_at: datetime) -> Source:
    """The file as a source of evidence."""
    return Source(
        kind=SourceKind.QUERY_LOG, name=file.name, collected_at=collected_at, backend=file.backend, facts=file.facts
    )
