"""MySQL without BEGIN: a transaction where autocommit is off, and none where it is on. A log may not say which."""

from pathlib import Path

import pytest

from tests.querylogs.build import found
from triage.findings import Confidence

INSERT = "INSERT INTO books (title) VALUES ('x')"


def general_log(folder: Path, *statements: str, end: str = "15:00:59") -> str:
    """A general log of one session that was there before the log."""
    lines = ["/usr/sbin/mysqld, Version: 8.4.0 (MySQL Community Server - GPL). started with:\n"]
    lines += ["Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n", "Time                 Id Command    Argument\n"]
    lines += [
        f"2026-01-31T15:00:{n // 10:02}.{n % 10}00000Z\t    7 Query\t{each}\n" for n, each in enumerate(statements)
    ]
    lines.append(f"2026-01-31T{end}.000000Z\t    9 Query\tSELECT 1\n")
    path = folder / "general.log"
    path.write_text("".join(lines))
    return str(path)


def test_writes_before_a_rollback_are_suspected_at_most_where_autocommit_is_not_known(tmp_path: Path) -> None:
    """An AUTOCOMMIT engine sends the pool's ROLLBACK as well, long after its writes are committed."""
    (finding,) = found(general_log(tmp_path, *[INSERT, "ROLLBACK"] * 4), finding_id="rolled-back-writes")
    assert finding.confidence is Confidence.LOW


@pytest.mark.parametrize("opening", [["SET AUTOCOMMIT = 0"], ["ROLLBACK", "BEGIN"]])
def test_writes_before_a_rollback_are_lost_where_it_is_known(tmp_path: Path, opening: list[str]) -> None:
    deeds = [*opening, INSERT, "ROLLBACK"] * 4
    (finding,) = found(general_log(tmp_path, *deeds), finding_id="rolled-back-writes")
    assert finding.confidence is Confidence.HIGH


@pytest.mark.parametrize(("opening", "ids"), [([], []), (["SET AUTOCOMMIT = 0"], ["unfinished-transaction"])])
def test_a_session_without_begin_has_leaked_only_where_autocommit_is_off(
    tmp_path: Path, opening: list[str], ids: list[str]
) -> None:
    path = general_log(tmp_path, *opening, INSERT, "COMMIT", "SELECT title FROM books WHERE id = 1", end="15:10:00")
    assert [each.id for each in found(path)] == ids
