"""Markdown as GitHub has it, for a ticket or a pull request.

Names and statements come from whoever can connect to the database: in running text every character that Markdown or
HTML would act on is escaped, and what is shown as code stands in a fence that nothing in it can close.
https://github.github.com/gfm/
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from triage.findings import Finding, Report
from triage.health import Change, HealthReport, TargetHealth, single
from triage.reports.tables import cell, tables
from triage.reports.text import by_reason, printable
from triage.runbooks import Runbook

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~&@:]|(?<=www)\.|(?<=\d)\.(?= ))", re.IGNORECASE)
"""Of the dots, those of an address that becomes a link by itself, and those of what could begin a list."""
_MOST_STEPS = 20
_MOST_ROWS = 50


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:  # noqa: ARG001 - for terminals
    """One look."""
    name = report.sources[0].name if report.sources else "triage"
    return render_health(single(report, name), runbooks)


def render_health(health: HealthReport, runbooks: Mapping[str, Runbook]) -> str:
    """A scheduled run."""
    lines = [f"# Health report of {health.collected_at:%Y-%m-%d %H:%M} UTC", ""]
    lines += _table(
        ["target", "state", "critical", "warning", "info", "new or worse", "gone"],
        [_summary(target) for target in health.targets],
    )
    for target in health.targets:
        lines += ["", *_target(target, runbooks)]
    if health.gaps:
        lines += ["", "## The run itself", "", *(f"- {_text(gap.reason)} ({_text(gap.hint)})" for gap in health.gaps)]
    return "\n".join(lines).rstrip() + "\n"


def _summary(target: TargetHealth) -> list[str]:
    report = target.report
    state = str(report.worst) if report.worst is not None else "nothing wrong" if report.looked else "not looked at"
    counts = [str(number) for _, number in sorted(report.counts.items(), reverse=True)]
    return [_text(target.name), state, *counts, str(len(target.new)), str(len(target.gone))]


def _target(target: TargetHealth, runbooks: Mapping[str, Runbook]) -> Iterator[str]:
    yield f"## {_text(target.name)}"
    if target.tags:
        yield from ("", f"Tags: {', '.join(map(_text, target.tags))}")
    if not target.report.findings:
        yield from ("", "Nothing wrong was found." if target.report.looked else "**It could not be looked at.**")
    for finding in target.report.findings:
        yield from ("", *_finding(finding, target, runbooks.get(finding.runbook)))
    yield from _list(
        "Gone", (f"{_code(g.id)} {_text(g.subject)}, there since {g.since:%Y-%m-%d %H:%M} UTC" for g in target.gone)
    )
    yield from _list(
        "Waiting to be raised",
        (
            f"{_code(each.finding.id)} {_text(each.finding.subject)}: seen in {each.looks} of {each.needed} looks"
            for each in target.pending
        ),
    )
    yield from _list(
        "Ignored",
        (
            f"{_code(each.finding.id)} {_text(each.finding.subject)}"
            f"{f' until {each.until}' if each.until else ''}: {_text(each.reason)}"
            for each in target.ignored
        ),
    )
    yield from _list(
        "Not looked at",
        [
            *(f"{_text(gap.reason)} ({_text(gap.hint)})" for gap in target.report.gaps),
            *(
                f"{_text(reason)}: {', '.join(map(_code, detectors))}"
                for reason, detectors in by_reason(target.report.skipped).items()
            ),
        ],
    )


def _finding(finding: Finding, target: TargetHealth, runbook: Runbook | None) -> Iterator[str]:
    trend = target.trends.get(finding.key)
    yield f"### {finding.severity}: {_code(finding.id)} {_text(finding.subject)}"
    yield ""
    if trend is not None and trend.change is not Change.SAME:
        yield f"**{trend.change}**, since {trend.since:%Y-%m-%d %H:%M} UTC, confidence {finding.confidence}"
    elif trend is not None:
        yield f"There since {trend.since:%Y-%m-%d %H:%M} UTC, {trend.looks} looks, confidence {finding.confidence}"
    else:
        yield f"Confidence {finding.confidence}"
    yield from ("", _text(finding.summary))
    for table in tables(finding):
        rows = [[_text(cell(row.get(column))) for column in table.used] for row in table.rows[:_MOST_ROWS]]
        yield from ("", *_table(list(table.used.values()), rows))
        if len(table.rows) > _MOST_ROWS:
            yield from ("", f"… and {len(table.rows) - _MOST_ROWS} more")
    if finding.location:
        line = f":{finding.location.line}" if finding.location.line else ""
        yield from ("", f"Where: {_code(f'{finding.location.file}{line}')}")
    yield from ("", f"**Do now:** {_text(finding.remediation)}")
    if finding.next_steps:
        yield from ("", *_fenced("\n".join(finding.next_steps[:_MOST_STEPS])))
    title = f": {_text(runbook.title)}" if runbook else ""
    yield from ("", f"Runbook: {_code(f'triage runbook show {finding.runbook}')}{title}")


def _list(heading: str, items: Iterable[str]) -> Iterator[str]:
    items = list(items)
    if items:
        yield from ("", f"### {heading}", "", *(f"- {item}" for item in items))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _text(text: str) -> str:
    """Running text: on one line, with nothing in it that Markdown or HTML would act on, and no link or mention."""
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))


def _code(text: str) -> str:
    """Code within a line, but not in a table, where a bar would end the cell."""
    text = " ".join(printable(text).split())
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _fenced(text: str) -> Iterator[str]:
    lines = [printable(line) for line in text.splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield from (fence, *lines, fence)
