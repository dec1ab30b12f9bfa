"""The report as one self-contained page: no network, no font and no script but its own.

Jinja2 is imported when a page is made: a command that prints text does not pay for it.
"""

from collections.abc import Mapping

from triage.findings import Report
from triage.health import HealthReport, single
from triage.runbooks import Runbook


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:  # noqa: ARG001
    """One look as a page; ``color`` is for terminals."""
    name = next((source.name for source in report.sources), "this look")
    return render_health(single(report, name), runbooks)


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:
    """A scheduled run as a page."""
    from triage.reports.html import page  # noqa: PLC0415 - as above

    return page.rendered(health, runbooks)
