"""The whole run: look, leave out what is ignored, compare with the past, remember."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from triage import history
from triage.config import Config, History, Target
from triage.errors import TriageError
from triage.evidence import Gap
from triage.findings import Report
from triage.health import HealthReport, Sample, TargetHealth
from triage.history import Past, Store, compared
from triage.scheduled.ignoring import expired, ignored
from triage.scheduled.looking import Looked, Looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a run is asked to do."""

    config: Config
    targets: Mapping[str, Target]
    history: History | None
    """Where earlier runs are kept; None runs without them."""
    folder: Path
    """Where a history lies that has no place of its own."""


def run(order: Order, tell: Callable[[str], None]) -> HealthReport:
    """Look at all targets, and say how they are and what has changed; ``tell`` hears the name of each that is done.

    A history that cannot be used is a gap: the targets are looked at all the same.
    """
    looked = Looks(order.config, order.targets).all(tell)
    going = _Run(order, datetime.now(UTC))
    going.gaps += expired(order.config.ignores, going.now.date(), str(order.config.path))
    with going.remembering():
        targets = [going.health(name, looked[name]) for name in order.targets]
    return HealthReport(collected_at=going.now, targets=tuple(targets), gaps=tuple(dict.fromkeys(going.gaps)))


@dataclass
class _Run:
    """One run, with what went wrong in it so far."""

    order: Order
    now: datetime
    gaps: list[Gap] = field(default_factory=list)
    store: Store | None = None

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Use the history while the block lasts, if there is one that can be used, and forget what is too old."""
        with ExitStack() as stack:
            if self.order.history is not None:
                with self._noting():
                    self.store = stack.enter_context(history.opened(self.order.history, self.order.folder))
            yield
            if self.store is not None and self.order.history is not None:
                with self._noting():
                    self.store.forget(self.order.history.keep, self.now)

    def health(self, name: str, looked: Looked) -> TargetHealth:
        """How a target is, held against the past; it is remembered for the next run."""
        target, report, past = self.order.targets[name], looked.report, self._past(name)
        left_out = ignored(report.findings, self.order.config.ignores, name, self.now.date())
        result = compared(
            past,
            report,
            needed=target.looks or self.order.config.scheduled.looks,
            ignored={each.finding.key for each in left_out},
        )
        raised = replace(report, findings=result.raised)
        health = TargetHealth(
            name=name,
            report=raised,
            tags=target.tags,
            elapsed=looked.elapsed,
            trends=result.trends if self.store else {},
            gone=result.gone,
            ignored=left_out,
            pending=result.pending,
            was_unread=past.unread,
            samples=(*past.samples, _sample(raised, self.now)) if report.looked else past.samples,
        )
        if self.store is not None:
            with self._noting():
                self.store.save(health, self.now, result.kept)
        return health

    def _past(self, name: str) -> Past:
        past = Past()
        if self.store is not None:
            with self._noting():
                past = self.store.past(name)
        if past.at is not None and past.at > self.now:
            self.gaps.append(_of_clock(name, past.at, self.now))
        return past

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """What the history could not do is a gap."""
        try:
            yield
        except TriageError as error:
            source = getattr(error, "source", None) or "history"
            gap = Gap(source=source, reason=error.message, hint=error.hint, unread=True)
            self.gaps.append(gap)


def _sample(report: Report, now: datetime) -> Sample:
    return Sample(at=now, gauges=report.gauges, findings=report.counts)


def _of_clock(name: str, before: datetime, now: datetime) -> Gap:
    return Gap(
        source=name,
        reason=(
            f"the clock went backwards: the last run was at {before:%Y-%m-%d %H:%M:%S} UTC, and it is "
            f"{now:%Y-%m-%d %H:%M:%S} UTC"
        ),
        hint="set the clock; how long a finding has been there is wrong until then",
    )
