"""Which format a log has: every candidate is scored on samples from the head, the middle and the tail."""

from dataclasses import dataclass

from triage.errors import SourceError, UsageError
from triage.querylogs.formats import BY_NAME, FORMATS
from triage.querylogs.formats.base import Data, Format, Sniffed

SAMPLE = 128 * 1024
ENOUGH = 0.3
"""The least part of the samples' bytes that a format must explain."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The format of a log, and why."""

    format: Format
    sniffed: Sniffed
    others: tuple[tuple[str, float], ...]
    """The other candidates with their scores."""

    @property
    def explanation(self) -> str:
        """The choice in one line."""
        others = ", ".join(f"{name} {score:.0%}" for name, score in self.others) or "none"
        return f"{self.format.name}: {self.sniffed.why}; other candidates: {others}"


def detect(data: Data, name: str, log_format: str | None, prefix: str | None) -> Chosen:
    """Choose the format; SourceError where none explains enough."""
    sample = sample_of(data)
    if log_format is not None and log_format not in BY_NAME:
        raise UsageError(f"there is no log format {log_format}", f"choose one of {', '.join(BY_NAME)}")
    candidates = [BY_NAME[log_format]] if log_format else FORMATS
    scored: list[tuple[Sniffed, Format]] = []
    for each in candidates:
        wants_prefix = each.name == "postgresql-stderr"
        if prefix is not None and not wants_prefix and not log_format:
            continue
        found = each.sniff(sample, prefix if wants_prefix else None)
        if found:
            scored.append((found, each))
    scored.sort(key=lambda pair: -pair[0].score)
    if not scored or (scored[0][0].score < ENOUGH and not log_format):
        raise SourceError(
            f"{name} has no format that is known here{_nearest(scored)}",
            "name it with --log-format, give PostgreSQL's log_line_prefix with --prefix, or see --explain-format",
            source=name,
        )
    (sniffed, chosen), *others = scored
    return Chosen(chosen, sniffed, tuple((each.name, found.score) for found, each in others))


def _nearest(scored: list[tuple[Sniffed, Format]]) -> str:
    return f" (nearest: {scored[0][1].name}, {scored[0][0].why})" if scored else ""


def sample_of(data: Data) -> bytes:
    """Whole lines from the head, the middle and the tail."""
    size = len(data)
    if size <= 3 * SAMPLE:
        return data[:]
    middle = size // 2
    parts = [data[:SAMPLE], data[middle : middle + SAMPLE], data[size - SAMPLE :]]
    return b"".join(part[part.find(b"\n") + 1 : part.rfind(b"\n") + 1] if at else part for at, part in enumerate(parts))
