"""Which findings nobody wants to hear of, and which of those decisions have run out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from triage.config import Ignore
from triage.evidence import Gap
from triage.findings import Finding
from triage.health import Ignored

_GROUPS = ("sessions", "waiters", "holders")
"""Entries of a finding's details that list sessions."""


def ignored(findings: Sequence[Finding], ignores: Sequence[Ignore], target: str, today: date) -> tuple[Ignored, ...]:
    """The findings that an ignore fits which holds today; the first one that does is named."""
    valid = [each for each in ignores if (each.until is None or today <= each.until) and _is_of(each, target)]
    return tuple(
        Ignored(finding=finding, reason=fitting.reason, until=fitting.until)
        for finding in findings
        if (fitting := next((each for each in valid if _fits(each, finding)), None))
    )


def expired(ignores: Sequence[Ignore], today: date, config: str) -> tuple[Gap, ...]:
    """A notice for each ignore that has run out, so that nobody wonders why its finding is back."""
    return tuple(
        Gap(
            source=config,
            reason=f"an ignore has run out on {each.until}: {_described(each)} ({each.reason})",
            hint="remove it, or give it another until",
        )
        for each in ignores
        if each.until is not None and each.until < today
    )


def _is_of(ignore: Ignore, target: str) -> bool:
    return ignore.target is None or fnmatchcase(target, ignore.target)


def _fits(ignore: Ignore, finding: Finding) -> bool:
    if ignore.finding not in {None, finding.id} or ignore.key not in {None, finding.key}:
        return False
    return all(
        pattern is None or _all_match(pattern, list(_named(finding.details, field)))
        for pattern, field in ((ignore.application, "application_name"), (ignore.user, "user"))
    )


def _all_match(pattern: str, names: list[str | None]) -> bool:
    """Whether all sessions match: one that does not is not covered by the decision."""
    return bool(names) and all(name is not None and fnmatchcase(name, pattern) for name in names)


def _named(details: Mapping[str, object], field: str) -> Iterator[str | None]:
    """What the sessions that a finding is about are called: those at fault, not those that wait for them."""
    root = details.get("root")
    groups = [[root]] if isinstance(root, Mapping) else [details.get(name) for name in _GROUPS]
    for group in groups:
        for each in group if isinstance(group, list | tuple) else ():
            if isinstance(each, Mapping) and field in each:
                yield each[field] if isinstance(each[field], str) else None


def _described(ignore: Ignore) -> str:
    names = ("finding", "key", "application", "user", "target")
    return ", ".join(f"{name} {value}" for name in names if (value := getattr(ignore, name)))
