"""Leaves behind what a run is asked to: files, an index of them, messages. What fails is a gap, and the rest is delivered."""

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from glob import escape, iglob
from hashlib import sha256
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
_MOMENTS = re.compile(r"\d{4}-\d\d-\d\d|(?<!\d)\d{6}(?!\d)")
_LONGEST_NAME = 40
"""Characters of a target's name in that of a file, each of up to four bytes."""
Print = Callable[[str], None]
log = logging.getLogger(__name__)


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
        except BrokenPipeError:
            log.info("whoever reads stdout has read enough")
        except TriageError as error:
            health = _noted(health, output, error.message, error.hint, getattr(error, "source", None))
        except Exception as error:
            log.warning("the output %s failed", output.format, exc_info=log.isEnabledFor(logging.INFO))
            reason = f"the output {output.path or output.format} failed: {type(error).__name__}"
            hint = "this is a mistake in triage: report what triage -v report logs"
            health = _noted(health, output, reason, hint)
    return health


def _noted(health: HealthReport, output: Output, reason: str, hint: str, source: str | None = None) -> HealthReport:
    """The report with what failed; that a message did not arrive fails nothing else."""
    source = source or output.path or output.format
    gap = Gap(source=source, reason=reason, hint=hint, unread=output.format != "webhook")
    return replace(health, gaps=(*health.gaps, gap))


def _deliver(health: HealthReport, output: Output, books: Mapping[str, Runbook], tell: Print) -> None:
    if output.format == "webhook":
        body = body_of(health, output)
        if body is not None:
            post(_address(output), body, timeout=output.timeout_seconds, attempts=output.retries)
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


def _address(output: Output) -> str:
    try:
        return output.resolved_url() or ""
    except TriageError as error:
        raise TriageError(f"a message could not be sent: {error.message}", error.hint) from error


def _past(pattern: str, page: Path) -> Iterator[tuple[str, str]]:
    """The reports that are there, of this run and of earlier ones, the newest first: names, and links from the page."""
    base = Path(_PLACES.split(pattern)[0]).parent if _PLACES.search(pattern) else Path(pattern).parent
    found = map(Path, iglob(_PLACES.sub("*", escape(pattern))))  # noqa: PTH207 - it may be absolute
    names = {str(report.relative_to(base)): report for report in found if report != page}
    for name in sorted(names, key=lambda name: (_moment(name), name), reverse=True):
        yield name, quote(os.path.relpath(names[name], page.parent).replace(os.sep, "/"))


def _moment(name: str) -> list[str]:
    """The date and the time in a report's name, whichever of its parts come before them."""
    return sorted(_MOMENTS.findall(name), key=len, reverse=True)


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
    """A target's name as part of a path: it leads nowhere else, is not too long, and is no other target's."""
    kept = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".")[:_LONGEST_NAME]
    return kept if kept == name else f"{kept}-{sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise TriageError(
            f"the folder {path.parent} cannot be made: {why}", "check the path and its permissions"
        ) from error
