"""Leaves behind what a run is asked to: files, an index of them, messages. What fails is a gap, and the rest is delivered."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from glob import escape, iglob
from pathlib import Path
from urllib.parse import quote

from triage.config import Output
from triage.errors import TriageError
from triage.evidence import Gap
from triage.files import replaced
from triage.health import HealthReport
from triage.reports import HEALTH_REPORTS
from triage.reports.html import index
from triage.runbooks import Runbook
from triage.scheduled.posting import post
from triage.scheduled.telling import body_of

_PLACES = re.compile(r"\{(?:date|time|target)\}")
Print = Callable[[str], None]


def delivered(
    health: HealthReport, outputs: tuple[Output, ...], books: Mapping[str, Runbook], tell: Print
) -> HealthReport:
    """Deliver all outputs, and return the report with a gap for each that failed.

    Messages go first, so that the files can say of one that was not delivered.
    """
    order = sorted(outputs, key=lambda output: output.format != "webhook")
    for output in order:
        try:
            _deliver(health, output, books, tell)
        except TriageError as error:
            source = getattr(error, "source", None) or output.path or output.format
            gap = Gap(source=source, reason=error.message, hint=error.hint, unread=True)
            health = replace(health, gaps=(*health.gaps, gap))
    return health


def _deliver(health: HealthReport, output: Output, books: Mapping[str, Runbook], tell: Print) -> None:
    if output.format == "webhook":
        body = body_of(health, output)
        if body is not None:
            post(output.resolved_url() or "", body, timeout=output.timeout_seconds, attempts=output.retries)
        return
    for path, part in _parts(health, output.path or "-"):
        text = HEALTH_REPORTS[output.format](part, books)
        if path == "-":
            tell(text)
        else:
            _make_folder(Path(path))
            replaced(Path(path), text)
    if output.index:
        page = Path(output.index)
        _make_folder(page)
        replaced(page, index.render(list(_past(output.path or "-", page))))


def _past(pattern: str, page: Path) -> Iterator[tuple[str, str]]:
    """The reports that are there, of this run and of earlier ones, the newest first: names, and links from the page."""
    found = sorted(map(Path, iglob(_PLACES.sub("*", escape(pattern)))), reverse=True)  # noqa: PTH207 - it may be absolute
    base = Path(_PLACES.split(pattern)[0]).parent if _PLACES.search(pattern) else Path(pattern).parent
    for report in found:
        if report != page:
            link = quote(os.path.relpath(report, page.parent).replace(os.sep, "/"))
            yield str(report.relative_to(base)), link


def _parts(health: HealthReport, pattern: str) -> Iterator[tuple[str, HealthReport]]:
    """The files that a path stands for: one, or one for each target."""
    if "{target}" not in pattern:
        yield _filled(pattern, health), health
        return
    for target in health.targets:
        part = replace(health, targets=(target,))
        yield _filled(pattern, part).replace("{target}", _file_name(target.name)), part


def _filled(pattern: str, health: HealthReport) -> str:
    at = health.collected_at
    return pattern.replace("{date}", f"{at:%Y-%m-%d}").replace("{time}", f"{at:%H%M%S}")


def _file_name(name: str) -> str:
    """A target's name without what would lead out of the folder."""
    kept = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return kept.lstrip(".") or "_"


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TriageError(
            f"the folder {path.parent} cannot be made: {error.strerror}", "check the path and its permissions"
        ) from error
