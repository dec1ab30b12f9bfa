"""Collectors look and never judge: each reads one kind of source into evidence."""

from collections.abc import Callable
from dataclasses import dataclass

from triage.collectors import app_logs, database, engines, models, query_logs
from triage.collectors.question import Question
from triage.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Collector:
    """One kind of source."""

    name: str
    asked: Callable[[Question], bool]
    """Whether the question is about it at all."""
    collect: Callable[[Question], Evidence]
    """What it shows; SourceError where nothing of it could be read."""


COLLECTORS: tuple[Collector, ...] = (
    Collector("database", database.asked, database.collect),
    Collector("engines", engines.asked, engines.collect),
    Collector("models", models.asked, models.collect),
    Collector("query_logs", query_logs.asked, query_logs.collect),
    Collector("app_logs", app_logs.asked, app_logs.collect),
)
