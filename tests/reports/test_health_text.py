"""A scheduled run as text: what its lines say of each target."""

from tests.detectors.build import NOW
from tests.reports.runs import n_plus_one
from triage.findings import Report, Severity
from triage.health import HealthReport, TargetHealth
from triage.reports.health_text import render_health


def test_a_target_with_nothing_but_a_note_is_not_one_where_nothing_was_found() -> None:
    report = Report(collected_at=NOW, findings=(n_plus_one(severity=Severity.INFO),))
    run = HealthReport(collected_at=NOW, targets=(TargetHealth(name="shop", report=report),))
    text = render_health(run, {})
    assert "\nshop: info\n" in text
    assert "nothing wrong" not in text
