"""A page that lists past HTML reports, the newest first."""

from collections.abc import Sequence


def render(reports: Sequence[tuple[str, str]]) -> str:
    """The page; of each report its name and the link to it, relative to the page."""
    from triage.reports.html.templates import filled  # noqa: PLC0415 - only a run that writes it pays for Jinja2

    return filled("index.html", reports=reports)
