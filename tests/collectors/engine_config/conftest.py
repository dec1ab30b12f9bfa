from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from triage.collectors.engine_config import collect
from triage.evidence import EngineConfig, Evidence

NOW = datetime(2026, 1, 31, 15, tzinfo=UTC)

IMPORTS = "from sqlalchemy import create_engine, pool\nfrom sqlalchemy.pool import NullPool, QueuePool\n"
"""What most Python files of the tests begin with."""

Read = Callable[..., Evidence]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Write a file and read it: ``read("db.toml", text)``; the working folder is the file's."""
    monkeypatch.chdir(tmp_path)

    def read_text(name: str, text: str | bytes, processes: int | None = None) -> Evidence:
        content = text if isinstance(text, bytes) else dedent(text).encode()
        Path(name).write_bytes(content)
        return collect(name, processes=processes, collected_at=NOW)

    return read_text


def only(evidence: Evidence) -> EngineConfig:
    """The one engine that was found."""
    assert evidence.engines is not None
    [engine] = evidence.engines
    return engine


def by_name(evidence: Evidence) -> dict[str, EngineConfig]:
    """The engines that were found, by name."""
    return {engine.name: engine for engine in evidence.engines or ()}


def reasons(evidence: Evidence) -> str:
    """All that the gaps say."""
    return "\n".join(gap.reason for gap in evidence.gaps)
