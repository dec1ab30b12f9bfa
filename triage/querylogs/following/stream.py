"""A log of which nothing is known at first: its wrappers and its format are found as soon as enough lines are there.

A choice made from few lines is looked at again when there are more, up to the size that a sample has otherwise. If it
comes out differently, what was kept until then is read once more from its start.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triage.errors import SourceError
from triage.evidence import Gap
from triage.querylogs.detection import SAMPLE, detect
from triage.querylogs.following.reading import Moment, Reading, Seen
from triage.querylogs.sources import Unwrapper, sampled_head, wrappers_of
from triage.querylogs.sources.wrappers import Named, Wrapper

FEWEST = 4096
"""Bytes that are enough for a first choice; fewer if nothing more comes for a while."""
ENOUGH = 3 * SAMPLE
MOST = 64 * 1024 * 1024
"""Bytes of no format after which the log has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user says of the log's format."""

    log_format: str | None = None
    prefix: str | None = None


class Stream:
    """One log, or several programs' logs in one."""

    def __init__(self, name: str, wanted: Wanted, outer: Sequence[Wrapper] = ()) -> None:
        self._name = name
        self._wanted = wanted
        self._outer = outer
        """What was taken off before."""
        self._kept = bytearray()
        """All that has come, until the choice is made for good."""
        self._is_settled = False
        self._due = FEWEST
        self._tried = 0
        self._reader: Reading | _Shared | None = None

    def feed(self, data: bytes, *, is_new: bool) -> None:
        """Take the next bytes; SourceError if the log is known to have no format."""
        if not self._is_settled:
            self._kept += data
        if self._reader is not None:
            self._reader.feed(data, is_new=is_new)
        if not self._is_settled and len(self._kept) >= self._due:
            self._choose(is_last=len(self._kept) >= MOST, is_new=is_new)
            self._due = min(2 * len(self._kept), MOST)

    def quiet(self) -> None:
        """Take it that what is there is whole: nothing has come for a while."""
        if self._reader is None and len(self._kept) > self._tried and b"\n" in self._kept:
            self._choose(is_last=False, is_new=False)
        if self._reader is not None:
            self._reader.quiet()

    def anew(self) -> None:
        """Go on with another file of the same log."""
        if self._reader is not None:
            self._reader.anew()

    def finish(self, *, is_whole: bool) -> None:
        """Take the end; SourceError if no format explains what there is."""
        if not self._is_settled:
            if not self._kept:
                reason = f"nothing came from {self._name}"
                raise SourceError(reason, "check that logging is on and that this is the log", source=self._name)
            self._choose(is_last=True, is_new=False)
        if self._reader is not None:
            self._reader.finish(is_whole=is_whole)

    def _choose(self, *, is_last: bool, is_new: bool) -> None:
        self._tried = len(self._kept)
        sample = _sample(self._kept)
        wrappers = wrappers_of(sampled_head(sample))
        named = next((at for at, wrapper in enumerate(wrappers) if isinstance(wrapper, Named)), len(wrappers))
        reader: Reading | _Shared
        if named < len(wrappers):
            reader = _Shared(self._name, wrappers[: named + 1], self._wanted, self._outer)
        else:
            unwrapper = Unwrapper(wrappers)
            text = unwrapper.feed(sample) + unwrapper.finish()
            try:
                chosen = detect(text, self._name, self._wanted.log_format, self._wanted.prefix)
            except SourceError:
                if is_last and self._reader is None:
                    raise
                return
            reader = Reading(chosen, wrappers, self._outer)
        if self._reader is None or not reader.is_like(self._reader):
            reader.feed(bytes(self._kept), is_new=is_new)
            self._reader = reader
        if len(self._kept) >= ENOUGH:
            self._is_settled = True
            self._kept.clear()

    def readings(self, title: str) -> Iterator[tuple[str, Reading]]:
        """Yield the logs in it whose format is known, with their names."""
        if isinstance(self._reader, Reading):
            yield title, self._reader
        elif self._reader is not None:
            yield from self._reader.readings(title)

    def end(self, title: str, moment: Moment, *, is_whole: bool) -> tuple[list[Seen], list[Gap]]:
        """What the logs have shown, and what could not be read."""
        try:
            self.finish(is_whole=is_whole)
        except SourceError as error:
            return [], [_gap(error)]
        if isinstance(self._reader, _Shared):
            return self._reader.end(title, moment, is_whole=is_whole)
        return [reading.end(name, moment) for name, reading in self.readings(title)], []


class _Shared:
    """Several programs' logs in one, taken apart by name."""

    def __init__(self, name: str, wrappers: Sequence[Wrapper], wanted: Wanted, outer: Sequence[Wrapper]) -> None:
        self._name, self._wrappers, self._wanted, self._outer = name, wrappers, wanted, outer
        self._streams: dict[bytes, Stream | SourceError] = {}
        self._begin()

    def _begin(self) -> None:
        *outer, named = self._wrappers
        assert isinstance(named, Named)
        self._unwrapper = Unwrapper(outer)
        self._splitter = named.splitter()

    def is_like(self, other: object) -> bool:
        """Say whether another would read the same bytes in the same way."""
        return isinstance(other, _Shared) and [*map(_name, self._wrappers)] == [*map(_name, other._wrappers)]

    def feed(self, data: bytes, *, is_new: bool) -> None:
        """Take the next bytes."""
        for name, lines in self._splitter.feed(self._unwrapper.feed(data)):
            self._feed(name, lines, is_new=is_new)

    def _feed(self, name: bytes, lines: bytes, *, is_new: bool) -> None:
        stream = self._streams.get(name)
        if stream is None:
            title = f"{self._name} ({name.decode(errors='replace')})"
            stream = Stream(title, self._wanted, (*self._outer, *self._wrappers))
            self._streams[name] = stream
        if isinstance(stream, Stream):
            try:
                stream.feed(lines, is_new=is_new)
            except SourceError as error:
                self._streams[name] = error

    def quiet(self) -> None:
        """Take it that what is there is whole."""
        for stream in self._streams.values():
            if isinstance(stream, Stream):
                stream.quiet()

    def anew(self) -> None:
        """Go on with another file."""
        self.finish(is_whole=True)
        for stream in self._streams.values():
            if isinstance(stream, Stream):
                stream.anew()
        self._begin()

    def finish(self, *, is_whole: bool) -> None:
        """Take the end of the lines; those of each program are ended by themselves."""
        if is_whole:
            rest = self._unwrapper.finish()
            for name, lines in (*self._splitter.feed(rest), *self._splitter.finish()):
                self._feed(name, lines, is_new=False)

    def _titled(self, title: str) -> Iterator[tuple[str, Stream | SourceError]]:
        for program, stream in self._streams.items():
            is_one = len(self._streams) == 1
            yield title if is_one else f"{title} ({program.decode(errors='replace')})", stream

    def readings(self, title: str) -> Iterator[tuple[str, Reading]]:
        """Yield the logs whose format is known, with their names."""
        for name, stream in self._titled(title):
            if isinstance(stream, Stream):
                yield from stream.readings(name)

    def end(self, title: str, moment: Moment, *, is_whole: bool) -> tuple[list[Seen], list[Gap]]:
        """What each log has shown, and those that could not be read."""
        seen: list[Seen] = []
        gaps: list[Gap] = []
        for name, stream in self._titled(title):
            if isinstance(stream, SourceError):
                gaps.append(_gap(stream))
            else:
                found, more = stream.end(name, moment, is_whole=is_whole)
                seen += found
                gaps += more
        return seen, gaps


def _gap(error: SourceError) -> Gap:
    return Gap(source=error.source or "", reason=error.message, hint=error.hint, unread=True)


def _name(wrapper: Wrapper) -> str:
    return wrapper.name


def _sample(kept: bytearray) -> bytes:
    """Whole lines from the beginning, and from the end where there is much."""
    if len(kept) <= ENOUGH:
        end = kept.rfind(b"\n") + 1
        return bytes(kept[: end or len(kept)])
    head, tail = bytes(kept[: 2 * SAMPLE]), bytes(kept[-SAMPLE:])
    return head[: head.rfind(b"\n") + 1] + tail[tail.find(b"\n") + 1 : tail.rfind(b"\n") + 1] or head
