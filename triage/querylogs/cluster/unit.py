"""What a cluster's worker reads at a time, and what it gives back.

A plain log is read in ranges; the worker finds the records at their ends by itself, as its neighbours do. What is
compressed or wrapped can only be read from its beginning, so there the unit is the file: it is unpacked as it comes,
never to a disk. Either way a few megabytes are in memory at a time, and what they come to goes into a part of the log
that is closed after 16 MB and kept compressed: a session that never ends a transaction keeps all it did, because it
depends on what came before the part.
"""

import pickle
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from typing import Any

from triage import __version__
from triage.errors import SourceError
from triage.querylogs.cluster.file import SharedFile
from triage.querylogs.cluster.packing import Packing, stream_pieces
from triage.querylogs.formats import BY_NAME
from triage.querylogs.formats.base import Format
from triage.querylogs.part import Part
from triage.querylogs.reading import cut
from triage.querylogs.sources.log_file import CutShortError

PIECE = 4 * 1024 * 1024
"""Bytes that are parsed at once."""
PIECES = 4
UNIT = PIECES * PIECE
"""The length of a range, and of what one part holds."""
_parsing = Lock()
"""What a process knows of statements is shared by its threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one task reads."""

    file: SharedFile
    start: int = 0
    end: int = 0
    """Where the range begins and ends, but for the records there."""
    packing: Packing | None = None
    """None for a plain log, which is read in ranges."""
    format_name: str
    variant: str | None
    unsure: frozenset[bytes] = frozenset()
    """Sessions of which nothing may be assumed; see ``Part.unsure``."""
    version: str = __version__
    piece: int = PIECE
    most: int = UNIT

    @property
    def weight(self) -> int:
        """How many bytes of the file it is."""
        return self.file.size if self.packing else self.end - self.start


@dataclass(frozen=True, slots=True)
class Reading:
    """What a unit came to. An error is a value here: the worker would write an exception to its own log."""

    parts: tuple[bytes, ...] = ()
    cut_short: str | None = None
    """Why the end is missing, where it is."""
    others: tuple[str, ...] = ()
    """Programs whose lines were skipped and that nobody else reads."""
    error: tuple[str, str] | None = None
    """What happened instead, and what to do."""

    def part(self, at: int) -> Part:
        """Return one of the parts, which follow each other."""
        part = pickle.loads(zlib.decompress(self.parts[at]))  # noqa: S301 - from the cluster we gave our code to
        assert isinstance(part, Part)
        return part


def read_unit(unit: Unit) -> Reading:
    """Read a unit, on a worker."""
    if unit.version != __version__:
        return Reading(error=(f"a worker has triage {__version__}, this is {unit.version}", "install the same on both"))
    try:
        unit.file.check()
        return _read(unit)
    except SourceError as error:
        hint = f"this machine can read it, the worker cannot; there, {error.hint}"
        return Reading(error=(f"{error.message} (on the worker {_worker()})", hint))
    except Exception as error:
        # Whatever it says may hold a statement.
        return Reading(
            error=(f"{unit.file.name} could not be read: {type(error).__name__}", "read it without --dask to see why")
        )


def _worker() -> str:
    get_worker: Callable[[], Any] = import_module("distributed").get_worker
    return str(get_worker().address)


def _read(unit: Unit) -> Reading:
    log_format = BY_NAME[unit.format_name]
    parts: list[bytes] = []
    others: set[bytes] = set()
    cut_short: str | None = None
    part = _new(unit, log_format)
    read = 0
    try:
        for at, data in _pieces(unit, log_format, others):
            with _parsing:
                before = part.tally.unparsed_at
                part.tally.unparsed_at = None
                part.read(log_format.rows(data, 0, len(data), unit.variant, part.tally))
                if part.tally.unparsed_at is not None:
                    part.tally.unparsed_at += at
                part.tally.unparsed_at = part.tally.unparsed_at if before is None else before
            read += len(data)
            if part.tally.length >= unit.most:
                parts.append(_packed(part))
                part = _new(unit, log_format)
    except CutShortError as error:
        cut_short = str(error)
        if not read:
            raise SourceError(f"{unit.file.name} could not be read: {cut_short}", "fetch the file again") from None
    if part.tally.length or not parts:
        parts.append(_packed(part))
    return Reading(tuple(parts), cut_short, tuple(sorted(name.decode(errors="replace") for name in others)))


def _new(unit: Unit, log_format: Format) -> Part:
    dialect, unit_of_time = log_format.dialect(unit.variant), log_format.duration_unit
    return Part(dialect, unit_of_time, is_root=False, unsure=unit.unsure)


def _packed(part: Part) -> bytes:
    return zlib.compress(pickle.dumps(part, pickle.HIGHEST_PROTOCOL), 1)


def _pieces(unit: Unit, log_format: Format, others: set[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield pieces that begin and end with records, and where they are."""
    file = unit.file
    if unit.packing:
        yield from stream_pieces(unit.packing.unpacked(file, others), log_format, unit.variant, unit.piece)
        return

    def cut_at(position: int) -> int:
        return cut(file.read, file.size, position, log_format, unit.variant) if position < file.size else file.size

    start, end = cut_at(unit.start), cut_at(unit.end)
    while start < end:
        next_start = end if start + unit.piece >= end else min(cut_at(start + unit.piece), end)
        data = file.read(start, next_start - start)
        if data:
            yield start, data
        if len(data) < next_start - start:
            raise CutShortError("it became shorter while it was read")
        start = next_start
