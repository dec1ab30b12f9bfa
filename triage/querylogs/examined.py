"""A log before it is read: its format, when it begins and ends, and what its head shows."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from triage.errors import SourceError
from triage.evidence import Backend, Coverage, Gap
from triage.querylogs.detection import Chosen, detect, sample_of
from triage.querylogs.formats.base import Tally
from triage.querylogs.instant import seconds
from triage.querylogs.reading import LocalFile, Read, cut
from triage.querylogs.rows import Mark
from triage.querylogs.sources import LogFile
from triage.querylogs.vocabulary import Vocabulary
from triage.sql.shape import Verb

_EDGE = 256 * 1024
_FEWEST_IN_COMMON = 20
_LARGEST_DIFFERENCE = 0.1
_CHANGES = frozenset({Verb.INSERT, Verb.UPDATE, Verb.DELETE, Verb.MERGE, Verb.COPY, Verb.DDL})
_FEWEST_CHANGES = 10


class Log(Protocol):
    """A log, on this machine or elsewhere."""

    @property
    def name(self) -> str:
        """How the user knows it."""
        ...

    @property
    def size(self) -> int:
        """How many bytes of it can be read."""
        ...

    @property
    def cut_short(self) -> str | None:
        """Why its end is missing, where it is."""
        ...

    @property
    def wrapper(self) -> str | None:
        """What was taken off."""
        ...


@dataclass(slots=True)
class ExaminedLog:
    """A log whose format is known."""

    log: Log
    read: Read
    chosen: Chosen
    begins: float | None
    """In seconds since 1970, as is the end."""
    ends: float | None
    is_gappy: bool
    is_newest_first: bool
    head: Counter[tuple[int, str]]
    """What ran in its first seconds, by millisecond and fingerprint."""
    has_changes_only: bool = False
    """Whether neither end of it has a SELECT, a BEGIN or a COMMIT, as with PostgreSQL's ``log_statement = mod``."""
    facts: dict[str, object] = field(default_factory=dict)
    """What the report says of it, once it is read."""

    @property
    def name(self) -> str:
        """How the user knows it."""
        return self.log.name

    @property
    def backend(self) -> Backend | None:
        """Whose log it is."""
        return self.chosen.sniffed.backend or self.chosen.format.backend


def examined(log: LogFile, log_format: str | None, prefix: str | None) -> ExaminedLog:
    """Look at the edges of a log; SourceError where no format explains it."""
    return examined_by(LocalFile(log.path).read, log, log_format, prefix)


def examined_by(
    read: Read, log: Log, log_format: str | None, prefix: str | None, *, shows_end: bool = True
) -> ExaminedLog:
    """Look at the edges of a log that is read so; when it ends may have to be seen later."""
    if not log.size:
        raise SourceError(f"{log.name} is empty", "check that logging is on and that this is the file", source=log.name)
    sample = sample_of(read, log.size)
    chosen = detect(sample, log.name, log_format, prefix)
    variant = chosen.sniffed.variant
    head_end = cut(read, log.size, min(_EDGE, log.size), chosen.format, variant)
    head = _edge(read(0, head_end), chosen)
    tail_start = cut(read, log.size, max(log.size - _EDGE, 0), chosen.format, variant)
    tail = _edge(read(tail_start, log.size - tail_start), chosen)
    is_gappy = getattr(chosen.format, "is_gappy", None)
    return ExaminedLog(
        log=log,
        read=read,
        chosen=chosen,
        begins=seconds(head.tally.first) if head.tally.first else None,
        ends=seconds(end) if shows_end and (end := tail.tally.last or head.tally.last) else None,
        is_gappy=is_gappy is not None and is_gappy(sample, variant),
        is_newest_first=head.is_newest_first,
        head=head.ran,
        has_changes_only=chosen.format.backend is Backend.POSTGRESQL and _has_changes_only(head.verbs + tail.verbs),
    )


class _Edge(NamedTuple):
    """What the beginning or the end of a log shows."""

    tally: Tally
    is_newest_first: bool
    ran: Counter[tuple[int, str]]
    """By millisecond and fingerprint, how often."""
    verbs: Counter[Verb]


def _has_changes_only(verbs: Counter[Verb]) -> bool:
    return verbs.total() >= _FEWEST_CHANGES and verbs.keys() <= _CHANGES


def _edge(data: bytes, chosen: Chosen) -> _Edge:
    variant = chosen.sniffed.variant
    vocabulary = Vocabulary(chosen.format.dialect(variant))
    tally = Tally()
    ran: Counter[tuple[int, str]] = Counter()
    verbs: Counter[Verb] = Counter()
    ups = downs = 0
    before: bytes | None = None
    at: float | None = None
    for mark, _, time, text, _, _ in chosen.format.rows(data, 0, len(data), variant, tally):
        if time != before:
            moment = seconds(time)
            if at is not None and moment is not None:
                ups += moment > at
                downs += moment < at
            before, at = time, moment
        if mark in {None, Mark.NAMED}:
            statement = vocabulary(text)
            verbs[statement.shape.verb] += 1
            if at is not None:
                ran[round(at * 1000), statement.fingerprint] += 1
    return _Edge(tally, downs >= 5 and downs > 10 * ups, ran, verbs)


def same_statements(one: ExaminedLog, other: ExaminedLog) -> bool:
    """Say whether two logs show the same statements, as two destinations of one server do.

    Two servers that poll alike show the same in the same seconds, so two logs of one format have to agree on the
    milliseconds, where they have any. Other formats print the beginning of what another prints the end of.
    """
    if not (one.head and other.head) or (one.backend and other.backend and one.backend is not other.backend):
        return False
    is_fine = one.chosen.format is other.chosen.format and _is_fine(one) and _is_fine(other)
    start = (max(min(one.head)[0], min(other.head)[0]) // 1000 + 1) * 1000
    end = min(max(one.head)[0], max(other.head)[0]) // 1000 * 1000
    mine, theirs = (_between(each.head, start, end, 1 if is_fine else 1000) for each in (one, other))
    total = max(mine.total(), theirs.total())
    common = (mine & theirs).total()
    return common >= _FEWEST_IN_COMMON and total - common <= _LARGEST_DIFFERENCE * total


def _is_fine(log: ExaminedLog) -> bool:
    return any(time % 1000 for time, _ in log.head)


def _between(ran: Counter[tuple[int, str]], start: int, end: int, step: int) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for (time, fingerprint), count in ran.items():
        if start <= time < end:
            found[time // step, fingerprint] += count
    return found


def gaps_of(log: ExaminedLog) -> list[Gap]:
    """What the log does not tell, now that it has been read."""
    name, facts = log.name, log.facts
    found: list[Gap] = []
    if log.log.cut_short:
        found.append(
            Gap(
                source=name,
                reason=f"{name} ends early: {log.log.cut_short}",
                hint="copy the file again; what could be read is in the report",
                unread=True,
            )
        )
    if not getattr(log.chosen.format, "holds_statements", True):
        found.append(
            Gap(
                source=name,
                reason=f"{name} was read as {log.chosen.format.name}, for deadlocks only: it holds no statements",
                hint="add the general or the slow query log",
            )
        )
    elif not facts.get("executions"):
        found.append(
            Gap(
                source=name,
                reason=f"{name} was read as {log.chosen.format.name} and holds no statement",
                hint="set log_statement = all (PostgreSQL), general_log = ON (MySQL) or echo=True (SQLAlchemy) for a while",
                unread=True,
            )
        )
    coverage = facts.get("coverage")
    if coverage != Coverage.FULL:
        found.append(
            Gap(
                source=name,
                reason=f"{name} does not show every statement (coverage: {coverage}): what it shows is suspected at most",
                hint=(
                    "set log_statement = all (PostgreSQL) for a while: this log has changes only"
                    if log.has_changes_only
                    else "set log_min_duration_statement = 0 (PostgreSQL) or long_query_time = 0 (MySQL) for a while"
                ),
            )
        )
    unparsed, size = int(str(facts.get("unparsed_bytes", 0))), int(str(facts.get("bytes", 0)))
    if unparsed:
        at = facts.get("unparsed_at")
        found.append(
            Gap(
                source=name,
                reason=f"{unparsed:,} of the {size:,} bytes of {name} are no {log.chosen.format.name}; "
                f"the first of them is byte {at:,}",
                hint="look at those lines; a file of two formats has to be split, and --prefix or --log-format may help",
            )
        )
    return found
