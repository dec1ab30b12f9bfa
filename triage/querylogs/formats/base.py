"""What every log format offers."""

from dataclasses import dataclass
from mmap import mmap
from typing import Protocol

from triage.evidence import Backend
from triage.querylogs.ledger import Ledger
from triage.sql.lexer import Dialect

Data = bytes | mmap


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """How well a format explains a sample."""

    score: float
    """The part of the sample's bytes that its records explain."""
    why: str
    variant: str | None = None
    """What the format needs to know to read the file, such as PostgreSQL's prefix."""


class Format(Protocol):
    """One way to write a query log."""

    @property
    def name(self) -> str:
        """How ``--log-format`` calls it."""
        ...

    @property
    def backend(self) -> Backend | None:
        """Whose log it is; None where that cannot be told."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How its statements are read."""
        ...

    def sniff(self, sample: bytes, variant: str | None = None) -> Sniffed | None:
        """Say how well the format explains the sample, None if not at all."""
        ...

    def identity(self, variant: str | None) -> str:
        """Say what tells sessions apart: session, pid or none."""
        ...

    def first_record(self, data: Data, position: int, variant: str | None) -> int:
        """The offset of the first record that starts at the position or after it; the end if there is none."""
        ...

    def parse(self, data: Data, start: int, end: int, variant: str | None, ledger: Ledger) -> None:
        """Read the records that start in the range; both ends are starts of records, or ends of the file."""
        ...
