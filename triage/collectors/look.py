"""One look at a database while it is under way: what has been read, and what could not be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from triage.collectors.connect import driver_errors, is_lost, plain
from triage.collectors.connection import Connection
from triage.collectors.question import Question
from triage.collectors.url import Address
from triage.evidence import Backend, Gap


@dataclass(slots=True)
class Look:
    """What has been read so far; the section in hand may still be under way."""

    address: Address
    question: Question
    backend: Backend
    parts: dict[str, Any] = field(default_factory=dict)
    """Fields of :class:`triage.evidence.Evidence` by name."""
    gaps: list[Gap] = field(default_factory=list)
    version: str | None = None
    database: str | None = None
    connection: Connection | None = None
    over: bool = False
    """Set when the time is up: nothing that arrives later is kept."""

    @property
    def statement_limit_ms(self) -> int:
        """How long one of our statements may run."""
        return max(int(self.question.timeout.total_seconds() * 500), 100)

    @property
    def lock_limit_ms(self) -> int:
        """How long one of our statements may wait for a lock."""
        return min(self.statement_limit_ms // 2, 1000)

    def gap(self, reason: str, hint: str, *, unread: bool = False) -> None:
        """Note something that could not be seen."""
        if not self.over:
            self.gaps.append(Gap(source=self.address.name, reason=reason, hint=hint, unread=unread))

    def keep(self, **parts: object) -> None:
        """Keep what a section read."""
        if not self.over:
            self.parts.update(parts)

    @contextmanager
    def section(self, what: str, hint: str) -> Iterator[None]:
        """Read one section; where the server refuses just that, note the gap and go on."""
        try:
            yield
        except driver_errors(self.backend) as error:
            if is_lost(self.backend, error):
                raise
            self.gap(f"{what} could not be read: {plain(error, self.address.password)}", hint)
