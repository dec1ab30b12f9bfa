"""The report for a terminal of 80 columns.

The first line is the thing to know. Each finding says what is wrong, why it matters, what to do now
and which runbook ends it; what was not looked at comes last, and is never left out. Colour repeats
what the words already say.

Names and statements come from whoever can connect to the database, so every text goes through
:func:`_wrapped` or a table's cell: none is wider than the terminal, and none moves its cursor.
"""

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import click

from triage.evidence import Source, SourceKind
from triage.findings import Finding, Report, Severity, Skipped
from triage.reports.tables import cell, tables
from triage.runbooks import Runbook

WIDTH = 80
_LABEL = 10
_COLORS = {Severity.CRITICAL: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ROWS = 10
_STEPS = 3


def render(report: Report, runbooks: Mapping[str, Runbook], *, color: bool = False) -> str:
    """The report as text."""

    def styled(text: str, severity: Severity) -> str:
        return click.style(text, fg=_COLORS[severity], bold=True) if color else text

    logs = [source.name for source in report.sources if source.kind is SourceKind.QUERY_LOG]
    lines = [
        *wrapped(_headline(report)),
        *(line for source in report.sources for line in wrapped(about(source), indent="  ")),
        "",
    ]
    if report.worst is not None:
        lines[0] = styled(lines[0], report.worst)
    for finding in report.findings:
        label = styled(str(finding.severity).upper(), finding.severity)
        lines += [
            f"{label}  {finding.id}  (confidence {finding.confidence})",
            *finding_lines(finding, runbooks.get(finding.runbook), logs),
            "",
        ]
    lines += _not_looked_at(report)
    return "\n".join(lines).rstrip() + "\n"


def _headline(report: Report) -> str:
    if report.findings:
        counts = [
            f"{number} {severity}"
            for severity in sorted(Severity, reverse=True)
            if (number := sum(f.severity is severity for f in report.findings))
        ]
        first = report.findings[0]
        unread = "; not everything could be read" if report.unread else ""
        return f"{', '.join(counts)}: {first.id}, {first.subject}{unread}"
    failed = next((gap for gap in report.gaps if gap.unread), None)
    if failed:
        looked = any(
            source.server_version or source.facts.get("executions") or source.facts.get("bytes")
            for source in report.sources
        )
        return f"{'Nothing wrong was found, but' if looked else 'Could not look:'} {failed.reason}"
    if not report.sources and report.gaps:
        return f"Nothing was looked at: {report.gaps[0].reason}"
    logs = {source.name for source in report.sources if source.kind is SourceKind.APP_LOG}
    doubt = next((gap for gap in report.gaps if gap.source in logs), None)
    return f"Nothing wrong was found, but {doubt.reason}" if doubt else "Nothing wrong was found"


def about(source: Source) -> str:
    """A source in one line: what it is, and how much of it was read."""
    said = [f"{source.kind} {source.name}"]
    if source.backend and source.server_version:
        said.append(f"{source.backend} {source.server_version}")
    if source.kind is SourceKind.DATABASE:
        said.append(f"{source.facts['queries']} queries, {source.facts['elapsed_ms']} ms")
    if source.kind is SourceKind.QUERY_LOG:
        said += _about_log(source.facts)
    if source.kind is SourceKind.APP_LOG:
        said += _about_app_log(source.facts)
    others = source.facts.get("other_databases")
    if isinstance(others, Mapping) and others.get("sessions"):
        said.append(
            f"sessions of other databases: {others['sessions']}, of them idle in transaction: {others['idle_in_transaction']}"
        )
    return " · ".join(said)


def _about_log(facts: Mapping[str, Any]) -> Iterator[str]:
    yield str(facts["format"])
    yield (
        f"{_count(facts['executions'], 'statement')} in {_count(facts['transactions']['begun'], 'transaction')} of "
        f"{_count(facts['sessions'], 'session')}"
    )
    if facts["first"]:
        yield f"{facts['first']} to {facts['last']}"


def _about_app_log(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_count(facts['lines'], 'line')}, {_count(facts['tracebacks'], 'traceback')}"
    yield _count(facts["failures"], "database error")
    if facts["first"]:
        yield f"{facts['first']} to {facts['last'] or facts['first']}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def finding_lines(finding: Finding, runbook: Runbook | None, logs: Sequence[str]) -> Iterator[str]:
    """A finding below its head: what is wrong, why it matters, what to do; ``logs`` are those it was seen in."""
    yield from _labelled("", finding.summary)
    yield from _table(finding)
    if runbook and runbook.impact:
        yield from _labelled("Why", _first_sentences(runbook.impact))
    yield from _labelled("Do now", finding.remediation)
    for step in finding.next_steps[:_STEPS]:
        yield from wrapped(step, first=" " * (_LABEL + 2), indent=" " * (_LABEL + 2))
    if len(finding.next_steps) > _STEPS:
        yield f"{' ' * _LABEL}… and {len(finding.next_steps) - _STEPS} more like these (all with --format json)"
    if finding.location:
        line = f":{finding.location.line}" if finding.location.line else ""
        yield from _labelled("Where", f"{finding.location.file}{line}")
    if logs and "child_statement" in finding.details and finding.details.get("episodes"):
        yield from _labelled("Because", f"triage replay {shlex.join(logs)} --explain {finding.key}")
    title = f": {runbook.title}" if runbook else ""
    yield from _labelled("Runbook", f"triage runbook show {finding.runbook}{title}")


def _first_sentences(text: str, length: int = 240) -> str:
    """Whole sentences up to a length, and the first one in any case."""
    sentences = text.replace("**", "").replace("`", "").split(". ")
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + len(sentence) > length:
            break
        kept = f"{kept}. {sentence}"
    return kept if kept.endswith(".") else f"{kept}."


def _labelled(label: str, text: str) -> list[str]:
    return wrapped(text, first=f"  {label}".ljust(_LABEL), indent=" " * _LABEL)


def wrapped(text: str, *, first: str = "", indent: str = "") -> list[str]:
    """The text in lines of the terminal's width; ``indent`` is that of the second line and those after it."""
    return textwrap.wrap(printable(text), WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)


def printable(text: str) -> str:
    """The text without characters that could move a terminal's cursor or change what it shows."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _table(finding: Finding) -> Iterator[str]:
    for table in tables(finding):
        from tabulate import tabulate  # noqa: PLC0415 - a report without a table does not pay for it

        shown = replace(table, rows=table.rows[:_ROWS])
        cells = [[" ".join(printable(cell(row.get(name))).split()) for name in shown.used] for row in shown.rows]
        headings = list(shown.used.values())
        for line in tabulate(cells, headers=headings, tablefmt="simple", disable_numparse=True).splitlines():
            yield (" " * _LABEL + line)[:WIDTH].rstrip()
        if len(table.rows) > _ROWS:
            yield f"{' ' * _LABEL}… and {len(table.rows) - _ROWS} more (all with --format json)"


def _not_looked_at(report: Report) -> Iterator[str]:
    if not report.gaps and not report.skipped:
        return
    yield "Not looked at"
    for gap in report.gaps:
        yield from wrapped(f"- {gap.reason} ({gap.hint})", first="  ", indent="    ")
    for reason, detectors in by_reason(report.skipped).items():
        yield from wrapped(f"- {reason}: {', '.join(detectors)}", first="  ", indent="    ")


def by_reason(skipped: Iterable[Skipped]) -> dict[str, list[str]]:
    """The detectors that did not judge, by their reason."""
    reasons: dict[str, list[str]] = {}
    for one in skipped:
        reasons.setdefault(one.reason, []).append(one.detector)
    return reasons
