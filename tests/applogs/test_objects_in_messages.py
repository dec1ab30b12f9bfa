"""A message that shows an object of a driver's, whose class is no exception."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.applogs.reading import read_logs
from triage.check import judge
from triage.cli.explain import JUDGES


@pytest.mark.parametrize("driver", ["asyncpg", "aiomysql"])
def test_the_connection_that_the_garbage_collector_found_is_not_the_error(tmp_path: Path, driver: str) -> None:
    said = (
        "The garbage collector is trying to clean up non-checked-in connection <AdaptedConnection "
        f"<{driver}.connection.Connection object at 0x7f98f809f2e0>>, which will be terminated.  Please ensure that "
        "SQLAlchemy pooled connections are returned to the pool explicitly, either by calling ``close()`` or by using "
        "appropriate context managers to manage their lifecycle."
    )
    log = tmp_path / "app.log"
    log.write_text(
        f"2026-01-31 15:00:00,123 ERROR sqlalchemy.pool.impl.AsyncAdaptedQueuePool: {said}\n"
        f"/usr/lib/python3.11/weakref.py:590: SAWarning: {said}\n  return info.func(*info.args, **(info.kwargs or {{}}))\n"
    )
    evidence = read_logs((str(log),), datetime.now(UTC))
    (finding,) = judge(evidence, {}, JUDGES).findings
    assert finding.id == "garbage-collected-connection"
    assert str(finding.details["message"]).startswith("The garbage collector is trying to clean up")
    assert evidence.sources[0].facts["failures"] == finding.details["occurrences"] == 1
