"""Platforms' wrappers around an application's log, taken off so that each line keeps its time.

The wrappers of query logs drop the platform's time, because the servers' records have their own. Many an application's
have none, so here what stands before a line as text is left there, and objects leave their time before the line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from triage.querylogs.sources.wrappers import Remover, Sample, Wrapper
from triage.querylogs.sources.wrappers.cloudwatch import CloudWatchDocument
from triage.querylogs.sources.wrappers.json_lines import (
    CLOUDWATCH_LINES,
    DOCKER_JSON,
    JOURNAL_JSON,
    JsonLineRemover,
    JsonLines,
)
from triage.querylogs.sources.wrappers.named import COMPOSE, KUBECTL
from triage.querylogs.sources.wrappers.text import ByteOrderMark, CarriageReturns, Colours

_Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TimedJsonLines:
    """A wrapper whose objects hold a line each, and when and by whom it was written."""

    lines: JsonLines
    head_of: Callable[[_Record], str]

    @property
    def name(self) -> str:
        """As the wrapper's."""
        return self.lines.name

    def carried(self, sample: Sample) -> bool:
        """As the wrapper's."""
        return self.lines.carried(sample)

    def remover(self) -> Remover:
        """Return what puts the head before each line; a line that was cut gets one where it begins."""
        is_open: dict[str, bool] = {}

        def text_of(record: _Record) -> tuple[str, str] | None:
            found = self.lines.text_of(record)
            if found is None:
                return None
            stream, text = found
            head = "" if is_open.get(stream) else self.head_of(record)
            is_open[stream] = not text.endswith("\n")
            return stream, head + text

        return JsonLineRemover(text_of)


def _of_docker(record: _Record) -> str:
    return f"{record['time']} " if isinstance(record.get("time"), str) else ""


def _of_cloudwatch(record: _Record) -> str:
    value = record.get("timestamp")
    return f"{_instant(value, 1000)} " if isinstance(value, int) else ""


def _of_journal(record: _Record) -> str:
    value, pid = record.get("__REALTIME_TIMESTAMP"), record.get("_PID")
    name = str(record.get("SYSLOG_IDENTIFIER") or "app").split()[0]
    when = _instant(int(value), 1_000_000) if isinstance(value, str) and value.isdecimal() else ""
    return f"{when} {name}[{pid}]: " if pid else f"{when} " if when else ""


def _instant(value: int, unit: int) -> str:
    try:
        return datetime.fromtimestamp(value / unit, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return ""


KNOWN: tuple[Wrapper, ...] = (
    ByteOrderMark(),
    CarriageReturns(),
    Colours(),
    TimedJsonLines(DOCKER_JSON, _of_docker),
    TimedJsonLines(CLOUDWATCH_LINES, _of_cloudwatch),
    CloudWatchDocument(),
    TimedJsonLines(JOURNAL_JSON, _of_journal),
    COMPOSE,
    KUBECTL,
)
