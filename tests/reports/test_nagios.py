"""A plugin's line: status, text, performance data; and its exit code."""

import re

import pytest

from tests.reports.build import UNREAD, finding, hostile, report, whole
from triage.findings import Finding, Gauge, Severity
from triage.health import HealthReport, single
from triage.reports.nagios import exit_code, render, render_health

LINE = re.compile(r"TRIAGE (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+) \| ([^|\n]*)\n")
DATA = re.compile(r"(?:'[^'=]+'|[a-z]+)=-?[0-9.e+]+s?;;;0")


def said(health: HealthReport) -> tuple[str, str, list[str]]:
    found = LINE.fullmatch(render_health(health, {}))
    assert found
    data = found[3].split(" ") if found[3] else []
    joined = re.findall(r"'[^']*'\S*|\S+", found[3])
    assert all(DATA.fullmatch(each) for each in joined), data
    return found[1], found[2], joined


def of(*findings: Finding, unread: bool = False) -> HealthReport:
    return single(report(*findings, gaps=(UNREAD,) if unread else ()), "")


INFO, WARNING, CRITICAL = (finding(severity=severity) for severity in Severity)


@pytest.mark.parametrize(
    ("health", "word", "code"),
    [
        (of(), "OK", 0),
        (of(INFO), "OK", 0),
        (of(INFO, WARNING), "WARNING", 1),
        (of(WARNING, CRITICAL), "CRITICAL", 2),
        (of(unread=True), "UNKNOWN", 3),
        (of(WARNING, unread=True), "UNKNOWN", 3),
        (of(CRITICAL, unread=True), "CRITICAL", 2),
        (whole(), "CRITICAL", 2),
    ],
)
def test_the_word_and_the_code(health: HealthReport, word: str, code: int) -> None:
    assert said(health)[0] == word
    assert exit_code(health) == code


def test_nothing_wrong_is_said() -> None:
    assert said(of())[1] == "nothing wrong was found"


def test_the_worst_comes_first_each_in_one_sentence() -> None:
    _, text, _ = said(of(WARNING, CRITICAL, INFO))
    assert text.startswith("1 critical, 1 warning, 1 info; pool-overcommit: 8 processes × (pool_size 10")
    assert "But there are" not in text
    assert text.count("pool-overcommit") == 2


def test_what_could_not_be_looked_at_is_said_with_its_target() -> None:
    assert "billing: not looked at: the server cannot be reached" in said(whole())[1]


def test_gauges_are_performance_data() -> None:
    _, _, data = said(whole())
    assert data[:3] == ["critical=1;;;0", "warning=1;;;0", "info=0;;;0"]
    assert "'shop_sessions_active'=3;;;0" in data
    assert "'shop_idle_in_transaction_longest'=3600.5s;;;0" in data


def test_a_large_number_is_written_out_and_one_without_end_is_unknown() -> None:
    gauges = (
        Gauge(name="idle_in_transaction_longest", value=1_234_567.8, unit="seconds"),
        Gauge(name="pool_demand", value=float("inf"), unit="connections"),
    )
    line = render_health(single(report(gauges=gauges), ""), {})
    assert "'idle_in_transaction_longest'=1234567.8s;;;0" in line
    assert "'pool_demand'=U;;;0" in line


def test_a_hostile_text_stays_on_its_line_and_before_the_bar() -> None:
    said(hostile())


def test_a_long_text_is_cut() -> None:
    many = of(*(finding(key=str(number)) for number in range(200)))
    assert len(said(many)[1]) == 1000


def test_one_look() -> None:
    assert render(report(), {}).startswith("TRIAGE OK - nothing wrong was found | critical=0;;;0 ")
