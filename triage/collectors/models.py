"""The app's models, where ``--models`` names them: relationships are then called as they are, not guessed."""

from datetime import datetime

from triage.collectors.question import Question
from triage.evidence import Evidence


def asked(question: Question) -> bool:
    """Whether the run is to read the models."""
    return question.models is not None


def collect(question: Question) -> Evidence:
    """Read the models that the question names."""
    assert question.models is not None
    return read_models(question.models, collected_at=question.collected_at)


def read_models(spec: str, *, collected_at: datetime) -> Evidence:
    """Import ``module:Base`` and read its mapped classes.

    Raises:
        SourceError: it cannot be imported, or is no declarative base.
    """
    from triage.collectors.mapped_classes import read  # noqa: PLC0415 - SQLAlchemy's ORM is slow to import

    return Evidence(collected_at=collected_at, models=read(spec))
