"""What every log format offers, and what it reports of the bytes it read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import Protocol

from triage.evidence import Backend
from triage.querylogs.rows import Row
from triage.sql.lexer import Dialect

Data = bytes | mmap

SAMPLED = "parts of a log that the server made a sample"
"""A note of a tally: what is missing in the log may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """How well a format explains a sample."""

    score: float
    """The part of the sample's bytes that its records explain."""
    why: str
    variant: str | None = None
    """What the format needs to know to read the file, such as PostgreSQL's prefix."""
    backend: Backend | None = None
    """Whose log the sample is, where it shows more than the format does."""


@dataclass(slots=True)
class Tally:
    """What became of the bytes of a range: the unparsed ones are counted, all others belong to records."""

    length: int = 0
    records: int = 0
    unparsed_bytes: int = 0
    unparsed_at: int | None = None
    """Where the first unparsed byte is, from the beginning of the data."""
    first: bytes | None = None
    """The time of the first record and of the last, as the log prints them."""
    last: bytes | None = None
    notes: dict[str, int] = field(default_factory=dict)
    """How often something happened that a reader of the report must know, by what it is."""

    def unparsed(self, start: int, end: int) -> None:
        """Count a range that belongs to no record."""
        if end > start:
            self.unparsed_bytes += end - start
            if self.unparsed_at is None:
                self.unparsed_at = start

    def complete(self, length: int, records: int, first: bytes | None, last: bytes | None) -> None:
        """Take what a format counted in a range, and the times of its first record and its last, where it saw any."""
        self.length += length
        self.records += records
        self.first = self.first or first or None
        self.last = last or self.last

    def add(self, other: "Tally") -> None:
        """Add what comes after."""
        self.length += other.length
        self.records += other.records
        self.unparsed_bytes += other.unparsed_bytes
        if self.unparsed_at is None:
            self.unparsed_at = other.unparsed_at
        self.first = self.first or other.first
        self.last = other.last or self.last
        for note, count in other.notes.items():
            self.notes[note] = self.notes.get(note, 0) + count


Rows = Callable[[Data, int, int, str | None, Tally], Iterator[Row]]
"""A format's ``rows``."""


def score_of(rows: Rows, sample: bytes, variant: str | None, start: int = 0) -> float:
    """Return which part of a sample a format's records explain, read from a position on."""
    tally = Tally()
    for _ in rows(sample, start, len(sample), variant, tally):
        pass
    return (tally.length - tally.unparsed_bytes) / len(sample) if tally.records else 0.0


def line_from(data: Data, position: int) -> int:
    """Return where the first line begins at the position or behind it; the data's length if none."""
    return position if position <= 0 else data.find(b"\n", position - 1) + 1 or len(data)


def first_line(data: Data, position: int, starts: Callable[[Data, int], object]) -> int:
    """Return the first line at the position or behind it that starts a record; the data's length if none."""
    position = line_from(data, position)
    while position < len(data) and not starts(data, position):
        position = data.find(b"\n", position) + 1 or len(data)
    return position


class Format(Protocol):
    """One way to write a query log. A module of this package is one."""

    @property
    def name(self) -> str:
        """How ``--log-format`` calls it."""
        ...

    @property
    def backend(self) -> Backend | None:
        """Whose log it is; None where that cannot be told."""
        ...

    @property
    def duration_unit(self) -> float:
        """What one of its durations is in milliseconds: 1.0, or 1000.0 for a log that prints seconds."""
        ...

    def dialect(self, variant: str | None) -> Dialect:
        """How its statements are read."""
        ...

    def sniff(self, sample: bytes, variant: str | None = None) -> Sniffed | None:
        """Say how much of a sample of whole lines the format explains; None if nothing.

        With a variant, which a user gave, that one is tried and no other.
        """
        ...

    def identity(self, variant: str | None) -> str:
        """What tells sessions apart, a value of ``Identity``: session, pid or none."""
        ...

    def first_record(self, data: Data, position: int, variant: str | None) -> int:
        """Return where the first record begins that starts at the position or behind it; the data's length if none.

        A cut there separates nothing that belongs together: what continues a record, such as a DETAIL line, a
        statement's parameters or a line without the time it shares with the line before, starts none.
        """
        ...

    def rows(self, data: Data, start: int, end: int, variant: str | None, tally: Tally) -> Iterator[Row]:
        """Yield what the records say that start in the range, in the order of the log.

        Both ends of the range are record starts, or the data's. When the iterator is exhausted the tally is complete:
        ``length`` is that of the range, and records and unparsed ranges add up to it.
        """
        ...
