"""Looks at many targets at once, each for a bounded time.

A look that does not come back is left alone: what cannot be interrupted, such as a driver that waits for a name server,
must not keep the others from being reported.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue

from triage import check
from triage.collectors.question import question_of
from triage.config import Config, Target
from triage.errors import TriageError
from triage.evidence import Gap
from triage.findings import Report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look at one target came to."""

    report: Report
    elapsed: timedelta


class Looks:
    """The looks of one run."""

    def __init__(self, config: Config, targets: Mapping[str, Target]) -> None:
        self._config = config
        self._targets = targets
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._done: SimpleQueue[tuple[str, Looked]] = SimpleQueue()
        self._begun: dict[str, float] = {}
        """When each look began, by a clock that only goes forward."""
        self._found: dict[str, Looked] = {}

    def all(self, tell: Callable[[str], None]) -> Mapping[str, Looked]:
        """Look at every target, and wait for none beyond its limit; ``tell`` hears the name of each that is done."""
        for name in self._targets:
            self._waiting.put(name)
        for _ in range(min(self._config.scheduled.workers, len(self._targets))):
            self._hire()
        while len(self._found) < len(self._targets):
            try:
                name, looked = self._done.get(timeout=self._until_next_limit())
            except Empty:
                for name in self._overdue():
                    self._found[name] = self._too_late(name)
                    self._hire()  # in the place of the one that is left alone
                    tell(name)
            else:
                if name not in self._found:
                    self._found[name] = looked
                    tell(name)
        return self._found

    def _hire(self) -> None:
        threading.Thread(target=self._work, daemon=True, name="triage-look").start()

    def _work(self) -> None:
        while True:
            try:
                name = self._waiting.get_nowait()
            except Empty:
                return
            self._begun[name] = time.monotonic()
            report = self._look(name)
            elapsed = timedelta(seconds=time.monotonic() - self._begun[name])
            self._done.put((name, Looked(report=report, elapsed=elapsed)))

    def _look(self, name: str) -> Report:
        now = datetime.now(UTC)
        try:
            question = question_of(self._targets[name], now)
            if question.is_empty:
                hint = "give it a url, url_env, url_file, engine, logs or app_logs"
                return _unread(name, f"the target {name} says nothing to look at", hint, now)
            return check.check(question, self._config.thresholds_of(self._targets[name]))
        except TriageError as error:
            return _unread(name, error.message, error.hint, now)
        except Exception as error:
            log.warning("the look at %s failed: %s", name, error, exc_info=log.isEnabledFor(logging.INFO))
            hint = f"this is a mistake in triage: report what triage -v check --target {name} logs"
            return _unread(name, f"the look at {name} failed: {type(error).__name__}: {error}", hint, now)

    def _limit(self, name: str) -> float:
        return self._targets[name].limit_seconds or self._config.scheduled.limit_seconds

    def _ends(self) -> dict[str, float]:
        """When the limit of each look is reached that is under way."""
        return {name: began + self._limit(name) for name, began in list(self._begun.items()) if name not in self._found}

    def _overdue(self) -> list[str]:
        return [name for name, end in self._ends().items() if end <= time.monotonic()]

    def _until_next_limit(self) -> float:
        """Seconds until the next look is overdue, but at most one: others begin meanwhile."""
        return max(0.0, min([1.0, *(end - time.monotonic() for end in self._ends().values())]))

    def _too_late(self, name: str) -> Looked:
        limit = self._limit(name)
        reason = f"the look at {name} did not come to an end in {limit:g} s"
        hint = "see whether its server or its logs' storage hangs; limit_seconds is the bound"
        return Looked(report=_unread(name, reason, hint, datetime.now(UTC)), elapsed=timedelta(seconds=limit))


def _unread(name: str, reason: str, hint: str, now: datetime) -> Report:
    """The report of a target that could not be looked at."""
    return Report(collected_at=now, gaps=(Gap(source=name, reason=reason, hint=hint, unread=True),))
