"""The application logs that were asked for."""

from triage.collectors.question import Question
from triage.evidence import Evidence


def asked(question: Question) -> bool:
    """Whether the run is to read application logs."""
    return bool(question.app_logs)


def collect(question: Question) -> Evidence:
    """Read the logs; one that cannot be read leaves a gap and the others count."""
    from triage.applogs.reading import read_logs  # noqa: PLC0415 - a run without a log does not pay for it

    return read_logs(question.app_logs, question.collected_at)
