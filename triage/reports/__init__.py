"""Reports know only findings: each renders one format, of a look or of a scheduled run."""

from collections.abc import Mapping
from typing import Protocol

from triage.findings import Report
from triage.health import HealthReport
from triage.reports import health_text, html, json, markdown, nagios, prometheus, text
from triage.runbooks import Runbook


class Renderer(Protocol):
    """What a format's module offers."""

    def __call__(self, report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:
        """The report in this format."""
        ...


class HealthRenderer(Protocol):
    """What a format's module offers for scheduled runs."""

    def __call__(self, health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:
        """The run in this format."""
        ...


REPORTS: tuple[tuple[str, Renderer], ...] = (
    ("html", html.render),
    ("json", json.render),
    ("markdown", markdown.render),
    ("nagios", nagios.render),
    ("prometheus", prometheus.render),
    ("text", text.render),
)
HEALTH_REPORTS: Mapping[str, HealthRenderer] = {
    "html": html.render_health,
    "json": json.render_health,
    "markdown": markdown.render_health,
    "nagios": nagios.render_health,
    "prometheus": prometheus.render_health,
    "text": health_text.render_health,
}
