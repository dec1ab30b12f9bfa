"""Which format a log has: every candidate is scored on samples from the head, the middle and the tail."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.errors import SourceError, UsageError
from triage.querylogs.formats import BY_NAME, FORMATS
from triage.querylogs.formats.base import Format, Sniffed
from triage.querylogs.reading import Read

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


def detect(sample: bytes, name: str, log_format: str | None, prefix: str | None) -> Chosen:
    """Choose the format; SourceError where none explains enough."""
    if log_format is not None and log_format not in BY_NAME:
        raise UsageError(f"there is no log format {log_format}", f"choose one of {', '.join(BY_NAME)}")
    asked = log_format or ("postgresql-stderr" if prefix is not None else None)
    scored = _scored(sample, [BY_NAME[asked]] if asked else FORMATS, prefix)
    if not scored or (scored[0][0].score < ENOUGH and not asked):
        raise _unknown(name, asked, scored if asked is None else _scored(sample, FORMATS, None))
    (sniffed, chosen), *others = scored
    return Chosen(chosen, sniffed, tuple((each.name, found.score) for found, each in others))


def _scored(sample: bytes, formats: Sequence[Format], prefix: str | None) -> list[tuple[Sniffed, Format]]:
    found = [(each.sniff(sample, prefix if each.name == "postgresql-stderr" else None), each) for each in formats]
    return sorted(((sniffed, each) for sniffed, each in found if sniffed), key=_rank)


def _unknown(name: str, asked: str | None, scored: list[tuple[Sniffed, Format]]) -> SourceError:
    """What to say of a log that is not what it was called, or nothing that is known."""
    if scored and scored[0][0].score >= ENOUGH:
        message = f"{name} is no {asked} log, or not with that prefix; it looks like {scored[0][1].name}"
        return SourceError(message, "leave out --log-format and --prefix", source=name)
    nearest = f" (nearest: {scored[0][1].name}, {scored[0][0].why})" if scored else ""
    return SourceError(
        f"{name} has no format that is known here{nearest}; known are {', '.join(BY_NAME)}",
        "check that it is a query log; name its format with --log-format, or PostgreSQL's log_line_prefix with --prefix",
        source=name,
    )


def _rank(pair: tuple[Sniffed, Format]) -> tuple[bool, bool, float]:
    """Put the best first; a format without statements claims what it does not know, so it is behind those that explain."""
    sniffed, candidate = pair
    return sniffed.score < ENOUGH, not getattr(candidate, "holds_statements", True), -sniffed.score


def sample_of(read: Read, size: int) -> bytes:
    """Whole lines from the head, the middle and the tail."""
    if size <= 3 * SAMPLE:
        return read(0, size)
    parts = [read(0, SAMPLE), read(size // 2, SAMPLE), read(size - SAMPLE, SAMPLE)]
    return b"".join(part[part.find(b"\n") + 1 if at else 0 : part.rfind(b"\n") + 1] for at, part in enumerate(parts))
