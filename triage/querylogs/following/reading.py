"""One log of a known format, read while it grows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from triage.evidence import Coverage, Gap, Identity, QueryLogs, Source
from triage.querylogs.conclusion import concluded
from triage.querylogs.detection import SAMPLE, Chosen
from triage.querylogs.examined import ExaminedLog, gaps_of
from triage.querylogs.following.clock import Clock
from triage.querylogs.following.glimpse import left_open, so_far
from triage.querylogs.following.records import Records
from triage.querylogs.formats.base import Tally
from triage.querylogs.instant import seconds
from triage.querylogs.part import Part
from triage.querylogs.sources import LogFile, Unwrapper
from triage.querylogs.sources.wrappers import Wrapper
from triage.querylogs.stream import counted, facts_of, source_of

_HEAD = 3 * SAMPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one log has shown."""

    query_logs: QueryLogs
    source: Source
    gaps: Sequence[Gap]
    executions: int
    transactions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When, and how, is looked at what there is."""

    collected_at: datetime
    idle: float = 60.0
    """Seconds after which an open transaction is left open."""
    in_silence: bool = False
    """Whether time counts in which nothing came."""


class Reading:
    """One log, its wrappers and its format known."""

    def __init__(self, chosen: Chosen, wrappers: Sequence[Wrapper], outer: Sequence[Wrapper] = ()) -> None:
        self.chosen = chosen
        self._wrapper = " over ".join(each.name for each in (*outer, *wrappers)) or None
        self._wrappers = wrappers
        self._format, self._variant = chosen.format, chosen.sniffed.variant
        self._part = Part(self._format.dialect(self._variant), self._format.duration_unit, is_root=True)
        self._head = bytearray()
        self._clock = Clock()
        self._is_new = False
        self._begin()

    def _begin(self) -> None:
        self._unwrapper = Unwrapper(self._wrappers)
        self._records = Records(self._format, self._variant)

    def is_like(self, other: object) -> bool:
        """Say whether another would read the same bytes in the same way."""
        return (
            isinstance(other, Reading)
            and self._format is other._format
            and self._variant == other._variant
            and [each.name for each in self._wrappers] == [each.name for each in other._wrappers]
        )

    def feed(self, data: bytes, *, is_new: bool) -> None:
        """Take the next bytes; ``is_new`` if they came while the log was being followed."""
        self._is_new = is_new
        self._read(self._records.feed(self._unwrapped(data)))

    def quiet(self) -> None:
        """Take it that what is there is whole: nothing has come for a while."""
        self._read(self._records.lines())

    def anew(self) -> None:
        """Go on with another file of the same log."""
        self.finish(is_whole=True)
        self._begin()

    def finish(self, *, is_whole: bool) -> None:
        """Take the end; unless the log is whole, its last line may be half of one."""
        if is_whole:
            text = self._unwrapper.finish()
            self._read(self._records.feed(text) + self._records.rest())
        else:
            self._read(self._records.lines())

    def _unwrapped(self, data: bytes) -> bytes:
        text = self._unwrapper.feed(data) if self._wrappers else data
        if len(self._head) < _HEAD:
            self._head += text[: _HEAD - len(self._head)]
        return text

    def _read(self, data: bytes) -> None:
        if not data:
            return
        tally = Tally()
        self._part.read(self._format.rows(data, 0, len(data), self._variant, tally))
        if tally.unparsed_at is not None:
            tally.unparsed_at += self._part.tally.length
        self._part.tally.add(tally)
        if tally.last:
            self._part.tidy(tally.last)
            if (last := seconds(tally.last)) is not None:
                self._clock.saw(last, is_new=self._is_new)

    def left_open(self, moment: Moment) -> int:
        """How many transactions are open and have been idle for long."""
        return left_open(self._part, self._clock.now(in_silence=moment.in_silence), moment.idle)

    def seen(self, name: str, moment: Moment) -> Seen:
        """What is certain by now; the reading goes on."""
        return self._told(name, moment, so_far(self._part, self._clock.now(in_silence=moment.in_silence), moment.idle))

    def end(self, name: str, moment: Moment) -> Seen:
        """What the log has shown, now that it has ended."""
        self._part.close()
        return self._told(name, moment, self._part)

    def _told(self, name: str, moment: Moment, part: Part) -> Seen:
        is_gappy: Callable[[bytes, str | None], bool] | None = getattr(self._format, "is_gappy", None)
        log = ExaminedLog(
            log=LogFile(name, Path(name), part.tally.length, wrapper=self._wrapper),
            read=lambda start, length: bytes(self._head[start : start + length]),
            chosen=self.chosen,
            begins=None,
            ends=None,
            is_gappy=is_gappy is not None and is_gappy(bytes(self._head), self._variant),
            is_newest_first=False,
            head=Counter(),
        )
        log.facts = facts_of(log, part, counted(part))
        confirmed = log.facts["coverage"] == Coverage.FULL and log.facts["identity"] != Identity.NONE
        totals = part.totals
        return Seen(
            query_logs=concluded(part, confirmed=confirmed),
            source=source_of(log, moment.collected_at),
            gaps=gaps_of(log),
            executions=totals.executions,
            transactions=totals.begun,
        )
