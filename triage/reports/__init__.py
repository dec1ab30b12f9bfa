"""Reports know only findings: each renders one format."""

from collections.abc import Mapping
from typing import Protocol

from triage.findings import Report
from triage.reports import json, text
from triage.runbooks import Runbook


class Renderer(Protocol):
    """What a format's module offers."""

    def __call__(self, report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:
        """The report in this format."""
        ...


REPORTS: tuple[tuple[str, Renderer], ...] = (("json", json.render), ("text", text.render))
