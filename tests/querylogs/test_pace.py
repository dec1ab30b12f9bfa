"""How fast writes follow each other tells an executemany from a loop; a machine that stood still for once does not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from triage.querylogs.replay import Logs, replay

BEGIN = datetime(2026, 1, 31, 15, tzinfo=UTC)
OWN = timedelta(microseconds=20)
STDERR = "{at:%Y-%m-%d %H:%M:%S}.{milliseconds:03} UTC [77] LOG:  duration: 0.020 ms  statement: {sql}\n"
GENERAL = "{at:%Y-%m-%dT%H:%M:%S.%f}Z\t   77 Query\t{sql}\n"


def steps_of(tmp_path: Path, line: str, pauses: list[int]) -> int:
    """The microseconds that count of these pauses between writes, each of which takes 20."""
    at, lines = BEGIN, []
    statements = ["BEGIN", *(f"INSERT INTO notes (text) VALUES ('{n}')" for n in range(len(pauses) + 1)), "COMMIT"]
    for pause, sql in zip([0, 0, *pauses, 0], statements, strict=True):
        at += timedelta(microseconds=pause) + OWN
        lines.append(line.format(at=at, milliseconds=at.microsecond // 1000, sql=sql))
    log = tmp_path / "query.log"
    log.write_text("".join(lines))
    logs = replay(Logs(names=(str(log),)), BEGIN).evidence.query_logs
    assert logs
    (found,) = logs.repetitions
    assert found.steps is not None
    return found.steps // timedelta(microseconds=1)


@pytest.mark.parametrize("pause", [50, 400])
def test_every_step_counts(tmp_path: Path, pause: int) -> None:
    assert steps_of(tmp_path, GENERAL, [pause] * 20) == 20 * (pause + 20)


def test_a_stall_counts_for_a_millisecond(tmp_path: Path) -> None:
    assert steps_of(tmp_path, GENERAL, [*[50] * 19, 60_000]) == 19 * 70 + 1000


@pytest.mark.parametrize(("pause", "least", "most"), [(50, 30, 70), (400, 350, 450)])
def test_a_clock_of_milliseconds_tells_it_on_the_whole(tmp_path: Path, pause: int, least: int, most: int) -> None:
    pauses = [pause] * 200
    pauses[100] = 60_000
    assert least <= steps_of(tmp_path, STDERR, pauses) / 200 <= most
