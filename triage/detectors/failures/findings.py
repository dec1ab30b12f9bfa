"""One finding for the errors of one kind in one place: how often, since when, what it means, what to do now."""

from dataclasses import dataclass
from datetime import datetime

from triage.detectors.detector import Detector
from triage.detectors.failures.causes import Cause
from triage.detectors.failures.occurrences import Occurrences
from triage.detectors.wording import count, shortened
from triage.evidence import ErrorClue
from triage.findings import Confidence, Finding, Measurement, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a detector says of its errors."""

    means: str
    """One sentence, or a few: what happened."""
    remediation: str
    severity: Severity = Severity.WARNING
    runbook: str | None = None
    """The detector's first where None."""
    causes: tuple[Cause, ...] = ()
    details: tuple[tuple[str, object], ...] = ()
    next_steps: tuple[str, ...] = ()


def finding(detector: Detector, group: Occurrences, meaning: Meaning) -> Finding:
    """The finding for these errors."""
    clue = group.main.clue
    message = shortened(clue.message, 200).rstrip(".").replace("()", "")
    return Finding(
        id=detector.id,
        key=group.key,
        severity=meaning.severity,
        confidence=Confidence.HIGH if clue.classes or clue.code or clue.sqlstate or clue.errno else Confidence.MEDIUM,
        subject=_subject(group),
        summary=f"{count(group.count, 'time')}{_when(group)}: {message or _named(clue)}{'' if message.endswith('?') else '.'} {meaning.means}",
        remediation=meaning.remediation,
        runbook=meaning.runbook or detector.runbooks[0],
        measurements=(Measurement(name="occurrences", value=group.count, unit="errors"),),
        details=_details(group, meaning),
        location=group.location,
        next_steps=meaning.next_steps,
        impact=group.count,
    )


def _named(clue: ErrorClue) -> str:
    """What stands for an error whose message is not known."""
    name = clue.classes[0] if clue.classes else ""
    code = (clue.code and f"SQLAlchemy's code {clue.code}") or (clue.sqlstate and f"SQLSTATE {clue.sqlstate}")
    return name or code or f"error {clue.errno}"


def _subject(group: Occurrences) -> str:
    frame = group.frame
    if frame is None:
        return "the application"
    name = frame.file.replace("\\", "/").rpartition("/")[2]
    return f"{frame.function} in {name}" if frame.function and frame.function != "<module>" else name or frame.file


def _when(group: Occurrences) -> str:
    if group.first is None or group.last is None:
        return ""
    if group.first == group.last:
        return f" at {_clock(group.first)}"
    is_one_day = group.first.date() == group.last.date()
    return (
        f", from {_clock(group.first)} to {group.last:%H:%M:%S}"
        if is_one_day
        else f", from {_clock(group.first)} to {_clock(group.last)}"
    )


def _clock(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"


def _details(group: Occurrences, meaning: Meaning) -> dict[str, object]:
    main, clue, buckets = group.main, group.main.clue, group.buckets
    return {
        "occurrences": group.count,
        "first": _iso(group.first),
        "last": _iso(group.last),
        "bucket_seconds": int(buckets[0].total_seconds()) if buckets else None,
        "counts": [{"at": _iso(at), "count": number} for at, number in buckets[1]] if buckets else [],
        "code": clue.code,
        "classes": list(clue.classes),
        "sqlstate": clue.sqlstate,
        "errno": clue.errno,
        "message": clue.message,
        "statement": main.statement,
        "autoflush": any(failure.is_autoflush for failure in group.failures),
        "workers": list(dict.fromkeys(worker for failure in group.failures for worker in failure.workers))[:20],
        "causes": [cause.details for cause in meaning.causes],
        **dict(meaning.details),
    }


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z") if time else None
