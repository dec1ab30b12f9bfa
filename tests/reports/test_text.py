"""The report in a terminal: the first line, 80 columns, nothing left out, nothing that moves the cursor."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from tests.detectors.build import NOW, leaked, source, waiter
from tests.detectors.build import evidence as look
from triage.detectors.blocking_chain import BlockingChain
from triage.detectors.idle_in_transaction import IdleInTransaction
from triage.evidence import Gap, Source, SourceKind
from triage.findings import Confidence, Finding, Location, Report, Severity, Skipped
from triage.reports.text import WIDTH, printable, render
from triage.runbooks import Runbook

LONG = "x" * 200
"""A word that no line can hold."""
CONTROL = "".join(
    (
        "\x1b[31m",  # colour
        "\x1b]0;title\x07",
        "\x1b[2J\x1b[H",  # clear the screen
        "\x9b31m",  # the same in one character
        "\b\b\b\b\r\n\x85\x0b\x0c\x1c\x1d\x1e\x1f\x7f\x00",
        "\u2028\u2029\u202e\u2066",  # lines and directions of Unicode
    )
)
"""What moves a terminal's cursor, or changes what it shows."""
HARMLESS = re.compile(r"[\n -~\u00a0-\u2027\u2030-\u2065\u2070-\ud7ff\ue000-\U0010ffff]")


def finding(**fields: Any) -> Finding:
    usual = {
        "id": "idle-in-transaction",
        "key": "idle-in-transaction:1",
        "severity": Severity.WARNING,
        "confidence": Confidence.HIGH,
        "subject": "shop (user app) in shop",
        "summary": "12 sessions sit idle in transaction.",
        "remediation": "End these sessions.",
        "runbook": "session-leak",
    }
    return Finding(**{**usual, **fields})


def report(*findings: Finding, **fields: Any) -> Report:
    return Report(**{"collected_at": NOW, "findings": findings, "sources": (source(),), **fields})


def shown(*findings: Finding, runbooks: Mapping[str, Runbook] | None = None, **fields: Any) -> str:
    return render(report(*findings, **fields), runbooks or {})


def first_line(text: str) -> str:
    return text.splitlines()[0]


def widest(text: str) -> int:
    return max(len(line) for line in text.split("\n"))


def book(impact: str = "Every one of them holds a slot of the pool. Requests wait.") -> dict[str, Runbook]:
    return {
        "session-leak": Runbook(
            id="session-leak",
            title="sessions left open",
            findings=("idle-in-transaction",),
            text=f"## Symptoms\n\n- x\n\n## Impact\n\n{impact}\n",
            folder=Path(),
        )
    }


# The first line


def test_the_first_line_says_that_nothing_was_found() -> None:
    assert first_line(shown()) == "Nothing wrong was found"


def test_the_first_line_does_not_say_so_where_a_source_could_not_be_read() -> None:
    unread = Gap(source="db", reason="the server cannot be reached", hint="check the host", unread=True)
    assert first_line(shown(gaps=(unread,), sources=())) == "Could not look: the server cannot be reached"


def test_the_first_line_says_what_was_left_out_where_the_rest_was_read() -> None:
    unread = Gap(source="x.toml", reason="there is no file x.toml", hint="check the path", unread=True)
    assert first_line(shown(gaps=(unread,))) == "Nothing wrong was found, but there is no file x.toml"


def test_the_first_line_does_not_hide_that_a_source_could_not_be_read() -> None:
    unread = Gap(source="db", reason="the server cannot be reached", hint="check the host", unread=True)
    headline = " ".join(shown(finding(), gaps=(unread,)).splitlines()[:2])
    assert headline.endswith("shop (user app) in shop; not everything could be read")


def test_the_first_line_counts_by_severity_and_names_the_first_finding() -> None:
    findings = [finding(severity=s) for s in (Severity.CRITICAL, Severity.WARNING, Severity.WARNING, Severity.INFO)]
    assert first_line(shown(*findings)) == (
        "1 critical, 2 warning, 1 info: idle-in-transaction, shop (user app) in shop"
    )


def test_the_first_line_leaves_out_what_there_is_none_of() -> None:
    assert first_line(shown(finding(severity=Severity.INFO))).startswith("1 info: ")


def test_the_second_line_is_the_source() -> None:
    assert shown().splitlines()[1] == (
        "database postgresql://app@db.example.com/shop · postgresql 18.0 · 8 queries, 40"
    )


def test_other_databases_are_one_line() -> None:
    facts = {"queries": 8, "elapsed_ms": 40, "other_databases": {"sessions": 30, "idle_in_transaction": 2}}
    assert "sessions of other databases: 30, of them idle in transaction: 2" in " ".join(
        shown(sources=(source(facts=facts),)).split()
    )


# Each finding


def test_a_finding_says_what_why_what_now_and_where_to_read_on() -> None:
    text = shown(finding(next_steps=("SELECT 1",)), runbooks=book())
    assert text.splitlines()[4:] == [
        "WARNING  idle-in-transaction  (confidence high)",
        "          12 sessions sit idle in transaction.",
        "  Why     Every one of them holds a slot of the pool. Requests wait.",
        "  Do now  End these sessions.",
        "            SELECT 1",
        "  Runbook triage runbook show session-leak: sessions left open",
    ]


def test_a_finding_without_its_runbook_is_shown_all_the_same() -> None:
    assert "  Runbook triage runbook show session-leak\n" in shown(finding())


def test_where_it_can_be_mended_is_shown() -> None:
    assert "  Where   app/db.py:12\n" in shown(finding(location=Location(file="app/db.py", line=12)))
    assert "  Where   app/db.py\n" in shown(finding(location=Location(file="app/db.py")))


def test_findings_keep_their_order() -> None:
    text = shown(finding(id="b"), finding(id="a"))
    assert text.index("WARNING  b") < text.index("WARNING  a")


def test_only_the_first_three_steps_are_shown_and_the_rest_is_counted() -> None:
    text = shown(finding(next_steps=tuple(f"KILL {n}" for n in range(1, 8))))
    assert "KILL 3" in text
    assert "KILL 4" not in text
    assert "… and 4 more like these (all with --format json)" in text


def test_a_step_is_not_broken_inside_a_time() -> None:
    (found,) = IdleInTransaction().detect(look(leaked()))
    assert "'2026-01-30T15:00:00+00:00'" in shown(found)


def test_the_sessions_are_a_table() -> None:
    (found,) = IdleInTransaction().detect(look(*[leaked(pid) for pid in range(101, 113)]))
    text = shown(found)
    assert re.search(r"pid +client +idle s +transaction s\n", text)
    assert "110" in text
    assert "… and 2 more (all with --format json)" in text


def test_the_waiters_are_a_table() -> None:
    (found,) = BlockingChain().detect(look(leaked(1), waiter(2, 1)))
    assert re.search(r"pid +waits for +lock +seconds +user\n", shown(found))


# Nothing is left out


def test_gaps_and_skipped_are_printed_although_nothing_was_found() -> None:
    gap = Gap(source="db", reason="the role may not see statements", hint="GRANT pg_monitor TO app")
    text = shown(gaps=(gap,), skipped=(Skipped(detector="pool-overcommit", reason="no engine config was read"),))
    assert "Not looked at\n" in text
    assert "- the role may not see statements (GRANT pg_monitor TO app)" in text
    assert "- no engine config was read: pool-overcommit" in text


def test_gaps_and_skipped_are_printed_after_findings() -> None:
    text = shown(finding(), gaps=(Gap(source="db", reason="hidden", hint="look"),))
    assert text.index("idle-in-transaction") < text.index("- hidden (look)")


def test_skipped_detectors_are_grouped_by_reason() -> None:
    skipped = [Skipped(detector=d, reason="no engine config was read") for d in ("a-detector", "another")]
    assert "- no engine config was read: a-detector, another" in shown(skipped=tuple(skipped))


def test_where_all_was_looked_at_nothing_is_said_of_it() -> None:
    assert "Not looked at" not in shown(finding())


# 80 columns


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": f"Last statement: SELECT {LONG}"},
        {"summary": "word " * 60},
        {"remediation": "word " * 60},
        {"remediation": LONG},
        {"subject": f"{LONG} (user app) in shop"},
        {"subject": "word " * 60},
        {"location": Location(file="/srv/" + LONG + "/db.py", line=3)},
        {"next_steps": ("SELECT pid FROM pg_stat_activity WHERE pid IN (" + "1234, " * 60 + "1)",)},
        {"details": {"sessions": [{"pid": 1, "client": LONG, "idle_seconds": 1.0}]}},
        {"details": {"holders": [{"user": LONG, "application_name": LONG, "database": LONG, "sessions": 1}]}},
    ],
    ids="-".join,
)
def test_no_line_of_a_finding_is_wider_than_the_terminal(fields: dict[str, object]) -> None:
    assert widest(shown(finding(**fields), runbooks=book())) <= WIDTH


def test_no_line_of_the_reasons_is_wider_than_the_terminal() -> None:
    assert widest(shown(finding(), runbooks=book(impact="word " * 60))) <= WIDTH
    assert widest(shown(finding(), runbooks=book(impact=LONG))) <= WIDTH


@pytest.mark.parametrize("name", ["word " * 60, LONG], ids=["words", "word"])
def test_no_line_of_the_sources_is_wider_than_the_terminal(name: str) -> None:
    assert widest(shown(sources=(source(name=name),))) <= WIDTH


@pytest.mark.parametrize("reason", ["word " * 60, LONG], ids=["words", "word"])
def test_no_line_of_what_was_not_looked_at_is_wider_than_the_terminal(reason: str) -> None:
    gaps, skipped = (Gap(source="db", reason=reason, hint=reason),), (Skipped(detector="a", reason=reason),)
    assert widest(shown(gaps=gaps, skipped=skipped)) <= WIDTH


# What a client can put into a statement or a name


@pytest.mark.parametrize("field", ["summary", "subject", "remediation", "runbook"])
def test_an_escape_in_a_finding_does_not_reach_the_terminal(field: str) -> None:
    harmless(shown(finding(**{field: f"before {CONTROL} after"})))


def test_an_escape_in_a_step_a_place_or_a_table_does_not_reach_the_terminal() -> None:
    rows = [{"pid": 1, "client": f"a{CONTROL}b", "lock": [CONTROL, CONTROL]}]
    place = Location(file=f"a{CONTROL}.py")
    steps = (f"ROLLBACK PREPARED '{CONTROL}'",)
    harmless(shown(finding(next_steps=steps, location=place, details={"sessions": rows, "waiters": rows})))


def test_an_escape_in_a_gap_does_not_reach_the_terminal() -> None:
    harmless(shown(gaps=(Gap(source="db", reason=f"the server said {CONTROL}", hint=CONTROL),)))
    harmless(shown(gaps=(Gap(source="db", reason=f"the server said {CONTROL}", hint=CONTROL, unread=True),)))


def test_an_escape_in_a_reason_does_not_reach_the_terminal() -> None:
    harmless(shown(skipped=(Skipped(detector="a-detector", reason=f"it failed: {CONTROL}"),)))


def test_an_escape_in_a_source_does_not_reach_the_terminal() -> None:
    harmless(shown(sources=(source(name=f"db{CONTROL}", server_version=f"18{CONTROL}"),)))


def test_an_escape_in_a_real_finding_does_not_reach_the_terminal() -> None:
    name = f"shop{CONTROL}"
    session = leaked(application_name=name, user=name, client=name, statement=f"SELECT '{CONTROL}'")
    (found,) = IdleInTransaction().detect(look(session))
    harmless(shown(found))


def test_what_people_write_is_shown_as_it_is() -> None:
    assert printable("Größe → ‘ok’ 日本語 é") == "Größe → ‘ok’ 日本語 é"


def harmless(text: str) -> None:
    assert {c for c in text if not HARMLESS.fullmatch(c)} == set()


# Colour


def test_without_colour_there_is_none() -> None:
    assert "\x1b" not in render(report(finding(severity=Severity.CRITICAL)), book(), color=False)


def test_colour_repeats_what_the_words_say() -> None:
    seen = report(finding(severity=Severity.CRITICAL), finding(severity=Severity.INFO))
    colored = render(seen, book(), color=True)
    assert "\x1b[31m" in colored
    assert click.unstyle(colored) == render(seen, book(), color=False)


def test_a_report_without_findings_has_no_colour() -> None:
    assert "\x1b" not in render(report(), {}, color=True)


def test_a_report_ends_with_one_newline() -> None:
    for text in (shown(), shown(finding()), shown(gaps=(Gap(source="a", reason="b", hint="c"),))):
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_a_source_that_is_no_database_has_no_queries() -> None:
    engine = Source(kind=SourceKind.ENGINE, name="app/db.py", collected_at=NOW)
    assert "engine app/db.py\n" in shown(sources=(engine,))
