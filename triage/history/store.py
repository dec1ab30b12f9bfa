"""A history that is open: what it knows of a target, and what it is to remember."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from triage import __version__
from triage.findings import Confidence, Gauge, Severity
from triage.health import Sample, TargetHealth
from triage.history.comparing import Before, Past
from triage.history.saying import translated
from triage.history.tables import findings, measurements, runs, storable

MOST_SAMPLES = 90
"""Earlier runs that a chart shows."""
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A finding that runs within some time raised."""

    target: str
    id: str
    key: str
    severity: Severity
    """Of the last time."""
    subject: str
    summary: str
    since: datetime
    last_seen: datetime
    looks: int
    is_there: bool
    """Whether the last look at the target still saw it, or could not tell."""


class Store:
    """A history. What goes wrong in it is a ``SourceError``."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        """Its URL, without the password."""

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        with (
            translated(self.name),
            self._engine.connect().execution_options(writes=writes) as connection,
            connection.begin(),
        ):
            yield connection

    def past(self, target: str) -> Past:
        """What is known of a target."""
        mine = runs.c.target == _named(target)
        with self._transaction() as connection:
            last = connection.execute(
                sa.select(runs.c.id, runs.c.at).where(mine, runs.c.looked).order_by(runs.c.id.desc()).limit(1)
            ).first()
            newest = connection.scalar(sa.select(runs.c.unread).where(mine).order_by(runs.c.id.desc()).limit(1))
            if last is None:
                return Past(unread=bool(newest))
            known = connection.execute(sa.select(findings).where(findings.c.run_id == last.id)).all()
            recent = connection.execute(
                sa.select(runs).where(mine, runs.c.looked).order_by(runs.c.id.desc()).limit(MOST_SAMPLES)
            ).all()
            measured = connection.execute(
                sa.select(measurements).where(measurements.c.run_id.in_([run.id for run in recent]))
            ).all()
            # Within the block: what cannot be read as what it should be is an error of the history, too.
            return Past(
                at=last.at,
                unread=bool(newest),
                findings={row.key: _before(row) for row in known},
                samples=_samples(recent, measured),
            )

    def save(self, target: TargetHealth, at: datetime, kept: Sequence[Before]) -> None:
        """Remember a run of a target, all of it or nothing."""
        counts = target.report.counts
        with self._transaction(writes=True) as connection:
            run = connection.execute(
                sa.insert(runs).values(
                    target=_named(target.name),
                    at=at,
                    looked=target.report.looked,
                    unread=target.report.unread,
                    critical=counts[Severity.CRITICAL],
                    warning=counts[Severity.WARNING],
                    info=counts[Severity.INFO],
                    triage_version=__version__,
                )
            )
            assert run.inserted_primary_key is not None
            (run_id,) = run.inserted_primary_key
            if rows := [{"run_id": run_id, **_row(before)} for before in kept]:
                connection.execute(sa.insert(findings), rows)
            if gauges := [{"run_id": run_id, **_gauge(gauge)} for gauge in target.report.gauges]:
                connection.execute(sa.insert(measurements), gauges)

    def forget(self, keep: timedelta, now: datetime) -> None:
        """Remove runs that are older, but for the last of each target, which the next one is held against."""
        with self._transaction(writes=True) as connection:
            last = set(
                connection.scalars(sa.select(sa.func.max(runs.c.id)).where(runs.c.looked).group_by(runs.c.target))
            )
            old = [
                run_id
                for run_id in connection.scalars(sa.select(runs.c.id).where(runs.c.at < now - keep))
                if run_id not in last
            ]
            for at in range(0, len(old), 500):
                some = old[at : at + 500]
                for table, column in (
                    (measurements, measurements.c.run_id),
                    (findings, findings.c.run_id),
                    (runs, runs.c.id),
                ):
                    connection.execute(sa.delete(table).where(column.in_(some)))

    def seen(self, since: datetime) -> frozenset[str]:
        """The targets that a run since then could look at."""
        query = sa.select(runs.c.target).where(runs.c.looked, runs.c.at >= since).distinct()
        with self._transaction() as connection:
            return frozenset(connection.scalars(query))

    def told(self, since: datetime, target: str | None = None) -> list[Told]:
        """What runs since then raised, target by target, the worst first."""
        chosen = [] if target is None else [runs.c.target == _named(target)]
        # Runs are numbered as they come: from the first of that time on, findings are read in one go.
        first = sa.select(sa.func.min(runs.c.id)).where(runs.c.at >= since, *chosen).scalar_subquery()
        times = (
            sa.select(
                runs.c.target,
                findings.c.key,
                sa.func.max(findings.c.run_id).label("run_id"),
            )
            .join(runs, runs.c.id == findings.c.run_id)
            .where(findings.c.run_id >= first, runs.c.at >= since, findings.c.told, *chosen)
            .group_by(runs.c.target, findings.c.key)
            .subquery()
        )
        last = (
            sa.select(runs.c.target, sa.func.max(runs.c.id).label("id"))
            .where(runs.c.looked)
            .group_by(runs.c.target)
            .subquery()
        )
        rows = findings.alias()
        # What went, and is seen again but not often enough to be raised, has begun anew.
        still = (
            sa.exists()
            .where(findings.c.run_id == last.c.id, findings.c.key == rows.c.key, findings.c.since == rows.c.since)
            .correlate(last, rows)
        )
        query = (
            sa.select(times.c.target, rows, still.label("is_there"))
            .join(rows, sa.and_(rows.c.run_id == times.c.run_id, rows.c.key == times.c.key))
            .join(last, last.c.target == times.c.target)
            .order_by(times.c.target, rows.c.severity.desc(), rows.c.since, rows.c.key)
        )
        with self._transaction() as connection:
            return [
                Told(
                    target=row.target,
                    id=row.finding,
                    key=row.key,
                    severity=Severity(row.severity),
                    subject=row.subject,
                    summary=row.summary,
                    since=row.since,
                    last_seen=row.last_seen,
                    looks=row.looks,
                    is_there=bool(row.is_there),
                )
                for row in connection.execute(query)
            ]

    def targets(self) -> list[str]:
        """The names of all targets that it knows."""
        with self._transaction() as connection:
            return list(connection.scalars(sa.select(runs.c.target).distinct().order_by(runs.c.target)))


def _named(target: str) -> str:
    return storable(target)[:_LONGEST_NAME]


def _row(before: Before) -> Mapping[str, object]:
    return {
        "key": before.key,
        "finding": before.id,
        "severity": int(before.severity),
        "confidence": int(before.confidence),
        "subject": before.subject,
        "summary": before.summary,
        "since": before.since,
        "last_seen": before.last_seen,
        "looks": before.looks,
        "told": before.told,
    }


def _before(row: "sa.Row[tuple[object, ...]]") -> Before:
    return Before(
        id=row.finding,
        key=row.key,
        severity=Severity(row.severity),
        confidence=Confidence(row.confidence),
        subject=row.subject,
        summary=row.summary,
        since=row.since,
        last_seen=row.last_seen,
        looks=row.looks,
        told=row.told,
    )


def _gauge(gauge: Gauge) -> Mapping[str, object]:
    labels = json.dumps(dict(gauge.labels), sort_keys=True)
    return {"name": gauge.name, "labels": labels, "value": gauge.value, "unit": gauge.unit}


@lru_cache(maxsize=1000)
def _labels(text: str) -> Mapping[str, str]:
    """The labels of a gauge: a few kinds, and thousands of each."""
    found: Mapping[str, str] = json.loads(text)
    return found


def _samples(
    recent: "Sequence[sa.Row[tuple[object, ...]]]", measured: "Sequence[sa.Row[tuple[object, ...]]]"
) -> tuple[Sample, ...]:
    gauges: dict[int, list[Gauge]] = defaultdict(list)
    for row in measured:
        gauges[row.run_id].append(Gauge(name=row.name, value=row.value, unit=row.unit, labels=_labels(row.labels)))
    return tuple(
        Sample(
            at=run.at,
            gauges=tuple(gauges[run.id]),
            findings={Severity.CRITICAL: run.critical, Severity.WARNING: run.warning, Severity.INFO: run.info},
        )
        for run in reversed(recent)
    )
