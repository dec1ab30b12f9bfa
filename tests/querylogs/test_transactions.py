"""Transactions: what is open, what was lost, what stood still."""

from pathlib import Path

import pytest

from tests.querylogs.build import Log, found, read
from triage.findings import Confidence

INSERT = "INSERT INTO books (title) VALUES ('x')"
SELECT = "SELECT id FROM books WHERE id = 1"


def transactions(path: str) -> dict[str, int]:
    facts = read(path).sources[0].facts["transactions"]
    assert isinstance(facts, dict)
    return facts


def test_begin_and_commit_are_counted(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT, "COMMIT", "BEGIN", SELECT, "ROLLBACK").disconnect(1)
    assert transactions(log.write(tmp_path)) == {"begun": 2, "committed": 1, "rolled_back": 1, "open_at_end": 0}
    assert found(log.write(tmp_path)) == []


def test_and_chain_opens_the_next_one(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT, "COMMIT AND CHAIN", INSERT, "COMMIT")
    assert transactions(log.write(tmp_path)) == {"begun": 2, "committed": 2, "rolled_back": 0, "open_at_end": 0}


def test_rolling_back_to_a_savepoint_closes_nothing(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", "SAVEPOINT a", INSERT, "ROLLBACK TO SAVEPOINT a", "RELEASE a", "COMMIT")
    assert transactions(log.write(tmp_path)) == {"begun": 1, "committed": 1, "rolled_back": 0, "open_at_end": 0}


def test_a_commit_after_an_error_rolls_back(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT, "SELECT nothing")
    log.line(1, "ERROR", 'column "nothing" does not exist').line(1, "STATEMENT", "SELECT nothing").run(1, "COMMIT")
    assert transactions(log.write(tmp_path)) == {"begun": 1, "committed": 0, "rolled_back": 1, "open_at_end": 0}
    (finding,) = found(log.write(tmp_path))
    assert (finding.id, finding.details["lost"]) == ("rolled-back-writes", 1)


def test_a_rollback_after_an_error_is_no_finding(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT, "SELECT nothing")
    log.line(1, "ERROR", 'column "nothing" does not exist').run(1, "ROLLBACK")
    assert found(log.write(tmp_path)) == []


def test_a_write_that_is_committed_elsewhere_is_rolled_back_on_purpose(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT, "ROLLBACK", "BEGIN", INSERT, "COMMIT")
    assert found(log.write(tmp_path)) == []


def test_a_write_that_is_never_committed_is_found(tmp_path: Path) -> None:
    log = Log().connect(1)
    for _ in range(3):
        log.run(1, "BEGIN", INSERT, "ROLLBACK")
    (finding,) = found(log.write(tmp_path), finding_id="rolled-back-writes")
    assert finding.details["rolled_back"] == 3
    assert finding.confidence is Confidence.HIGH


def test_a_transaction_at_work_where_the_log_ends_has_not_leaked(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", SELECT)
    assert transactions(log.write(tmp_path)) == {"begun": 1, "committed": 0, "rolled_back": 0, "open_at_end": 1}
    assert found(log.write(tmp_path)) == []


def test_one_that_the_log_leaves_idle_for_minutes_is_found(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", SELECT).run(2, "SELECT 1", after=120)
    (finding,) = found(log.write(tmp_path))
    assert finding.id == "unfinished-transaction"
    assert finding.details["ended"] == "open-at-end"
    assert finding.details["statements"] == 1


def test_a_statement_that_has_not_ended_where_the_log_ends_is_at_work(tmp_path: Path) -> None:
    log = Log().connect(1)
    for statement in ("BEGIN", SELECT, "COMMIT", "BEGIN"):
        log.run(1, statement).line(1, "LOG", "duration: 0.2 ms")
    log.run(1, INSERT).connect(2).line(2, "LOG", "disconnection: session time: 0:02:00", after=120)
    assert transactions(log.write(tmp_path))["open_at_end"] == 1
    assert found(log.write(tmp_path), finding_id="unfinished-transaction") == []


def test_a_session_that_ends_in_its_transaction_is_found(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT).disconnect(1)
    (finding,) = found(log.write(tmp_path), finding_id="unfinished-transaction")
    assert finding.details["ended"] == "disconnected"
    assert "lost" in finding.summary


def test_a_pid_that_is_used_again_is_another_session(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", SELECT, "COMMIT").connect(1).run(1, "BEGIN", SELECT, "COMMIT")
    assert read(log.write(tmp_path)).sources[0].facts["sessions"] == 2


@pytest.mark.parametrize(("pause", "ids"), [(0.5, []), (2.0, ["idle-gap-in-transaction"])])
def test_a_pause_counts_from_a_second_on(tmp_path: Path, pause: float, ids: list[str]) -> None:
    log = Log().connect(1).run(1, "BEGIN", SELECT).line(1, "LOG", "duration: 0.2 ms")
    log.run(1, "UPDATE books SET title = 'y' WHERE id = 1", after=pause).run(1, "COMMIT")
    assert [finding.id for finding in found(log.write(tmp_path))] == ids


def test_a_slow_statement_is_no_pause(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", SELECT).line(1, "LOG", "duration: 3000.0 ms", after=3)
    log.run(1, "COMMIT")
    assert found(log.write(tmp_path)) == []


def test_a_statement_is_at_work_until_it_fails(tmp_path: Path) -> None:
    update = "UPDATE books SET title = 'y' WHERE id = 1"
    log = Log().connect(1).run(1, "BEGIN", update)
    log.line(1, "ERROR", "canceling statement due to statement timeout", after=6).line(1, "STATEMENT", update)
    log.run(1, "ROLLBACK").disconnect(1)
    assert found(log.write(tmp_path)) == []


def test_a_statement_that_the_log_shows_only_as_it_fails_is_no_pause(tmp_path: Path) -> None:
    log = Log().connect(1).line(1, "LOG", "duration: 0.1 ms  statement: BEGIN")
    log.line(1, "ERROR", "canceling statement due to statement timeout", after=6).line(1, "STATEMENT", "SELECT 1")
    log.line(1, "LOG", "duration: 0.1 ms  statement: ROLLBACK").disconnect(1)
    assert found(log.write(tmp_path)) == []


def test_a_deadlock_names_its_statements(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN").line(1, "ERROR", "deadlock detected")
    log.line(
        1,
        "DETAIL",
        "Process 1 waits for ShareLock on transaction 5; blocked by process 2.\n"
        "\tProcess 2 waits for ShareLock on transaction 6; blocked by process 1.\n"
        "\tProcess 1: UPDATE books SET title = 'secret' WHERE id = 1\n"
        "\tProcess 2: UPDATE authors SET name = 'secret' WHERE id = 2",
    )
    (finding,) = found(log.write(tmp_path), finding_id="deadlock")
    assert finding.details["statements"] == [
        "UPDATE authors SET name = ? WHERE id = ?",
        "UPDATE books SET title = ? WHERE id = ?",
    ]


def test_files_that_follow_each_other_are_one_stream(tmp_path: Path) -> None:
    log = Log().connect(1).run(1, "BEGIN", INSERT)
    first = log.write(tmp_path, "postgresql.log.1")
    log.lines.clear()
    second = log.run(1, "COMMIT").disconnect(1).write(tmp_path, "postgresql.log")
    evidence = read(second, first)
    by_name = {Path(source.name).name: source.facts["transactions"] for source in evidence.sources}
    assert by_name == {  # a transaction counts in the file where it ends
        "postgresql.log.1": {"begun": 0, "committed": 0, "rolled_back": 0, "open_at_end": 0},
        "postgresql.log": {"begun": 1, "committed": 1, "rolled_back": 0, "open_at_end": 0},
    }
    assert found(second, first) == []
