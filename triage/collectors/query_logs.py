"""The query logs that were asked for."""

from triage.collectors.question import Question
from triage.evidence import Evidence


def asked(question: Question) -> bool:
    """Whether the run is to read query logs."""
    return bool(question.logs)


def collect(question: Question) -> Evidence:
    """Read the logs; one that cannot be read leaves a gap and the others count."""
    from triage.querylogs.replay import Logs, replay  # noqa: PLC0415 - a run without a log does not pay for it

    return replay(Logs(names=question.logs), question.collected_at).evidence
